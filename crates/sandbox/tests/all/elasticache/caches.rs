//! Listing caches: everything that a faithful re-creation needs can be read back (sections 1.1, 2 and 7).

use crate::support::{client, refusal, sandbox};
use aws_sdk_elasticache::types::{CacheUsageLimits, DataStorage, EcpuPerSecond};
use cachekeep_sandbox::elasticache::{CacheSpec, Engine, LogDelivery};

#[tokio::test(start_paused = true)]
async fn a_cmd_group_shows_its_roles_and_settings() {
    let sandbox = sandbox();
    let mut spec = CacheSpec::group("Orders", 2);
    spec.settings.user_groups = vec!["staff".into()];
    spec.settings.log_deliveries = vec![LogDelivery::to_cloudwatch("slow-log", "/slow")];
    spec.settings.kms_key_id = Some("key-1".into());
    sandbox.elasticache().create(spec);
    let client = client(&sandbox);
    let answer = client.describe_replication_groups().replication_group_id("ORDERS").send().await.unwrap();
    let group = &answer.replication_groups()[0];
    assert_eq!(group.member_clusters(), ["orders-001", "orders-002", "orders-003"]);
    assert_eq!((group.cluster_enabled(), group.engine()), (Some(false), Some("valkey")));
    assert_eq!(group.user_group_ids(), ["staff"]);
    assert_eq!(group.kms_key_id(), Some("key-1"));
    assert_eq!(group.storage_encryption_type().unwrap().as_str(), "sse-kms");
    assert_eq!(group.durability().unwrap().as_str(), "default");
    assert_eq!(group.snapshotting_cluster_id(), None);
    let log = &group.log_delivery_configurations()[0];
    let details = log.destination_details().unwrap().cloud_watch_logs_details().unwrap();
    assert_eq!(details.log_group(), Some("/slow"));
    let members = group.node_groups()[0].node_group_members();
    let roles: Vec<_> = members.iter().map(|member| member.current_role().unwrap()).collect();
    assert_eq!(roles, ["primary", "replica", "replica"]);
    assert!(group.node_groups()[0].primary_endpoint().unwrap().address().unwrap().contains("orders"));
}

#[tokio::test(start_paused = true)]
async fn a_cme_group_shows_its_shards_and_slots() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::cluster_mode_group("carts", 3, 1));
    let answer = client(&sandbox).describe_replication_groups().send().await.unwrap();
    let group = &answer.replication_groups()[0];
    assert_eq!((group.cluster_enabled(), group.member_clusters().len()), (Some(true), 6));
    assert!(group.configuration_endpoint().is_some());
    let slots: Vec<_> = group.node_groups().iter().map(|shard| shard.slots().unwrap()).collect();
    assert_eq!(slots, ["0-5460", "5461-10921", "10922-16383"]);
    let member = &group.node_groups()[0].node_group_members()[0];
    assert_eq!((member.current_role(), member.cache_cluster_id()), (None, Some("carts-0001-001")));
}

#[tokio::test(start_paused = true)]
async fn clusters_show_what_groups_do_not() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::group("orders", 0).topic("arn:aws:sns:us-east-1:123456789012:t"));
    sandbox.elasticache().create(CacheSpec::memcached("sessions", 3));
    let client = client(&sandbox);
    let answer = client.describe_cache_clusters().show_cache_node_info(true).send().await.unwrap();
    let node = &answer.cache_clusters()[0];
    assert_eq!((node.cache_cluster_id(), node.engine_version()), (Some("orders-001"), Some("8.0")));
    assert_eq!(node.cache_parameter_group().unwrap().cache_parameter_group_name(), Some("default.valkey8"));
    assert_eq!(node.security_groups()[0].security_group_id(), Some("sg-0a1b2c3d"));
    assert_eq!(node.cache_subnet_group_name(), Some("default"));
    assert!(node.notification_configuration().unwrap().topic_arn().is_some());
    assert_eq!(node.cache_nodes()[0].endpoint().unwrap().port(), Some(6379));
    assert_eq!(node.replication_group_id(), Some("orders"));
    let sessions = &answer.cache_clusters()[1];
    assert_eq!((sessions.engine(), sessions.cache_nodes().len()), (Some("memcached"), 3));
    let alone =
        client.describe_cache_clusters().show_cache_clusters_not_in_replication_groups(true).send().await;
    assert_eq!(alone.unwrap().cache_clusters().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn serverless_caches_are_listed_with_their_settings() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::serverless("feed", Engine::Redis).automatic(5, "04:30"));
    let answer = client(&sandbox).describe_serverless_caches().send().await.unwrap();
    let cache = &answer.serverless_caches()[0];
    assert_eq!((cache.serverless_cache_name(), cache.status()), (Some("feed"), Some("available")));
    assert_eq!((cache.engine(), cache.major_engine_version()), (Some("redis"), Some("7")));
    assert_eq!((cache.snapshot_retention_limit(), cache.daily_snapshot_time()), (Some(5), Some("04:30")));
    assert_eq!(cache.security_group_ids(), ["sg-0a1b2c3d"]);
    assert_eq!(cache.subnet_ids().len(), 2);
    assert_eq!((cache.cache_usage_limits(), cache.connection_type()), (None, Some(&"vpc".into())));
}

#[tokio::test(start_paused = true)]
async fn the_limits_of_a_serverless_cache_are_read_and_shown() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let storage = DataStorage::builder().maximum(10).unit("GB".into()).build();
    let limits = CacheUsageLimits::builder().data_storage(storage);
    let limits = limits.ecpu_per_second(EcpuPerSecond::builder().maximum(5000).minimum(1000).build()).build();
    let request = client.create_serverless_cache().serverless_cache_name("feed").engine("valkey");
    request.cache_usage_limits(limits.clone()).send().await.unwrap();
    let answer = client.describe_serverless_caches().send().await.unwrap();
    assert_eq!(answer.serverless_caches()[0].cache_usage_limits(), Some(&limits));
}

#[tokio::test(start_paused = true)]
async fn an_unknown_cache_is_not_found() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let group = client.describe_replication_groups().replication_group_id("no").send().await;
    assert_eq!(refusal(group).0, "ReplicationGroupNotFoundFault");
    let cluster = client.describe_cache_clusters().cache_cluster_id("no").send().await;
    assert_eq!(refusal(cluster).0, "CacheClusterNotFound");
    let serverless = client.describe_serverless_caches().serverless_cache_name("no").send().await;
    assert_eq!(refusal(serverless).0, "ServerlessCacheNotFoundFault");
}

#[tokio::test(start_paused = true)]
async fn a_large_fleet_is_listed_in_pages_of_a_hundred() {
    let sandbox = sandbox();
    for number in 0..250 {
        sandbox.elasticache().create(CacheSpec::group(&format!("g{number:03}"), 0));
    }
    let client = client(&sandbox);
    let pages = client.describe_replication_groups().into_paginator().send();
    let pages = pages.collect::<Result<Vec<_>, _>>().await.unwrap();
    let sizes: Vec<_> = pages.iter().map(|page| page.replication_groups().len()).collect();
    assert_eq!(sizes, [100, 100, 50]);
    let nodes = client.describe_cache_clusters().into_paginator().items().send();
    assert_eq!(nodes.collect::<Result<Vec<_>, _>>().await.unwrap().len(), 250);
}
