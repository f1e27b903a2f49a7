//! Settings of buckets that are put, got and deleted.

use super::bucket::{ObjectLock, Versioning};
use super::policy::Policy;
use super::refusal::{named, refuse};
use super::store::{Context, Store};
use super::tags;
use http::StatusCode;
use s3s::dto::{self, BucketVersioningStatus};
use s3s::{S3Error, S3ErrorCode, S3Result};

pub(super) fn put_policy(
    store: &mut Store,
    context: &Context,
    input: dto::PutBucketPolicyInput,
) -> S3Result<dto::PutBucketPolicyOutput> {
    let bucket = store.bucket(context, "s3:PutBucketPolicy", &input.bucket)?;
    let policy = Policy::parse(&input.policy).map_err(|error| malformed(&error))?;
    bucket.policy = Some((input.policy, policy));
    Ok(dto::PutBucketPolicyOutput::default())
}

fn malformed(error: &serde_json::Error) -> S3Error {
    refuse(
        S3ErrorCode::MalformedPolicy,
        &format!("Policies must be valid JSON and the first byte must be '{{': {error}"),
    )
}

pub(super) fn get_policy(
    store: &mut Store,
    context: &Context,
    input: dto::GetBucketPolicyInput,
) -> S3Result<dto::GetBucketPolicyOutput> {
    let bucket = store.bucket(context, "s3:GetBucketPolicy", &input.bucket)?;
    let missing = || refuse(S3ErrorCode::NoSuchBucketPolicy, "The bucket policy does not exist");
    let (text, _) = bucket.policy.as_ref().ok_or_else(missing)?;
    Ok(dto::GetBucketPolicyOutput { policy: Some(text.clone()) })
}

pub(super) fn delete_policy(
    store: &mut Store,
    context: &Context,
    input: dto::DeleteBucketPolicyInput,
) -> S3Result<dto::DeleteBucketPolicyOutput> {
    store.bucket(context, "s3:DeleteBucketPolicy", &input.bucket)?.policy = None;
    Ok(dto::DeleteBucketPolicyOutput::default())
}

pub(super) fn put_versioning(
    store: &mut Store,
    context: &Context,
    input: dto::PutBucketVersioningInput,
) -> S3Result<dto::PutBucketVersioningOutput> {
    let bucket = store.bucket(context, "s3:PutBucketVersioning", &input.bucket)?;
    let status = input.versioning_configuration.status.as_ref().map(BucketVersioningStatus::as_str);
    let new = if status == Some("Enabled") { Versioning::Enabled } else { Versioning::Suspended };
    if new == Versioning::Suspended && matches!(bucket.lock, ObjectLock::On(_)) {
        let message = "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.";
        return Err(refuse(S3ErrorCode::InvalidBucketState, message));
    }
    bucket.versioning = new;
    Ok(dto::PutBucketVersioningOutput::default())
}

pub(super) fn get_versioning(
    store: &mut Store,
    context: &Context,
    input: dto::GetBucketVersioningInput,
) -> S3Result<dto::GetBucketVersioningOutput> {
    let status = match store.bucket(context, "s3:GetBucketVersioning", &input.bucket)?.versioning {
        Versioning::Never => None,
        Versioning::Enabled => Some(BucketVersioningStatus::ENABLED),
        Versioning::Suspended => Some(BucketVersioningStatus::SUSPENDED),
    };
    let status = status.map(BucketVersioningStatus::from_static);
    Ok(dto::GetBucketVersioningOutput { status, ..Default::default() })
}

pub(super) fn put_notification(
    store: &mut Store,
    context: &Context,
    input: dto::PutBucketNotificationConfigurationInput,
) -> S3Result<dto::PutBucketNotificationConfigurationOutput> {
    let bucket = store.bucket(context, "s3:PutBucketNotification", &input.bucket)?;
    bucket.settings.notification = Some(input.notification_configuration);
    Ok(dto::PutBucketNotificationConfigurationOutput::default())
}

pub(super) fn get_notification(
    store: &mut Store,
    context: &Context,
    input: dto::GetBucketNotificationConfigurationInput,
) -> S3Result<dto::GetBucketNotificationConfigurationOutput> {
    let bucket = store.bucket(context, "s3:GetBucketNotification", &input.bucket)?;
    let set = bucket.settings.notification.clone().unwrap_or_default();
    Ok(dto::GetBucketNotificationConfigurationOutput {
        event_bridge_configuration: set.event_bridge_configuration,
        lambda_function_configurations: set.lambda_function_configurations,
        queue_configurations: set.queue_configurations,
        topic_configurations: set.topic_configurations,
    })
}

pub(super) fn put_lifecycle(
    store: &mut Store,
    context: &Context,
    input: dto::PutBucketLifecycleConfigurationInput,
) -> S3Result<dto::PutBucketLifecycleConfigurationOutput> {
    let bucket = store.bucket(context, "s3:PutLifecycleConfiguration", &input.bucket)?;
    bucket.settings.lifecycle = input.lifecycle_configuration.map(|configuration| configuration.rules);
    Ok(dto::PutBucketLifecycleConfigurationOutput::default())
}

pub(super) fn get_lifecycle(
    store: &mut Store,
    context: &Context,
    input: dto::GetBucketLifecycleConfigurationInput,
) -> S3Result<dto::GetBucketLifecycleConfigurationOutput> {
    let bucket = store.bucket(context, "s3:GetLifecycleConfiguration", &input.bucket)?;
    let missing =
        || refuse(S3ErrorCode::NoSuchLifecycleConfiguration, "The lifecycle configuration does not exist");
    let rules = Some(bucket.settings.lifecycle.clone().ok_or_else(missing)?);
    Ok(dto::GetBucketLifecycleConfigurationOutput { rules, ..Default::default() })
}

pub(super) fn delete_lifecycle(
    store: &mut Store,
    context: &Context,
    input: dto::DeleteBucketLifecycleInput,
) -> S3Result<dto::DeleteBucketLifecycleOutput> {
    store.bucket(context, "s3:PutLifecycleConfiguration", &input.bucket)?.settings.lifecycle = None;
    Ok(dto::DeleteBucketLifecycleOutput::default())
}

pub(super) fn put_encryption(
    store: &mut Store,
    context: &Context,
    input: dto::PutBucketEncryptionInput,
) -> S3Result<dto::PutBucketEncryptionOutput> {
    let bucket = store.bucket(context, "s3:PutEncryptionConfiguration", &input.bucket)?;
    bucket.settings.encryption = Some(input.server_side_encryption_configuration);
    Ok(dto::PutBucketEncryptionOutput::default())
}

/// A bucket that nobody set is encrypted by S3's own key.
pub(super) fn get_encryption(
    store: &mut Store,
    context: &Context,
    input: dto::GetBucketEncryptionInput,
) -> S3Result<dto::GetBucketEncryptionOutput> {
    let bucket = store.bucket(context, "s3:GetEncryptionConfiguration", &input.bucket)?;
    let configuration = bucket.settings.encryption.clone().unwrap_or_else(default_encryption);
    Ok(dto::GetBucketEncryptionOutput { server_side_encryption_configuration: Some(configuration) })
}

fn default_encryption() -> dto::ServerSideEncryptionConfiguration {
    let algorithm = dto::ServerSideEncryption::from_static(dto::ServerSideEncryption::AES256);
    let by_default = dto::ServerSideEncryptionByDefault { sse_algorithm: algorithm, kms_master_key_id: None };
    let rule = dto::ServerSideEncryptionRule {
        apply_server_side_encryption_by_default: Some(by_default),
        bucket_key_enabled: Some(false),
    };
    dto::ServerSideEncryptionConfiguration { rules: vec![rule] }
}

pub(super) fn put_public_access(
    store: &mut Store,
    context: &Context,
    input: dto::PutPublicAccessBlockInput,
) -> S3Result<dto::PutPublicAccessBlockOutput> {
    let bucket = store.bucket(context, "s3:PutBucketPublicAccessBlock", &input.bucket)?;
    bucket.settings.public_access = Some(input.public_access_block_configuration);
    Ok(dto::PutPublicAccessBlockOutput::default())
}

pub(super) fn get_public_access(
    store: &mut Store,
    context: &Context,
    input: dto::GetPublicAccessBlockInput,
) -> S3Result<dto::GetPublicAccessBlockOutput> {
    let bucket = store.bucket(context, "s3:GetBucketPublicAccessBlock", &input.bucket)?;
    let missing = || {
        let message = "The public access block configuration was not found";
        named("NoSuchPublicAccessBlockConfiguration", StatusCode::NOT_FOUND, message)
    };
    let configuration = bucket.settings.public_access.clone().ok_or_else(missing)?;
    Ok(dto::GetPublicAccessBlockOutput { public_access_block_configuration: Some(configuration) })
}

pub(super) fn delete_public_access(
    store: &mut Store,
    context: &Context,
    input: dto::DeletePublicAccessBlockInput,
) -> S3Result<dto::DeletePublicAccessBlockOutput> {
    store.bucket(context, "s3:PutBucketPublicAccessBlock", &input.bucket)?.settings.public_access = None;
    Ok(dto::DeletePublicAccessBlockOutput::default())
}

pub(super) fn put_ownership(
    store: &mut Store,
    context: &Context,
    input: dto::PutBucketOwnershipControlsInput,
) -> S3Result<dto::PutBucketOwnershipControlsOutput> {
    let bucket = store.bucket(context, "s3:PutBucketOwnershipControls", &input.bucket)?;
    bucket.settings.ownership = Some(input.ownership_controls);
    Ok(dto::PutBucketOwnershipControlsOutput::default())
}

pub(super) fn get_ownership(
    store: &mut Store,
    context: &Context,
    input: dto::GetBucketOwnershipControlsInput,
) -> S3Result<dto::GetBucketOwnershipControlsOutput> {
    let bucket = store.bucket(context, "s3:GetBucketOwnershipControls", &input.bucket)?;
    let controls = bucket.settings.ownership.clone().unwrap_or_else(|| {
        let ownership = dto::ObjectOwnership::from_static(dto::ObjectOwnership::BUCKET_OWNER_ENFORCED);
        dto::OwnershipControls { rules: vec![dto::OwnershipControlsRule { object_ownership: ownership }] }
    });
    Ok(dto::GetBucketOwnershipControlsOutput { ownership_controls: Some(controls) })
}

pub(super) fn put_tags(
    store: &mut Store,
    context: &Context,
    input: dto::PutBucketTaggingInput,
) -> S3Result<dto::PutBucketTaggingOutput> {
    let bucket = store.bucket(context, "s3:PutBucketTagging", &input.bucket)?;
    bucket.settings.tags = tags::from_document(input.tagging)?;
    Ok(dto::PutBucketTaggingOutput::default())
}

pub(super) fn get_tags(
    store: &mut Store,
    context: &Context,
    input: dto::GetBucketTaggingInput,
) -> S3Result<dto::GetBucketTaggingOutput> {
    let bucket = store.bucket(context, "s3:GetBucketTagging", &input.bucket)?;
    if bucket.settings.tags.is_empty() {
        return Err(refuse(S3ErrorCode::NoSuchTagSet, "The TagSet does not exist"));
    }
    Ok(dto::GetBucketTaggingOutput { tag_set: tags::to_document(&bucket.settings.tags) })
}

pub(super) fn delete_tags(
    store: &mut Store,
    context: &Context,
    input: dto::DeleteBucketTaggingInput,
) -> S3Result<dto::DeleteBucketTaggingOutput> {
    store.bucket(context, "s3:PutBucketTagging", &input.bucket)?.settings.tags.clear();
    Ok(dto::DeleteBucketTaggingOutput::default())
}
