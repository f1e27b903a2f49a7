//! Which function answers which S3 operation.

use super::caller::Caller;
use super::store::{Context, Store};
use super::{buckets, copy, list, multipart, object_settings, objects, protection, settings};
use crate::clock::Clock;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use s3s::dto::{self, PutObjectInput, PutObjectOutput, StreamingBlob, UploadPartInput, UploadPartOutput};
use s3s::{S3, S3Error, S3ErrorCode, S3Request, S3Response, S3Result};
use std::sync::{Arc, Mutex, PoisonError};

/// S3's operations over the store.
#[derive(Clone)]
pub(super) struct Operations {
    pub(super) clock: Clock,
    pub(super) store: Arc<Mutex<Store>>,
}

impl Operations {
    fn run<I, O>(
        &self,
        request: S3Request<I>,
        perform: impl FnOnce(&mut Store, &Context, I) -> S3Result<O>,
    ) -> S3Result<S3Response<O>> {
        let context = self.context(&request)?;
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        perform(&mut store, &context, request.input).map(S3Response::new)
    }

    fn context<I>(&self, request: &S3Request<I>) -> S3Result<Context> {
        let caller = request.extensions.get::<Caller>().cloned();
        let caller = caller.ok_or_else(|| S3Error::new(S3ErrorCode::AccessDenied))?;
        let header = request.headers.get("x-amz-expected-bucket-owner").and_then(|value| value.to_str().ok());
        let requester = caller.account.clone();
        Ok(Context { caller, now: self.clock.now(), expected_owner: header.map(String::from), requester })
    }
}

async fn collect(body: Option<StreamingBlob>) -> S3Result<Bytes> {
    let mut whole = BytesMut::new();
    let Some(mut body) = body else { return Ok(Bytes::new()) };
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|error| S3Error::with_source(S3ErrorCode::IncompleteBody, error))?;
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.freeze())
}

macro_rules! operations {
    ($($name:ident, $input:ident, $output:ident => $module:ident::$function:ident;)*) => {
        #[async_trait::async_trait]
        impl S3 for Operations {
            async fn put_object(&self, mut request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
                let body = collect(request.input.body.take()).await?;
                self.run(request, |store, context, input| objects::put(store, context, input, &body))
            }

            async fn upload_part(&self, mut request: S3Request<UploadPartInput>) -> S3Result<S3Response<UploadPartOutput>> {
                let body = collect(request.input.body.take()).await?;
                self.run(request, |store, context, input| multipart::put_part(store, context, input, &body))
            }

            $(async fn $name(&self, request: S3Request<dto::$input>) -> S3Result<S3Response<dto::$output>> {
                self.run(request, $module::$function)
            })*
        }
    };
}

operations! {
    create_bucket, CreateBucketInput, CreateBucketOutput => buckets::create;
    delete_bucket, DeleteBucketInput, DeleteBucketOutput => buckets::delete;
    head_bucket, HeadBucketInput, HeadBucketOutput => buckets::head;
    get_bucket_location, GetBucketLocationInput, GetBucketLocationOutput => buckets::location;
    list_buckets, ListBucketsInput, ListBucketsOutput => buckets::list;
    get_bucket_acl, GetBucketAclInput, GetBucketAclOutput => buckets::acl;
    put_bucket_acl, PutBucketAclInput, PutBucketAclOutput => buckets::put_acl;
    get_object, GetObjectInput, GetObjectOutput => objects::get;
    head_object, HeadObjectInput, HeadObjectOutput => objects::head;
    delete_object, DeleteObjectInput, DeleteObjectOutput => objects::delete;
    delete_objects, DeleteObjectsInput, DeleteObjectsOutput => objects::delete_many;
    copy_object, CopyObjectInput, CopyObjectOutput => copy::copy;
    get_object_attributes, GetObjectAttributesInput, GetObjectAttributesOutput => object_settings::attributes;
    put_object_tagging, PutObjectTaggingInput, PutObjectTaggingOutput => object_settings::put_tags;
    get_object_tagging, GetObjectTaggingInput, GetObjectTaggingOutput => object_settings::get_tags;
    delete_object_tagging, DeleteObjectTaggingInput, DeleteObjectTaggingOutput => object_settings::delete_tags;
    list_objects, ListObjectsInput, ListObjectsOutput => list::objects_v1;
    list_objects_v2, ListObjectsV2Input, ListObjectsV2Output => list::objects_v2;
    list_object_versions, ListObjectVersionsInput, ListObjectVersionsOutput => list::versions;
    create_multipart_upload, CreateMultipartUploadInput, CreateMultipartUploadOutput => multipart::create;
    upload_part_copy, UploadPartCopyInput, UploadPartCopyOutput => multipart::copy_part;
    complete_multipart_upload, CompleteMultipartUploadInput, CompleteMultipartUploadOutput => multipart::complete;
    abort_multipart_upload, AbortMultipartUploadInput, AbortMultipartUploadOutput => multipart::abort;
    list_parts, ListPartsInput, ListPartsOutput => multipart::list_parts;
    list_multipart_uploads, ListMultipartUploadsInput, ListMultipartUploadsOutput => multipart::list_uploads;
    put_object_lock_configuration, PutObjectLockConfigurationInput, PutObjectLockConfigurationOutput => protection::put_configuration;
    get_object_lock_configuration, GetObjectLockConfigurationInput, GetObjectLockConfigurationOutput => protection::get_configuration;
    put_object_retention, PutObjectRetentionInput, PutObjectRetentionOutput => protection::put_retention;
    get_object_retention, GetObjectRetentionInput, GetObjectRetentionOutput => protection::get_retention;
    put_object_legal_hold, PutObjectLegalHoldInput, PutObjectLegalHoldOutput => protection::put_legal_hold;
    get_object_legal_hold, GetObjectLegalHoldInput, GetObjectLegalHoldOutput => protection::get_legal_hold;
    put_bucket_policy, PutBucketPolicyInput, PutBucketPolicyOutput => settings::put_policy;
    get_bucket_policy, GetBucketPolicyInput, GetBucketPolicyOutput => settings::get_policy;
    delete_bucket_policy, DeleteBucketPolicyInput, DeleteBucketPolicyOutput => settings::delete_policy;
    put_bucket_versioning, PutBucketVersioningInput, PutBucketVersioningOutput => settings::put_versioning;
    get_bucket_versioning, GetBucketVersioningInput, GetBucketVersioningOutput => settings::get_versioning;
    put_bucket_notification_configuration, PutBucketNotificationConfigurationInput, PutBucketNotificationConfigurationOutput => settings::put_notification;
    get_bucket_notification_configuration, GetBucketNotificationConfigurationInput, GetBucketNotificationConfigurationOutput => settings::get_notification;
    put_bucket_lifecycle_configuration, PutBucketLifecycleConfigurationInput, PutBucketLifecycleConfigurationOutput => settings::put_lifecycle;
    get_bucket_lifecycle_configuration, GetBucketLifecycleConfigurationInput, GetBucketLifecycleConfigurationOutput => settings::get_lifecycle;
    delete_bucket_lifecycle, DeleteBucketLifecycleInput, DeleteBucketLifecycleOutput => settings::delete_lifecycle;
    put_bucket_encryption, PutBucketEncryptionInput, PutBucketEncryptionOutput => settings::put_encryption;
    get_bucket_encryption, GetBucketEncryptionInput, GetBucketEncryptionOutput => settings::get_encryption;
    put_public_access_block, PutPublicAccessBlockInput, PutPublicAccessBlockOutput => settings::put_public_access;
    get_public_access_block, GetPublicAccessBlockInput, GetPublicAccessBlockOutput => settings::get_public_access;
    delete_public_access_block, DeletePublicAccessBlockInput, DeletePublicAccessBlockOutput => settings::delete_public_access;
    put_bucket_ownership_controls, PutBucketOwnershipControlsInput, PutBucketOwnershipControlsOutput => settings::put_ownership;
    get_bucket_ownership_controls, GetBucketOwnershipControlsInput, GetBucketOwnershipControlsOutput => settings::get_ownership;
    put_bucket_tagging, PutBucketTaggingInput, PutBucketTaggingOutput => settings::put_tags;
    get_bucket_tagging, GetBucketTaggingInput, GetBucketTaggingOutput => settings::get_tags;
    delete_bucket_tagging, DeleteBucketTaggingInput, DeleteBucketTaggingOutput => settings::delete_tags;
}
