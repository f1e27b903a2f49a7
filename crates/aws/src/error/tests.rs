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
    let cases = [
        ("Throttling", 400, Class::Throttled),
        ("SnapshotQuotaExceededFault", 400, Class::QuotaExceeded),
        ("ServerlessCacheSnapshotQuotaExceededFault", 400, Class::QuotaExceeded),
        ("SnapshotAlreadyExistsFault", 400, Class::AlreadyExists),
        ("CacheClusterNotFound", 404, Class::NotFound),
        ("ServerlessCacheSnapshotNotFoundFault", 404, Class::NotFound),
        ("ServiceLinkedRoleNotFoundFault", 400, Class::Refused),
        ("InvalidCacheClusterState", 400, Class::WrongState),
        ("InvalidServerlessCacheSnapshotStateFault", 400, Class::WrongState),
        ("InvalidParameterValue", 400, Class::Refused),
        ("AccessDenied", 403, Class::Denied),
        ("SomethingNew", 403, Class::Denied),
        ("InternalFailure", 500, Class::Transient),
        ("SomethingNew", 503, Class::Transient),
        ("SomethingNew", 400, Class::Refused),
    ];
    for (code, status, class) in cases {
        let error = answered(move || Reply::fault(status, code, "in AWS's words")).await;
        assert_eq!((error.class(), error.code()), (class, Some(code)), "{error}");
        assert!(error.to_string().starts_with("DeleteSnapshot: in AWS's words"), "{error}");
    }
}

#[tokio::test]
async fn a_refused_connection_did_nothing_and_a_broken_one_may_have_done_something() {
    let broken =
        |kind: io::ErrorKind| move || Reply::Broken(ConnectorError::io(io::Error::from(kind).into()));
    assert_eq!(answered(broken(io::ErrorKind::ConnectionRefused)).await.class(), Class::Transient);
    assert_eq!(answered(broken(io::ErrorKind::ConnectionReset)).await.class(), Class::Unknown);
    let timeout = || Reply::Broken(ConnectorError::timeout("no answer".into()));
    assert_eq!(answered(timeout).await.class(), Class::Unknown);
}

#[tokio::test]
async fn a_success_that_cannot_be_read_may_have_done_something() {
    assert_eq!(answered(|| Reply::ok("<half a rep")).await.class(), Class::Unknown);
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
    let cases = [
        ("The S3 bucket b is outside of the region.", "in the caches' own region"),
        ("The S3 bucket b is not owned by the authenticated user.", "of this account"),
        ("The S3 bucket b does not exist.", "cachekeep init"),
        ("The S3 bucket b already contains an object with key k.", "a name of its own"),
        ("ElastiCache has not been granted READ_ACP permissions on the S3 Bucket.", "bucket policy"),
        (
            "Elasticache was unable to validate the authenticated user has access on the S3 bucket.",
            "s3:ListAllMyBuckets on *",
        ),
        (
            "The authenticated user does not have sufficient permissions to perform the desired activity.",
            "s3:PutObject",
        ),
    ];
    for (message, step) in cases {
        let error = answered(move || Reply::fault(400, "InvalidParameterValue", message)).await;
        assert!(error.to_string().contains(step), "{error}");
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
