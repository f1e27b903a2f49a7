//! Bucket policies: for AWS services and for other accounts.

use super::{body, put};
use crate::services::kit::Kit;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use bytes::Bytes;
use cachekeep_sandbox::s3::{Permission, ServiceDenied};
use serde_json::{Value, json};
use std::fs;

const SERVICE: &str = "us-east-1.elasticache-snapshot.amazonaws.com";

async fn kit() -> (Kit, Client) {
    let kit = Kit::new();
    let client = kit.s3();
    client.create_bucket().bucket("backups").send().await.unwrap();
    (kit, client)
}

async fn set(client: &Client, statements: &[Value]) {
    let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    client.put_bucket_policy().bucket("backups").policy(policy).send().await.unwrap();
}

fn allow(actions: &[&str]) -> Value {
    json!({
        "Effect": "Allow",
        "Principal": {"Service": SERVICE},
        "Action": actions,
        "Resource": ["arn:aws:s3:::backups", "arn:aws:s3:::backups/*"],
    })
}

#[tokio::test(start_paused = true)]
async fn a_service_needs_each_permission_that_the_policy_can_give() {
    let (kit, client) = kit().await;
    let denied = |missing| Err(ServiceDenied::Missing(missing));
    assert_eq!(kit.sandbox.s3().service_access(SERVICE, "backups"), denied(Permission::Read));
    for (actions, expected) in [
        (vec!["s3:ListBucket"], denied(Permission::Read)),
        (vec!["s3:ListBucket", "s3:GetObject"], denied(Permission::Write)),
        (vec!["s3:ListBucket", "s3:GetObject", "s3:PutObject"], denied(Permission::ReadAcp)),
        (vec!["s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:GetBucketAcl"], Ok(())),
        (vec!["s3:*"], Ok(())),
    ] {
        set(&client, &[allow(&actions)]).await;
        assert_eq!(kit.sandbox.s3().service_access(SERVICE, "backups"), expected, "{actions:?}");
    }
    assert_eq!(
        kit.sandbox.s3().service_access("eu-west-1.elasticache-snapshot.amazonaws.com", "backups"),
        denied(Permission::Read)
    );
    assert_eq!(kit.sandbox.s3().service_access(SERVICE, "none"), Err(ServiceDenied::NoSuchBucket));
}

#[tokio::test(start_paused = true)]
async fn a_service_writes_into_a_bucket_of_its_own_region_and_account() {
    let (kit, client) = kit().await;
    set(&client, &[allow(&["s3:*"])]).await;
    let s3 = kit.sandbox.s3();
    s3.service_put(SERVICE, "backups", "redis/a-0001.rdb", Bytes::from_static(b"REDIS")).unwrap();
    assert!(s3.object_exists("backups", "redis/a-0001.rdb"));
    assert_eq!(s3.keys("backups"), ["redis/a-0001.rdb"]);
    assert_eq!(fs::read(kit.directory.join("backups/redis/a-0001.rdb")).unwrap(), b"REDIS");
    let theirs = kit.s3_as("999999999999", "us-east-1");
    theirs.create_bucket().bucket("theirs").send().await.unwrap();
    assert_eq!(s3.service_access(SERVICE, "theirs"), Err(ServiceDenied::NotOwned));
}

#[tokio::test(start_paused = true)]
async fn a_denial_wins_and_conditions_are_looked_at() {
    let (kit, client) = kit().await;
    let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::backups/*"});
    set(&client, &[allow(&["s3:*"]), deny]).await;
    assert_eq!(
        kit.sandbox.s3().service_access(SERVICE, "backups"),
        Err(ServiceDenied::Missing(Permission::Write))
    );
    let own = client.put_object().bucket("backups").key("k").body(body("x")).send().await.unwrap_err();
    assert_eq!(own.code(), Some("AccessDenied"));
    for (account, expected) in
        [("123456789012", Ok(())), ("999999999999", Err(ServiceDenied::Missing(Permission::Read)))]
    {
        let mut statement = allow(&["s3:*"]);
        statement["Condition"] = json!({"StringEquals": {"aws:SourceAccount": account}});
        let secure = json!({"Bool": {"aws:SecureTransport": "false"}});
        let insecure = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": secure});
        set(&client, &[statement, insecure]).await;
        assert_eq!(kit.sandbox.s3().service_access(SERVICE, "backups"), expected, "{account}");
    }
}

#[tokio::test(start_paused = true)]
async fn another_account_may_do_what_the_policy_allows_it() {
    let (kit, client) = kit().await;
    put(&client, "backups", "redis/k", "x").await;
    let other = kit.s3_as("999999999999", "us-east-1");
    let read = |key: &str| other.get_object().bucket("backups").key(key).send();
    assert_eq!(read("redis/k").await.unwrap_err().code(), Some("AccessDenied"));
    let statement = json!({
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::999999999999:root"},
        "Action": "s3:Get*",
        "Resource": "arn:aws:s3:::backups/redis/*",
    });
    set(&client, &[statement]).await;
    read("redis/k").await.unwrap();
    assert_eq!(read("else").await.unwrap_err().code(), Some("AccessDenied"));
    let write = other.put_object().bucket("backups").key("redis/k").body(body("y")).send().await.unwrap_err();
    assert_eq!(write.code(), Some("AccessDenied"));
    let expecting =
        client.get_object().bucket("backups").key("redis/k").expected_bucket_owner("999999999999");
    assert_eq!(expecting.send().await.unwrap_err().code(), Some("AccessDenied"));
}

#[tokio::test(start_paused = true)]
async fn a_policy_is_read_back_deleted_and_refused_when_malformed() {
    let (_kit, client) = kit().await;
    let none = client.get_bucket_policy().bucket("backups").send().await.unwrap_err();
    assert_eq!(none.code(), Some("NoSuchBucketPolicy"));
    set(&client, &[allow(&["s3:*"])]).await;
    let policy = client.get_bucket_policy().bucket("backups").send().await.unwrap().policy.unwrap();
    assert!(policy.contains(SERVICE));
    client.delete_bucket_policy().bucket("backups").send().await.unwrap();
    let bad =
        client.put_bucket_policy().bucket("backups").policy("{\"Statement\": 1}").send().await.unwrap_err();
    assert_eq!(bad.code(), Some("MalformedPolicy"));
}
