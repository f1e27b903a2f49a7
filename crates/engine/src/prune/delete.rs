//! Carries deletions out: copy by copy, each under its approval, each recorded once it is done.

use cachekeep_aws::pacer::Pacer;
use cachekeep_aws::snapshots::{self, SnapshotFamily};
use cachekeep_aws::{AwsError, Class};
use cachekeep_core::backup::{Backup, Change, CopyTask};
use cachekeep_core::decide::prune::{Approval, Deletion, FailedAttempt, Inventory, deletions};
use cachekeep_core::ids::{BackupId, SnapshotName};
use cachekeep_core::record::Record as _;
use futures_util::future::join_all;

use super::objects;
use super::view::AT_ONCE;
use crate::context::{Context, Mode, Pass};
use crate::record::{self, Decided};
use crate::report::Report;
use crate::step::{Action, Outcome, Step, Subject};

/// What deletions work with.
pub(super) struct Deleting<'a> {
    pub(super) context: &'a Context,
    pub(super) pass: &'a Pass,
    pub(super) pacer: &'a Pacer,
    pub(super) inventory: Option<&'a Inventory>,
}

/// What was done about one backup.
struct Done {
    backup: Backup,
    /// What has to be recorded, in order.
    changes: std::vec::IntoIter<Change>,
    /// What did not work.
    failed: Vec<Step>,
}

/// How a deletion went.
pub(super) enum DeleteOutcome {
    /// It is gone.
    Gone,
    /// AWS is busy with it, or the pass is out of time: it stays in the queue.
    Later,
    /// It did not work; the queue has it tried again.
    Failed(Outcome),
}

impl DeleteOutcome {
    /// What a failed call means for a deletion: what is not there is deleted.
    pub(super) fn of_error(error: &AwsError) -> Self {
        match error.class() {
            Class::NotFound => Self::Gone,
            Class::WrongState | Class::Throttled => Self::Later,
            Class::Transient
            | Class::Unknown
            | Class::AlreadyExists
            | Class::QuotaExceeded
            | Class::Denied
            | Class::Refused => Self::Failed(Outcome::of_error(error.cause(), error)),
        }
    }

    /// It did not work, and will not before somebody has done something.
    pub(super) const fn failed(error: String) -> Self {
        Self::Failed(Outcome::Failed { error })
    }
}

impl Deleting<'_> {
    /// Deletes what is to be deleted of these backups and records it.
    pub(super) async fn run(&self, report: &mut Report, backups: Vec<Backup>) {
        let mut backups = backups.into_iter().peekable();
        while backups.peek().is_some() {
            let some = backups.by_ref().take(AT_ONCE);
            let done = join_all(some.map(|backup| self.one(backup))).await;
            self.record(report, done).await;
        }
    }

    async fn one(&self, backup: Backup) -> Done {
        let (mut changes, mut failed) = (Vec::new(), Vec::new());
        for deletion in deletions(&backup, self.inventory, self.pass.now) {
            let (change, went) = match deletion {
                Deletion::Gone { change } => (change, DeleteOutcome::Gone),
                Deletion::Busy => continue,
                Deletion::Refused { change, why } => (change, DeleteOutcome::failed(why)),
                Deletion::Snapshot { change, name, approval } => {
                    (change, self.snapshot(&backup.id, &name, &approval).await)
                }
                Deletion::Objects { change, replica, approval } => {
                    (change, self.objects(replica.as_ref(), approval).await)
                }
            };
            match went {
                DeleteOutcome::Gone => changes.push(change),
                DeleteOutcome::Later => {
                    tracing::debug!(backup = %backup.id, change = change.name(), "left for later");
                }
                DeleteOutcome::Failed(outcome) => failed.push(Step::told(&backup.told(change), outcome)),
            }
        }
        Done { backup, changes: changes.into_iter(), failed }
    }

    async fn snapshot(&self, backup: &BackupId, name: &SnapshotName, approval: &Approval) -> DeleteOutcome {
        if self.pass.mode == Mode::DryRun {
            return DeleteOutcome::Gone;
        }
        let (clients, family) = (&self.context.clients, SnapshotFamily::of_cache(backup.cache.kind()));
        let deleted = snapshots::delete(clients, self.pacer, approval, name, family).await;
        deleted.map_or_else(|error| DeleteOutcome::of_error(&error), |()| DeleteOutcome::Gone)
    }

    async fn objects(&self, replica: Option<&CopyTask>, approval: Approval) -> DeleteOutcome {
        match self.pass.mode {
            Mode::DryRun => DeleteOutcome::Gone,
            Mode::Act => objects::delete(self.context, self.pass, replica, approval).await,
        }
    }

    /// Records what was done. Each change of one backup builds on the one before it, so they are written one after the
    /// other, and those of different backups together.
    async fn record(&self, report: &mut Report, done: Vec<Done>) {
        let mut rest = Vec::with_capacity(done.len());
        for done in done {
            report.steps.extend(done.failed);
            rest.push((done.backup, done.changes));
        }
        loop {
            let (mut decided, mut waiting) = (Vec::new(), Vec::new());
            for (backup, mut changes) in rest {
                if let Some(change) = changes.next() {
                    decided.push(Decided::change(backup, change));
                    waiting.push(changes);
                }
            }
            if decided.is_empty() {
                return;
            }
            let receipts = record::record(self.context, self.pass, report, decided).await;
            rest = receipts
                .into_iter()
                .zip(waiting)
                .filter_map(|(receipt, changes)| Some((receipt.expected()?, changes)))
                .collect();
        }
    }

    /// Deletes snapshots that never became complete. The ledger holds nothing of them, so nothing is recorded.
    pub(super) async fn failed_attempts(&self, report: &mut Report, attempts: Vec<FailedAttempt>) {
        for some in attempts.chunks(AT_ONCE) {
            let outcomes = join_all(some.iter().map(|attempt| self.failed_attempt(attempt))).await;
            let steps = outcomes.into_iter().zip(some);
            report.steps.extend(steps.filter_map(|(outcome, attempt)| Some(step(attempt, outcome?))));
        }
    }

    async fn failed_attempt(&self, attempt: &FailedAttempt) -> Option<Outcome> {
        match (self.snapshot(&attempt.backup, &attempt.name, &attempt.approval).await, self.pass.mode) {
            (DeleteOutcome::Gone, Mode::DryRun) => Some(Outcome::Planned),
            (DeleteOutcome::Gone, Mode::Act) => Some(Outcome::Done),
            (DeleteOutcome::Later, _) => None,
            (DeleteOutcome::Failed(outcome), _) => Some(outcome),
        }
    }
}

fn step(attempt: &FailedAttempt, outcome: Outcome) -> Step {
    Step {
        subject: Subject::Backup(attempt.backup.clone()),
        action: Action::DeleteFailedAttempt,
        reason: attempt.reason(),
        outcome,
    }
}
