//! The mark that says whose a bucket's prefix is: the first stack that exports there writes it, and others keep away.

use aws_sdk_s3::primitives::ByteStream;
use cachekeep_core::names;
use cachekeep_core::stack::{MARK_FORMAT, Mark, Stack};

use super::{Bucket, get_range};
use crate::clients::Clients;
use crate::error::{AwsError, Class, OrAws as _};

/// The most bytes of a mark that are read. A mark has some two hundred.
const BYTES_MAX: u64 = 16 * 1024;

/// AWS's name of the call that writes a mark.
const PUT: &str = "PutObject";

/// Whose a bucket's prefix is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The stack's that asked.
    Ours,
    /// Another stack's.
    Theirs {
        /// The stack that the mark names.
        stack: Stack,
    },
}

/// Claims the prefix for the stack unless somebody has it. Of two that claim at once S3 lets one through.
///
/// # Errors
/// [`Class::Refused`] where an object stands there that is no mark, or one of a newer version.
pub async fn claim(
    clients: &Clients,
    bucket: &Bucket,
    prefix: &str,
    stack: &Stack,
) -> Result<Claim, AwsError> {
    if let Some(claim) = claimed(clients, bucket, prefix, stack).await? {
        return Ok(claim);
    }
    match write(clients, bucket, &names::mark(prefix), stack).await {
        Ok(()) => Ok(Claim::Ours),
        // Somebody else wrote one since we looked.
        Err(error) if error.is_changed() => claimed(clients, bucket, prefix, stack).await?.ok_or(error),
        Err(error) => Err(error),
    }
}

/// Whose the prefix is, as the stack sees it; `None` where nobody has claimed it.
///
/// # Errors
/// As [`claim`].
pub async fn claimed(
    clients: &Clients,
    bucket: &Bucket,
    prefix: &str,
    stack: &Stack,
) -> Result<Option<Claim>, AwsError> {
    let key = names::mark(prefix);
    let bytes = match get_range(clients, bucket, &key, 0..BYTES_MAX).await {
        Ok(bytes) => bytes,
        Err(error) if error.class() == Class::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let place = format!("s3://{}/{key}", bucket.name());
    let mark: Mark = serde_json::from_slice(&bytes).map_err(|error| {
        let message =
            format!("{place} should name the stack that exports there, and cannot be read: {error}");
        AwsError::refused("GetObject", message)
    })?;
    if mark.format > MARK_FORMAT {
        let message =
            format!("{place} has format {}, newer than this version reads ({MARK_FORMAT})", mark.format);
        return Err(AwsError::refused("GetObject", message));
    }
    Ok(Some(if mark.stack == *stack { Claim::Ours } else { Claim::Theirs { stack: mark.stack } }))
}

async fn write(clients: &Clients, bucket: &Bucket, key: &str, stack: &Stack) -> Result<(), AwsError> {
    let body = serde_json::to_vec_pretty(&Mark::of(stack.clone()))
        .map_err(|error| AwsError::refused(PUT, format!("the mark cannot be written as JSON: {error}")))?;
    let request = bucket.client(clients).put_object().bucket(bucket.name()).key(key).if_none_match("*");
    request.content_type("application/json").body(ByteStream::from(body)).send().await.or_aws(PUT)?;
    Ok(())
}
