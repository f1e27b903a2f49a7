//! One step of a pass, as a type: what it was about, what was done, and what came of it.

use std::error::Error;
use std::fmt;

use cachekeep_aws::with_causes;
use cachekeep_core::backup::{Bearing, ChangeKind};
use cachekeep_core::cause::Cause;
use cachekeep_core::event::{NoticeKind, What};
use cachekeep_core::ids::{BackupId, CacheId, PlanName};
use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

/// One step. As JSON: `{subject, action, reason, outcome}`, and `error` where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it was about.
    pub subject: Subject,
    /// What was decided or done.
    pub action: Action,
    /// Why.
    pub reason: String,
    /// What came of it.
    pub outcome: Outcome,
}

/// What a step is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A backup.
    Backup(BackupId),
    /// A cache under a plan.
    Cache(CacheId, PlanName),
    /// A cache that is restored.
    Restore(CacheId),
    /// The EventBridge bus of this name.
    Bus(String),
    /// The SNS topic of this ARN.
    Topic(String),
    /// The events that were waiting to be told.
    Events,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// A change of a backup is recorded.
    Change(ChangeKind),
    /// A notice is recorded.
    Notice(NoticeKind),
    /// A change of a restore, of this name, is recorded.
    Restore(&'static str),
    /// The cache of a restore is looked at.
    LookAtRestore,
    /// An export's files are looked for.
    ListExport,
    /// A bucket's prefix is claimed for the stack.
    ClaimPrefix,
    /// ElastiCache is asked for an export.
    Export,
    /// A manifest is written.
    WriteManifest,
    /// An export is read.
    Verify,
    /// A snapshot that never became complete is deleted.
    DeleteFailedAttempt,
    /// Events go on the bus.
    PutEvents,
    /// A message goes to a topic.
    Message,
    /// Events are taken out of the queue.
    Announce,
}

/// What came of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A dry run: it would be done.
    Planned,
    /// It is done, and recorded where it is a change.
    Done,
    /// A change is recorded that says of its work that it waits.
    Waiting,
    /// A change is recorded that says that something failed; the step's reason says why.
    Failure,
    /// Another pass was faster; nothing was done here.
    Elsewhere,
    /// It could not be done now, for a reason that passes. It stays in its queue.
    PutOff {
        /// What was in the way, with every cause.
        error: String,
    },
    /// It did not work.
    Failed {
        /// What went wrong, with every cause.
        error: String,
    },
}

impl Step {
    /// A step that records a change or a notice, with what came of the record.
    #[must_use]
    pub fn told(what: &What, outcome: Outcome) -> Self {
        let (subject, action) = match what {
            What::Backup { backup, change } => {
                (Subject::Backup(backup.clone()), Action::Change(change.kind()))
            }
            What::Restore { target, change, .. } => {
                (Subject::Restore(target.clone()), Action::Restore(change.name()))
            }
            What::Notice { cache, plan, notice, .. } => {
                (Subject::Cache(cache.clone(), plan.clone()), Action::Notice(notice.kind()))
            }
        };
        Self { subject, action, reason: what.reason(), outcome }
    }

    /// A step that did not work and leaves its backup in the queue: `reason` says what was being done.
    pub(crate) fn not_done(
        backup: &BackupId,
        action: Action,
        reason: &str,
        cause: &Cause,
        error: &(dyn Error + 'static),
    ) -> Self {
        Self {
            subject: Subject::Backup(backup.clone()),
            action,
            reason: reason.to_owned(),
            outcome: Outcome::of_error(cause, error),
        }
    }

    /// As [`Self::not_done`], where core put it off, whatever the cause.
    pub(crate) fn put_off(
        backup: &BackupId,
        action: Action,
        reason: &str,
        error: &(dyn Error + 'static),
    ) -> Self {
        Self {
            subject: Subject::Backup(backup.clone()),
            action,
            reason: reason.to_owned(),
            outcome: Outcome::PutOff { error: with_causes(error) },
        }
    }

    /// Why it did not go as it should, for whoever reads the outcome alone.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Failed { error } | Outcome::PutOff { error } => Some(error),
            Outcome::Failure => Some(&self.reason),
            Outcome::Planned | Outcome::Done | Outcome::Waiting | Outcome::Elsewhere => None,
        }
    }
}

impl Subject {
    /// The cache, where it is about one.
    #[must_use]
    pub const fn cache(&self) -> Option<&CacheId> {
        match self {
            Self::Backup(backup) => Some(&backup.cache),
            Self::Cache(cache, _) | Self::Restore(cache) => Some(cache),
            Self::Bus(_) | Self::Topic(_) | Self::Events => None,
        }
    }

    /// The plan, where it is about one.
    #[must_use]
    pub const fn plan(&self) -> Option<&PlanName> {
        match self {
            Self::Backup(backup) => Some(&backup.plan),
            Self::Cache(_, plan) => Some(plan),
            Self::Restore(_) | Self::Bus(_) | Self::Topic(_) | Self::Events => None,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Backup(backup) => backup.fmt(f),
            Self::Cache(cache, plan) => write!(f, "{cache}/{plan}"),
            Self::Restore(cache) => cache.fmt(f),
            Self::Bus(name) | Self::Topic(name) => f.write_str(name),
            Self::Events => f.write_str("events"),
        }
    }
}

impl Action {
    /// Its name in reports and logs: that of the change or of the call.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Change(kind) => kind.name(),
            Self::Notice(kind) => kind.name(),
            Self::Restore(name) => name,
            Self::LookAtRestore => "look-at-restore",
            Self::ListExport => "list-export",
            Self::ClaimPrefix => "claim-prefix",
            Self::Export => "export",
            Self::WriteManifest => "write-manifest",
            Self::Verify => "verify",
            Self::DeleteFailedAttempt => "failed-attempt-deleted",
            Self::PutEvents => "bus-events",
            Self::Message => "message",
            Self::Announce => "announced",
        }
    }
}

impl Outcome {
    /// What came of what is recorded.
    #[must_use]
    pub const fn recorded(what: &What) -> Self {
        match what.bearing() {
            Bearing::Done => Self::Done,
            Bearing::Waits => Self::Waiting,
            Bearing::Failed => Self::Failure,
        }
    }

    /// What an error means for a step: what passes by itself is tried again from its queue.
    pub(crate) fn of_error(cause: &Cause, error: &(dyn Error + 'static)) -> Self {
        let error = with_causes(error);
        if cause.passes() { Self::PutOff { error } } else { Self::Failed { error } }
    }

    /// Its word in reports and logs.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Done => "done",
            Self::Waiting | Self::PutOff { .. } => "waits",
            Self::Elsewhere => "elsewhere",
            Self::Failure | Self::Failed { .. } => "failed",
        }
    }

    /// Whether it is a failure, for an exit code. What waits is none.
    #[must_use]
    pub const fn is_failure(&self) -> bool {
        match self {
            Self::Failure | Self::Failed { .. } => true,
            Self::Planned | Self::Done | Self::Waiting | Self::Elsewhere | Self::PutOff { .. } => false,
        }
    }

    /// Whether what was to be done is done, and by this pass.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        match self {
            Self::Done | Self::Waiting | Self::Failure => true,
            Self::Planned | Self::Elsewhere | Self::PutOff { .. } | Self::Failed { .. } => false,
        }
    }
}

impl Serialize for Step {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let error = self.error();
        let mut step = serializer.serialize_struct("Step", 4 + usize::from(error.is_some()))?;
        step.serialize_field("subject", &self.subject.to_string())?;
        step.serialize_field("action", self.action.name())?;
        step.serialize_field("reason", &self.reason)?;
        step.serialize_field("outcome", self.outcome.word())?;
        if let Some(error) = error {
            step.serialize_field("error", error)?;
        }
        step.end()
    }
}
