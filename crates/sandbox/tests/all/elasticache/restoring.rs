//! Creating caches, empty or from a backup (docs/elasticache.md 7).

use super::{available, cluster_status, describe, group_status, status};
use crate::support::{BUCKET, bucket, client, object, pass_work, refusal, s3, sandbox, sandbox_with};
use aws_sdk_elasticache::Client;
use aws_sdk_elasticache::operation::create_replication_group::builders::CreateReplicationGroupFluentBuilder;
use aws_sdk_elasticache::types::{NodeGroupConfiguration, Tag};
use cachekeep_sandbox::Sandbox;
use cachekeep_sandbox::elasticache::switches::{RestoreEngine, RestoreShards, RestoreVersion};
use cachekeep_sandbox::elasticache::{CacheSpec, Engine, Switches};

fn group(client: &Client, id: &str) -> CreateReplicationGroupFluentBuilder {
    let request = client.create_replication_group().replication_group_id(id);
    request.replication_group_description("restored").engine("valkey")
}

/// A sandbox with the snapshot `s` of a Valkey 8.0 group.
async fn ready(switches: Switches) -> Sandbox {
    let sandbox = sandbox_with(switches);
    sandbox.elasticache().create(CacheSpec::group("orders", 1).tag("team", "shop"));
    available(&sandbox, "orders-002", "s").await;
    sandbox
}

/// The snapshot `s` of a CME group with two shards beside what `ready` made.
async fn ready_cme(switches: Switches) -> Sandbox {
    let sandbox = sandbox_with(switches);
    sandbox.elasticache().create(CacheSpec::cluster_mode_group("carts", 2, 0));
    client(&sandbox).create_snapshot().replication_group_id("carts").snapshot_name("s").send().await.unwrap();
    pass_work(&sandbox).await;
    sandbox
}

#[tokio::test(start_paused = true)]
async fn a_group_is_restored_from_a_snapshot_which_is_restoring_meanwhile() {
    let sandbox = ready(Switches::default()).await;
    let client = client(&sandbox);
    let made = group(&client, "Second").snapshot_name("S").num_cache_clusters(3).send().await.unwrap();
    assert_eq!(made.replication_group.unwrap().member_clusters().len(), 3);
    assert_eq!(group_status(&client, "second").await, "creating");
    assert_eq!(status(&client, "s").await, "restoring");
    pass_work(&sandbox).await;
    assert_eq!(
        (group_status(&client, "second").await, status(&client, "s").await),
        ("available".into(), "available".into())
    );
    let arn = "arn:aws:elasticache:us-east-1:123456789012:replicationgroup:second";
    let tags = client.list_tags_for_resource().resource_name(arn).send().await.unwrap();
    assert_eq!(tags.tag_list()[0].value(), Some("shop"));
    assert_eq!(refusal(group(&client, "second").send().await).0, "ReplicationGroupAlreadyExists");
}

#[tokio::test(start_paused = true)]
async fn a_restored_cache_holds_what_was_exported() {
    let sandbox = ready(Switches::default()).await;
    bucket(&sandbox).await;
    let client = client(&sandbox);
    let export = |name: &'static str, target: &'static str| {
        let request = client.copy_snapshot().source_snapshot_name(name).target_snapshot_name(target);
        request.target_bucket(BUCKET).send()
    };
    export("s", "my exports/a+b").await.unwrap();
    pass_work(&sandbox).await;
    let arn = format!("arn:aws:s3:::{BUCKET}/my exports/a+b-0001.rdb");
    let request = client.create_cache_cluster().cache_cluster_id("copy").engine("valkey");
    request.snapshot_arns(&arn).tags(Tag::builder().key("k").value("v").build()).send().await.unwrap();
    pass_work(&sandbox).await;
    assert_eq!(cluster_status(&client, "copy").await, "available");
    available(&sandbox, "copy", "again").await;
    export("again", "b").await.unwrap();
    pass_work(&sandbox).await;
    assert_eq!(object(&sandbox, "b-0001.rdb").await, object(&sandbox, "my exports/a+b-0001.rdb").await);
}

#[tokio::test(start_paused = true)]
async fn files_in_s3_must_be_there_and_readable() {
    let sandbox = sandbox();
    bucket(&sandbox).await;
    let client = client(&sandbox);
    let restore = |arn: &str| group(&client, "g").snapshot_arns(arn).send();
    let missing = refusal(restore("arn:aws:s3:::backups/no.rdb").await);
    let words = "Failed to retrieve file from S3: arn:aws:s3:::backups/no.rdb";
    assert_eq!(missing, ("InvalidParameterValue".into(), words.into()));
    assert_eq!(
        refusal(restore("arn:aws:s3:::nowhere/a.rdb").await).1,
        "The S3 bucket nowhere does not exist."
    );
    assert_eq!(refusal(restore("nonsense").await).0, "InvalidParameterValue");
    s3(&sandbox).delete_bucket_policy().bucket(BUCKET).send().await.unwrap();
    let words = "ElastiCache has not been granted READ permissions backups on the S3 Bucket.";
    assert_eq!(refusal(restore("arn:aws:s3:::backups/a.rdb").await).1, words);
}

#[tokio::test(start_paused = true)]
async fn files_are_spread_over_shards_by_slots_only() {
    let sandbox = ready_cme(Switches::default()).await;
    bucket(&sandbox).await;
    let client = client(&sandbox);
    let export =
        client.copy_snapshot().source_snapshot_name("s").target_snapshot_name("t").target_bucket(BUCKET);
    export.send().await.unwrap();
    pass_work(&sandbox).await;
    let files = ["arn:aws:s3:::backups/t-0001.rdb", "arn:aws:s3:::backups/t-0002.rdb"];
    let request =
        group(&client, "g").set_snapshot_arns(Some(files.map(str::to_owned).into())).num_node_groups(2);
    let words = "Slots must be provided when restoring from snapshot ARNs with cluster mode enabled";
    assert_eq!(refusal(request.clone().send().await), ("InvalidParameterCombination".into(), words.into()));
    let shard = |slots: &str| NodeGroupConfiguration::builder().slots(slots).build();
    let request =
        request.node_group_configuration(shard("0-8191")).node_group_configuration(shard("8192-16383"));
    request.send().await.unwrap();
    pass_work(&sandbox).await;
    assert_eq!(group_status(&client, "g").await, "available");
}

#[tokio::test(start_paused = true)]
async fn what_does_not_fit_is_refused() {
    let sandbox = ready_cme(Switches::default()).await;
    let client = client(&sandbox);
    for (request, code) in [
        (group(&client, "g").snapshot_name("no"), "InvalidParameterValue"),
        (
            group(&client, "g").snapshot_name("s").cache_parameter_group_name("default.valkey8"),
            "InvalidParameterCombination",
        ),
        (
            group(&client, "g").snapshot_name("s").snapshot_arns("arn:aws:s3:::b/k"),
            "InvalidParameterCombination",
        ),
        (
            group(&client, "g").snapshot_name("s").global_replication_group_id("x"),
            "InvalidParameterCombination",
        ),
    ] {
        assert_eq!(refusal(request.send().await).0, code);
    }
    let request = client.create_cache_cluster().cache_cluster_id("c").engine("valkey");
    let request = request.cache_parameter_group_name("default.valkey8.cluster.on");
    let words = "Cluster mode should be disabled in parameter group, but found it is enabled.";
    assert_eq!(refusal(request.send().await), ("InvalidParameterCombination".into(), words.into()));
    assert_eq!(sandbox.elasticache().caches().len(), 1);
    assert_eq!(status(&client, "s").await, "available");
}

#[tokio::test(start_paused = true)]
async fn data_tiering_goes_back_into_data_tiering_only() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::data_tiering_group("warm", 0));
    available(&sandbox, "warm-001", "s").await;
    let client = client(&sandbox);
    let refused = group(&client, "g").snapshot_name("s").send().await;
    assert_eq!(refusal(refused).0, "InvalidParameterCombination");
    group(&client, "g").snapshot_name("s").data_tiering_enabled(true).send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn several_databases_cannot_be_restored_into_cluster_mode() {
    let sandbox = sandbox();
    let multi = bytes::Bytes::from_static(include_bytes!("../../../zoo/valkey-8.0-databases.rdb"));
    sandbox.elasticache().create(CacheSpec { data: vec![multi], ..CacheSpec::group("orders", 0) });
    available(&sandbox, "orders-001", "s").await;
    let client = client(&sandbox);
    group(&client, "g").snapshot_name("s").cluster_mode("enabled".into()).send().await.unwrap();
    pass_work(&sandbox).await;
    assert_eq!(group_status(&client, "g").await, "create-failed");
    assert_eq!(status(&client, "s").await, "available");
}

#[tokio::test(start_paused = true)]
async fn another_number_of_shards_is_a_switch() {
    for (restore_shards, accepted) in [(RestoreShards::Any, true), (RestoreShards::Same, false)] {
        let sandbox = ready_cme(Switches { restore_shards, ..Switches::default() }).await;
        let client = client(&sandbox);
        let made = group(&client, "g").snapshot_name("s").num_node_groups(3).send().await;
        assert_eq!(made.is_ok(), accepted);
        group(&client, "h").snapshot_name("s").num_node_groups(2).send().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn redis_into_valkey_is_a_switch_and_valkey_into_redis_is_not() {
    for (restore_engine, accepted) in [(RestoreEngine::Same, false), (RestoreEngine::RedisIntoValkey, true)] {
        let sandbox = sandbox_with(Switches { restore_engine, ..Switches::default() });
        sandbox.elasticache().create(CacheSpec::single_node("lone"));
        available(&sandbox, "lone", "redis").await;
        let client = client(&sandbox);
        assert_eq!(group(&client, "g").snapshot_name("redis").send().await.is_ok(), accepted);
        sandbox.elasticache().create(CacheSpec::group("orders", 0));
        available(&sandbox, "orders-001", "valkey").await;
        let back = group(&client, "h").engine("redis").snapshot_name("valkey").send().await;
        assert_eq!(refusal(back).0, "InvalidParameterCombination");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lower_version_is_a_switch() {
    for (restore_version, accepted) in [(RestoreVersion::NotLower, false), (RestoreVersion::Any, true)] {
        let sandbox = ready(Switches { restore_version, ..Switches::default() }).await;
        let client = client(&sandbox);
        let restore = |id: &str, version: &str| {
            let request = group(&client, id).snapshot_name("s").num_cache_clusters(2);
            request.engine_version(version).send()
        };
        assert_eq!(restore("g", "7.2").await.is_ok(), accepted);
        restore("h", "8.1").await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn serverless_and_node_based_are_restored_into_each_other() {
    let sandbox = ready(Switches::default()).await;
    let client = client(&sandbox);
    let arn = describe(&client, "s").await.unwrap().arn.unwrap();
    let create = |name: &str, arn: &str| {
        let request = client.create_serverless_cache().serverless_cache_name(name).engine("valkey");
        request.snapshot_arns_to_restore(arn).send()
    };
    create("feed", &arn).await.unwrap();
    assert_eq!(status(&client, "s").await, "restoring");
    pass_work(&sandbox).await;
    let request = client.create_serverless_cache_snapshot().serverless_cache_name("feed");
    request.serverless_cache_snapshot_name("f").send().await.unwrap();
    pass_work(&sandbox).await;
    let back = group(&client, "back").serverless_cache_snapshot_name("f");
    let words =
        "When using automatic failover, there must be at least 2 cache clusters in the replication group.";
    let refused = refusal(back.clone().send().await);
    assert_eq!(refused, ("InvalidParameterCombination".into(), words.into()), "Multi-AZ is inherited");
    back.multi_az_enabled(false).send().await.unwrap();
    create("twin", "arn:aws:elasticache:us-east-1:123456789012:serverlesscachesnapshot:f").await.unwrap();
    pass_work(&sandbox).await;
    assert_eq!(group_status(&client, "back").await, "available");
    assert_eq!(refusal(create("feed", &arn).await).0, "ServerlessCacheAlreadyExistsFault");
    let events = sandbox.eventbridge().events("default");
    let twin = events.iter().find(|event| event["detail"]["SourceIdentifier"] == "twin").unwrap();
    let words = "Cache twin is created and data was restored from snapshot. Your cache is ready to use.";
    assert_eq!(twin["detail"]["Message"], words);
    assert_eq!(twin["resources"].as_array().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_empty_cache_is_created_with_the_settings_of_the_call() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let request = group(&client, "g").cache_node_type("cache.r7g.xlarge").snapshot_retention_limit(3);
    let request = request.security_group_ids("sg-1").notification_topic_arn("arn:t");
    let request = request.transit_encryption_enabled(true).auth_token("0123456789abcdef");
    request.num_cache_clusters(2).port(7000).send().await.unwrap();
    let too_long = group(&client, "h").snapshot_retention_limit(36).send().await;
    assert_eq!(refusal(too_long).0, "InvalidParameterValue");
    let answer = client.describe_replication_groups().replication_group_id("g").send().await.unwrap();
    let seen = &answer.replication_groups()[0];
    assert_eq!((seen.description(), seen.snapshotting_cluster_id()), (Some("restored"), Some("g-002")));
    assert_eq!((seen.cache_node_type(), seen.auth_token_enabled()), (Some("cache.r7g.xlarge"), Some(true)));
    let nodes = client.describe_cache_clusters().cache_cluster_id("g-001").send().await.unwrap();
    assert_eq!(nodes.cache_clusters()[0].security_groups()[0].security_group_id(), Some("sg-1"));
    let request = client.create_cache_cluster().cache_cluster_id("m").engine("memcached").num_cache_nodes(3);
    assert_eq!(request.send().await.unwrap().cache_cluster.unwrap().num_cache_nodes(), Some(3));
    let request =
        client.create_cache_cluster().cache_cluster_id("r").engine(Engine::Redis.as_str()).num_cache_nodes(2);
    assert_eq!(refusal(request.send().await).0, "InvalidParameterValue");
}
