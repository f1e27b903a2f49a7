//! What a creation is refused for: each fault of the two actions' lists, and what does not fit together
//! (docs/elasticache.md 1.2 and 7).

use crate::support::{client, refusal, sandbox};
use aws_sdk_elasticache::Client;
use aws_sdk_elasticache::operation::create_replication_group::builders::CreateReplicationGroupFluentBuilder as Group;
use cachekeep_sandbox::Sandbox;
use cachekeep_sandbox::elasticache::{
    CacheSpec, CacheStatus, Engine, Limits, ParameterGroup, SubnetGroup, UserGroup,
};

fn group(client: &Client) -> Group {
    let request = client.create_replication_group().replication_group_id("g");
    request.replication_group_description("d").engine("valkey")
}

/// Refused with this code while nothing is made; the plain request is accepted, so it is the change that is refused.
async fn refuses(sandbox: &Sandbox, request: Group, code: &str, words: Option<&str>) {
    let before = sandbox.elasticache().caches().len();
    let (said, text) = refusal(request.send().await);
    assert_eq!(said, code, "{text}");
    if let Some(words) = words {
        assert_eq!(text, words);
    }
    assert_eq!(sandbox.elasticache().caches().len(), before, "{code} left something behind");
}

#[tokio::test(start_paused = true)]
async fn what_a_group_refers_to_must_exist_and_fit() {
    let sandbox = sandbox();
    let elasticache = sandbox.elasticache();
    elasticache.create_subnet_group(SubnetGroup { has_addresses: false, ..SubnetGroup::new("full") });
    elasticache.create_parameter_group(ParameterGroup::new("old", "redis5.0"));
    elasticache.create_user_group(UserGroup::new("staff", Engine::Valkey));
    elasticache.create_user_group(UserGroup::new("others", Engine::Redis));
    elasticache
        .create_user_group(UserGroup { status: "deleting".into(), ..UserGroup::new("old", Engine::Valkey) });
    elasticache.remove_security_group("sg-gone");
    elasticache.sell_out("cache.r7g.large");
    let client = client(&sandbox);
    let group = || group(&client).cache_node_type("cache.r7g.xlarge");
    let tls = || group().transit_encryption_enabled(true);
    let family = "Expected a parameter group of family valkey8 but found one of family redis5.0";
    for (request, code, words) in vec![
        (group().cache_subnet_group_name("no"), "CacheSubnetGroupNotFoundFault", None),
        (group().cache_subnet_group_name("full"), "InvalidVPCNetworkStateFault", None),
        (
            group().cache_parameter_group_name("no"),
            "CacheParameterGroupNotFound",
            Some("CacheParameterGroup not found: no"),
        ),
        (group().cache_parameter_group_name("old"), "InvalidParameterCombination", Some(family)),
        (tls().user_group_ids("no"), "UserGroupNotFound", None),
        (tls().user_group_ids("old"), "InvalidUserGroupState", None),
        (tls().user_group_ids("others"), "InvalidParameterCombination", None),
        (
            group().user_group_ids("staff"),
            "InvalidParameterCombination",
            Some(
                "User group based access control requires encryption-in-transit to be enabled on the replication group.",
            ),
        ),
        (group().security_group_ids("sg-gone"), "InvalidParameterValue", None),
        (group().cache_security_group_names("classic"), "CacheSecurityGroupNotFound", None),
        (
            group().cache_security_group_names("classic").security_group_ids("sg-1"),
            "InvalidParameterCombination",
            Some(
                "Use of cache security groups is not permitted along with cache subnet group and/or security group Ids.",
            ),
        ),
        (group().cache_node_type("cache.r7g.large"), "InsufficientCacheClusterCapacity", None),
        (group().primary_cluster_id("no"), "CacheClusterNotFound", None),
        (group().kms_key_id("arn:aws:kms:eu-west-1:123456789012:key/k"), "InvalidParameterValue", None),
        (
            group().notification_topic_arn("arn:aws:sns:us-east-1:210987654321:t"),
            "InvalidParameterValue",
            None,
        ),
    ] {
        refuses(&sandbox, request, code, words).await;
    }
    let secondary = client.create_replication_group().replication_group_id("g");
    let secondary = secondary.replication_group_description("d").global_replication_group_id("no");
    refuses(&sandbox, secondary, "GlobalReplicationGroupNotFoundFault", None).await;
    tls().user_group_ids("staff").send().await.unwrap();
    refuses(&sandbox, group(), "ReplicationGroupAlreadyExists", None).await;
}

#[tokio::test(start_paused = true)]
async fn tokens_need_encryption_and_no_user_groups() {
    let sandbox = sandbox();
    sandbox.elasticache().create_user_group(UserGroup::new("staff", Engine::Valkey));
    let client = client(&sandbox);
    let token = "0123456789abcdef";
    let plain = "The AUTH token is only supported when encryption-in-transit is enabled";
    refuses(&sandbox, group(&client).auth_token(token), "InvalidParameterValue", Some(&format!("{plain}.")))
        .await;
    let tls = || group(&client).transit_encryption_enabled(true);
    for wrong in ["short", "0123456789abcde/", "0123456789abcde "] {
        let words = Some("Invalid AuthToken provided.");
        refuses(&sandbox, tls().auth_token(wrong), "InvalidParameterValue", words).await;
    }
    let both = tls().auth_token(token).user_group_ids("staff");
    refuses(&sandbox, both, "InvalidParameterValue", Some("Invalid AuthToken provided.")).await;
    let mode = group(&client).transit_encryption_mode("preferred".into());
    refuses(&sandbox, mode, "InvalidParameterCombination", None).await;
    tls().auth_token(token).transit_encryption_mode("preferred".into()).send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_arrangement_must_be_possible() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let group = || group(&client);
    let combination = "InvalidParameterCombination";
    let failover =
        "When using automatic failover, there must be at least 2 cache clusters in the replication group.";
    for (request, code, words) in vec![
        (group().automatic_failover_enabled(true), combination, Some(failover)),
        (group().automatic_failover_enabled(true).num_cache_clusters(1), combination, Some(failover)),
        (
            group().num_cache_clusters(2).multi_az_enabled(true).automatic_failover_enabled(false),
            combination,
            None,
        ),
        (
            group().num_node_groups(2).automatic_failover_enabled(false),
            combination,
            Some("Redis with cluster mode enabled cannot be created with auto failover turned off."),
        ),
        (group().num_node_groups(2).multi_az_enabled(true), combination, None),
        (
            group().num_node_groups(2).replicas_per_node_group(6),
            "InvalidParameterValue",
            Some("The number of replicas per node group must be within 0 and 5."),
        ),
        (group().num_cache_clusters(7), "InvalidParameterValue", None),
        (
            group().num_cache_clusters(2).preferred_cache_cluster_azs("us-east-1a"),
            "InvalidParameterValue",
            None,
        ),
        (group().preferred_cache_cluster_azs("eu-west-1a"), "InvalidParameterValue", None),
        (group().num_node_groups(0), "InvalidParameterValue", None),
        (group().num_node_groups(2).cache_parameter_group_name("default.valkey8"), combination, None),
        (
            group().cluster_mode("disabled".into()).cache_parameter_group_name("default.valkey8.cluster.on"),
            combination,
            None,
        ),
        (group().replication_group_id("two--hyphens"), "InvalidParameterValue", None),
        (group().replication_group_id("a".repeat(41)), "InvalidParameterValue", None),
        (group().cache_node_type("cache.r6gd.xlarge"), combination, None),
        (group().data_tiering_enabled(true), combination, None),
        (group().durability("sync".into()), combination, None),
        (group().engine("oracle"), "InvalidParameterValue", None),
    ] {
        refuses(&sandbox, request, code, words).await;
    }
    let durable = group().engine_version("9.0").durability("sync".into()).num_node_groups(2);
    let durable = durable.replicas_per_node_group(1).multi_az_enabled(true);
    durable.transit_encryption_enabled(true).at_rest_encryption_enabled(true).send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn every_quota_has_its_fault() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let elasticache = sandbox.elasticache();
    let request = || group(&client).num_node_groups(3).replicas_per_node_group(1);
    for (limits, code) in [
        (Limits { shards_of_one: 2, ..Limits::default() }, "NodeGroupsPerReplicationGroupQuotaExceeded"),
        (Limits { nodes_of_one: 5, ..Limits::default() }, "NodeQuotaForClusterExceeded"),
        (Limits { clusters: 0, ..Limits::default() }, "ClusterQuotaForCustomerExceeded"),
        (Limits { nodes: 5, ..Limits::default() }, "NodeQuotaForCustomerExceeded"),
    ] {
        elasticache.set_limits(limits);
        refuses(&sandbox, request(), code, None).await;
    }
    elasticache.set_limits(Limits { nodes: 6, ..Limits::default() });
    request().send().await.unwrap();
    // A described fleet had its quota raised, so a node more than it has is still to be had.
    elasticache.create(CacheSpec::group("large", 5));
    refuses(&sandbox, group(&client).replication_group_id("h"), "NodeQuotaForCustomerExceeded", None).await;
    elasticache.set_limits(Limits { serverless: 0, ..Limits::default() });
    let feed = || client.create_serverless_cache().serverless_cache_name("feed").engine("valkey");
    assert_eq!(refusal(feed().send().await).0, "ServerlessCacheQuotaForCustomerExceededFault");
    elasticache.set_limits(Limits::default());
    feed().send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn serverless_caches_and_single_nodes_have_their_faults_too() {
    let sandbox = sandbox();
    let client = client(&sandbox);
    let feed = || client.create_serverless_cache().serverless_cache_name("feed").engine("valkey");
    assert_eq!(refusal(feed().user_group_id("no").send().await).0, "UserGroupNotFound");
    let node = |id: &str| client.create_cache_cluster().cache_cluster_id(id).engine("redis");
    assert_eq!(refusal(node("a_b").send().await).0, "InvalidParameterValue");
    assert_eq!(refusal(node("n").replication_group_id("no").send().await).0, "ReplicationGroupNotFoundFault");
    assert_eq!(
        refusal(node("n").cache_subnet_group_name("no").send().await).0,
        "CacheSubnetGroupNotFoundFault"
    );
    sandbox.elasticache().create(CacheSpec::group("orders", 1));
    sandbox.elasticache().set_status("orders", CacheStatus::Modifying);
    assert_eq!(
        refusal(node("n").replication_group_id("orders").send().await).0,
        "InvalidReplicationGroupState"
    );
    let around = group(&client).primary_cluster_id("orders-001").send().await;
    assert_eq!(refusal(around).0, "InvalidCacheClusterState");
    feed().send().await.unwrap();
    sandbox.elasticache().remove_service_linked_role();
    let refused = refusal(feed().serverless_cache_name("other").send().await);
    assert_eq!(refused.0, "ServiceLinkedRoleNotFoundFault");
}

#[tokio::test(start_paused = true)]
async fn subnet_parameter_and_user_groups_are_described() {
    let sandbox = sandbox();
    let mut spec = CacheSpec::group("orders", 1);
    spec.settings.subnet_group = "inner".into();
    spec.settings.parameter_group = "mine".into();
    spec.settings.user_groups = vec!["staff".into()];
    sandbox.elasticache().create(spec);
    let clustered = ParameterGroup::new("spread", "valkey8").with("cluster-enabled", "yes");
    sandbox.elasticache().create_parameter_group(clustered);
    let client = client(&sandbox);
    let subnets =
        client.describe_cache_subnet_groups().cache_subnet_group_name("inner").send().await.unwrap();
    let subnets = &subnets.cache_subnet_groups()[0];
    assert_eq!((subnets.vpc_id(), subnets.subnets().len()), (Some("vpc-0a1b2c3d"), 3));
    let zone = subnets.subnets()[0].subnet_availability_zone().unwrap();
    assert_eq!(zone.name(), Some("us-east-1a"));
    let all = client.describe_cache_subnet_groups().send().await.unwrap();
    assert_eq!(all.cache_subnet_groups().len(), 2);
    let missing = client.describe_cache_subnet_groups().cache_subnet_group_name("no").send().await;
    assert_eq!(refusal(missing).0, "CacheSubnetGroupNotFoundFault");
    let mine =
        client.describe_cache_parameter_groups().cache_parameter_group_name("mine").send().await.unwrap();
    assert_eq!(mine.cache_parameter_groups()[0].cache_parameter_group_family(), Some("valkey8"));
    let value = async |group: &str, source: Option<&str>| {
        let request = client.describe_cache_parameters().cache_parameter_group_name(group);
        let answer = request.set_source(source.map(str::to_owned)).send().await.unwrap();
        let found = answer.parameters().iter().find(|one| one.parameter_name() == Some("cluster-enabled"));
        found.map(|one| (one.parameter_value().unwrap().to_owned(), one.source().unwrap().to_owned()))
    };
    assert_eq!(value("mine", None).await, Some(("no".into(), "system".into())));
    assert_eq!(value("spread", None).await, Some(("yes".into(), "user".into())));
    assert_eq!(value("mine", Some("user")).await, None);
    assert_eq!(value("default.redis7.cluster.on", None).await.unwrap().0, "yes");
    let no = client.describe_cache_parameters().cache_parameter_group_name("no").send().await;
    assert_eq!(refusal(no).0, "CacheParameterGroupNotFound");
    let staff = client.describe_user_groups().user_group_id("staff").send().await.unwrap();
    let staff = &staff.user_groups()[0];
    assert_eq!((staff.status(), staff.engine()), (Some("active"), Some("valkey")));
    assert_eq!(staff.replication_groups(), ["orders"]);
    assert_eq!(
        refusal(client.describe_user_groups().user_group_id("no").send().await).0,
        "UserGroupNotFound"
    );
    sandbox.elasticache().remove_groups("staff");
    assert!(client.describe_user_groups().send().await.unwrap().user_groups().is_empty());
}
