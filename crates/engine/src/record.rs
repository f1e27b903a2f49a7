//! Recording decisions: every change goes through here, in both modes, so that a dry run prints what a run would do.

use cachekeep_aws::ledger::{Beside, LedgerError, Recorded, Stored, Transition};
use cachekeep_aws::with_causes;
use cachekeep_core::backup::{Backup, Change};
use cachekeep_core::event::What;

use crate::context::{Context, Mode, Pass};
use crate::report::Report;
use crate::step::{Outcome, Step};

/// A change that was decided on, and what has to be written with it.
#[derive(Debug, Clone)]
pub(crate) struct Decided<R: Stored = Backup> {
    /// The record before the change.
    pub(crate) before: R,
    /// The change.
    pub(crate) change: R::Change,
    /// What is written with it: node counts that change, the configuration of a new backup's cache.
    pub(crate) beside: Vec<Beside>,
}

impl<R: Stored> Decided<R> {
    /// A change that touches the record alone.
    pub(crate) const fn change(before: R, change: R::Change) -> Self {
        Self { before, change, beside: Vec::new() }
    }
}

/// What became of a change that was to be recorded.
#[derive(Debug)]
pub enum Receipt<R = Backup> {
    /// It is in the ledger, and the record stands so.
    Recorded(Box<R>),
    /// Somebody else changed the record first: nothing is written, and nothing must be done about it.
    Overtaken,
    /// Nothing is known to have been written.
    Failed(LedgerError),
    /// A dry run: the record would stand so.
    Planned(Box<R>),
}

impl<R> Receipt<R> {
    /// The record, where the change is in the ledger.
    pub(crate) fn recorded(self) -> Option<R> {
        match self {
            Self::Recorded(after) => Some(*after),
            Self::Overtaken | Self::Failed(_) | Self::Planned(_) => None,
        }
    }

    /// The record where the change is in the ledger, or would be: a dry run goes on with it to show what follows.
    pub(crate) fn expected(self) -> Option<R> {
        match self {
            Self::Recorded(after) | Self::Planned(after) => Some(*after),
            Self::Overtaken | Self::Failed(_) => None,
        }
    }
}

/// Writes each change with its event, and says what became of each, in order. A dry run decides the same and writes
/// nothing.
pub(crate) async fn record<R: Stored>(
    context: &Context,
    pass: &Pass,
    report: &mut Report,
    decided: Vec<Decided<R>>,
) -> Vec<Receipt<R>> {
    let mut entries = Vec::with_capacity(decided.len());
    let mut transitions = Vec::with_capacity(decided.len());
    for Decided { before, change, beside } in decided {
        let what = before.told(change.clone());
        let after = before.changed(change, pass.now).map(|(after, event)| {
            transitions.push(Transition { after: after.clone(), event, beside });
            Box::new(after)
        });
        entries.push((what, after));
    }
    let written = match pass.mode {
        Mode::Act => context.ledger.record(transitions).await,
        Mode::DryRun => Vec::new(),
    };
    let mut written = written.into_iter();
    let settle = |(what, after): (What, Result<Box<R>, R::Illegal>)| {
        let receipt = match after {
            Ok(after) => receipt(after, pass.mode, written.next()),
            // The ledger's state does not allow it: another pass changed the record between our reading and deciding.
            Err(illegal) => {
                tracing::debug!(error = %illegal, "change dropped");
                Receipt::Overtaken
            }
        };
        tell(report, &what, &receipt);
        receipt
    };
    entries.into_iter().map(settle).collect()
}

/// As [`record`], of one change.
pub(crate) async fn record_one<R: Stored>(
    context: &Context,
    pass: &Pass,
    report: &mut Report,
    decided: Decided<R>,
) -> Receipt<R> {
    let receipts = record(context, pass, report, vec![decided]).await;
    // One answer for one change; without any, nothing is known to have been written here.
    receipts.into_iter().next().unwrap_or(Receipt::Overtaken)
}

/// The ledger answers for every transition, so that only a dry run is without an answer.
fn receipt<R>(after: Box<R>, mode: Mode, written: Option<Recorded>) -> Receipt<R> {
    match (written, mode) {
        (Some(Recorded::Done), _) => Receipt::Recorded(after),
        (Some(Recorded::Failed(error)), _) => Receipt::Failed(error),
        (None, Mode::DryRun) => Receipt::Planned(after),
        (Some(Recorded::Lost), _) | (None, Mode::Act) => Receipt::Overtaken,
    }
}

/// Reports what became of a change.
fn tell<R>(report: &mut Report, what: &What, receipt: &Receipt<R>) {
    let outcome = match receipt {
        Receipt::Recorded(_) => Outcome::recorded(what),
        Receipt::Overtaken => Outcome::Elsewhere,
        Receipt::Failed(error) => Outcome::Failed { error: with_causes(error) },
        Receipt::Planned(_) => Outcome::Planned,
    };
    if let (Receipt::Recorded(_), What::Backup { backup, change: Change::Exported { files } }) =
        (receipt, what)
    {
        let bytes = files.iter().map(|file| file.size).sum::<u64>();
        *report.figures.bytes_exported.entry(backup.plan.clone()).or_default() += bytes;
    }
    report.steps.push(Step::told(what, outcome));
}
