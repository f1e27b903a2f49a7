//! Object lock: what may not be deleted, and until when.

use super::{body, put};
use crate::services::kit::{Kit, start};
use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::{
    DefaultRetention, ObjectLockConfiguration, ObjectLockEnabled, ObjectLockLegalHold,
    ObjectLockLegalHoldStatus, ObjectLockMode, ObjectLockRetention, ObjectLockRetentionMode, ObjectLockRule,
};
use chrono::TimeDelta;

async fn kit() -> (Kit, Client) {
    let kit = Kit::new();
    let client = kit.s3();
    client.create_bucket().bucket("vault").object_lock_enabled_for_bucket(true).send().await.unwrap();
    (kit, client)
}

fn day(days: i64) -> DateTime {
    DateTime::from_secs((start() + TimeDelta::days(days)).timestamp())
}

async fn locked(client: &Client, mode: ObjectLockMode) -> String {
    let write = client.put_object().bucket("vault").key("k").body(body("x"));
    let done = write.object_lock_mode(mode).object_lock_retain_until_date(day(30)).send().await.unwrap();
    done.version_id.unwrap()
}

async fn delete(client: &Client, version: &str) -> Result<(), String> {
    let delete = client.delete_object().bucket("vault").key("k").version_id(version);
    delete.send().await.map(drop).map_err(|error| error.code().unwrap().to_owned())
}

async fn retain(client: &Client, mode: ObjectLockRetentionMode, days: i64) -> Result<(), String> {
    let retention = ObjectLockRetention::builder().mode(mode).retain_until_date(day(days)).build();
    let put = client.put_object_retention().bucket("vault").key("k").retention(retention);
    put.send().await.map(drop).map_err(|error| error.code().unwrap().to_owned())
}

#[tokio::test(start_paused = true)]
async fn compliance_keeps_a_version_until_its_day_and_nobody_shortens_it() {
    let (kit, client) = kit().await;
    let version = locked(&client, ObjectLockMode::Compliance).await;
    assert_eq!(delete(&client, &version).await, Err("AccessDenied".into()));
    let bypass = client
        .delete_object()
        .bucket("vault")
        .key("k")
        .version_id(&version)
        .bypass_governance_retention(true);
    assert_eq!(bypass.send().await.unwrap_err().code(), Some("AccessDenied"));
    assert_eq!(retain(&client, ObjectLockRetentionMode::Compliance, 5).await, Err("AccessDenied".into()));
    assert_eq!(retain(&client, ObjectLockRetentionMode::Governance, 40).await, Err("AccessDenied".into()));
    assert_eq!(retain(&client, ObjectLockRetentionMode::Compliance, 40).await, Ok(()));
    kit.pass(TimeDelta::days(35)).await;
    assert_eq!(delete(&client, &version).await, Err("AccessDenied".into()));
    kit.pass(TimeDelta::days(5)).await;
    assert_eq!(delete(&client, &version).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn governance_yields_to_who_bypasses_it() {
    let (_kit, client) = kit().await;
    let version = locked(&client, ObjectLockMode::Governance).await;
    assert_eq!(delete(&client, &version).await, Err("AccessDenied".into()));
    let bypass = client
        .delete_object()
        .bucket("vault")
        .key("k")
        .version_id(&version)
        .bypass_governance_retention(true);
    bypass.send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_legal_hold_holds_until_it_is_lifted() {
    let (_kit, client) = kit().await;
    let version = put(&client, "vault", "k", "x").await.unwrap();
    let hold = |status: ObjectLockLegalHoldStatus| {
        let hold = ObjectLockLegalHold::builder().status(status).build();
        client.put_object_legal_hold().bucket("vault").key("k").legal_hold(hold).send()
    };
    hold(ObjectLockLegalHoldStatus::On).await.unwrap();
    let head = client.head_object().bucket("vault").key("k").send().await.unwrap();
    assert_eq!(head.object_lock_legal_hold_status(), Some(&ObjectLockLegalHoldStatus::On));
    assert_eq!(delete(&client, &version).await, Err("AccessDenied".into()));
    hold(ObjectLockLegalHoldStatus::Off).await.unwrap();
    assert_eq!(delete(&client, &version).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_delete_without_a_version_hides_even_a_locked_object() {
    let (_kit, client) = kit().await;
    locked(&client, ObjectLockMode::Compliance).await;
    let hidden = client.delete_object().bucket("vault").key("k").send().await.unwrap();
    assert_eq!(hidden.delete_marker(), Some(true));
}

#[tokio::test(start_paused = true)]
async fn the_buckets_default_applies_to_what_is_written_without_a_lock() {
    let (_kit, client) = kit().await;
    let default = DefaultRetention::builder().mode(ObjectLockRetentionMode::Compliance).days(7).build();
    let rule = ObjectLockRule::builder().default_retention(default).build();
    let configuration =
        ObjectLockConfiguration::builder().object_lock_enabled(ObjectLockEnabled::Enabled).rule(rule);
    let set = client
        .put_object_lock_configuration()
        .bucket("vault")
        .object_lock_configuration(configuration.build());
    set.send().await.unwrap();
    put(&client, "vault", "k", "x").await;
    let found =
        client.get_object_retention().bucket("vault").key("k").send().await.unwrap().retention.unwrap();
    assert_eq!(found.retain_until_date(), Some(&day(7)));
    let shown = client.get_object_lock_configuration().bucket("vault").send().await.unwrap();
    let rule = shown.object_lock_configuration.unwrap().rule.unwrap();
    assert_eq!(rule.default_retention.unwrap().days(), Some(7));
}

#[tokio::test(start_paused = true)]
async fn a_bucket_without_object_lock_takes_no_locks() {
    let kit = Kit::new();
    let client = kit.s3();
    client.create_bucket().bucket("plain").send().await.unwrap();
    let write = client
        .put_object()
        .bucket("plain")
        .key("k")
        .body(body("x"))
        .object_lock_mode(ObjectLockMode::Compliance);
    let refused = write.object_lock_retain_until_date(day(1)).send().await.unwrap_err();
    assert_eq!(refused.code(), Some("InvalidRequest"));
    let none = client.get_object_lock_configuration().bucket("plain").send().await.unwrap_err();
    assert_eq!(none.code(), Some("ObjectLockConfigurationNotFoundError"));
}
