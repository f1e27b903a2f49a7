//! Tells once that the stack's parameters make no plan, where none is applied: then nothing is backed up.

use std::sync::Arc;

use cachekeep_aws::ledger::Control;
use cachekeep_aws::with_causes;
use cachekeep_core::message;
use cachekeep_core::plan::{DefaultError, Document};

use super::{has_time, topic};
use crate::context::{Context, Mode, Pass};
use crate::error::PassError;
use crate::report::Report;

/// Whether there may be something to tell, or to take back.
pub(super) fn may_be_wrong(context: &Context) -> bool {
    matches!(context.default_plan, Some(Err(_))) && !context.memory.parameters_are_told()
}

/// The plans in force. Without any, for want of right parameters, that is told, and the pass goes on: what happened before
/// must be told all the same.
pub(super) async fn plans(
    context: &Context,
    pass: &Pass,
    report: &mut Report,
    control: &Control,
) -> Result<Option<Arc<Document>>, PassError> {
    match context.plans(control) {
        Err(PassError::DefaultPlan(error)) => {
            tell(context, pass, report, control, &error).await?;
            Ok(None)
        }
        Ok(plans) => {
            // Whoever mends them and breaks them again is told again.
            if pass.mode == Mode::Act && control.parameters_told.as_ref().is_some_and(|told| !told.is_empty())
            {
                context.ledger.parameters_told("").await?;
            }
            Ok(plans)
        }
        Err(error) => Err(error),
    }
}

/// The message goes out first and is noted after: told twice is better than never.
async fn tell(
    context: &Context,
    pass: &Pass,
    report: &mut Report,
    control: &Control,
    error: &DefaultError,
) -> Result<(), PassError> {
    let Some(arn) = &context.topic else { return Ok(()) };
    let why = with_causes(error);
    if control.parameters_told.as_ref() == Some(&why) {
        context.memory.remember_parameters();
        return Ok(());
    }
    if !has_time(pass) {
        return Ok(());
    }
    let failed = topic::send(context, pass, report, arn, message::parameters(&why)).await.is_some();
    if pass.mode == Mode::Act && !failed {
        context.ledger.parameters_told(&why).await?;
    }
    Ok(())
}
