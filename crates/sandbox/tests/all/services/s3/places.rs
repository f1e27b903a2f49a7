//! Regions and accounts; settings of buckets; events.

use super::{put, read, versioned};
use crate::services::kit::Kit;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, BucketLocationConstraint, CreateBucketConfiguration,
    EventBridgeConfiguration, ExpirationStatus, LifecycleExpiration, LifecycleRule, LifecycleRuleFilter,
    NotificationConfiguration, PublicAccessBlockConfiguration,
};
use cachekeep_sandbox::eventbridge::Target;
use serde_json::{Value, json};
use std::sync::Arc;

async fn create_in(client: &Client, bucket: &str, region: &str) {
    let place =
        CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::from(region));
    client.create_bucket().bucket(bucket).create_bucket_configuration(place.build()).send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_bucket_answers_only_in_its_own_region_and_says_where_that_is() {
    let kit = Kit::new();
    let (here, there) = (kit.s3(), kit.s3_as("worker", "eu-west-1"));
    create_in(&there, "replica", "eu-west-1").await;
    put(&there, "replica", "k", "x").await;
    let refused = here.get_object().bucket("replica").key("k").send().await.unwrap_err();
    assert_eq!(refused.code(), Some("PermanentRedirect"));
    let raw = refused.raw_response().unwrap();
    assert_eq!((raw.status().as_u16(), raw.headers().get("x-amz-bucket-region")), (301, Some("eu-west-1")));
    let place = here.get_bucket_location().bucket("replica").send().await.unwrap();
    assert_eq!(place.location_constraint().unwrap().as_str(), "eu-west-1");
    let head = there.head_bucket().bucket("replica").send().await.unwrap();
    assert_eq!(head.bucket_region(), Some("eu-west-1"));
}

#[tokio::test(start_paused = true)]
async fn behind_one_address_for_all_regions_the_signature_is_what_is_wrong() {
    let kit = Kit::new();
    create_in(&kit.s3_as("worker", "eu-west-1"), "replica", "eu-west-1").await;
    let config = kit.s3().config().to_builder().endpoint_url("http://127.0.0.1:4566").build();
    let refused = Client::from_conf(config).list_objects_v2().bucket("replica").send().await.unwrap_err();
    assert_eq!(refused.code(), Some("AuthorizationHeaderMalformed"));
    let expected =
        "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'";
    assert_eq!(refused.message(), Some(expected));
}

#[tokio::test(start_paused = true)]
async fn copies_cross_regions() {
    let kit = Kit::new();
    let (here, there) = (kit.s3(), kit.s3_as("worker", "eu-west-1"));
    here.create_bucket().bucket("source").send().await.unwrap();
    create_in(&there, "replica", "eu-west-1").await;
    put(&here, "source", "k", "data").await;
    there.copy_object().bucket("replica").key("k").copy_source("source/k").send().await.unwrap();
    assert_eq!(read(&there, "replica", "k").await, "data");
}

#[tokio::test(start_paused = true)]
async fn a_bucket_is_made_where_its_request_speaks_to() {
    let kit = Kit::new();
    let there = kit.s3_as("worker", "eu-west-1");
    let unplaced = there.create_bucket().bucket("replica").send().await.unwrap_err();
    assert_eq!(unplaced.code(), Some("IllegalLocationConstraintException"));
    create_in(&there, "replica", "eu-west-1").await;
    let place =
        CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::EuWest1).build();
    let again = there.create_bucket().bucket("replica").create_bucket_configuration(place);
    assert!(again.send().await.unwrap_err().into_service_error().is_bucket_already_owned_by_you());
    let other = kit.s3_as("999999999999", "us-east-1").create_bucket().bucket("replica").send().await;
    assert!(other.unwrap_err().into_service_error().is_bucket_already_exists());
}

#[tokio::test(start_paused = true)]
async fn each_account_lists_its_own_buckets() {
    let kit = Kit::new();
    let (ours, theirs) = (kit.s3(), kit.s3_as("999999999999", "us-east-1"));
    ours.create_bucket().bucket("ours").send().await.unwrap();
    theirs.create_bucket().bucket("theirs").send().await.unwrap();
    for (client, name) in [(&ours, "ours"), (&theirs, "theirs")] {
        let listed = client.list_buckets().send().await.unwrap();
        assert_eq!(listed.buckets().iter().map(|bucket| bucket.name().unwrap()).collect::<Vec<_>>(), [name]);
    }
}

#[tokio::test(start_paused = true)]
async fn settings_come_back_as_they_were_put() {
    let kit = Kit::new();
    let client = kit.s3();
    client.create_bucket().bucket("backups").send().await.unwrap();
    let none = client.get_public_access_block().bucket("backups").send().await.unwrap_err();
    assert_eq!(none.code(), Some("NoSuchPublicAccessBlockConfiguration"));
    let block = PublicAccessBlockConfiguration::builder().block_public_acls(true).build();
    client
        .put_public_access_block()
        .bucket("backups")
        .public_access_block_configuration(block.clone())
        .send()
        .await
        .unwrap();
    let found = client.get_public_access_block().bucket("backups").send().await.unwrap();
    assert_eq!(found.public_access_block_configuration.unwrap().block_public_acls(), Some(true));
    let rule = LifecycleRule::builder()
        .id("old")
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix("redis/").build())
        .expiration(LifecycleExpiration::builder().days(90).build())
        .build()
        .unwrap();
    let rules = BucketLifecycleConfiguration::builder().rules(rule.clone()).build().unwrap();
    client
        .put_bucket_lifecycle_configuration()
        .bucket("backups")
        .lifecycle_configuration(rules)
        .send()
        .await
        .unwrap();
    let found = client.get_bucket_lifecycle_configuration().bucket("backups").send().await.unwrap();
    assert_eq!(found.rules(), [rule]);
    let encryption = client.get_bucket_encryption().bucket("backups").send().await.unwrap();
    let rules = encryption.server_side_encryption_configuration.unwrap().rules;
    let kind = rules[0].apply_server_side_encryption_by_default().unwrap().sse_algorithm().as_str();
    assert_eq!(kind, "AES256");
    let acl = client.get_bucket_acl().bucket("backups").send().await.unwrap();
    assert_eq!(acl.grants()[0].permission().unwrap().as_str(), "FULL_CONTROL");
    let grant =
        client.put_bucket_acl().bucket("backups").grant_read("id=540804c33a28").send().await.unwrap_err();
    assert_eq!(grant.code(), Some("AccessControlListNotSupported"));
}

async fn tells_eventbridge(client: &Client, bucket: &str) {
    let on = NotificationConfiguration::builder()
        .event_bridge_configuration(EventBridgeConfiguration::builder().build());
    let set = client.put_bucket_notification_configuration().bucket(bucket);
    set.notification_configuration(on.build()).send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_bucket_tells_eventbridge_of_its_objects_when_it_is_told_to() {
    let kit = Kit::new();
    let client = kit.s3();
    versioned(&client, "backups").await;
    put(&client, "backups", "silent", "x").await;
    tells_eventbridge(&client, "backups").await;
    let shown = client.get_bucket_notification_configuration().bucket("backups").send().await.unwrap();
    assert!(shown.event_bridge_configuration().is_some());
    let bridge = kit.sandbox.eventbridge();
    let target: Target = Arc::new(|_| Box::pin(async { Ok(Value::Null) }));
    bridge.register_target("arn:f", target);
    let pattern = json!({"source": ["aws.s3"], "detail": {"object": {"key": [{"suffix": ".rdb"}]}}});
    bridge.pattern_rule("default", "exports", &pattern, "arn:f").unwrap();
    let version = put(&client, "backups", "redis/a b.rdb", "data").await;
    client.delete_object().bucket("backups").key("redis/a b.rdb").send().await.unwrap();
    kit.sandbox.settle().await;
    let events: Vec<Value> = bridge.invocations().into_iter().map(|made| made.payload).collect();
    assert_eq!(events.len(), 2);
    assert_eq!(events[0]["detail-type"], "Object Created");
    assert_eq!(events[0]["resources"], json!(["arn:aws:s3:::backups"]));
    let detail = &events[0]["detail"];
    assert_eq!((&detail["bucket"]["name"], &detail["reason"]), (&json!("backups"), &json!("PutObject")));
    assert_eq!((&detail["object"]["key"], &detail["object"]["size"]), (&json!("redis/a b.rdb"), &json!(4)));
    assert_eq!(detail["object"]["version-id"], json!(version));
    assert_eq!(detail["requester"], "123456789012");
    assert_eq!(events[1]["detail-type"], "Object Deleted");
    assert_eq!(events[1]["detail"]["deletion-type"], "Delete Marker Created");
    assert!(detail["object"]["sequencer"].as_str() < events[1]["detail"]["object"]["sequencer"].as_str());
}
