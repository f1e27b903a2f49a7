//! What to do about the errors that people meet most: said in the message, where they read it.

use super::{AwsError, Class, classify};

/// The next step for whoever reads the message, where there is a well-known one.
pub(super) fn next_step(error: &AwsError) -> Option<String> {
    if let Some(region) = elsewhere(error) {
        return Some(format!(
            "the bucket is in {region}: use a bucket in the caches' own region, or set AWS_REGION"
        ));
    }
    if has_no_credentials(error) {
        return Some(NO_CREDENTIALS.to_owned());
    }
    match error.class() {
        Class::Denied => Some(denied(error)),
        Class::NotFound => missing(error).map(str::to_owned),
        Class::Refused => export_step(error.message()).map(str::to_owned),
        Class::Transient if error.code().is_none() => {
            Some("check the network, AWS_REGION and AWS_ENDPOINT_URL".to_owned())
        }
        Class::Throttled => Some("it stays in the queue for the next pass".to_owned()),
        Class::Unknown => Some("it may have taken effect; the next pass looks before it acts".to_owned()),
        Class::Transient | Class::AlreadyExists | Class::QuotaExceeded | Class::WrongState => None,
    }
}

const NO_CREDENTIALS: &str = "no AWS credentials found: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, \
                              or log in with `aws sso login`";

/// The region that S3 names when it refuses because the bucket is elsewhere.
fn elsewhere(error: &AwsError) -> Option<&str> {
    let wrong_region = matches!(
        error.code(),
        Some("PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException")
    );
    let bare_redirect = error.code().is_none() && error.class() == Class::Refused;
    if wrong_region || bare_redirect { error.bucket_region() } else { None }
}

fn has_no_credentials(error: &AwsError) -> bool {
    let source = error.source.as_deref();
    source.is_some_and(|source| classify::credentials(source).is_some())
}

fn denied(error: &AwsError) -> String {
    match error.code() {
        Some("ExpiredToken" | "ExpiredTokenException") => "the session has expired: log in again".to_owned(),
        Some(
            "InvalidClientTokenId"
            | "SignatureDoesNotMatch"
            | "UnrecognizedClientException"
            | "InvalidAccessKeyId"
            | "IncompleteSignature"
            | "MissingAuthenticationToken",
        ) => "AWS does not accept these credentials: check AWS_PROFILE or the AWS_* variables".to_owned(),
        _ => format!(
            "allow {} in the caller's IAM policy (infra/IAM.md lists every permission)",
            action(error.operation)
        ),
    }
}

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

fn missing(error: &AwsError) -> Option<&'static str> {
    match error.code() {
        // DynamoDB says this of a missing table and of nothing else that we call.
        Some("ResourceNotFoundException") if error.operation != "PutEvents" => Some(
            "the ledger's table does not exist here: run `cachekeep init`, or set CACHEKEEP_TABLE and AWS_REGION",
        ),
        Some("ResourceNotFoundException") => Some("the event bus does not exist here: set CACHEKEEP_BUS"),
        Some("NoSuchBucket") => {
            Some("run `cachekeep init`, or set CACHEKEEP_BUCKET to a bucket in this region")
        }
        Some("NotFound") if error.operation == "HeadBucket" => {
            Some("run `cachekeep init`, or set CACHEKEEP_BUCKET to a bucket in this region")
        }
        Some("NotFound" | "NotFoundException") if error.operation == "Publish" => {
            Some("the topic does not exist here: set CACHEKEEP_TOPIC_ARN")
        }
        _ => None,
    }
}

/// ElastiCache's reasons to refuse an export, by the words of the API reference (elasticache-facts.md 5, S).
fn export_step(message: &str) -> Option<&'static str> {
    const STEPS: [(&str, &str); 7] = [
        (
            "is outside of the region",
            "exports need a bucket in the caches' own region: set CACHEKEEP_BUCKET to one",
        ),
        (
            "is not owned by the authenticated user",
            "exports need a bucket of this account: set CACHEKEEP_BUCKET to one",
        ),
        (
            "already contains an object with key",
            "an earlier try left this object; the next try uses a name of its own",
        ),
        (
            "ElastiCache has not been granted",
            "allow {region}.elasticache-snapshot.amazonaws.com in the bucket policy (`cachekeep init` writes it; infra/ has it)",
        ),
        (
            "unable to validate the authenticated user",
            "allow s3:ListAllMyBuckets on * in the caller's IAM policy: scoping it to a bucket breaks exports",
        ),
        (
            "does not have sufficient permissions",
            "allow s3:PutObject, GetObject, DeleteObject, ListBucket, GetBucketLocation and GetBucketAcl on the bucket to the caller",
        ),
        ("does not exist", "check the name; `cachekeep init` makes the bucket where SAM is not used"),
    ];
    let bucket = message.contains("S3 bucket")
        || message.contains("S3 Bucket")
        || message.contains("authenticated user");
    STEPS.iter().find(|(words, _)| bucket && message.contains(words)).map(|(_, step)| *step)
}
