//! Snapshots, as real replies describe them (docs/elasticache.md 1.4).

use cachekeep_core::snapshot::{Sighting, SnapshotOf, SnapshotPart, SnapshotSource, SnapshotStatus};

use super::*;
use crate::canned::{Reply, Sent, clients, pacer};
use crate::error::Class;

/// Recorded in 2017 (cloud-custodian): no ARN, no group, although the node belongs to one.
const OF_NODE: &str = "<Snapshot><SnapshotName>backup-myec-001-2017-06-23</SnapshotName>\
    <CacheClusterId>myec-001</CacheClusterId><SnapshotStatus>available</SnapshotStatus>\
    <SnapshotSource>manual</SnapshotSource><NodeSnapshots><NodeSnapshot><CacheNodeId>0001</CacheNodeId>\
    <CacheSize>4 MB</CacheSize><SnapshotCreateTime>2017-06-23T03:04:21Z</SnapshotCreateTime></NodeSnapshot>\
    </NodeSnapshots></Snapshot>";

const OF_GROUP: &str = "<Snapshot><SnapshotName>automatic.wide-2027-03-01-03-15</SnapshotName>\
    <ReplicationGroupId>wide</ReplicationGroupId><SnapshotStatus>creating</SnapshotStatus>\
    <SnapshotSource>automated</SnapshotSource><ARN>arn:aws:elasticache:eu-west-1:1:snapshot:x</ARN><NodeSnapshots>\
    <NodeSnapshot><NodeGroupId>0001</NodeGroupId><CacheClusterId>wide-0001-002</CacheClusterId><CacheSize>1.5 GB\
    </CacheSize><SnapshotCreateTime>2027-03-01T03:15:10Z</SnapshotCreateTime><NodeGroupConfiguration>\
    <Slots>0-8191</Slots></NodeGroupConfiguration></NodeSnapshot>\
    <NodeSnapshot><NodeGroupId>0002</NodeGroupId><CacheSize></CacheSize></NodeSnapshot></NodeSnapshots></Snapshot>";

const OF_SERVERLESS: &str = "<ServerlessCacheSnapshot><ServerlessCacheSnapshotName>ck-sessions\
    </ServerlessCacheSnapshotName><SnapshotType>manual</SnapshotType><Status>AVAILABLE</Status>\
    <CreateTime>2027-03-01T00:00:00.5Z</CreateTime><BytesUsedForCache>1048576</BytesUsedForCache>\
    <ServerlessCacheConfiguration><ServerlessCacheName>sessions</ServerlessCacheName><Engine>valkey</Engine>\
    </ServerlessCacheConfiguration></ServerlessCacheSnapshot>";

fn account(sent: &Sent) -> Reply {
    let operation = sent.operation();
    let inner = match operation.as_str() {
        "DescribeSnapshots" => format!("<Snapshots>{OF_NODE}{OF_GROUP}</Snapshots><Marker></Marker>"),
        "DescribeServerlessCacheSnapshots" => {
            format!("<ServerlessCacheSnapshots>{OF_SERVERLESS}</ServerlessCacheSnapshots>")
        }
        other => panic!("unexpected call of {other}"),
    };
    Reply::result(&operation, &inner)
}

async fn listed(wanted: Wanted) -> (Vec<Snapshot>, Vec<Sent>) {
    let (clients, log) = clients(account);
    (list(&clients, &pacer(), wanted).await.unwrap().snapshots, log.sent())
}

#[tokio::test]
async fn a_snapshot_of_a_node_names_its_node_and_when_it_was_taken() {
    let (snapshots, _) = listed(Wanted::All).await;
    let snapshot = snapshots.iter().find(|snapshot| snapshot.name.as_str().starts_with("backup")).unwrap();
    assert_eq!(snapshot.of, SnapshotOf::Node(NodeId::new("myec-001")));
    assert_eq!((snapshot.source, &snapshot.status), (SnapshotSource::Manual, &SnapshotStatus::Available));
    assert_eq!((snapshot.arn.clone(), snapshot.bytes), (None, Some(4 << 20)));
    let taken_at = Some("2017-06-23T03:04:21Z".parse().unwrap());
    let part = SnapshotPart { node: Some(NodeId::new("myec-001")), shard: None, slots: None, taken_at };
    assert_eq!(snapshot.parts, [part]);
}

#[tokio::test]
async fn a_snapshot_of_a_group_has_a_part_for_each_shard_and_no_size_until_all_are_taken() {
    let (snapshots, _) = listed(Wanted::Automatic).await;
    let [snapshot] = snapshots.as_slice() else { panic!("{snapshots:?}") };
    assert_eq!(snapshot.of, SnapshotOf::Group("wide".to_owned()));
    assert_eq!((&snapshot.status, snapshot.bytes), (&SnapshotStatus::Creating, None));
    let shards: Vec<_> =
        snapshot.parts.iter().map(|part| (part.shard.as_deref(), part.slots.as_deref())).collect();
    assert_eq!(shards, [(Some("0001"), Some("0-8191")), (Some("0002"), None)]);
    assert_eq!(snapshot.parts[0].node, Some(NodeId::new("wide-0001-002")));
    assert_eq!((snapshot.parts[1].node.clone(), snapshot.parts[1].taken_at), (None, None));
}

#[tokio::test]
async fn manual_snapshots_of_both_families_come_in_one_list() {
    let (snapshots, sent) = listed(Wanted::Manual).await;
    let names: Vec<_> = snapshots.iter().map(|snapshot| snapshot.name.as_str()).collect();
    assert_eq!(names, ["backup-myec-001-2017-06-23", "ck-sessions"]);
    assert_eq!(snapshots[1].of, SnapshotOf::Serverless("sessions".to_owned()));
    assert_eq!((&snapshots[1].status, snapshots[1].bytes), (&SnapshotStatus::Available, Some(1 << 20)));
    let filters: Vec<_> = sent.iter().map(|sent| sent.parameter("SnapshotSource")).collect();
    assert_eq!(filters, ["user", ""]);
    assert_eq!(sent[0].parameter("ShowNodeGroupConfig"), "true");
}

#[tokio::test]
async fn a_snapshot_without_its_source_or_its_name_keeps_no_other_from_being_listed() {
    let (clients, _) = clients(|sent| {
        let arn = "<ARN>arn:aws:elasticache:eu-west-1:1:snapshot:by-arn</ARN>";
        let sourceless = "<Snapshot><SnapshotName>x</SnapshotName></Snapshot>";
        let node_based =
            format!("<Snapshots>{OF_NODE}{sourceless}<Snapshot>{arn}</Snapshot><Snapshot/></Snapshots>");
        let named = "<ServerlessCacheSnapshotName>y</ServerlessCacheSnapshotName>";
        let serverless = format!(
            "<ServerlessCacheSnapshots>{OF_SERVERLESS}<ServerlessCacheSnapshot>{named}</ServerlessCacheSnapshot>\
             </ServerlessCacheSnapshots>"
        );
        let inner = if sent.operation() == "DescribeSnapshots" { node_based } else { serverless };
        Reply::result(&sent.operation(), &inner)
    });
    let listing = list(&clients, &pacer(), Wanted::All).await.unwrap();
    let of: Vec<_> = listing.snapshots.iter().map(|found| (found.name.as_str(), &found.of)).collect();
    let node_based = SnapshotOf::Untold(SnapshotFamily::NodeBased);
    assert_eq!(
        of,
        [
            ("backup-myec-001-2017-06-23", &SnapshotOf::Node(NodeId::new("myec-001"))),
            ("by-arn", &node_based),
            ("ck-sessions", &SnapshotOf::Serverless("sessions".to_owned())),
            ("x", &node_based),
            ("y", &SnapshotOf::Untold(SnapshotFamily::Serverless)),
        ]
    );
    assert_eq!(listing.nameless, 1);
}

#[tokio::test]
async fn an_answer_without_a_name_is_something_under_the_name_that_was_asked_for() {
    let name = SnapshotName::new("ck-x");
    let (node_based, _) = clients(|sent| {
        let inner = "<Snapshots><Snapshot><SnapshotStatus>available</SnapshotStatus></Snapshot></Snapshots>";
        Reply::result(&sent.operation(), inner)
    });
    let seen = find(&node_based, &pacer(), &name, SnapshotFamily::NodeBased).await.unwrap();
    assert_eq!(seen, Sighting::Nameless);
}

#[tokio::test]
async fn an_unknown_name_is_absent_however_aws_says_so() {
    let name = SnapshotName::new("gone");
    for family in [SnapshotFamily::NodeBased, SnapshotFamily::Serverless] {
        let (by_emptiness, _) = clients(|sent| Reply::result(&sent.operation(), ""));
        assert_eq!(find(&by_emptiness, &pacer(), &name, family).await.unwrap(), Sighting::Absent);
        let (by_fault, _) = clients(|_| Reply::fault(404, "SnapshotNotFoundFault", "no such snapshot"));
        assert_eq!(find(&by_fault, &pacer(), &name, family).await.unwrap(), Sighting::Absent);
    }
}

#[tokio::test]
async fn each_target_is_asked_for_by_its_own_call_and_member() {
    let name = SnapshotName::new("ck-x");
    let tags = Tags::from([("cachekeep:backup".to_owned(), "group:x/gold/t".to_owned())]);
    let cases = [
        (SnapshotTarget::Group("wide".to_owned()), "CreateSnapshot", "ReplicationGroupId", "wide"),
        (SnapshotTarget::Node(NodeId::new("orders-002")), "CreateSnapshot", "CacheClusterId", "orders-002"),
        (
            SnapshotTarget::Serverless("sessions".to_owned()),
            "CreateServerlessCacheSnapshot",
            "ServerlessCacheName",
            "sessions",
        ),
    ];
    for (target, operation, member, value) in cases {
        let (clients, log) = clients(|sent| match sent.operation().as_str() {
            "CreateSnapshot" => Reply::result("CreateSnapshot", OF_NODE),
            other => Reply::result(other, OF_SERVERLESS),
        });
        create(&clients, &pacer(), &target, &name, &tags, None).await.unwrap();
        let [sent] = log.sent().try_into().unwrap();
        assert_eq!((sent.operation().as_str(), sent.parameter(member).as_str()), (operation, value));
        assert_eq!(sent.parameter("Tags.Tag.1.Key"), "cachekeep:backup");
    }
}

#[tokio::test]
async fn a_success_without_the_snapshot_is_not_taken_for_a_failure() {
    let (clients, _) = clients(|sent| Reply::result(&sent.operation(), ""));
    let target = SnapshotTarget::Node(NodeId::new("x"));
    let error =
        create(&clients, &pacer(), &target, &SnapshotName::new("y"), &Tags::new(), None).await.unwrap_err();
    assert_eq!(error.class(), Class::Unknown);
}
