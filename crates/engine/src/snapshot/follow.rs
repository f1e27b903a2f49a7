//! Follows requested snapshots until they are complete or failed.

use cachekeep_aws::pacer::Pacer;
use cachekeep_core::backup::{Backup, ChangeKind, SnapshotTarget};
use cachekeep_core::decide::answer::answered_again;
use cachekeep_core::decide::follow::{Following, follow};
use cachekeep_core::ids::SnapshotName;
use futures_util::future::join_all;

use crate::context::{Context, Mode, Pass};
use crate::error::PassError;
use crate::facts;
use crate::hinted::Hinted;
use crate::record::{self, Decided};
use crate::report::Report;
use crate::step::{Action, Outcome, Step, Subject};

use super::call;

/// Looks at each backup's snapshot, where it was not seen yet, and records what became of it.
pub(super) async fn run(
    context: &Context,
    pass: &Pass,
    pacer: &Pacer,
    report: &mut Report,
    Hinted { backups: requested, mut seen }: Hinted,
) -> Result<(), PassError> {
    if requested.is_empty() {
        return Ok(());
    }
    let unseen: Vec<Backup> = requested.iter().filter(|backup| !seen.has(backup)).cloned().collect();
    seen.extend(facts::sightings(&context.clients, pacer, &unseen, pass.now).await?);
    let mut changed = Vec::new();
    let mut again = Vec::new();
    for backup in requested {
        match follow(&backup, &seen.of(&backup), pass.now) {
            Following::Change(change) => changed.push(Decided::change(backup, change)),
            Following::CallAgain { name, on } => again.push((backup, name, on)),
            Following::Wait => {}
        }
    }
    record::record(context, pass, report, changed).await;
    call_again(context, pass, pacer, report, again).await;
    Ok(())
}

/// Makes the calls that an earlier pass recorded and perhaps did not live to make. The reservation still stands. An answer
/// that may be the first call's doing leaves the intent as it is.
async fn call_again(
    context: &Context,
    pass: &Pass,
    pacer: &Pacer,
    report: &mut Report,
    again: Vec<(Backup, SnapshotName, SnapshotTarget)>,
) {
    if pass.mode == Mode::DryRun {
        let planned = |(backup, name, _): &(Backup, SnapshotName, SnapshotTarget)| Step {
            subject: Subject::Backup(backup.id.clone()),
            action: Action::Change(ChangeKind::SnapshotRequested),
            reason: format!("asking again for snapshot {name}, of which ElastiCache shows no trace"),
            outcome: Outcome::Planned,
        };
        report.steps.extend(again.iter().map(planned));
        return;
    }
    let calls = again.iter().map(|(backup, name, on)| call::create(context, pacer, backup, name, on));
    let answers = join_all(calls).await;
    let decided = again.into_iter().zip(answers).filter_map(|((backup, ..), answer)| {
        let change = answered_again(&backup, answer, pass.now)?;
        Some(Decided::change(backup, change))
    });
    record::record(context, pass, report, decided.collect()).await;
}
