//! Global datastores: they belong to no region, so every region of an account shares them.

use super::agenda::Due;
use super::group::{Group, Mode};
use crate::elasticache::settings::Settings;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Regions of one datastore: the primary's and two more (docs/elasticache.md 7, S).
pub(crate) const MEMBERS: usize = 3;

/// Every datastore of the account.
#[derive(Debug, Default)]
pub(crate) struct Globals {
    by_id: BTreeMap<String, Datastore>,
    /// What one region's call has another region do.
    errands: Vec<Errand>,
}

/// Something that happens in another region than the one that was called.
#[derive(Debug)]
pub(crate) struct Errand {
    pub(crate) region: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) due: Due,
}

#[derive(Clone, Debug)]
pub(crate) struct Datastore {
    pub(crate) id: String,
    pub(crate) description: String,
    /// What is being done to it; see `status` for what it shows.
    pub(crate) work: Work,
    pub(crate) members: Vec<Member>,
    /// What every member shares.
    pub(crate) settings: Arc<Settings>,
    pub(crate) mode: Mode,
    /// The ids and slots of the shards.
    pub(crate) shards: Vec<(String, Option<String>)>,
    /// What each shard holds.
    pub(crate) data: Vec<Bytes>,
}

/// What is being done to a datastore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    Creating,
    Modifying,
    None,
    Deleting,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) group: String,
    pub(crate) region: String,
    pub(crate) role: Role,
    pub(crate) status: MemberStatus,
    pub(crate) fails_over: bool,
}

/// In capitals (docs/elasticache.md 7, S).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Primary,
    Secondary,
}

impl Role {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "PRIMARY",
            Self::Secondary => "SECONDARY",
        }
    }
}

/// In small letters (docs/elasticache.md 7, L).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MemberStatus {
    Associating,
    Associated,
    Disassociating,
}

impl MemberStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Associating => "associating",
            Self::Associated => "associated",
            Self::Disassociating => "disassociating",
        }
    }
}

impl Datastore {
    /// A new datastore around a group.
    pub(crate) fn around(
        id: String,
        description: String,
        group: &Group,
        region: &str,
        data: Vec<Bytes>,
    ) -> Self {
        let primary = Member {
            group: group.id.clone(),
            region: region.into(),
            role: Role::Primary,
            status: MemberStatus::Associating,
            fails_over: group.fails_over(),
        };
        Self {
            id,
            description,
            work: Work::Creating,
            members: vec![primary],
            settings: group.settings.clone(),
            mode: group.mode,
            shards: group.shards.iter().map(|shard| (shard.id.clone(), shard.slots.clone())).collect(),
            data,
        }
    }

    /// What it shows: with a primary alone it is `primary-only` (docs/elasticache.md 7, S).
    pub(crate) fn status(&self) -> &'static str {
        match self.work {
            Work::Creating => "creating",
            Work::Modifying => "modifying",
            Work::Deleting => "deleting",
            Work::None if self.members.len() > 1 => "available",
            Work::None => "primary-only",
        }
    }

    pub(crate) fn primary(&self) -> Option<&Member> {
        self.members.iter().find(|member| member.role == Role::Primary)
    }

    /// Every member has settled.
    fn settle(&mut self) {
        self.work = Work::None;
        self.members.retain(|member| member.status != MemberStatus::Disassociating);
        for member in &mut self.members {
            member.status = MemberStatus::Associated;
        }
    }
}

impl Globals {
    pub(crate) fn get(&self, id: &str) -> Option<&Datastore> {
        self.by_id.get(id)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (&String, &Datastore)> {
        self.by_id.iter()
    }

    pub(crate) fn insert(&mut self, datastore: Datastore) {
        self.by_id.insert(datastore.id.clone(), datastore);
    }

    /// The datastore that a group is in, and the group's place in it.
    pub(crate) fn of_group(&self, region: &str, id: &str) -> Option<(&Datastore, &Member)> {
        self.by_id.values().find_map(|datastore| {
            let member =
                datastore.members.iter().find(|member| member.region == region && member.group == id)?;
            Some((datastore, member))
        })
    }

    /// A group of another region becomes a secondary.
    pub(crate) fn add_secondary(&mut self, id: &str, group: &Group, region: &str) {
        let Some(datastore) = self.by_id.get_mut(id) else { return };
        datastore.members.push(Member {
            group: group.id.clone(),
            region: region.into(),
            role: Role::Secondary,
            status: MemberStatus::Associating,
            fails_over: group.fails_over(),
        });
    }

    /// What was being done to a datastore is done.
    pub(crate) fn finish(&mut self, id: &str) {
        match self.by_id.get(id).map(|datastore| datastore.work) {
            Some(Work::Deleting) => _ = self.by_id.remove(id),
            Some(Work::Creating | Work::Modifying | Work::None) => {
                self.by_id.entry(id.to_owned()).and_modify(Datastore::settle);
            }
            None => {}
        }
    }

    /// A group is gone, whatever datastore it was in. A datastore without any member is gone too.
    pub(crate) fn forget(&mut self, region: &str, id: &str) {
        for datastore in self.by_id.values_mut() {
            datastore.members.retain(|member| member.region != region || member.group != id);
        }
        self.by_id.retain(|_, datastore| !datastore.members.is_empty());
    }

    pub(crate) fn send(&mut self, errand: Errand) {
        self.errands.push(errand);
    }

    pub(crate) fn take_errands(&mut self) -> Vec<Errand> {
        std::mem::take(&mut self.errands)
    }
}

/// The prefix of a datastore's id, which follows from its primary's region (docs/elasticache.md 7, S and L). Those of most
/// regions are not known; the sandbox makes one of five letters for them.
pub(crate) fn prefix(region: &str) -> String {
    let known = match region {
        "us-east-1" => Some("ldgnf"),
        "us-west-2" => Some("sgaui"),
        "us-east-2" => Some("fpkhr"),
        "us-west-1" => Some("virxk"),
        _ => None,
    };
    known.map_or_else(|| made_up_prefix(region), str::to_owned)
}

fn made_up_prefix(region: &str) -> String {
    let letters = region.bytes().fold([0_u8; 5], |mut letters, byte| {
        letters.rotate_left(1);
        letters[0] = (letters[0].wrapping_mul(7).wrapping_add(byte)) % 26;
        letters
    });
    letters.iter().map(|letter| char::from(b'a' + letter)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_region_has_a_prefix_of_its_own() {
        let regions = ["us-east-1", "us-west-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-south-1"];
        let prefixes: std::collections::BTreeSet<String> = regions.map(prefix).into();
        assert_eq!(prefixes.len(), regions.len());
        assert!(prefixes.iter().all(|prefix| prefix.len() == 5));
    }
}
