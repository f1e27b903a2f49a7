//! Begins a restore: the intent is recorded, then ElastiCache is asked, and what it says is recorded too.

use cachekeep_aws::{AwsError, Class, fleet, with_causes};
use cachekeep_core::cause::Failure;
use cachekeep_core::restore::{
    AuthToken, Plan, Restore, RestoreChange, RestoreState, fault, input::Input, is_ours,
};
use cachekeep_core::stack::Stack;

use super::stage::stage;
use super::{Bench, RestoreError};

/// What became of a plan.
#[derive(Debug)]
pub enum Begun {
    /// ElastiCache is at it, or has refused: the record says.
    Recorded(Box<Restore>),
    /// The plan breaks rules. Nothing was recorded, and nothing was created.
    Refused,
}

/// Carries out a plan that breaks no rule, for this stack.
///
/// # Errors
/// [`RestoreError`]; with [`RestoreError::Unanswered`] the cache may be on its way.
pub async fn begin(
    bench: Bench<'_>,
    stack: &Stack,
    plan: &Plan,
    earlier: Option<&Restore>,
    token: Option<&AuthToken>,
) -> Result<Begun, RestoreError> {
    let planned = Restore::of_plan(plan, stack.clone()).filter(|_| plan.refusals.is_empty());
    let Some(planned) = planned else { return Ok(Begun::Refused) };
    let planned = match earlier {
        Some(earlier) => planned.after(earlier),
        None => planned,
    };
    let first = if planned.staging.is_some() { RestoreChange::Staging } else { RestoreChange::Requested };
    let requested = bench.record(planned, first).await?;
    if !requested.is_of(plan.backup.as_ref(), &plan.mark) {
        // Another command asked for another restore into the same id in the same moment, and was faster.
        return Err(RestoreError::Overtaken { target: requested.target.id });
    }
    let begun = ask(bench, requested, token).await?;
    Ok(Begun::Recorded(Box::new(begun)))
}

/// Asks ElastiCache for the cache of a recorded intent. Asking twice makes one cache, since its id is taken by then.
///
/// # Errors
/// As [`begin`].
pub async fn ask(
    bench: Bench<'_>,
    restore: Restore,
    token: Option<&AuthToken>,
) -> Result<Restore, RestoreError> {
    let restore = stage(bench, restore).await?;
    if !matches!(restore.state, RestoreState::Requested { .. }) {
        return Ok(restore);
    }
    let input = Input::read(restore.operation, &restore.input).map_err(RestoreError::Input)?;
    let answer = fleet::create(bench.clients, &bench.pacer(), &input, token).await;
    let change = change(bench, &restore, answer).await?;
    bench.record(restore, change).await
}

/// What an answer says. The id that is taken is taken by our own earlier call, where the cache bears our mark.
async fn change(
    bench: Bench<'_>,
    restore: &Restore,
    answer: Result<(), AwsError>,
) -> Result<RestoreChange, RestoreError> {
    let error = match answer {
        Ok(()) => return Ok(RestoreChange::Started),
        Err(error) => error,
    };
    match error.class() {
        Class::AlreadyExists => {
            let present = fleet::find(bench.clients, &bench.pacer(), &restore.target.id).await?;
            let ours = present.as_ref().is_some_and(|cache| is_ours(restore, cache));
            Ok(if ours { RestoreChange::Started } else { refused(&error) })
        }
        Class::Throttled | Class::Transient | Class::Unknown => {
            let (target, source) = (restore.target.id.clone(), Box::new(error));
            Err(RestoreError::Unanswered { target, source })
        }
        Class::NotFound | Class::QuotaExceeded | Class::WrongState | Class::Denied | Class::Refused => {
            Ok(refused(&error))
        }
    }
}

/// What AWS refused, with the next step; nothing was created.
fn refused(error: &AwsError) -> RestoreChange {
    let advice = error.code().and_then(fault::next_step);
    let advice = advice.map_or_else(String::new, |advice| format!(". To do: {advice}"));
    let message = format!("{}{advice}. Nothing was created", with_causes(error).trim_end_matches('.'));
    RestoreChange::Failed { why: Failure::new(error.cause().clone(), message), remains: false }
}
