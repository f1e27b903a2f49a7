//! Who asks: the caller's ARN, by STS's word.

use crate::clients::Clients;
use crate::error::{AwsError, OrAws as _};

/// The ARN of whoever's credentials these are. No permission is needed to ask.
///
/// # Errors
/// [`AwsError`] where STS cannot be reached or refuses the credentials.
pub async fn arn(clients: &Clients) -> Result<Option<String>, AwsError> {
    let answer = clients.sts.get_caller_identity().send().await.or_aws("GetCallerIdentity")?;
    Ok(answer.arn)
}
