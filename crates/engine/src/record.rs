//! Recording decisions: every change goes through here, in both modes, so that a dry run prints what a run would do.

use cachekeep_aws::ledger::{Recorded, Transition};
use cachekeep_core::backup::{Backup, Change};
use cachekeep_core::cache::Configuration;
use cachekeep_core::event::Event;
use cachekeep_core::ids::BackupId;
use cachekeep_core::quota::Meter;

use crate::context::{Context, Mode, Pass};
use crate::report::{Outcome, Report, Step, with_causes};

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

/// Writes each change with its event, and returns the backups whose change is now in the ledger (in order, `None` where
/// somebody was faster or it could not be written). A dry run writes nothing and returns none.
pub(crate) async fn record(
    context: &Context,
    pass: &Pass,
    report: &mut Report,
    decided: Vec<Decided>,
) -> Vec<Option<Backup>> {
    if pass.mode == Mode::DryRun {
        let step = |decided: &Decided| Step::of_change(&decided.backup.id, &decided.change, Outcome::Planned);
        report.steps.extend(decided.iter().map(step));
        return vec![None; decided.len()];
    }
    let mut places = Vec::with_capacity(decided.len());
    let mut transitions = Vec::with_capacity(decided.len());
    for decided in decided {
        let (backup, change) = (decided.backup.id.clone(), decided.change.clone());
        match transition(decided, pass) {
            Ok(transition) => {
                places.push((backup, change, Some(transition.after.clone())));
                transitions.push(transition);
            }
            // The ledger's state does not allow it: another pass moved the backup between our reading and deciding.
            Err(illegal) => {
                tracing::debug!(backup = %backup, error = %illegal, "change dropped");
                report.steps.push(Step::of_change(&backup, &change, Outcome::Elsewhere));
                places.push((backup, change, None));
            }
        }
    }
    let mut recorded = context.ledger.record(transitions).await.into_iter();
    let settle = |(backup, change, after): (BackupId, Change, Option<Backup>)| {
        let after = after?;
        let outcome = outcome(recorded.next()?);
        let done = outcome == Outcome::Done;
        if let (true, Change::Exported { files }) = (done, &change) {
            let bytes = files.iter().map(|file| file.size).sum::<u64>();
            *report.figures.bytes_exported.entry(backup.plan.clone()).or_default() += bytes;
        }
        report.steps.push(Step::of_change(&backup, &change, outcome));
        done.then_some(after)
    };
    places.into_iter().map(settle).collect()
}

fn transition(
    decided: Decided,
    pass: &Pass,
) -> Result<Transition, Box<cachekeep_core::backup::IllegalTransition>> {
    let after = decided.backup.apply(&decided.change, pass.now)?;
    let event = Event::of_change(&after, decided.change, pass.now);
    Ok(Transition { after, event, meters: decided.meters, configuration: decided.configuration })
}

fn outcome(recorded: Recorded) -> Outcome {
    match recorded {
        Recorded::Done => Outcome::Done,
        Recorded::Lost => Outcome::Elsewhere,
        Recorded::Failed(error) => Outcome::Failed { error: with_causes(&error) },
    }
}
