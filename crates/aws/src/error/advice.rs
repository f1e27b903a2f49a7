//! What to do about the errors that people meet most: said in the message, where they read it.

use cachekeep_core::cause::Cause;

use super::{AwsError, Class};
use crate::calls::only_reads;

/// The next step for whoever reads the message, where there is a well-known one.
pub(super) fn next_step(error: &AwsError) -> Option<String> {
    let step = match error.cause() {
        Cause::BucketElsewhere { region: Some(region) } => {
            return Some(format!(
                "the bucket is in {region}: use a bucket in the caches' own region, or set AWS_REGION"
            ));
        }
        Cause::Denied => {
            return Some(format!(
                "allow {} in the caller's IAM policy (infra/IAM.md lists every permission)",
                action(error.operation)
            ));
        }
        Cause::NoCredentials => {
            "no AWS credentials found: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in with \
             `aws sso login`"
        }
        Cause::SessionExpired => "the session has expired: log in again",
        Cause::CredentialsRejected => {
            "AWS does not accept these credentials: check AWS_PROFILE or the AWS_* variables"
        }
        Cause::Throttled => "it stays in the queue for the next pass",
        Cause::NoAnswer if only_reads(error.operation) => NETWORK,
        Cause::AnswerUnreadable if only_reads(error.operation) => {
            "whatever answers there is not AWS: check AWS_ENDPOINT_URL, or a proxy on the way"
        }
        Cause::NoAnswer | Cause::AnswerUnreadable => {
            "it may have taken effect; the next pass looks before it acts"
        }
        Cause::Unreachable => NETWORK,
        // AWS itself fails with a code; what has none may be anybody's answer.
        Cause::ServiceFailed if error.code().is_none() => NETWORK,
        Cause::TableMissing => {
            "the ledger's table does not exist here: run `cachekeep init`, or set CACHEKEEP_TABLE and AWS_REGION"
        }
        Cause::BusMissing => "the event bus does not exist here: set CACHEKEEP_BUS",
        Cause::TopicMissing => "the topic does not exist here: set CACHEKEEP_TOPIC_ARN",
        Cause::BucketMissing if error.class() == Class::NotFound => {
            "run `cachekeep init`, or set CACHEKEEP_BUCKET to a bucket in this region"
        }
        Cause::BucketMissing => "check the name; `cachekeep init` makes the bucket where SAM is not used",
        Cause::BucketElsewhere { region: None } => {
            "exports need a bucket in the caches' own region: set CACHEKEEP_BUCKET to one"
        }
        Cause::BucketForeign => "exports need a bucket of this account: set CACHEKEEP_BUCKET to one",
        Cause::ObjectExists { .. } => "an earlier try left this object; the next try uses a name of its own",
        Cause::BucketPolicy => {
            "allow {region}.elasticache-snapshot.amazonaws.com in the bucket policy (`cachekeep init` writes it; infra/ has it)"
        }
        Cause::BucketUnvalidated => {
            "allow s3:ListAllMyBuckets on * in the caller's IAM policy: scoping it to a bucket breaks exports"
        }
        Cause::BucketPermissions => {
            "allow s3:PutObject, GetObject, DeleteObject, ListBucket, GetBucketLocation and GetBucketAcl on the bucket to the caller"
        }
        Cause::PrefixForeign
        | Cause::Quota
        | Cause::Spacing
        | Cause::Missed
        | Cause::Late { .. }
        | Cause::CacheGone
        | Cause::Busy { .. }
        | Cause::NoAutomaticSnapshot
        | Cause::SnapshotFailed
        | Cause::SnapshotVanished
        | Cause::SnapshotDeleted
        | Cause::SnapshotStuck
        | Cause::SnapshotGone
        | Cause::ExportIncomplete
        | Cause::ExportStuck
        | Cause::ManifestUnusable
        | Cause::ServiceFailed
        | Cause::NameTaken
        | Cause::KeyUnusable
        | Cause::ObjectMissing
        | Cause::ObjectChanged
        | Cause::RoleMissing
        | Cause::OutOfMemory
        | Cause::Missing { .. }
        | Cause::Refused { .. } => return None,
    };
    Some(step.to_owned())
}

const NETWORK: &str = "check the network, AWS_REGION and AWS_ENDPOINT_URL";

/// The IAM action that a call needs, where it is not simply the call's name.
fn action(operation: &'static str) -> String {
    let (service, name) = match operation {
        "GetResources" => ("tag", "GetResources"),
        "Publish" => ("sns", "Publish"),
        "PutEvents" => ("events", "PutEvents"),
        "HeadBucket" | "ListObjectsV2" => ("s3", "ListBucket"),
        "HeadObject" | "GetObject" => ("s3", "GetObject"),
        "DeleteObjects" => ("s3", "DeleteObject"),
        "CopyObject" | "UploadPartCopy" | "CreateMultipartUpload" | "CompleteMultipartUpload" => {
            ("s3", "PutObject and s3:GetObject")
        }
        "PutBucketEncryption" => ("s3", "PutEncryptionConfiguration"),
        "PutPublicAccessBlock" => ("s3", "PutBucketPublicAccessBlock"),
        "PutBucketLifecycleConfiguration" => ("s3", "PutLifecycleConfiguration"),
        "PutBucketNotificationConfiguration" => ("s3", "PutBucketNotification"),
        "TransactWriteItems" => ("dynamodb", "PutItem and dynamodb:UpdateItem"),
        "AbortMultipartUpload" | "CreateBucket" | "PutObject" | "PutBucketVersioning" | "PutBucketPolicy" => {
            ("s3", operation)
        }
        "GetItem"
        | "PutItem"
        | "UpdateItem"
        | "DeleteItem"
        | "Query"
        | "Scan"
        | "BatchGetItem"
        | "BatchWriteItem"
        | "CreateTable"
        | "DescribeTable"
        | "UpdateTimeToLive"
        | "DescribeTimeToLive"
        | "UpdateContinuousBackups"
        | "UpdateTable" => ("dynamodb", operation),
        _ => ("elasticache", operation),
    };
    format!("{service}:{name}")
}
