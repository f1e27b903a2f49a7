//! What a restored cache is like: what the call says, what its snapshot hands down, and where its keys are
//! (docs/elasticache.md 7).

use super::{available, group_status};
use crate::support::{BUCKET, bucket, client, pass_work, refusal, sandbox, sandbox_with};
use aws_sdk_elasticache::Client;
use aws_sdk_elasticache::types::{
    CacheCluster, CloudWatchLogsDestinationDetails, DestinationDetails, KinesisFirehoseDestinationDetails,
    LogDeliveryConfigurationRequest, NodeGroupConfiguration, ReplicationGroup,
};
use cachekeep_sandbox::Sandbox;
use cachekeep_sandbox::elasticache::switches::{SlotRanges, UnreadableFile};
use cachekeep_sandbox::elasticache::{CacheSpec, Engine, ParameterGroup, SubnetGroup, Switches, UserGroup};

async fn seen(client: &Client, id: &str) -> ReplicationGroup {
    let answer = client.describe_replication_groups().replication_group_id(id).send().await.unwrap();
    answer.replication_groups()[0].clone()
}

async fn node(client: &Client, id: &str) -> CacheCluster {
    let answer =
        client.describe_cache_clusters().cache_cluster_id(id).show_cache_node_info(true).send().await;
    answer.unwrap().cache_clusters()[0].clone()
}

fn log(log_type: &str, details: DestinationDetails, kind: &str) -> LogDeliveryConfigurationRequest {
    LogDeliveryConfigurationRequest::builder()
        .log_type(log_type.into())
        .destination_type(kind.into())
        .destination_details(details)
        .log_format("text".into())
        .build()
}

fn shard(id: &str, slots: &str, zones: [&str; 2]) -> NodeGroupConfiguration {
    let shard = NodeGroupConfiguration::builder().node_group_id(id).slots(slots).replica_count(1);
    shard.primary_availability_zone(zones[0]).replica_availability_zones(zones[1]).build()
}

#[tokio::test(start_paused = true)]
async fn everything_that_is_said_of_a_group_is_shown_again() {
    let sandbox = sandbox();
    let elasticache = sandbox.elasticache();
    elasticache.create_subnet_group(SubnetGroup::new("Inner"));
    let parameters = ParameterGroup::new("Mine", "valkey8").with("cluster-enabled", "yes");
    elasticache.create_parameter_group(parameters);
    elasticache.create_user_group(UserGroup::new("staff", Engine::Valkey));
    let client = client(&sandbox);
    let slow = CloudWatchLogsDestinationDetails::builder().log_group("/slow").build();
    let engine = KinesisFirehoseDestinationDetails::builder().delivery_stream("logs").build();
    let logs = [
        log(
            "slow-log",
            DestinationDetails::builder().cloud_watch_logs_details(slow).build(),
            "cloudwatch-logs",
        ),
        log(
            "engine-log",
            DestinationDetails::builder().kinesis_firehose_details(engine).build(),
            "kinesis-firehose",
        ),
    ];
    let request = client.create_replication_group().replication_group_id("g");
    let request = request.replication_group_description("all of it").engine("valkey").engine_version("8.1");
    let request = request.cache_parameter_group_name("Mine").cache_subnet_group_name("Inner");
    let request = request
        .node_group_configuration(shard("0001", "0-9999", ["us-east-1c", "us-east-1a"]))
        .node_group_configuration(shard("0002", "10000-16383", ["us-east-1b", "us-east-1c"]));
    let request = request.multi_az_enabled(true).automatic_failover_enabled(true).port(7000);
    let request = request.transit_encryption_enabled(true).transit_encryption_mode("preferred".into());
    let request = request.at_rest_encryption_enabled(true).user_group_ids("staff");
    let request = request.kms_key_id("arn:aws:kms:us-east-1:123456789012:key/k");
    let request = request.auto_minor_version_upgrade(false).network_type("dual_stack".into());
    let request = request.ip_discovery("ipv6".into()).set_log_delivery_configurations(Some(logs.to_vec()));
    let topic = "arn:aws:sns:us-east-1:123456789012:alerts";
    let request = request.notification_topic_arn(topic).preferred_maintenance_window("mon:01:00-mon:02:00");
    request.snapshot_window("04:00-05:00").snapshot_retention_limit(3).send().await.unwrap();
    let group = seen(&client, "g").await;
    assert_eq!((group.cluster_enabled(), group.cluster_mode()), (Some(true), Some(&"enabled".into())));
    assert_eq!(group.node_groups()[0].slots(), Some("0-9999"));
    let zones: Vec<_> = group
        .node_groups()
        .iter()
        .flat_map(|shard| {
            shard.node_group_members().iter().map(|node| node.preferred_availability_zone().unwrap())
        })
        .collect();
    assert_eq!(zones, ["us-east-1c", "us-east-1a", "us-east-1b", "us-east-1c"]);
    assert_eq!(group.transit_encryption_mode(), Some(&"preferred".into()));
    assert_eq!(
        (group.network_type(), group.ip_discovery()),
        (Some(&"dual_stack".into()), Some(&"ipv6".into()))
    );
    assert_eq!(
        (group.auto_minor_version_upgrade(), group.multi_az()),
        (Some(false), Some(&"enabled".into()))
    );
    assert_eq!(group.user_group_ids(), ["staff"]);
    assert_eq!(group.kms_key_id(), Some("arn:aws:kms:us-east-1:123456789012:key/k"));
    let destinations: Vec<_> = group
        .log_delivery_configurations()
        .iter()
        .map(|log| log.destination_details().unwrap().clone())
        .collect();
    assert_eq!(destinations, logs.map(|log| log.destination_details().unwrap().clone()));
    assert_eq!(group.log_delivery_configurations()[0].log_format(), Some(&"text".into()));
    let node = node(&client, "g-0001-001").await;
    assert_eq!((node.engine_version(), node.cache_subnet_group_name()), (Some("8.1"), Some("inner")));
    assert_eq!(node.cache_parameter_group().unwrap().cache_parameter_group_name(), Some("mine"));
    assert_eq!(node.notification_configuration().unwrap().topic_arn(), Some(topic));
    assert_eq!(node.preferred_maintenance_window(), Some("mon:01:00-mon:02:00"));
    assert_eq!(node.cache_nodes()[0].endpoint().unwrap().port(), Some(7000));
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_hands_down_everything_but_network_encryption_and_users() {
    let sandbox = sandbox();
    let mut spec = CacheSpec::cluster_mode_group("carts", 3, 1).automatic(5, "04:00-05:00");
    spec.settings.node_type = "cache.r7g.2xlarge".into();
    spec.settings.port = 7000;
    spec.settings.user_groups = vec!["staff".into()];
    spec.settings.subnet_group = "inner".into();
    spec.settings.maintenance_window = "tue:01:00-tue:02:00".into();
    sandbox.elasticache().create(spec);
    let client = client(&sandbox);
    client.create_snapshot().replication_group_id("carts").snapshot_name("s").send().await.unwrap();
    pass_work(&sandbox).await;
    let request = client.create_replication_group().replication_group_id("again").snapshot_name("s");
    request.replication_group_description("only a name").send().await.unwrap();
    pass_work(&sandbox).await;
    let (before, after) = (seen(&client, "carts").await, seen(&client, "again").await);
    assert_eq!(after.status(), Some("available"));
    assert_eq!(after.cache_node_type(), Some("cache.r7g.2xlarge"));
    assert_eq!((after.engine(), after.multi_az()), (Some("valkey"), Some(&"enabled".into())));
    assert_eq!((after.snapshot_retention_limit(), after.snapshot_window()), (Some(5), Some("04:00-05:00")));
    let slots = |group: &ReplicationGroup| -> Vec<_> {
        group.node_groups().iter().map(|shard| shard.slots().unwrap().to_owned()).collect()
    };
    assert_eq!(slots(&after), slots(&before));
    assert_eq!(after.member_clusters().len(), 6);
    assert_eq!((after.transit_encryption_enabled(), after.user_group_ids().len()), (Some(false), 0));
    let node = node(&client, "again-0001-001").await;
    assert_eq!(node.cache_subnet_group_name(), Some("default"));
    assert_eq!(node.cache_nodes()[0].endpoint().unwrap().port(), Some(7000));
    assert_eq!(node.preferred_maintenance_window(), Some("tue:01:00-tue:02:00"));
    assert_eq!(sandbox.elasticache().data("again"), sandbox.elasticache().data("carts"));
}

#[tokio::test(start_paused = true)]
async fn multi_az_is_inherited_and_must_be_refused_where_it_cannot_hold() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::group("orders", 1));
    available(&sandbox, "orders-002", "s").await;
    let client = client(&sandbox);
    let request = client.create_replication_group().replication_group_id("g").snapshot_name("s");
    let request = request.replication_group_description("d");
    let words =
        "When using automatic failover, there must be at least 2 cache clusters in the replication group.";
    assert_eq!(refusal(request.clone().send().await), ("InvalidParameterCombination".into(), words.into()));
    request.multi_az_enabled(false).send().await.unwrap();
    assert_eq!(seen(&client, "g").await.multi_az(), Some(&"disabled".into()));
}

/// A sandbox whose bucket holds the three files of a CME group's export.
async fn exported(switches: Switches) -> Sandbox {
    let sandbox = sandbox_with(switches);
    bucket(&sandbox).await;
    sandbox.elasticache().create(CacheSpec::cluster_mode_group("carts", 3, 0));
    let client = client(&sandbox);
    client.create_snapshot().replication_group_id("carts").snapshot_name("s").send().await.unwrap();
    pass_work(&sandbox).await;
    let request = client.copy_snapshot().source_snapshot_name("s").target_snapshot_name("t");
    request.target_bucket(BUCKET).send().await.unwrap();
    pass_work(&sandbox).await;
    sandbox
}

fn slots(slots: &str) -> NodeGroupConfiguration {
    NodeGroupConfiguration::builder().slots(slots).build()
}

async fn from_files(client: &Client, id: &str, shards: &[&str]) -> Result<(), aws_sdk_elasticache::Error> {
    let files = (1..=3).map(|number| format!("arn:aws:s3:::{BUCKET}/t-000{number}.rdb")).collect();
    let shards = shards.iter().map(|range| slots(range)).collect();
    let request = client.create_replication_group().replication_group_id(id).set_snapshot_arns(Some(files));
    let request = request.replication_group_description("d").engine("valkey");
    request.set_node_group_configuration(Some(shards)).send().await.map(drop).map_err(Into::into)
}

#[tokio::test(start_paused = true)]
async fn keys_go_to_the_shards_of_their_slots_whatever_the_number_of_files() {
    let sandbox = exported(Switches::default()).await;
    let client = client(&sandbox);
    let same = ["0-5461", "5462-10922", "10923-16383"];
    from_files(&client, "same", &same).await.unwrap();
    from_files(&client, "fewer", &["0-8191", "8192-16383"]).await.unwrap();
    from_files(&client, "more", &["0-4095", "4096-8191", "8192-12287", "12288-16383"]).await.unwrap();
    pass_work(&sandbox).await;
    let elasticache = sandbox.elasticache();
    assert_eq!(elasticache.data("same"), elasticache.data("carts"));
    assert_eq!((elasticache.data("fewer").len(), elasticache.data("more").len()), (2, 4));
    for id in ["same", "fewer", "more"] {
        assert_eq!(group_status(&client, id).await, "available");
        assert!(elasticache.data(id).iter().all(|file| !file.is_empty()), "{id}");
    }
}

#[tokio::test(start_paused = true)]
async fn slots_must_be_complete_and_disjoint_and_several_ranges_are_a_switch() {
    for (slot_ranges, accepted) in [(SlotRanges::One, false), (SlotRanges::Several, true)] {
        let sandbox = exported(Switches { slot_ranges, ..Switches::default() }).await;
        let client = client(&sandbox);
        for wrong in [["0-8191", "8193-16383"], ["0-8192", "8192-16383"], ["0-8191", "8192-16384"]] {
            assert_eq!(
                refusal(from_files(&client, "g", &wrong).await).0,
                "InvalidParameterValue",
                "{wrong:?}"
            );
        }
        let made = from_files(&client, "g", &["0-99,8192-16383", "100-8191"]).await;
        assert_eq!(made.is_ok(), accepted);
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_that_the_engine_cannot_read_fails_the_restore_now_or_later() {
    for (unreadable_file, later) in [(UnreadableFile::FailsLater, true), (UnreadableFile::Refused, false)] {
        let sandbox = sandbox_with(Switches { unreadable_file, ..Switches::default() });
        bucket(&sandbox).await;
        let files = [
            ("new.rdb", include_bytes!("../../../zoo/valkey-9.1-tiny.rdb").as_slice()),
            ("fitting.rdb", include_bytes!("../../../zoo/redis-7.0-tiny.rdb")),
            ("broken.rdb", b"not a file of any server"),
        ];
        for (key, bytes) in files {
            let request = crate::support::s3(&sandbox).put_object().bucket(BUCKET).key(key);
            request.body(bytes.to_vec().into()).send().await.unwrap();
        }
        let client = client(&sandbox);
        for (id, key, good) in
            [("new", "new.rdb", false), ("broken", "broken.rdb", false), ("fits", "fitting.rdb", true)]
        {
            let request =
                client.create_cache_cluster().cache_cluster_id(id).engine("redis").engine_version("7.0");
            let made = request.snapshot_arns(format!("arn:aws:s3:::{BUCKET}/{key}")).send().await;
            assert_eq!(made.is_ok(), good || later, "{id}");
            if made.is_ok() {
                pass_work(&sandbox).await;
                let expected = if good { "available" } else { "restore-failed" };
                assert_eq!(super::cluster_status(&client, id).await, expected);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_group_that_cannot_be_restored_is_create_failed_and_its_nodes_restore_failed() {
    let sandbox = sandbox();
    let several = bytes::Bytes::from_static(include_bytes!("../../../zoo/valkey-8.0-databases.rdb"));
    sandbox.elasticache().create(CacheSpec { data: vec![several], ..CacheSpec::group("orders", 0) });
    available(&sandbox, "orders-001", "s").await;
    let client = client(&sandbox);
    let request = client.create_replication_group().replication_group_id("g").snapshot_name("s");
    let request = request.replication_group_description("d").cluster_mode("enabled".into());
    request.clone().send().await.unwrap();
    let new = request.replication_group_id("h").engine_version("9.0").send().await;
    new.unwrap();
    pass_work(&sandbox).await;
    assert_eq!(group_status(&client, "g").await, "create-failed");
    assert_eq!(super::cluster_status(&client, "g-0001-001").await, "restore-failed");
    assert_eq!(group_status(&client, "h").await, "available", "Valkey 9 has databases in cluster mode");
}

#[tokio::test(start_paused = true)]
async fn objects_under_a_kms_key_cannot_be_read() {
    let sandbox = sandbox();
    bucket(&sandbox).await;
    let file = include_bytes!("../../../zoo/redis-7.0-tiny.rdb").to_vec();
    let put = |key: &'static str| {
        crate::support::s3(&sandbox).put_object().bucket(BUCKET).key(key).body(file.clone().into())
    };
    put("plain.rdb").send().await.unwrap();
    put("sealed.rdb").server_side_encryption("aws:kms".into()).send().await.unwrap();
    let client = client(&sandbox);
    let restore = |id: &str, key: &str| {
        let request = client.create_cache_cluster().cache_cluster_id(id).engine("redis");
        request.snapshot_arns(format!("arn:aws:s3:::{BUCKET}/{key}")).send()
    };
    restore("a", "plain.rdb").await.unwrap();
    let words = "Failed to retrieve file from S3: arn:aws:s3:::backups/sealed.rdb";
    assert_eq!(refusal(restore("b", "sealed.rdb").await), ("InvalidParameterValue".into(), words.into()));
}
