//! A restore as the ledger holds it: one state machine with one transition function. Its identity is the new cache.

use std::collections::BTreeMap;
use std::fmt;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::cost::Cost;
use super::facts::Origin;
use super::global::GlobalView;
use super::plan::{Missing, Plan, Source, Target};
use super::staging::Staging;
use super::{Members, Refusal};
use crate::backup::{Bearing, FOLLOW_AFTER, LEASE, Severity, Topic};
use crate::cache::RecreateOperation;
use crate::cause::{Cause, Failure};
use crate::event::What;
use crate::ids::{BackupId, CacheId, Instant};
use crate::job::{Job, Work};
use crate::record::Record;
use crate::stack::Stack;

/// How long after the record of its intent a command has certainly called AWS, or never will: a call with its repetitions takes
/// minutes at most.
pub const ABANDONED_AFTER: TimeDelta = TimeDelta::minutes(30);

/// A restore.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Restore {
    /// The new cache.
    pub target: Target,
    /// How many changes it has seen.
    pub version: u64,
    /// The stack that makes it.
    pub stack: Stack,
    /// The backup; none for a snapshot that is no backup of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<BackupId>,
    /// The copy that it takes its data from.
    pub source: Source,
    /// The call.
    pub operation: RecreateOperation,
    /// Its whole input but for an AUTH token.
    pub input: Members,
    /// Where each member came from.
    pub origins: BTreeMap<String, Origin>,
    /// What nothing told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
    /// What the tag of the new cache says.
    pub mark: String,
    /// What was copied first, as long as it has not been taken away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staging: Option<Staging>,
    /// How far it is.
    pub state: RestoreState,
    /// Why it is where it is, as a sentence fragment.
    pub reason: String,
}

/// How far a restore is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum RestoreState {
    /// It is planned and no more.
    Planned,
    /// Its files are copied to where ElastiCache can read them, by the command that waits for it or is said again.
    Staging {
        /// When that began.
        at: Instant,
    },
    /// The intent is recorded; the call may or may not have been made.
    Requested {
        /// When the intent was recorded.
        at: Instant,
    },
    /// ElastiCache is making the cache.
    Creating {
        /// When the intent was recorded.
        at: Instant,
    },
    /// The cache is available.
    Available {
        /// When the intent was recorded.
        at: Instant,
        /// How long it took from there until the cache was found available.
        seconds: u64,
    },
    /// There will be no such cache.
    Failed {
        /// When the intent was recorded.
        at: Instant,
        /// Whether ElastiCache still shows a cache that is of no use.
        remains: bool,
    },
}

/// What can happen to a restore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum RestoreChange {
    /// Somebody asked for it. Its files are copied next.
    Staging,
    /// Somebody asked for it. AWS is called next.
    Requested,
    /// ElastiCache is making the cache.
    Started,
    /// The cache is available.
    Finished {
        /// How long it took, in seconds.
        seconds: u64,
    },
    /// What was copied for it is taken away.
    Unstaged,
    /// There will be no such cache.
    Failed {
        /// Why.
        why: Failure,
        /// Whether ElastiCache still shows a cache that is of no use.
        remains: bool,
    },
}

/// A change that does not fit the restore's state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{change} does not fit restore {target}, which is {status}")]
pub struct IllegalRestore {
    target: CacheId,
    status: RestoreStatus,
    change: &'static str,
}

/// How a restore stands, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RestoreStatus {
    /// It is planned and no more.
    Planned,
    /// It would break a rule.
    Refused,
    /// Its files are being copied to where ElastiCache can read them.
    Staging,
    /// The intent is recorded.
    Requested,
    /// ElastiCache is making the cache.
    Creating,
    /// The cache is available.
    Available,
    /// There will be no such cache.
    Failed,
}

impl RestoreStatus {
    /// The word used in output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Refused => "refused",
            Self::Staging => "staging",
            Self::Requested => "requested",
            Self::Creating => "creating",
            Self::Available => "available",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for RestoreStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Restore {
    /// The restore that a plan without refusals makes. `None` where there is no copy.
    #[must_use]
    pub fn of_plan(plan: &Plan, stack: Stack) -> Option<Self> {
        Some(Self {
            target: plan.target.clone(),
            version: 0,
            stack,
            backup: plan.backup.clone(),
            source: plan.source.clone()?,
            operation: plan.operation,
            input: plan.input.clone(),
            origins: plan.origins.clone(),
            missing: plan.missing.clone(),
            mark: plan.mark.clone(),
            staging: plan.staging.clone(),
            state: RestoreState::Planned,
            reason: "planned".to_owned(),
        })
    }

    /// The same restore asked for again, after the cache of an earlier one went away: the record goes on.
    #[must_use]
    pub fn after(mut self, earlier: &Self) -> Self {
        self.version = earlier.version;
        self.state = earlier.state.clone();
        self
    }

    /// How it stands, in one word.
    #[must_use]
    pub const fn status(&self) -> RestoreStatus {
        match self.state {
            RestoreState::Planned => RestoreStatus::Planned,
            RestoreState::Staging { .. } => RestoreStatus::Staging,
            RestoreState::Requested { .. } => RestoreStatus::Requested,
            RestoreState::Creating { .. } => RestoreStatus::Creating,
            RestoreState::Available { .. } => RestoreStatus::Available,
            RestoreState::Failed { .. } => RestoreStatus::Failed,
        }
    }

    /// When the intent was recorded.
    #[must_use]
    pub const fn requested_at(&self) -> Option<Instant> {
        match self.state {
            RestoreState::Planned => None,
            RestoreState::Staging { at }
            | RestoreState::Requested { at }
            | RestoreState::Creating { at }
            | RestoreState::Available { at, .. }
            | RestoreState::Failed { at, .. } => Some(at),
        }
    }

    /// How long it took, once it is over.
    #[must_use]
    pub const fn seconds(&self) -> Option<u64> {
        match self.state {
            RestoreState::Available { seconds, .. } => Some(seconds),
            RestoreState::Planned
            | RestoreState::Staging { .. }
            | RestoreState::Requested { .. }
            | RestoreState::Creating { .. }
            | RestoreState::Failed { .. } => None,
        }
    }

    /// Whether nothing more will happen to it by itself.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self.status(), RestoreStatus::Available | RestoreStatus::Failed)
    }

    /// Whether it is what this plan asks for: the same copy of the same backup into the same cache.
    #[must_use]
    pub fn is_of(&self, backup: Option<&BackupId>, mark: &str) -> bool {
        self.backup.as_ref() == backup && self.mark == mark
    }
}

impl Record for Restore {
    type Change = RestoreChange;
    type Illegal = IllegalRestore;

    fn version(&self) -> u64 {
        self.version
    }

    fn apply(&self, change: &RestoreChange, at: Instant) -> Result<Self, IllegalRestore> {
        use RestoreState::{Available, Creating, Failed, Planned, Requested, Staging};
        let mut staging = self.staging.clone();
        let state = match (&self.state, change) {
            (Planned | Available { .. } | Failed { .. }, RestoreChange::Staging) if staging.is_some() => {
                Staging { at }
            }
            (Planned | Staging { .. } | Available { .. } | Failed { .. }, RestoreChange::Requested) => {
                Requested { at }
            }
            (Available { .. } | Failed { .. }, RestoreChange::Unstaged) if staging.is_some() => {
                staging = None;
                self.state.clone()
            }
            (Requested { at }, RestoreChange::Started) => Creating { at: *at },
            (Requested { at } | Creating { at }, RestoreChange::Finished { seconds }) => {
                Available { at: *at, seconds: *seconds }
            }
            (Staging { at } | Requested { at } | Creating { at }, RestoreChange::Failed { remains, .. }) => {
                Failed { at: *at, remains: *remains }
            }
            _ => {
                let (target, status) = (self.target.id.clone(), self.status());
                return Err(IllegalRestore { target, status, change: change.name() });
            }
        };
        // That the copies are gone says nothing of why the restore is where it is.
        let reason =
            if matches!(change, RestoreChange::Unstaged) { self.reason.clone() } else { change.reason() };
        Ok(Self { version: self.version + 1, state, reason, staging, ..self.clone() })
    }

    fn work(&self) -> Option<Work> {
        let due = match self.state {
            RestoreState::Requested { at } => at + LEASE,
            RestoreState::Creating { at } => at + FOLLOW_AFTER,
            // Files are copied with the rights of whoever restores, by the command that waits or is said again.
            RestoreState::Planned
            | RestoreState::Staging { .. }
            | RestoreState::Available { .. }
            | RestoreState::Failed { .. } => {
                return None;
            }
        };
        Some(Work::new(Job::Restore, due))
    }

    fn told(&self, change: RestoreChange) -> What {
        What::Restore {
            target: self.target.id.clone(),
            backup: self.backup.clone(),
            source: self.source.clone(),
            change,
        }
    }
}

impl RestoreChange {
    /// The names of all changes, in the order in which a restore meets them.
    pub const NAMES: [&str; 6] = [
        "restore-requested",
        "restore-started",
        "restore-finished",
        "restore-failed",
        "restore-staging",
        "restore-unstaged",
    ];

    /// The event's name on the bus and in the audit trail.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Requested => Self::NAMES[0],
            Self::Started => Self::NAMES[1],
            Self::Finished { .. } => Self::NAMES[2],
            Self::Failed { .. } => Self::NAMES[3],
            Self::Staging => Self::NAMES[4],
            Self::Unstaged => Self::NAMES[5],
        }
    }

    /// Why it happened, as a sentence fragment.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::Staging => "its files are copied to where ElastiCache can read them".to_owned(),
            Self::Unstaged => "the copies that were made for it are deleted".to_owned(),
            Self::Requested => "somebody asked for it".to_owned(),
            Self::Started => "ElastiCache is making the cache".to_owned(),
            Self::Finished { seconds } => format!("the cache is available after {}", duration(*seconds)),
            Self::Failed { why, .. } => why.to_string(),
        }
    }

    /// Why it failed, where it did.
    #[must_use]
    pub const fn cause(&self) -> Option<&Cause> {
        match self {
            Self::Failed { why, .. } => Some(&why.cause),
            Self::Staging | Self::Unstaged | Self::Requested | Self::Started | Self::Finished { .. } => None,
        }
    }

    /// What somebody should read about it, if anything.
    #[must_use]
    pub const fn topic(&self) -> Option<Topic> {
        match self {
            Self::Started | Self::Finished { .. } | Self::Failed { .. } => Some(Topic::Restore),
            Self::Staging | Self::Unstaged | Self::Requested => None,
        }
    }

    /// How much it matters.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        match self {
            Self::Failed { .. } => Severity::Error,
            Self::Staging | Self::Unstaged | Self::Requested | Self::Started | Self::Finished { .. } => {
                Severity::Info
            }
        }
    }

    /// What it says of the work that it records.
    #[must_use]
    pub const fn bearing(&self) -> Bearing {
        match self {
            Self::Failed { .. } => Bearing::Failed,
            Self::Staging | Self::Unstaged | Self::Requested | Self::Started | Self::Finished { .. } => {
                Bearing::Done
            }
        }
    }
}

/// A time as people say it: `14 min 5 s`.
#[must_use]
pub fn duration(seconds: u64) -> String {
    match (seconds / 3600, seconds % 3600 / 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// A restore as `--json` shows it: planned, refused, or as far as it is. The fields are part of the contract (docs/design.md,
/// section 5).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RestoreView {
    backup: Option<BackupId>,
    source: Option<Source>,
    target: TargetView,
    operation: RecreateOperation,
    input: Members,
    origins: BTreeMap<String, Origin>,
    missing: Vec<Missing>,
    refusals: Vec<Refusal>,
    /// How it stands.
    pub status: RestoreStatus,
    reason: String,
    seconds: Option<u64>,
    test: bool,
    requested_at: Option<Instant>,
    estimated_seconds: Option<u64>,
    cost: Option<Cost>,
    staging: Option<Staging>,
    global: Option<GlobalView>,
    differs: Vec<String>,
    unchecked: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct TargetView {
    kind: crate::ids::CacheKind,
    id: String,
    region: crate::plan::Region,
}

impl TargetView {
    fn of(target: &Target) -> Self {
        Self { kind: target.id.kind(), id: target.id.name().to_owned(), region: target.region.clone() }
    }
}

impl RestoreView {
    /// A plan that nothing has come of.
    #[must_use]
    pub fn of_plan(plan: &Plan) -> Self {
        let refused = !plan.refusals.is_empty();
        let reason = plan.refusals.first().map_or("nothing is created by a dry run", |refusal| &refusal.why);
        Self {
            backup: plan.backup.clone(),
            source: plan.source.clone(),
            target: TargetView::of(&plan.target),
            operation: plan.operation,
            input: plan.input.clone(),
            origins: plan.origins.clone(),
            missing: plan.missing.clone(),
            refusals: plan.refusals.clone(),
            status: if refused { RestoreStatus::Refused } else { RestoreStatus::Planned },
            reason: reason.to_owned(),
            seconds: None,
            test: false,
            requested_at: None,
            estimated_seconds: plan.estimate,
            cost: plan.cost.clone(),
            staging: plan.staging.clone(),
            global: None,
            differs: plan.differs.clone(),
            unchecked: plan.unchecked.clone(),
        }
    }

    /// The same with the global datastore that is made around it.
    #[must_use]
    pub fn with_global(self, global: Option<GlobalView>) -> Self {
        Self { global, ..self }
    }

    /// A recorded restore.
    #[must_use]
    pub fn of_record(restore: &Restore) -> Self {
        Self {
            backup: restore.backup.clone(),
            source: Some(restore.source.clone()),
            target: TargetView::of(&restore.target),
            operation: restore.operation,
            input: restore.input.clone(),
            origins: restore.origins.clone(),
            missing: restore.missing.clone(),
            refusals: Vec::new(),
            status: restore.status(),
            reason: restore.reason.clone(),
            seconds: restore.seconds(),
            test: false,
            requested_at: restore.requested_at(),
            estimated_seconds: None,
            cost: None,
            staging: restore.staging.clone(),
            global: None,
            differs: Vec::new(),
            unchecked: Vec::new(),
        }
    }
}
