//! One account in several regions, and another account beside it.

use super::available;
use crate::support::{
    BUCKET, REGION, bucket, client, client_as, client_in, pass_work, refusal, s3_as, sandbox,
};
use cachekeep_sandbox::elasticache::CacheSpec;

#[tokio::test(start_paused = true)]
async fn each_region_has_caches_snapshots_and_groups_of_its_own() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::group("orders", 1));
    let west = sandbox.elasticache().in_region("eu-west-1");
    west.create(CacheSpec::group("carts", 1));
    let (here, there) = (client(&sandbox), client_in(&sandbox, "eu-west-1"));
    let ids = async |client: &aws_sdk_elasticache::Client| -> Vec<String> {
        let answer = client.describe_replication_groups().send().await.unwrap();
        answer.replication_groups().iter().map(|group| group.arn().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&here).await, ["arn:aws:elasticache:us-east-1:123456789012:replicationgroup:orders"]);
    assert_eq!(ids(&there).await, ["arn:aws:elasticache:eu-west-1:123456789012:replicationgroup:carts"]);
    let request = there.create_snapshot().cache_cluster_id("carts-002").snapshot_name("s");
    request.send().await.unwrap();
    pass_work(&sandbox).await;
    let snapshots = there.describe_snapshots().send().await.unwrap();
    assert_eq!(snapshots.snapshots()[0].snapshot_status(), Some("available"), "its time ran too");
    assert!(here.describe_snapshots().send().await.unwrap().snapshots().is_empty());
    let wrong = here.create_snapshot().cache_cluster_id("carts-002").snapshot_name("t").send().await;
    assert_eq!(refusal(wrong).0, "CacheClusterNotFound");
    let node = there.describe_cache_clusters().cache_cluster_id("carts-001").send().await.unwrap();
    assert_eq!(node.cache_clusters()[0].preferred_availability_zone(), Some("eu-west-1a"));
}

#[tokio::test(start_paused = true)]
async fn another_account_has_its_own_caches_and_shares_nothing() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::group("orders", 1));
    let other = client_as(&sandbox, "210987654321", REGION);
    assert!(other.describe_replication_groups().send().await.unwrap().replication_groups().is_empty());
    let request = other.create_replication_group().replication_group_id("orders");
    let made = request.replication_group_description("theirs").engine("valkey").send().await.unwrap();
    let arn = made.replication_group.unwrap().arn.unwrap();
    assert_eq!(arn, "arn:aws:elasticache:us-east-1:210987654321:replicationgroup:orders");
}

#[tokio::test(start_paused = true)]
async fn a_file_is_restored_in_its_buckets_region_and_account_only() {
    let sandbox = sandbox();
    bucket(&sandbox).await;
    sandbox.elasticache().create(CacheSpec::single_node("lone"));
    available(&sandbox, "lone", "s").await;
    let request = client(&sandbox).copy_snapshot().source_snapshot_name("s").target_snapshot_name("t");
    request.target_bucket(BUCKET).send().await.unwrap();
    pass_work(&sandbox).await;
    let restore = |client: &aws_sdk_elasticache::Client| {
        let request = client.create_cache_cluster().cache_cluster_id("again").engine("redis");
        request.snapshot_arns(format!("arn:aws:s3:::{BUCKET}/t-0001.rdb")).send()
    };
    let elsewhere = refusal(restore(&client_in(&sandbox, "eu-west-1")).await);
    let words = "The S3 bucket backups is outside of the region.";
    assert_eq!(elsewhere, ("InvalidParameterValue".into(), words.into()));
    let theirs = refusal(restore(&client_as(&sandbox, "210987654321", REGION)).await);
    assert_eq!(theirs.1, "The S3 bucket backups is not owned by the authenticated user.");
    restore(&client(&sandbox)).await.unwrap();
    // The way round: a copy of the file in a bucket of the other region.
    let west = s3_as(&sandbox, "tester", "eu-west-1");
    let place = aws_sdk_s3::types::CreateBucketConfiguration::builder();
    let place = place.location_constraint("eu-west-1".into()).build();
    west.create_bucket().bucket("west").create_bucket_configuration(place).send().await.unwrap();
    let policy = serde_json::json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": { "Service": "eu-west-1.elasticache-snapshot.amazonaws.com" },
        "Action": ["s3:GetObject", "s3:ListBucket", "s3:GetBucketAcl"],
        "Resource": ["arn:aws:s3:::west", "arn:aws:s3:::west/*"],
    }]});
    west.put_bucket_policy().bucket("west").policy(policy.to_string()).send().await.unwrap();
    let file = crate::support::object(&sandbox, "t-0001.rdb").await;
    west.put_object().bucket("west").key("t.rdb").body(file.into()).send().await.unwrap();
    let request = client_in(&sandbox, "eu-west-1").create_cache_cluster().cache_cluster_id("again");
    request.engine("redis").snapshot_arns("arn:aws:s3:::west/t.rdb").send().await.unwrap();
    pass_work(&sandbox).await;
    let data = sandbox.elasticache().in_region("eu-west-1").data("again");
    assert_eq!(data, sandbox.elasticache().data("lone"));
}
