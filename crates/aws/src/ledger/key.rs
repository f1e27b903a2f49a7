//! The keys of the ledger's items: written here, read nowhere, since each item carries its identity as attributes.

use std::fmt;

use aws_sdk_dynamodb::types::AttributeValue;
use cachekeep_core::event::{Event, Notice, What};
use cachekeep_core::hold::Held;
use cachekeep_core::ids::{BackupId, CacheId, NodeId, PlanName};
use cachekeep_core::slot::Slot;

use super::item::Item;
use crate::table::{PK, SK};

/// What the sort keys of each kind of item start with.
pub(super) const BACKUP: &str = "backup#";
pub(super) const EVENT: &str = "event#";
pub(super) const CHECKPOINT: &str = "slot#";
pub(super) const HOLD: &str = "hold#";
/// The sort keys of single items.
pub(super) const REVIEW: &str = "review";
pub(super) const CURRENT: &str = "current";
pub(super) const LOOK: &str = "look";
pub(super) const PACE: &str = "pace";
pub(super) const DIGEST: &str = "digest";
pub(super) const STACK: &str = "stack";
pub(super) const PARAMETERS: &str = "parameters";
/// The partition of everything that is not of one cache.
pub(super) const PLANS: &str = "plans";
/// Older plan documents sort behind everything else of their partition, so that one query reads the rest without them.
pub(super) const VERSION: &str = "v#";

/// The partition of all restores, and what their sort keys start with.
pub(super) const RESTORES: &str = "restores";
pub(super) const RESTORE: &str = "restore#";

/// What partition keys of caches start with.
const CACHE: &str = "cache#";

/// An item's primary key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) pk: String,
    pub(super) sk: String,
}

impl Key {
    pub(super) fn backup(id: &BackupId) -> Self {
        Self::of_cache(&id.cache, format!("{}{}", backups_of(id.slot), id.plan))
    }

    /// All restores stand in one partition, so that one query lists them; there are few.
    pub(super) fn restore(target: &CacheId) -> Self {
        Self { pk: RESTORES.to_owned(), sk: format!("{RESTORE}{target}") }
    }

    pub(super) fn event(event: &Event) -> Self {
        let sk = match &event.what {
            What::Backup { backup, .. } => format!("{}{:06}", events_of(backup), event.seq),
            What::Restore { target, .. } => format!("{}{:06}", events_of_restore(target), event.seq),
            What::Notice { plan, minute, notice, .. } => {
                let of = notice_of(notice).map_or(String::new(), |snapshot| format!("-{snapshot}"));
                format!("{EVENT}{minute}#{plan}#{:06}-{}{of}", event.seq, notice.name())
            }
        };
        Self::of_cache(event.cache(), sk)
    }

    pub(super) fn meter(cache: &CacheId, node: &NodeId) -> Self {
        Self::of_cache(cache, format!("quota#{node}"))
    }

    pub(super) fn review(cache: &CacheId) -> Self {
        Self::of_cache(cache, REVIEW.to_owned())
    }

    pub(super) fn configuration(cache: &CacheId, address: &str) -> Self {
        Self::of_cache(cache, format!("configuration#{address}"))
    }

    /// One of the single items: [`CURRENT`], [`LOOK`], [`PACE`], [`DIGEST`], [`PARAMETERS`] or [`STACK`].
    pub(super) fn single(sk: &str) -> Self {
        Self { pk: PLANS.to_owned(), sk: sk.to_owned() }
    }

    pub(super) fn plans_version(version: u64) -> Self {
        Self::single(&format!("{VERSION}{version:08}"))
    }

    pub(super) fn hold(on: &Held) -> Self {
        Self::single(&match on {
            Held::Cache(cache) => format!("{HOLD}cache#{cache}"),
            Held::Plan(plan) => format!("{HOLD}plan#{plan}"),
        })
    }

    pub(super) fn checkpoint(plan: &PlanName) -> Self {
        Self::single(&format!("{CHECKPOINT}{plan}"))
    }

    fn of_cache(cache: &CacheId, sk: String) -> Self {
        Self { pk: partition(cache), sk }
    }

    /// The key that an item carries; empty parts where it carries none.
    pub(super) fn of(item: &Item) -> Self {
        let text =
            |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default();
        Self { pk: text(PK), sk: text(SK) }
    }

    pub(super) fn attributes(&self) -> [(String, AttributeValue); 2] {
        [(PK, &self.pk), (SK, &self.sk)]
            .map(|(name, value)| (name.to_owned(), AttributeValue::S(value.clone())))
    }

    /// The attributes as the SDK's requests take them.
    pub(super) fn item(&self) -> Item {
        self.attributes().into_iter().collect()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.pk, self.sk)
    }
}

/// The partition that everything of one cache is in.
pub(super) fn partition(cache: &CacheId) -> String {
    format!("{CACHE}{cache}")
}

/// The cache that a partition is of.
pub(super) fn cache_of(partition: &str) -> Option<CacheId> {
    partition.strip_prefix(CACHE)?.parse().ok()
}

/// Several snapshots may be told of in one minute.
fn notice_of(notice: &Notice) -> Option<&str> {
    match notice {
        Notice::Orphan { snapshot } | Notice::Unreadable { snapshot, .. } => Some(snapshot),
        Notice::Unsupported { .. }
        | Notice::Departed { .. }
        | Notice::Late { .. }
        | Notice::Recovered { .. }
        | Notice::Ahead { .. }
        | Notice::Retiring { .. }
        | Notice::Smaller { .. }
        | Notice::Unreachable { .. }
        | Notice::Shrunk { .. } => None,
    }
}

/// What the sort keys of one restore's events start with, in the partition of its new cache.
pub(super) fn events_of_restore(target: &CacheId) -> String {
    format!("{EVENT}{RESTORE}{target}#")
}

/// What the sort keys of one slot's backups start with.
pub(super) fn backups_of(slot: Slot) -> String {
    format!("{BACKUP}{slot}#")
}

/// What the sort keys of one backup's events start with.
pub(super) fn events_of(id: &BackupId) -> String {
    format!("{EVENT}{}#{}#", id.slot, id.plan)
}
