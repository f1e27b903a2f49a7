//! Whether anybody hears what the stack tells.

use cachekeep_aws::{AwsError, topic};

use crate::context::Context;

/// What is wrong with who is told, and what to do; `None` where somebody is told, and for a stack without a topic, whose
/// messages wait in the ledger on purpose.
///
/// # Errors
/// When SNS cannot be asked.
pub async fn unheard(context: &Context) -> Result<Option<String>, AwsError> {
    let Some(arn) = &context.topic else { return Ok(None) };
    Ok(topic::audience(&context.clients, arn).await?.problem(arn))
}
