//! Writes what the reviews found, and tells it.

use cachekeep_aws::ledger::LedgerError;
use cachekeep_core::decide::prune::{Decision, FailedAttempt};
use futures_util::future::try_join_all;

use super::RecordedChanges;
use super::view::AT_ONCE;
use crate::context::{Context, Mode, Pass};
use crate::report::Report;
use crate::step::{Outcome, Step};

/// Settles each review whose changes are all recorded; another one stays due, and the next pass decides it anew. Hands back
/// the failed attempts, which are still to be deleted.
pub(super) async fn run(
    context: &Context,
    pass: &Pass,
    report: &mut Report,
    decisions: Vec<Decision>,
    recorded: &RecordedChanges,
) -> Result<Vec<FailedAttempt>, LedgerError> {
    let mut failed_attempts = Vec::new();
    let mut settling = Vec::with_capacity(decisions.len());
    for decision in decisions {
        failed_attempts.extend(decision.failed_attempts);
        let is_recorded = |id| recorded.get(id).is_none_or(Option::is_some);
        if decision.changes.iter().all(|(backup, _)| is_recorded(&backup.id)) {
            settling.push((decision.review, decision.notices));
        }
    }
    if pass.mode == Mode::DryRun {
        let notices = settling.iter().flat_map(|(_, notices)| notices);
        report.steps.extend(notices.map(|notice| Step::told(&notice.what, Outcome::Planned)));
        return Ok(failed_attempts);
    }
    for some in settling.chunks(AT_ONCE) {
        let settled = some
            .iter()
            .map(|(review, notices)| context.ledger.settle_review(review.clone(), notices.clone()));
        let settled = try_join_all(settled).await?;
        let written = settled.into_iter().zip(some).filter(|(settled, _)| *settled);
        let notices = written.flat_map(|(_, (_, notices))| notices);
        report.steps.extend(notices.map(|notice| Step::told(&notice.what, Outcome::Done)));
    }
    Ok(failed_attempts)
}
