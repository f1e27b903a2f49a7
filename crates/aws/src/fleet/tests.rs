//! The fleet, as real replies describe it.

use cachekeep_core::cache::{CacheStatus, Node, RecreateOperation, Role, Support, Topology, Unsupported};
use cachekeep_core::ids::{CacheId, CacheKind, NodeId};
use serde_json::json;

use super::*;
use crate::canned::{Reply, Sent, clients, pacer};

const ORDERS: &str = "<ReplicationGroup><ReplicationGroupId>orders</ReplicationGroupId><Description/>\
    <Status>available</Status><ClusterEnabled>false</ClusterEnabled><Engine>valkey</Engine>\
    <MemberClusters><ClusterId>orders-001</ClusterId><ClusterId>orders-002</ClusterId></MemberClusters>\
    <NodeGroups><NodeGroup><NodeGroupId>0001</NodeGroupId><NodeGroupMembers>\
    <NodeGroupMember><CacheClusterId>orders-002</CacheClusterId><PreferredAvailabilityZone>eu-west-1b\
    </PreferredAvailabilityZone><CurrentRole>replica</CurrentRole></NodeGroupMember>\
    <NodeGroupMember><CacheClusterId>orders-001</CacheClusterId><PreferredAvailabilityZone>eu-west-1a\
    </PreferredAvailabilityZone><CurrentRole>primary</CurrentRole></NodeGroupMember>\
    </NodeGroupMembers></NodeGroup></NodeGroups>\
    <AutomaticFailover>enabled</AutomaticFailover><MultiAZ>enabled</MultiAZ><AuthTokenEnabled>true</AuthTokenEnabled>\
    <TransitEncryptionEnabled>true</TransitEncryptionEnabled><TransitEncryptionMode>required</TransitEncryptionMode>\
    <UserGroupIds><member>app</member></UserGroupIds><CacheNodeType>cache.r7g.large</CacheNodeType>\
    <SnapshotRetentionLimit>1</SnapshotRetentionLimit><SnapshotWindow>03:00-04:00</SnapshotWindow>\
    <LogDeliveryConfigurations><LogDeliveryConfiguration><LogType>slow-log</LogType>\
    <DestinationType>cloudwatch-logs</DestinationType><DestinationDetails><CloudWatchLogsDetails>\
    <LogGroup>/redis</LogGroup></CloudWatchLogsDetails></DestinationDetails><LogFormat>json</LogFormat>\
    </LogDeliveryConfiguration></LogDeliveryConfigurations>\
    <ARN>arn:aws:elasticache:eu-west-1:1:replicationgroup:orders</ARN></ReplicationGroup>";

const WIDE: &str = "<ReplicationGroup><ReplicationGroupId>Wide</ReplicationGroupId><Description>wide</Description>\
    <Status>snapshotting</Status><ClusterEnabled>true</ClusterEnabled><DataTiering>enabled</DataTiering>\
    <NodeGroups><NodeGroup><NodeGroupId>0001</NodeGroupId><Slots>0-8191</Slots><NodeGroupMembers>\
    <NodeGroupMember><CacheClusterId>wide-0001-001</CacheClusterId><PreferredAvailabilityZone>eu-west-1a\
    </PreferredAvailabilityZone></NodeGroupMember><NodeGroupMember><CacheClusterId>wide-0001-002</CacheClusterId>\
    <PreferredAvailabilityZone>eu-west-1b</PreferredAvailabilityZone></NodeGroupMember></NodeGroupMembers></NodeGroup>\
    <NodeGroup><NodeGroupId>0002</NodeGroupId><Slots>8192-16383</Slots><NodeGroupMembers><NodeGroupMember>\
    <CacheClusterId>wide-0002-001</CacheClusterId></NodeGroupMember></NodeGroupMembers></NodeGroup></NodeGroups>\
    <CacheNodeType>cache.r6gd.xlarge</CacheNodeType></ReplicationGroup>";

fn cluster(id: &str, more: &str) -> String {
    format!(
        "<CacheCluster><CacheClusterId>{id}</CacheClusterId><CacheClusterStatus>available</CacheClusterStatus>\
         <ARN>arn:aws:elasticache:eu-west-1:1:cluster:{id}</ARN>{more}</CacheCluster>"
    )
}

/// What every node of `orders` says.
const OF_ORDERS: &str = "<ReplicationGroupId>orders</ReplicationGroupId><Engine>valkey</Engine>\
    <EngineVersion>8.0.1</EngineVersion><CacheSubnetGroupName>private</CacheSubnetGroupName>\
    <CacheParameterGroup><CacheParameterGroupName>default.valkey8</CacheParameterGroupName></CacheParameterGroup>\
    <SecurityGroups><member><SecurityGroupId>sg-1</SecurityGroupId><Status>active</Status></member></SecurityGroups>\
    <PreferredMaintenanceWindow>sun:05:00-sun:06:00</PreferredMaintenanceWindow><NotificationConfiguration>\
    <TopicArn>arn:aws:sns:eu-west-1:1:ops</TopicArn></NotificationConfiguration><CacheNodes><CacheNode>\
    <Endpoint><Address>a</Address><Port>6380</Port></Endpoint></CacheNode></CacheNodes>";

const SERVERLESS: &str = "<member><ServerlessCacheName>sessions</ServerlessCacheName><Status>AVAILABLE</Status>\
    <Engine>valkey</Engine><MajorEngineVersion>8</MajorEngineVersion><FullEngineVersion>8.0</FullEngineVersion>\
    <CacheUsageLimits><DataStorage><Maximum>10</Maximum><Unit>GB</Unit></DataStorage></CacheUsageLimits>\
    <SubnetIds><SubnetId>subnet-1</SubnetId></SubnetIds>\
    <ARN>arn:aws:elasticache:eu-west-1:1:serverlesscache:sessions</ARN></member>\
    <member><ServerlessCacheName>pages</ServerlessCacheName><Status>available</Status><Engine>memcached</Engine></member>";

const TAGS: &str = r#"{"PaginationToken":"","ResourceTagMappingList":[
    {"ResourceARN":"arn:aws:elasticache:eu-west-1:1:replicationgroup:orders",
     "Tags":[{"Key":"backup","Value":"gold"},{"Key":"aws:cloudformation:stack-name","Value":"s"}]}]}"#;

/// An account with a cache of every kind; the clusters come in two pages, the last with an empty marker.
fn account(sent: &Sent) -> Reply {
    let operation = sent.operation();
    let inner = match operation.as_str() {
        "DescribeReplicationGroups" => format!("<ReplicationGroups>{ORDERS}{WIDE}</ReplicationGroups>"),
        "DescribeCacheClusters" => clusters(&sent.parameter("Marker")),
        "DescribeServerlessCaches" => format!("<ServerlessCaches>{SERVERLESS}</ServerlessCaches>"),
        "GetResources" => return Reply::ok(TAGS),
        other => panic!("unexpected call of {other}"),
    };
    Reply::result(&operation, &inner)
}

fn clusters(marker: &str) -> String {
    let (found, next) = if marker.is_empty() {
        let replica = cluster("orders-002", OF_ORDERS).replace("available", "snapshotting");
        (
            vec![
                cluster("orders-001", OF_ORDERS),
                replica,
                cluster("late-001", "<ReplicationGroupId>late</ReplicationGroupId>"),
            ],
            "more",
        )
    } else {
        let memcached = cluster("pages", "<Engine>memcached</Engine><NumCacheNodes>2</NumCacheNodes>");
        let tiny = cluster("tiny", "<Engine>redis</Engine><CacheNodeType>cache.t1.micro</CacheNodeType>");
        let single = cluster("jobs", "<Engine>redis</Engine><EngineVersion>5.0.6</EngineVersion>");
        (vec![memcached, tiny, single], "")
    };
    format!("<CacheClusters>{}</CacheClusters><Marker>{next}</Marker>", found.concat())
}

async fn fleet() -> Vec<Cache> {
    let (clients, log) = clients(account);
    let caches = list(&clients, &pacer()).await.unwrap();
    let mut operations = log.operations();
    operations.sort();
    let pages = [
        "DescribeCacheClusters",
        "DescribeCacheClusters",
        "DescribeReplicationGroups",
        "DescribeServerlessCaches",
        "GetResources",
    ];
    assert_eq!(operations, pages);
    caches
}

fn named(caches: &[Cache], id: &str) -> Cache {
    caches.iter().find(|cache| cache.id.to_string() == id).unwrap_or_else(|| panic!("no {id}")).clone()
}

#[tokio::test]
async fn the_fleet_is_every_cache_and_no_node_of_a_group_in_one_call_a_page() {
    let ids: Vec<_> = fleet().await.iter().map(|cache| cache.id.to_string()).collect();
    let expected = [
        "group:orders",
        "group:wide",
        "cluster:jobs",
        "cluster:pages",
        "cluster:tiny",
        "serverless:pages",
        "serverless:sessions",
    ];
    assert_eq!(ids, expected);
}

#[tokio::test]
async fn a_group_with_cluster_mode_disabled_is_its_nodes_with_role_and_status_of_each() {
    let orders = named(&fleet().await, "group:orders");
    let node = |id, role, status| Node { id: NodeId::new(id), role, status };
    let nodes = vec![
        node("orders-002", Role::Replica, CacheStatus::Snapshotting),
        node("orders-001", Role::Primary, CacheStatus::Available),
    ];
    assert_eq!(orders.topology, Topology::Nodes(nodes));
    assert_eq!(orders.engine.to_string(), "valkey 8.0.1");
    assert_eq!(orders.tags["backup"], "gold");
    assert_eq!((orders.backup, orders.export), (Support::Supported, Support::Supported));
}

#[tokio::test]
async fn a_group_can_be_built_again_from_what_two_calls_tell() {
    let recreate = named(&fleet().await, "group:orders").configuration.recreate().unwrap();
    assert_eq!(recreate.operation, RecreateOperation::CreateReplicationGroup);
    assert_eq!(recreate.unknowable, ["AuthToken"]);
    let expected = json!({
        "ReplicationGroupId": "orders",
        "ReplicationGroupDescription": "orders",
        "CacheNodeType": "cache.r7g.large",
        "Engine": "valkey",
        "EngineVersion": "8.0",
        "NumCacheClusters": 2,
        "PreferredCacheClusterAZs": ["eu-west-1a", "eu-west-1b"],
        "AutomaticFailoverEnabled": true,
        "MultiAZEnabled": true,
        "CacheParameterGroupName": "default.valkey8",
        "CacheSubnetGroupName": "private",
        "SecurityGroupIds": ["sg-1"],
        "UserGroupIds": ["app"],
        "TransitEncryptionEnabled": true,
        "TransitEncryptionMode": "required",
        "PreferredMaintenanceWindow": "sun:05:00-sun:06:00",
        "NotificationTopicArn": "arn:aws:sns:eu-west-1:1:ops",
        "Port": 6380,
        "SnapshotRetentionLimit": 1,
        "SnapshotWindow": "03:00-04:00",
        "LogDeliveryConfigurations": [{
            "LogType": "slow-log",
            "DestinationType": "cloudwatch-logs",
            "DestinationDetails": { "CloudWatchLogsDetails": { "LogGroup": "/redis" } },
            "LogFormat": "json",
            "Enabled": true
        }],
        "Tags": [{ "Key": "backup", "Value": "gold" }]
    });
    assert_eq!(json!(recreate.input), expected);
}

#[tokio::test]
async fn a_group_with_cluster_mode_enabled_keeps_its_shards_and_slots() {
    let wide = named(&fleet().await, "group:wide");
    assert_eq!(wide.topology, Topology::Sharded { shards: 2 });
    assert_eq!(wide.status, CacheStatus::Snapshotting);
    let shards = json!([
        {
            "NodeGroupId": "0001",
            "Slots": "0-8191",
            "ReplicaCount": 1,
            "PrimaryAvailabilityZone": "eu-west-1a",
            "ReplicaAvailabilityZones": ["eu-west-1b"]
        },
        { "NodeGroupId": "0002", "Slots": "8192-16383", "ReplicaCount": 0 }
    ]);
    let input = wide.configuration.recreate().unwrap().input;
    assert_eq!(input["NodeGroupConfiguration"], shards);
    assert_eq!(input["NumNodeGroups"], 2);
    assert_eq!(input["DataTieringEnabled"], true);
}

#[tokio::test]
async fn what_elasticache_cannot_back_up_or_export_is_told_apart() {
    let caches = fleet().await;
    let support = |id| {
        let cache = named(&caches, id);
        (cache.backup, cache.export)
    };
    let not = Support::Unsupported;
    assert_eq!(support("cluster:pages"), (not(Unsupported::Memcached), not(Unsupported::Memcached)));
    assert_eq!(support("cluster:tiny"), (not(Unsupported::T1Micro), not(Unsupported::T1Micro)));
    assert_eq!(support("group:wide"), (Support::Supported, not(Unsupported::DataTiering)));
    assert_eq!(support("serverless:pages"), (Support::Supported, not(Unsupported::ServerlessMemcached)));
    assert_eq!(support("cluster:jobs"), (Support::Supported, Support::Supported));
}

#[tokio::test]
async fn a_serverless_cache_can_be_built_again() {
    let sessions = named(&fleet().await, "serverless:sessions");
    assert_eq!((sessions.topology, sessions.status), (Topology::Serverless, CacheStatus::Available));
    let expected = json!({
        "ServerlessCacheName": "sessions",
        "Engine": "valkey",
        "MajorEngineVersion": "8",
        "CacheUsageLimits": { "DataStorage": { "Maximum": 10, "Unit": "GB" } },
        "SubnetIds": ["subnet-1"]
    });
    assert_eq!(json!(sessions.configuration.recreate().unwrap().input), expected);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_fails_fails_the_listing() {
    let (clients, _) = clients(|sent| {
        if sent.parameter("Marker").is_empty() {
            account(sent)
        } else {
            Reply::fault(500, "InternalFailure", "sorry")
        }
    });
    assert_eq!(list(&clients, &pacer()).await.unwrap_err().code(), Some("InternalFailure"));
}

#[tokio::test]
async fn one_cache_is_found_alone_and_a_missing_one_is_none() {
    let (clients, log) = clients(|sent| {
        let known = ["orders", "orders-001", "orders-002"];
        let asked = [sent.parameter("ReplicationGroupId"), sent.parameter("CacheClusterId")].concat();
        match sent.operation().as_str() {
            "GetResources" => Reply::ok(TAGS),
            operation if !known.contains(&asked.as_str()) => {
                Reply::fault(404, "ReplicationGroupNotFoundFault", operation)
            }
            "DescribeReplicationGroups" => Reply::result(
                "DescribeReplicationGroups",
                &format!("<ReplicationGroups>{ORDERS}</ReplicationGroups>"),
            ),
            operation => Reply::result(
                operation,
                &format!("<CacheClusters>{}</CacheClusters>", cluster(&asked, OF_ORDERS)),
            ),
        }
    });
    let id = |name| CacheId::new(CacheKind::Group, name);
    let orders = find(&clients, &pacer(), &id("orders")).await.unwrap().unwrap();
    assert_eq!((orders.engine.version.as_str(), orders.tags["backup"].as_str()), ("8.0.1", "gold"));
    assert_eq!(log.operations().len(), 4);
    assert_eq!(find(&clients, &pacer(), &id("gone")).await.unwrap(), None);
}
