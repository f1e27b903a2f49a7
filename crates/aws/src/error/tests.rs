//! The sorting of errors, by what AWS and the transport really answer.

use std::io;

use aws_smithy_runtime_api::client::result::ConnectorError;

use super::*;
use crate::canned::{Reply, clients, clients_without_credentials};

/// What a call that is answered so leads to.
async fn answered(reply: impl Fn() -> Reply + Send + Sync + 'static) -> AwsError {
    let (clients, _) = clients(move |_| reply());
    let result = clients.elasticache.delete_snapshot().snapshot_name("x").send().await;
    result.or_aws("DeleteSnapshot").unwrap_err()
}

#[tokio::test]
async fn aws_codes_are_sorted_by_what_they_mean() {
    let busy = || Cause::Busy { status: None };
    let unknown = |code: &str| Some(code.to_owned());
    let cases = [
        ("Throttling", 400, Class::Throttled, Cause::Throttled),
        ("SnapshotQuotaExceededFault", 400, Class::QuotaExceeded, Cause::Quota),
        ("ServerlessCacheSnapshotQuotaExceededFault", 400, Class::QuotaExceeded, Cause::Quota),
        ("SnapshotAlreadyExistsFault", 400, Class::AlreadyExists, Cause::NameTaken),
        ("CacheClusterNotFound", 404, Class::NotFound, Cause::CacheGone),
        ("ServerlessCacheSnapshotNotFoundFault", 404, Class::NotFound, Cause::SnapshotGone),
        ("ServiceLinkedRoleNotFoundFault", 400, Class::Refused, Cause::RoleMissing),
        ("InvalidCacheClusterState", 400, Class::WrongState, busy()),
        ("InvalidServerlessCacheSnapshotStateFault", 400, Class::WrongState, busy()),
        (
            "InvalidParameterValue",
            400,
            Class::Refused,
            Cause::Refused { code: unknown("InvalidParameterValue") },
        ),
        ("AccessDenied", 403, Class::Denied, Cause::Denied),
        ("ExpiredToken", 403, Class::Denied, Cause::SessionExpired),
        ("InvalidClientTokenId", 403, Class::Denied, Cause::CredentialsRejected),
        ("KMS.DisabledException", 400, Class::Refused, Cause::KeyUnusable),
        ("UserGroupNotFound", 404, Class::NotFound, Cause::Missing { code: unknown("UserGroupNotFound") }),
        ("SomethingNew", 403, Class::Denied, Cause::Denied),
        ("InternalFailure", 500, Class::Transient, Cause::ServiceFailed),
        ("SomethingNew", 503, Class::Transient, Cause::ServiceFailed),
        ("SomethingNew", 400, Class::Refused, Cause::Refused { code: unknown("SomethingNew") }),
    ];
    for (code, status, class, cause) in cases {
        let error = answered(move || Reply::fault(status, code, "in AWS's words")).await;
        assert_eq!((error.class(), error.cause()), (class, &cause), "{error}");
        assert_eq!(error.code(), Some(code), "{error}");
        assert!(error.to_string().starts_with("DeleteSnapshot: in AWS's words"), "{error}");
    }
}

#[tokio::test]
async fn words_tell_why_only_where_a_code_stands_for_several_things() {
    let kms = "User: x is not authorized to perform: kms:GenerateDataKey on resource: k";
    let denied = answered(move || Reply::fault(403, "AccessDenied", kms)).await;
    assert_eq!((denied.class(), denied.cause()), (Class::Denied, &Cause::KeyUnusable));
    // The same words under a code of their own change nothing.
    let throttled = answered(move || Reply::fault(400, "Throttling", kms)).await;
    assert_eq!(throttled.cause(), &Cause::Throttled);
    let memory = "There is not enough memory for the operation";
    let refused = answered(move || Reply::fault(400, "InvalidParameterValue", memory)).await;
    assert_eq!(refused.cause(), &Cause::OutOfMemory);
}

#[tokio::test]
async fn a_failure_is_recorded_with_its_cause_and_with_what_to_do() {
    let error = answered(|| Reply::fault(403, "AccessDenied", "not authorized")).await;
    let failure = error.failure();
    assert_eq!((failure.cause, failure.message), (Cause::Denied, error.to_string()));
}

#[tokio::test]
async fn a_refused_connection_did_nothing_and_a_broken_one_may_have_done_something() {
    let broken =
        |kind: io::ErrorKind| move || Reply::Broken(ConnectorError::io(io::Error::from(kind).into()));
    let refused = answered(broken(io::ErrorKind::ConnectionRefused)).await;
    assert_eq!((refused.class(), refused.cause()), (Class::Transient, &Cause::Unreachable));
    let reset = answered(broken(io::ErrorKind::ConnectionReset)).await;
    assert_eq!((reset.class(), reset.cause()), (Class::Unknown, &Cause::NoAnswer));
    let timeout = || Reply::Broken(ConnectorError::timeout("no answer".into()));
    let timeout = answered(timeout).await;
    assert_eq!((timeout.class(), timeout.cause()), (Class::Unknown, &Cause::NoAnswer));
}

#[tokio::test]
async fn a_success_that_cannot_be_read_may_have_done_something() {
    assert_eq!(answered(|| Reply::ok("<half a rep")).await.class(), Class::Unknown);
}

#[tokio::test]
async fn what_is_no_answer_of_aws_is_told_with_its_beginning_and_as_a_read_that_changed_nothing() {
    let (clients, _) = clients(|_| Reply::ok("<!DOCTYPE html>\n<title>Welcome</title>"));
    let error =
        clients.elasticache.describe_snapshots().send().await.or_aws("DescribeSnapshots").unwrap_err();
    let told = error.to_string();
    assert!(told.contains("status 200 and `<!DOCTYPE html> <title>Welcome</title>`"), "{told}");
    assert!(told.contains("check AWS_ENDPOINT_URL") && !told.contains("may have taken effect"), "{told}");
    // What changes something may have been done all the same.
    let error = answered(|| Reply::ok("<!DOCTYPE html>")).await;
    assert!(error.to_string().contains("may have taken effect"), "{error}");
}

#[tokio::test]
async fn without_credentials_the_message_says_where_to_put_them() {
    let clients = clients_without_credentials();
    let result = clients.elasticache.delete_snapshot().snapshot_name("x").send().await;
    let error = result.or_aws("DeleteSnapshot").unwrap_err();
    assert_eq!(error.class(), Class::Denied);
    assert!(error.to_string().contains("no AWS credentials found: set AWS_PROFILE"), "{error}");
}

#[tokio::test]
async fn a_denied_call_names_the_action_to_allow() {
    let error = answered(|| Reply::fault(403, "AccessDenied", "not authorized")).await;
    assert!(error.to_string().contains("allow elasticache:DeleteSnapshot"), "{error}");
}

#[tokio::test]
async fn a_missing_table_leads_to_init() {
    let reply =
        r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"no table"}"#;
    let (clients, _) = clients(move |_| Reply::Answer(400, reply.to_owned()));
    let result = clients.dynamodb.describe_table().table_name("x").send().await;
    let error = result.or_aws("DescribeTable").unwrap_err();
    assert_eq!(error.class(), Class::NotFound);
    assert!(error.to_string().contains("run `cachekeep init`, or set CACHEKEEP_TABLE"), "{error}");
}

#[tokio::test]
async fn every_reason_to_refuse_an_export_has_its_next_step() {
    let exists = Cause::ObjectExists { key: Some("ck/orders-0001.rdb".to_owned()) };
    let cases = [
        (
            "The S3 bucket b is outside of the region.",
            "in the caches' own region",
            Cause::BucketElsewhere { region: None },
        ),
        ("The S3 bucket b is not owned by the authenticated user.", "of this account", Cause::BucketForeign),
        ("The S3 bucket b does not exist.", "cachekeep init", Cause::BucketMissing),
        (
            "The S3 bucket b already contains an object with key ck/orders-0001.rdb.",
            "a name of its own",
            exists,
        ),
        (
            "ElastiCache has not been granted READ_ACP permissions on the S3 Bucket.",
            "bucket policy",
            Cause::BucketPolicy,
        ),
        (
            "Elasticache was unable to validate the authenticated user has access on the S3 bucket.",
            "s3:ListAllMyBuckets on *",
            Cause::BucketUnvalidated,
        ),
        (
            "The authenticated user does not have sufficient permissions to perform the desired activity.",
            "s3:PutObject",
            Cause::BucketPermissions,
        ),
    ];
    for (message, step, cause) in cases {
        let error = answered(move || Reply::fault(400, "InvalidParameterValue", message)).await;
        assert!(error.to_string().contains(step), "{error}");
        assert_eq!((error.class(), error.cause()), (Class::Refused, &cause));
    }
}

#[tokio::test]
async fn a_bucket_elsewhere_is_told_by_its_region() {
    let redirect = || {
        let xml = "<Error><Code>PermanentRedirect</Code><Message>use the endpoint</Message></Error>";
        Reply::With(301, vec![("x-amz-bucket-region", "us-west-2")], xml.to_owned())
    };
    let (clients, _) = clients(move |_| redirect());
    let result = clients.s3.list_objects_v2().bucket("b").send().await;
    let error = result.or_aws("ListObjectsV2").unwrap_err();
    assert_eq!(error.bucket_region(), Some("us-west-2"));
    assert!(error.to_string().contains("the bucket is in us-west-2"), "{error}");
}

#[tokio::test]
async fn the_whole_chain_of_causes_is_kept() {
    let error = answered(|| Reply::fault(404, "SnapshotNotFoundFault", "gone")).await;
    assert!(Error::source(&error).is_some());
}
