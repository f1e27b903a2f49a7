//! Global datastores over several regions of one account (docs/elasticache.md 7).

use super::group_status;
use crate::support::{client, client_in, pass_work, refusal, sandbox, sandbox_with};
use aws_sdk_elasticache::Client;
use aws_sdk_elasticache::types::GlobalReplicationGroup;
use cachekeep_sandbox::Sandbox;
use cachekeep_sandbox::elasticache::switches::SecondarySnapshot;
use cachekeep_sandbox::elasticache::{CacheSpec, CacheStatus, Switches};

/// The datastore's id: the prefix of us-east-1, and the chosen suffix.
const ID: &str = "ldgnf-shop";

async fn create(client: &Client, suffix: &str, primary: &str) -> Result<(), aws_sdk_elasticache::Error> {
    let request = client.create_global_replication_group().global_replication_group_id_suffix(suffix);
    request.primary_replication_group_id(primary).send().await.map(drop).map_err(Into::into)
}

async fn join(client: &Client, id: &str) -> Result<(), aws_sdk_elasticache::Error> {
    let request = client.create_replication_group().replication_group_id(id);
    let request = request.replication_group_description("a secondary").global_replication_group_id(ID);
    request.replicas_per_node_group(1).send().await.map(drop).map_err(Into::into)
}

async fn seen(client: &Client) -> GlobalReplicationGroup {
    let request = client.describe_global_replication_groups().global_replication_group_id(ID);
    request.show_member_info(true).send().await.unwrap().global_replication_groups()[0].clone()
}

async fn members(client: &Client) -> Vec<(String, String, String)> {
    let text = |text: Option<&str>| text.unwrap().to_owned();
    let datastore = seen(client).await;
    let members = datastore.members().iter();
    members.map(|one| (text(one.replication_group_region()), text(one.role()), text(one.status()))).collect()
}

/// A primary in us-east-1 and its datastore.
async fn primary(switches: Switches) -> Sandbox {
    let sandbox = sandbox_with(switches);
    sandbox.elasticache().create(CacheSpec::cluster_mode_group("orders", 2, 1));
    create(&client(&sandbox), "Shop", "orders").await.unwrap();
    pass_work(&sandbox).await;
    sandbox
}

#[tokio::test(start_paused = true)]
async fn a_datastore_grows_from_a_group_to_three_regions_with_one_set_of_keys() {
    let sandbox = primary(Switches::default()).await;
    let (home, west, south) =
        (client(&sandbox), client_in(&sandbox, "eu-west-1"), client_in(&sandbox, "ap-south-1"));
    assert_eq!(seen(&home).await.status(), Some("primary-only"));
    join(&west, "orders-west").await.unwrap();
    let busy = refusal(join(&south, "orders-south").await);
    assert_eq!(busy.0, "InvalidGlobalReplicationGroupState", "one after the other");
    let arriving = members(&south).await;
    assert_eq!(arriving[1], ("eu-west-1".into(), "SECONDARY".into(), "associating".into()));
    pass_work(&sandbox).await;
    join(&south, "orders-south").await.unwrap();
    pass_work(&sandbox).await;
    let expected = [("us-east-1", "PRIMARY"), ("eu-west-1", "SECONDARY"), ("ap-south-1", "SECONDARY")];
    let expected =
        expected.map(|(region, role)| (region.to_owned(), role.to_owned(), "associated".to_owned()));
    assert_eq!(members(&west).await, expected);
    let datastore = seen(&home).await;
    assert_eq!((datastore.status(), datastore.cluster_enabled()), (Some("available"), Some(true)));
    assert_eq!(datastore.global_node_groups()[1].slots(), Some("8192-16383"));
    assert_eq!(datastore.arn(), Some("arn:aws:elasticache::123456789012:globalreplicationgroup:ldgnf-shop"));
    let group = west.describe_replication_groups().replication_group_id("orders-west").send().await.unwrap();
    let group = &group.replication_groups()[0];
    let info = group.global_replication_group_info().unwrap();
    assert_eq!(info.global_replication_group_id(), Some(ID));
    assert_eq!(info.global_replication_group_member_role(), Some("SECONDARY"));
    assert_eq!((group.transit_encryption_enabled(), group.node_groups().len()), (Some(true), 2));
    let elasticache = sandbox.elasticache();
    assert_eq!(elasticache.in_region("eu-west-1").data("orders-west"), elasticache.data("orders"));
    let fourth = refusal(join(&client_in(&sandbox, "sa-east-1"), "orders-fourth").await);
    assert_eq!(fourth.0, "InvalidParameterValue");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_a_datastore_is_refused() {
    let sandbox = sandbox();
    let elasticache = sandbox.elasticache();
    elasticache.create(CacheSpec::group("orders", 1));
    elasticache.create(CacheSpec::group("busy", 1));
    elasticache.set_status("busy", CacheStatus::Modifying);
    let mut small = CacheSpec::group("small", 1);
    small.settings.node_type = "cache.t4g.micro".into();
    elasticache.create(small);
    let client = client(&sandbox);
    assert_eq!(refusal(create(&client, "shop", "no").await).0, "ReplicationGroupNotFoundFault");
    assert_eq!(refusal(create(&client, "shop", "busy").await).0, "InvalidReplicationGroupState");
    assert_eq!(refusal(create(&client, "shop", "small").await).0, "InvalidParameterValue");
    create(&client, "shop", "orders").await.unwrap();
    assert_eq!(
        refusal(create(&client, "shop", "orders").await).0,
        "GlobalReplicationGroupAlreadyExistsFault"
    );
    let words = "Cluster [orders] is part of a global cluster [ldgnf-shop]. Request rejected.";
    assert_eq!(
        refusal(create(&client, "other", "orders").await),
        ("InvalidParameterValue".into(), words.into())
    );
    elasticache.remove_service_linked_role();
    assert_eq!(refusal(create(&client, "third", "orders").await).0, "ServiceLinkedRoleNotFoundFault");
    let missing = client.describe_global_replication_groups().global_replication_group_id("no").send().await;
    assert_eq!(refusal(missing).0, "GlobalReplicationGroupNotFoundFault");
}

#[tokio::test(start_paused = true)]
async fn a_secondary_takes_what_the_datastore_has_and_nothing_else() {
    let sandbox = primary(Switches::default()).await;
    let west = client_in(&sandbox, "eu-west-1");
    let request = || {
        let request = west.create_replication_group().replication_group_id("w");
        request.replication_group_description("d").global_replication_group_id(ID)
    };
    let words = "Cannot use the given parameters when creating new replication group in an existing global replication group.";
    for wrong in vec![
        request().snapshot_name("s"),
        request().snapshot_arns("arn:aws:s3:::b/k"),
        request().engine("valkey"),
        request().engine_version("8.0"),
        request().cache_node_type("cache.r7g.large"),
        request().num_node_groups(2),
        request().cache_parameter_group_name("default.valkey8"),
        request().automatic_failover_enabled(true),
        request().transit_encryption_enabled(true),
        request().at_rest_encryption_enabled(true),
        request().cache_security_group_names("classic"),
        request().primary_cluster_id("c"),
    ] {
        assert_eq!(refusal(wrong.send().await), ("InvalidParameterCombination".into(), words.into()));
    }
    let home = refusal(join(&client(&sandbox), "second-here").await);
    assert_eq!(home.0, "InvalidParameterValue", "one member a region");
    let missing = request().cache_subnet_group_name("no").send().await;
    assert_eq!(refusal(missing).0, "CacheSubnetGroupNotFoundFault");
    request().send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_datastore_is_taken_apart_in_order() {
    let sandbox = primary(Switches::default()).await;
    let (home, west) = (client(&sandbox), client_in(&sandbox, "eu-west-1"));
    join(&west, "w").await.unwrap();
    pass_work(&sandbox).await;
    let delete = |retain: bool| {
        let request = home.delete_global_replication_group().global_replication_group_id(ID);
        request.retain_primary_replication_group(retain).send()
    };
    let words = "Cannot delete a global replication group in available state";
    assert_eq!(refusal(delete(true).await), ("InvalidGlobalReplicationGroupState".into(), words.into()));
    let member = west.delete_replication_group().replication_group_id("w").send().await;
    let words = "Cluster [w] is part of a global cluster [ldgnf-shop]. Request rejected.";
    assert_eq!(refusal(member), ("InvalidParameterValue".into(), words.into()));
    let leave = |group: &str, region: &str| {
        let request = home.disassociate_global_replication_group().global_replication_group_id(ID);
        request.replication_group_id(group).replication_group_region(region).send()
    };
    assert_eq!(refusal(leave("orders", "us-east-1").await).0, "InvalidParameterValue");
    leave("w", "eu-west-1").await.unwrap();
    pass_work(&sandbox).await;
    assert_eq!(seen(&home).await.status(), Some("primary-only"));
    west.delete_replication_group().replication_group_id("w").send().await.unwrap();
    delete(false).await.unwrap();
    pass_work(&sandbox).await;
    pass_work(&sandbox).await;
    let left = home.describe_global_replication_groups().send().await.unwrap();
    assert!(left.global_replication_groups().is_empty());
    assert!(sandbox.elasticache().caches().is_empty(), "the primary went with it");
    assert!(sandbox.elasticache().in_region("eu-west-1").caches().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_secondary_takes_over() {
    let sandbox = primary(Switches::default()).await;
    let (home, west) = (client(&sandbox), client_in(&sandbox, "eu-west-1"));
    join(&west, "w").await.unwrap();
    pass_work(&sandbox).await;
    let fail_over = |region: &str, group: &str| {
        let request = home.failover_global_replication_group().global_replication_group_id(ID);
        request.primary_region(region).primary_replication_group_id(group).send()
    };
    assert_eq!(refusal(fail_over("us-east-1", "orders").await).0, "InvalidParameterValue");
    fail_over("eu-west-1", "w").await.unwrap();
    pass_work(&sandbox).await;
    let roles: Vec<_> = members(&home).await.into_iter().map(|(region, role, _)| (region, role)).collect();
    assert_eq!(roles, [("us-east-1".into(), "SECONDARY".into()), ("eu-west-1".into(), "PRIMARY".into())]);
    let describe = home.modify_global_replication_group().global_replication_group_id(ID);
    describe.apply_immediately(true).global_replication_group_description("moved").send().await.unwrap();
    assert_eq!(seen(&west).await.global_replication_group_description(), Some("moved"));
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_of_a_secondary_is_a_switch() {
    for (secondary_snapshot, accepted) in
        [(SecondarySnapshot::Allowed, true), (SecondarySnapshot::Refused, false)]
    {
        let sandbox = primary(Switches { secondary_snapshot, ..Switches::default() }).await;
        let west = client_in(&sandbox, "eu-west-1");
        join(&west, "w").await.unwrap();
        pass_work(&sandbox).await;
        assert_eq!(group_status(&west, "w").await, "available");
        let made = west.create_snapshot().replication_group_id("w").snapshot_name("s").send().await;
        assert_eq!(made.is_ok(), accepted);
        let primary = client(&sandbox).create_snapshot().replication_group_id("orders").snapshot_name("s");
        primary.send().await.unwrap();
    }
}
