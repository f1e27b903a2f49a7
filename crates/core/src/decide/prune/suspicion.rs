//! Why nothing of a plan goes for now, though its rules say so: what there is may be all that is left of the data.

use std::collections::BTreeMap;
use std::fmt;

use super::retire::Rule;
use crate::backup::Backup;
use crate::plan::Plan;
use crate::review::{Standing, Told};
use crate::slot::Slot;

/// Buckets that could not be read, each with why not.
pub type Unreachable = BTreeMap<String, String>;

/// Why nothing goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Suspicion {
    /// The newest good backup is older than the plan expects: until there is a newer one, the old ones are all there is.
    Late {
        /// The newest good backup.
        last_good: Option<Slot>,
    },
    /// The newest good backup holds far less than the one before it, and nobody has looked at it yet.
    Small,
    /// The bucket that holds the newest export cannot be read, so nobody knows what is in it.
    Unreachable {
        /// The bucket.
        bucket: String,
        /// What reading it said.
        why: String,
    },
}

impl fmt::Display for Suspicion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Late { last_good: Some(slot) } => write!(
                f,
                "nothing of this plan goes while its newest good backup, of {slot}, is older than expected: \
                 `cachekeep status` says what is wrong"
            ),
            Self::Late { last_good: None } => f.write_str("nothing of this plan goes while nothing is good"),
            Self::Small => f.write_str(
                "nothing of this plan expires: the newest backup holds far less than those before it. Look at it, and \
                 `cachekeep release` it",
            ),
            Self::Unreachable { bucket, why } => {
                write!(f, "nothing of this plan goes while bucket {bucket}, which holds its newest export, cannot be read: {why}")
            }
        }
    }
}

/// What makes this plan's backups of a cache too precious to let any go. A cache that the plan has gone on without for longer
/// than its `retire_after` is late for ever, which says nothing.
pub(super) fn of_plan(
    plan: &Plan,
    rule: Rule,
    standing: &Standing,
    own: &[&Backup],
    unreachable: &Unreachable,
) -> Option<Suspicion> {
    debug_assert!(own.iter().all(|backup| backup.id.plan == plan.name));
    if let Some((bucket, why)) = newest_bucket(own).and_then(|bucket| unreachable.get_key_value(bucket)) {
        return Some(Suspicion::Unreachable { bucket: bucket.clone(), why: why.clone() });
    }
    if standing.paused {
        return Some(Suspicion::Small);
    }
    let late = standing.told == Told::Late && standing.departed.is_none() && rule == Rule::Keep;
    late.then_some(Suspicion::Late { last_good: standing.last_good })
}

/// Where the newest good backup's export is.
fn newest_bucket<'a>(own: &[&'a Backup]) -> Option<&'a str> {
    let exported = own.iter().filter(|backup| backup.is_whole() && backup.has_good_export());
    let newest = exported.max_by_key(|backup| backup.id.slot)?;
    newest.export.as_ref().map(|export| export.task.bucket.as_str())
}
