//! A bucket's settings as somebody examines them.

use cachekeep_core::stack::Stack;
use cachekeep_core::view::doctor::BucketSettings;

use super::Bucket;
use super::fitness::unfit;
use super::mark::{Claim, claimed};
use crate::clients::Clients;
use crate::error::{AwsError, OrAws as _};

/// S3's oldest region, which it names by nothing.
const OLDEST: &str = "us-east-1";

/// Looks at what exports need of a bucket: region, encryption, versions, owner of the prefix, and notifications.
///
/// # Errors
/// When S3 refuses to show one of them.
pub async fn settings(
    clients: &Clients,
    bucket: &Bucket,
    prefix: &str,
    stack: &Stack,
) -> Result<BucketSettings, AwsError> {
    let client = bucket.client(clients);
    let place =
        client.get_bucket_location().bucket(bucket.name()).send().await.or_aws("GetBucketLocation")?;
    let region = place.location_constraint().map(|region| region.as_str().to_owned());
    let told = client.get_bucket_notification_configuration().bucket(bucket.name()).send().await;
    let notifies = told.or_aws("GetBucketNotificationConfiguration")?.event_bridge_configuration.is_some();
    let claimed_by = match claimed(clients, bucket, prefix, stack).await? {
        Some(Claim::Theirs { stack }) => Some(stack.to_string()),
        Some(Claim::Ours) | None => None,
    };
    let unfit = unfit(clients, bucket).await?.iter().map(ToString::to_string).collect();
    let region = region.filter(|region| !region.is_empty()).unwrap_or_else(|| OLDEST.to_owned());
    Ok(BucketSettings { region, unfit, claimed_by, notifies })
}
