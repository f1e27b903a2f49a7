//! A restore into a global datastore: the group by itself first, then the datastore around it, then the secondaries, each in its
//! region (docs/elasticache.md 7, S). Pure: what AWS shows says what comes next, so that the same command goes on wherever another
//! one ended.

#[cfg(test)]
mod tests;

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::check::malformed;
use super::input::{GroupInput, Input, Tag};
use super::plan::Plan;
use super::record::Restore;
use super::refusal::{Refusal, Rule};
use super::request::Override;
use super::{EngineVersion, Members};
use crate::cache::{Cache, CacheStatus, RecreateOperation};
use crate::ids::{BadName, CacheKind};
use crate::names;
use crate::plan::Region;

/// How many secondaries a datastore has at most (docs/elasticache.md 7, S).
pub const SECONDARIES: usize = 2;

/// What a secondary must not be given: it has it from the datastore (docs/elasticache.md 7, S).
const FORBIDDEN: [&str; 17] = [
    "AtRestEncryptionEnabled",
    "AutomaticFailoverEnabled",
    "CacheNodeType",
    "CacheParameterGroupName",
    "CacheSecurityGroupNames",
    "ClusterMode",
    "DataTieringEnabled",
    "Durability",
    "Engine",
    "EngineVersion",
    "NumNodeGroups",
    "PrimaryClusterId",
    "ServerlessCacheSnapshotName",
    "SnapshotArns",
    "SnapshotName",
    "TransitEncryptionEnabled",
    "TransitEncryptionMode",
];

/// What a secondary has of the primary's own, since it belongs to no region.
const SHARED: [&str; 9] = [
    "AutoMinorVersionUpgrade",
    "IpDiscovery",
    "MultiAZEnabled",
    "NetworkType",
    "NumCacheClusters",
    "Port",
    "PreferredMaintenanceWindow",
    "SnapshotRetentionLimit",
    "SnapshotWindow",
];

/// The datastore that somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// What follows AWS's own prefix in its id.
    pub suffix: String,
    /// Its secondaries.
    pub secondaries: Vec<Secondary>,
    /// Members of a secondary's call that are to be otherwise, by region.
    pub overrides: Vec<(String, Override)>,
}

/// A secondary that somebody wants: `eu-west-1=orders-eu`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secondary {
    /// Its region.
    pub region: Region,
    /// Its id there.
    pub id: String,
}

impl FromStr for Secondary {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let bad = || BadName {
            text: text.to_owned(),
            expected: "a secondary: write REGION=ID, for instance eu-west-1=orders-eu",
        };
        let (region, id) = text.split_once('=').ok_or_else(bad)?;
        let region = region.parse().map_err(|_| bad())?;
        if id.is_empty() { Err(bad()) } else { Ok(Self { region, id: id.to_ascii_lowercase() }) }
    }
}

impl Wish {
    /// The overrides of the primary, and those of the secondaries: `eu-west-1:CacheSubnetGroupName=…`.
    #[must_use]
    pub fn split(overrides: &[Override]) -> (Vec<Override>, Vec<(String, Override)>) {
        let mut own = Vec::new();
        let mut regional = Vec::new();
        for wanted in overrides {
            match wanted.member.split_once(':') {
                Some((region, member)) => regional.push((
                    region.to_owned(),
                    Override { member: member.to_owned(), value: wanted.value.clone() },
                )),
                None => own.push(wanted.clone()),
            }
        }
        (own, regional)
    }
}

/// What keeps a plan's group from becoming the primary of such a datastore.
#[must_use]
pub fn refusals(wish: &Wish, plan: &Plan) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let mut refuse = |why: String, how: &str| refusals.push(Refusal::new(Rule::Global, why, how));
    if plan.operation != RecreateOperation::CreateReplicationGroup {
        refuse(
            format!("a global datastore is made of replication groups, and this is {}", plan.operation),
            "say --into group, or leave --global out",
        );
        return refusals;
    }
    if wish.secondaries.len() > SECONDARIES {
        refuse(
            format!(
                "a global datastore has {SECONDARIES} secondaries at most, not {}",
                wish.secondaries.len()
            ),
            "leave some out",
        );
    }
    let mut regions: Vec<&str> = vec![plan.target.region.as_str()];
    for secondary in &wish.secondaries {
        if regions.contains(&secondary.region.as_str()) {
            refuse(
                format!("{} would have two members, and a region has one", secondary.region),
                "choose another region with --secondary",
            );
        }
        regions.push(secondary.region.as_str());
        if let Some(refusal) = malformed(CacheKind::Group, &secondary.id) {
            refuse(refusal.why, "choose another id with --secondary REGION=ID");
        }
    }
    if let Some(refusal) = malformed(CacheKind::Group, &wish.suffix) {
        refuse(refusal.why, "choose another suffix with --global");
    }
    for why in unsupported(plan) {
        refuse(why, "choose another node type or version with --set, or leave --global out");
    }
    for secondary in &wish.secondaries {
        if let Err(why) = joining(wish, secondary, &plan.input, "", "") {
            refuse(why, "correct --set REGION:Member=VALUE; docs/restore.md lists every member");
        }
    }
    for (region, wanted) in &wish.overrides {
        if !wish.secondaries.iter().any(|secondary| secondary.region.as_str() == region) {
            refuse(
                format!("--set {region}:{} is for a region without a secondary", wanted.member),
                "say --secondary REGION=ID as well, or correct the region",
            );
        }
    }
    refusals
}

/// Node types, versions and members that global datastores do not take (docs/elasticache.md 7, S).
fn unsupported(plan: &Plan) -> Vec<String> {
    const FAMILIES: [&str; 8] = ["m5", "m6g", "m7g", "r5", "r6g", "r6gd", "r7g", "c7gn"];
    let text = |member: &str| plan.input.get(member).and_then(Value::as_str).unwrap_or_default();
    let mut found = Vec::new();
    let node = text("CacheNodeType");
    let mut parts = node.split('.').skip(1);
    let (family, size) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let fits = node.is_empty() || (FAMILIES.contains(&family) && size.ends_with("large"));
    if !fits {
        found.push(format!("{node} nodes cannot be in a global datastore"));
    }
    let version: Vec<u32> = text("EngineVersion").split('.').map(|part| part.parse().unwrap_or(0)).collect();
    if text("Engine").eq_ignore_ascii_case("redis") && !version.is_empty() && version < vec![5, 0, 6] {
        let engine = EngineVersion::new("redis", text("EngineVersion"));
        found.push(format!("{engine} cannot be in a global datastore, which takes 5.0.6 and newer"));
    }
    if matches!(text("Durability"), "sync" | "async") {
        found.push("a group with durability cannot be in a global datastore".to_owned());
    }
    found
}

/// A datastore as AWS shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Datastore {
    /// Its id.
    pub id: String,
    /// How it stands, in AWS's words.
    pub status: String,
    /// Its members.
    pub members: Vec<Member>,
}

/// A member of a datastore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The group's id.
    pub id: String,
    /// Its region.
    pub region: String,
    /// `primary` or `secondary`.
    pub role: String,
    /// How it stands, in AWS's words.
    pub status: String,
}

/// What AWS shows.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The restored group.
    pub primary: Option<&'a Cache>,
    /// The datastore that it belongs to.
    pub datastore: Option<&'a Datastore>,
    /// The caches that have the secondaries' ids in their regions, in the order of the wish.
    pub secondaries: &'a [Option<Cache>],
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// Nothing, until what is under way is over.
    Wait(String),
    /// Make the datastore around the group.
    Create,
    /// Make a secondary.
    Join {
        /// Where.
        region: Region,
        /// The call's whole input.
        input: Box<Input>,
    },
    /// Every member is there.
    Done,
    /// It will not come to be.
    Failed(String),
}

/// Decides what comes next, once the group itself is restored.
#[must_use]
pub fn next(wish: &Wish, restore: &Restore, seen: &Seen<'_>) -> Next {
    let Some(primary) = seen.primary else {
        return Next::Failed(format!("there is no {} any more", restore.target.id));
    };
    let Some(membership) = &primary.global else {
        return match primary.status {
            CacheStatus::Available => Next::Create,
            CacheStatus::Snapshotting | CacheStatus::Other(_) => {
                Next::Wait(format!("{} is {}", primary.id, primary.status))
            }
        };
    };
    if !membership.is_primary() || !membership.datastore.ends_with(&format!("-{}", wish.suffix)) {
        return Next::Failed(format!(
            "{} is the {} of global datastore {}, and not the primary of one that ends in -{}",
            primary.id, membership.role, membership.datastore, wish.suffix
        ));
    }
    let Some(datastore) = seen.datastore else {
        return Next::Wait(format!("AWS does not show global datastore {} yet", membership.datastore));
    };
    if !matches!(datastore.status.as_str(), "available" | "primary-only") {
        return Next::Wait(format!("global datastore {} is {}", datastore.id, datastore.status));
    }
    let steps = wish.secondaries.iter().zip(seen.secondaries);
    steps
        .map(|(secondary, there)| join(wish, secondary, there.as_ref(), restore, datastore))
        .find(|next| *next != Next::Done)
        .unwrap_or(Next::Done)
}

/// What comes next of one secondary; [`Next::Done`] where it is there.
fn join(
    wish: &Wish,
    secondary: &Secondary,
    there: Option<&Cache>,
    restore: &Restore,
    datastore: &Datastore,
) -> Next {
    let (region, id) = (&secondary.region, &secondary.id);
    let member = datastore.members.iter().find(|member| member.region == region.as_str());
    match (member, there) {
        (Some(member), _) if member.id != *id => Next::Failed(format!(
            "global datastore {} has another member in {region}: {}",
            datastore.id, member.id
        )),
        (Some(member), _) if member.status == "associated" => Next::Done,
        (Some(member), _) => Next::Wait(format!("{id} in {region} is {}", member.status)),
        (None, Some(cache)) if cache.tags.get(names::RESTORE_TAG) == Some(&restore.mark) => {
            Next::Wait(format!("{id} in {region} is {}", cache.status))
        }
        (None, Some(_)) => Next::Failed(format!(
            "{region} has a group {id} already that is no member: choose another id with --secondary"
        )),
        (None, None) => match joining(wish, secondary, &restore.input, &datastore.id, &restore.mark) {
            Ok(input) => Next::Join { region: region.clone(), input: Box::new(input) },
            Err(why) => Next::Failed(why),
        },
    }
}

/// The input of a secondary's call: what belongs to no region as the primary has it, nothing that AWS forbids there, and what
/// the command says for this region.
fn joining(
    wish: &Wish,
    secondary: &Secondary,
    primary: &Members,
    datastore: &str,
    mark: &str,
) -> Result<Input, String> {
    let operation = RecreateOperation::CreateReplicationGroup;
    let mut members: Members = primary
        .iter()
        .filter(|(member, _)| SHARED.contains(&member.as_str()))
        .map(|(member, value)| (member.clone(), value.clone()))
        .collect();
    if let Some(replicas) = replicas(primary) {
        members.insert("ReplicasPerNodeGroup".to_owned(), json!(replicas));
    }
    let description = primary.get("ReplicationGroupDescription").cloned();
    members
        .insert("ReplicationGroupDescription".to_owned(), description.unwrap_or_else(|| json!(secondary.id)));
    for (_, wanted) in wish.overrides.iter().filter(|(region, _)| *region == secondary.region.as_str()) {
        if FORBIDDEN.contains(&wanted.member.as_str()) {
            return Err(format!(
                "a secondary has its {} from the datastore, and AWS takes none for {}",
                wanted.member, secondary.region
            ));
        }
        match wanted.read(operation)? {
            Some(value) => members.insert(wanted.member.clone(), value),
            None => members.remove(&wanted.member),
        };
    }
    let input = Input::read(operation, &members).map_err(|error| error.to_string())?;
    let Input::Group(group) = input else { return Err("a secondary is a replication group".to_owned()) };
    Ok(Input::Group(Box::new(GroupInput {
        replication_group_id: Some(secondary.id.clone()),
        global_replication_group_id: Some(datastore.to_owned()),
        tags: Some(tags(primary, mark)),
        ..*group
    })))
}

/// With cluster mode, as many replicas in each shard as the primary has in its best provided one.
fn replicas(primary: &Members) -> Option<i64> {
    let shards = primary.get(crate::manifest::NODE_GROUPS)?.as_array()?;
    shards.iter().filter_map(|shard| shard["ReplicaCount"].as_i64()).max()
}

/// The primary's tags, among them the mark by which a repeat finds the group again.
fn tags(primary: &Members, mark: &str) -> Vec<Tag> {
    let tags = primary.get("Tags").cloned().unwrap_or_else(|| json!([]));
    let mut tags: Vec<Tag> = serde_json::from_value(tags).unwrap_or_default();
    tags.retain(|tag| tag.key.as_deref() != Some(names::RESTORE_TAG));
    tags.push(Tag { key: Some(names::RESTORE_TAG.to_owned()), value: Some(mark.to_owned()) });
    tags
}

/// A global datastore that is being rebuilt, as `--json` shows it beside the restore of its primary.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GlobalView {
    /// Its id, once there is one.
    pub datastore: Option<String>,
    /// `planned`, `creating`, `available` or `failed`.
    pub status: &'static str,
    /// Why it stands so.
    pub reason: String,
    /// The members that there are.
    pub members: Vec<Member>,
}

impl GlobalView {
    /// How a datastore stands, and what comes next.
    #[must_use]
    pub fn new(seen: &Seen<'_>, next: &Next) -> Self {
        let (status, reason) = match next {
            Next::Done => ("available", "every member is there".to_owned()),
            Next::Failed(why) => ("failed", why.clone()),
            Next::Wait(why) => ("creating", why.clone()),
            Next::Create => ("creating", "the datastore is made around the group next".to_owned()),
            Next::Join { region, .. } => ("creating", format!("the secondary in {region} is made next")),
        };
        Self {
            datastore: seen.datastore.map(|datastore| datastore.id.clone()),
            status,
            reason,
            members: seen.datastore.map(|datastore| datastore.members.clone()).unwrap_or_default(),
        }
    }
}
