//! Recording decisions: every change goes through here, in both modes, so that a dry run prints what a run would do.

use cachekeep_aws::ledger::{LedgerError, Recorded, Transition};
use cachekeep_aws::with_causes;
use cachekeep_core::backup::{Backup, Change};
use cachekeep_core::cache::Configuration;
use cachekeep_core::event::Event;
use cachekeep_core::ids::BackupId;
use cachekeep_core::quota::Meter;

use crate::context::{Context, Mode, Pass};
use crate::report::Report;
use crate::step::{Outcome, Step};

/// A change that was decided on, and what has to be written with it.
#[derive(Debug, Clone)]
pub(crate) struct Decided {
    /// The backup before the change.
    pub(crate) backup: Backup,
    /// The change.
    pub(crate) change: Change,
    /// The node counts that change with it.
    pub(crate) meters: Vec<Meter>,
    /// The cache's configuration, for a backup that is new.
    pub(crate) configuration: Option<Configuration>,
}

impl Decided {
    /// A change that touches the backup alone.
    pub(crate) const fn change(backup: Backup, change: Change) -> Self {
        Self { backup, change, meters: Vec::new(), configuration: None }
    }
}

/// What became of a change that was to be recorded.
#[derive(Debug)]
pub enum Receipt {
    /// It is in the ledger, and the backup stands so.
    Recorded(Box<Backup>),
    /// Somebody else moved the backup first: nothing is written, and nothing must be done about it.
    Overtaken,
    /// Nothing is known to have been written.
    Failed(LedgerError),
    /// A dry run: the backup would stand so.
    Planned(Box<Backup>),
}

impl Receipt {
    /// The backup, where the change is in the ledger.
    pub(crate) fn recorded(self) -> Option<Backup> {
        match self {
            Self::Recorded(after) => Some(*after),
            Self::Overtaken | Self::Failed(_) | Self::Planned(_) => None,
        }
    }

    /// The backup where the change is in the ledger, or would be: a dry run goes on with it to show what follows.
    pub(crate) fn expected(self) -> Option<Backup> {
        match self {
            Self::Recorded(after) | Self::Planned(after) => Some(*after),
            Self::Overtaken | Self::Failed(_) => None,
        }
    }
}

/// Writes each change with its event, and says what became of each, in order. A dry run decides the same and writes
/// nothing.
pub(crate) async fn record(
    context: &Context,
    pass: &Pass,
    report: &mut Report,
    decided: Vec<Decided>,
) -> Vec<Receipt> {
    let mut entries = Vec::with_capacity(decided.len());
    let mut transitions = Vec::with_capacity(decided.len());
    for decided in decided {
        let (backup, change) = (decided.backup.id.clone(), decided.change.clone());
        let after = transition(decided, pass).map(|transition| {
            let after = Box::new(transition.after.clone());
            transitions.push(transition);
            after
        });
        entries.push((backup, change, after));
    }
    let written = match pass.mode {
        Mode::Act => context.ledger.record(transitions).await,
        Mode::DryRun => Vec::new(),
    };
    let mut written = written.into_iter();
    let settle = |(backup, change, after): (BackupId, Change, Result<Box<Backup>, _>)| {
        let receipt = match after {
            Ok(after) => receipt(after, pass.mode, written.next()),
            // The ledger's state does not allow it: another pass moved the backup between our reading and deciding.
            Err(illegal) => {
                tracing::debug!(%backup, error = %illegal, "change dropped");
                Receipt::Overtaken
            }
        };
        tell(report, &backup, &change, &receipt);
        receipt
    };
    entries.into_iter().map(settle).collect()
}

/// As [`record`], of one change.
pub(crate) async fn record_one(
    context: &Context,
    pass: &Pass,
    report: &mut Report,
    decided: Decided,
) -> Receipt {
    let receipts = record(context, pass, report, vec![decided]).await;
    // One answer for one change; without any, nothing is known to have been written here.
    receipts.into_iter().next().unwrap_or(Receipt::Overtaken)
}

fn transition(
    decided: Decided,
    pass: &Pass,
) -> Result<Transition, Box<cachekeep_core::backup::IllegalTransition>> {
    let after = decided.backup.apply(&decided.change, pass.now)?;
    let event = Event::of_change(&after, decided.change, pass.now);
    Ok(Transition { after, event, meters: decided.meters, configuration: decided.configuration })
}

/// The ledger answers for every transition, so that only a dry run is without an answer.
fn receipt(after: Box<Backup>, mode: Mode, written: Option<Recorded>) -> Receipt {
    match (written, mode) {
        (Some(Recorded::Done), _) => Receipt::Recorded(after),
        (Some(Recorded::Failed(error)), _) => Receipt::Failed(error),
        (None, Mode::DryRun) => Receipt::Planned(after),
        (Some(Recorded::Lost), _) | (None, Mode::Act) => Receipt::Overtaken,
    }
}

/// Reports what became of a change.
fn tell(report: &mut Report, backup: &BackupId, change: &Change, receipt: &Receipt) {
    let outcome = match receipt {
        Receipt::Recorded(_) => Outcome::of_change(change),
        Receipt::Overtaken => Outcome::Elsewhere,
        Receipt::Failed(error) => Outcome::Failed { error: with_causes(error) },
        Receipt::Planned(_) => Outcome::Planned,
    };
    if let (Receipt::Recorded(_), Change::Exported { files }) = (receipt, change) {
        let bytes = files.iter().map(|file| file.size).sum::<u64>();
        *report.figures.bytes_exported.entry(backup.plan.clone()).or_default() += bytes;
    }
    report.steps.push(Step::of_change(backup, change, outcome));
}
