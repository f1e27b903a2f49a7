//! The daily digest, so that silence is never taken for health.

use std::collections::BTreeMap;

use cachekeep_aws::ledger::Control;
use cachekeep_core::decide::digest;
use cachekeep_core::message;
use cachekeep_core::plan::Plan;
use chrono::NaiveDate;

use super::{has_time, topic};
use crate::context::{Context, Mode, Pass};
use crate::error::PassError;
use crate::report::Report;

/// The day whose digest could be due: there is somebody to send it to, its hour has come, and this process does not remember
/// that it was sent.
pub(super) fn may_be_due(context: &Context, pass: &Pass) -> Option<NaiveDate> {
    context.topic.as_ref()?;
    digest::due_for(pass.now).filter(|day| !context.memory.digest_is_sent(*day))
}

/// Sends the digest of `today`, in the first pass of a day at or after its hour. `just_told` is what this pass
/// announced after the counts were read.
///
/// The digest is published first and marked after: a crash in between, or two passes at once, sends a digest twice, where the
/// other order would lose one, and a lost digest is an alarm. The mark holds only over the day that was read, so that no
/// pass wipes the counts of a newer day.
pub(super) async fn send(
    context: &Context,
    pass: &Pass,
    report: &mut Report,
    today: NaiveDate,
    control: &Control,
    just_told: BTreeMap<String, u64>,
    plans: &[Plan],
) -> Result<(), PassError> {
    let Some(arn) = &context.topic else { return Ok(()) };
    let sent = control.digest.sent;
    if digest::is_sent(sent, today) {
        context.memory.remember_digest(today);
        return Ok(());
    }
    if !has_time(pass) {
        return Ok(());
    }
    let mut counts = control.digest.counts.clone();
    for (name, count) in just_told {
        *counts.entry(name).or_default() += count;
    }
    let reviews = context.ledger.standing().await?;
    let outgoing =
        message::digest(&context.stack, today, &counts, &reviews, plans, &control.checkpoints, pass.now);
    let failed = topic::send(context, pass, report, arn, outgoing).await.is_some();
    if pass.mode == Mode::Act && !failed {
        context.ledger.digest_sent(today, sent).await?;
    }
    Ok(())
}
