//! Manifests of each kind of cache, and what is refused.

use super::*;
use crate::backup::ExportTask;
use crate::cache::RecreateOperation;
use crate::ids::NodeId;
use crate::plan::{Source, VerifyLevel};
use crate::snapshot::{SnapshotOf, SnapshotPart, SnapshotSource, SnapshotStatus};
use crate::stack::Site;
use serde_json::{Value, json};

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn backup(id: &str) -> Backup {
    let id: BackupId = id.parse().unwrap();
    let task = Task {
        deadline: id.slot.instant() + chrono::TimeDelta::hours(1),
        source: Source::Replica,
        configuration: "c0ffee".to_owned(),
        kms_key: None,
        asked: None,
    };
    let export = ExportTask {
        bucket: "backups".to_owned(),
        folder: names::export_folder("redis/", &id),
        verify: VerifyLevel::Structure,
        reread_days: None,
        copies: Vec::new(),
    };
    let slot = id.slot.instant();
    Backup::due(id, crate::stack::some_stack(), task, Some(export), slot)
}

fn part(shard: Option<&str>, slots: Option<&str>) -> SnapshotPart {
    SnapshotPart {
        node: Some(NodeId::new("orders-0001-001")),
        shard: shard.map(str::to_owned),
        slots: slots.map(str::to_owned),
        taken_at: Some(at("2026-11-21T06:01:30Z")),
    }
}

fn snapshot(of: SnapshotOf, parts: Vec<SnapshotPart>) -> Snapshot {
    Snapshot {
        name: SnapshotName::new("ck-orders-202611210600-1f2e3d4c5b"),
        arn: Some("arn:aws:elasticache:eu-west-1:111122223333:snapshot:ck-orders".to_owned()),
        source: SnapshotSource::Manual,
        status: SnapshotStatus::Available,
        of,
        parts,
        created_at: None,
        bytes: None,
    }
}

fn sharded(slots: &[(&str, &str)]) -> Snapshot {
    let parts = slots.iter().map(|(shard, slots)| part(Some(shard), Some(slots))).collect();
    snapshot(SnapshotOf::Group("orders".to_owned()), parts)
}

fn files(count: usize) -> Vec<File> {
    let folder = "redis/group/orders/gold/20261121t060000z/";
    (1..=count)
        .map(|n| File { key: format!("{folder}orders-{n:04}.rdb"), size: 1_000, etag: format!("e{n}") })
        .collect()
}

fn recreate(operation: RecreateOperation, input: &Value) -> Recreate {
    let input = input.as_object().unwrap().clone().into_iter().collect();
    Recreate { operation, input, unknowable: Vec::new(), global: None }
}

fn group_of(shards: &[(&str, &str)]) -> Recreate {
    let groups: Vec<Value> = shards
        .iter()
        .map(|(id, slots)| {
            json!({"NodeGroupId": id, "Slots": slots, "ReplicaCount": 1, "PrimaryAvailabilityZone": "eu-west-1a"})
        })
        .collect();
    let mut recreate = recreate(
        RecreateOperation::CreateReplicationGroup,
        &json!({
            "ReplicationGroupId": "orders", "ReplicationGroupDescription": "orders", "Engine": "valkey",
            "EngineVersion": "8.0", "CacheNodeType": "cache.r7g.large", "NumNodeGroups": shards.len(),
            "NodeGroupConfiguration": groups, "CacheParameterGroupName": "default.valkey8.cluster.on",
        }),
    );
    recreate.unknowable.push("AuthToken".to_owned());
    recreate
}

const THREE: [(&str, &str); 3] = [("0001", "0-5461"), ("0002", "5462-10922"), ("0003", "10923-16383")];

fn of_backup(backup: &Backup, configuration: Recreate, snapshot: &Snapshot, files: Vec<File>) -> Manifest {
    let export = backup.export.clone().unwrap().task;
    Manifest::new(backup, snapshot, configuration, files, &export, at("2026-11-21T06:20:00Z"))
}

fn of_group(configuration: Recreate, snapshot: &Snapshot, files: Vec<File>) -> Manifest {
    let backup = backup("group:orders/gold/2026-11-21T06:00:00Z");
    of_backup(&backup, configuration, snapshot, files)
}

fn three_shards() -> Manifest {
    of_group(group_of(&THREE), &sharded(&THREE), files(3))
}

#[test]
fn a_manifest_explains_an_export_of_three_shards() {
    let verdict = Verdict {
        level: VerifyLevel::Structure,
        files: 3,
        bytes: 3_000,
        keys: Some(42),
        databases: None,
        unsummed: 0,
        problems: Vec::new(),
        written: 0,
        healable: 0,
        warnings: Vec::new(),
    };
    let text = three_shards().with_verdict(verdict).to_json();
    assert!(
        text == include_str!("golden/three-shards.json"),
        "manifest/golden/three-shards.json should be:\n{text}"
    );
}

#[test]
fn a_manifest_reads_back_as_it_was_written() {
    let manifest = three_shards();
    assert_eq!(Manifest::parse(&manifest.to_json()).unwrap(), manifest);
}

#[test]
fn a_resharded_cache_is_restored_with_the_slots_of_its_snapshot() {
    let described = group_of(&[("0001", "0-16383")]);
    let restore = of_group(described, &sharded(&THREE), files(3)).restore;
    let groups = restore.input["NodeGroupConfiguration"].as_array().unwrap();
    let slots: Vec<&str> = groups.iter().map(|group| group["Slots"].as_str().unwrap()).collect();
    assert_eq!(slots, ["0-5461", "5462-10922", "10923-16383"]);
    assert_eq!(restore.input["NumNodeGroups"], 3);
    assert!(groups.iter().all(|group| group["ReplicaCount"] == 1));
}

#[test]
fn files_that_are_numbered_by_place_are_paired_in_order_and_by_shard_otherwise() {
    let gap = [("0002", "0-8191"), ("0005", "8192-16383")];
    let by_place = of_group(group_of(&gap), &sharded(&gap), files(2));
    let by_shard = {
        let mut files = files(5);
        files.retain(|file| file.key.contains("-0002") || file.key.contains("-0005"));
        of_group(group_of(&gap), &sharded(&gap), files)
    };
    for manifest in [by_place, by_shard] {
        let pairs: Vec<_> = manifest.shards.iter().map(|s| (s.shard.as_str(), s.slots.as_deref())).collect();
        assert_eq!(pairs, [("0002", Some("0-8191")), ("0005", Some("8192-16383"))]);
    }
}

#[test]
fn a_cache_without_shards_is_restored_from_its_one_file_without_slots() {
    let configuration = recreate(
        RecreateOperation::CreateCacheCluster,
        &json!({"CacheClusterId": "orders", "Engine": "redis", "EngineVersion": "5.0.6", "NumCacheNodes": 1}),
    );
    let node = snapshot(SnapshotOf::Node(NodeId::new("orders")), vec![part(None, None)]);
    let manifest = of_group(configuration, &node, files(1));
    assert_eq!(
        manifest.restore.input["SnapshotArns"],
        json!(["arn:aws:s3:::backups/redis/group/orders/gold/20261121t060000z/orders-0001.rdb"])
    );
    assert!(!manifest.restore.input.contains_key("NodeGroupConfiguration"));
    assert_eq!(manifest.shards[0].shard, "0001");
    let call = "aws elasticache create-cache-cluster --cli-input-json file://input.json";
    assert!(manifest.restore.steps.iter().any(|step| step == call), "{:?}", manifest.restore.steps);
}

#[test]
fn a_serverless_cache_is_restored_through_its_own_member_in_its_own_partition() {
    let configuration = recreate(
        RecreateOperation::CreateServerlessCache,
        &json!({"ServerlessCacheName": "orders", "Engine": "valkey", "MajorEngineVersion": "8"}),
    );
    let mut snapshot = snapshot(SnapshotOf::Serverless("orders".to_owned()), Vec::new());
    snapshot.created_at = Some(at("2026-11-21T06:02:00Z"));
    let unnumbered = vec![File { key: "f/dump.rdb".to_owned(), size: 9, etag: "e".to_owned() }];
    let mut backup = backup("serverless:orders/gold/2026-11-21T06:00:00Z");
    backup.stack.site = Site::of_arn("arn:aws-cn:sns:cn-north-1:111122223333:cachekeep").unwrap();
    let manifest = of_backup(&backup, configuration, &snapshot, unnumbered);
    assert_eq!(
        manifest.restore.input["SnapshotArnsToRestore"],
        json!(["arn:aws-cn:s3:::backups/f/dump.rdb"])
    );
    assert_eq!(manifest.engine, Some(Engine { name: "valkey".to_owned(), version: "8".to_owned() }));
    assert_eq!(manifest.taken_at, snapshot.created_at);
}

#[test]
fn a_copy_in_another_bucket_is_restored_from_there() {
    let place = CopyTask {
        bucket: "dr-bucket".to_owned(),
        root: names::replica_root(&crate::stack::some_stack()),
        region: None,
        kms_key: None,
        lock_seconds: None,
    };
    let moved = three_shards().moved_to(&place);
    let text = serde_json::to_string(&(&moved.location, &moved.shards, &moved.restore)).unwrap();
    let root = "111122223333/eu-west-1/cachekeep/redis/group/orders";
    assert!(text.contains(&format!("arn:aws:s3:::dr-bucket/{root}")) && !text.contains("backups"), "{text}");
    assert_eq!(moved.files().count(), 3);
}

#[test]
fn slots_that_nobody_told_are_asked_for() {
    let mut configuration = group_of(&THREE);
    configuration.input.insert("NodeGroupConfiguration".to_owned(), json!([{"NodeGroupId": "0001"}]));
    let untold = snapshot(SnapshotOf::Group("orders".to_owned()), vec![part(Some("0001"), None)]);
    let steps = of_group(configuration, &untold, files(1)).restore.steps;
    assert!(steps.iter().any(|step| step.starts_with("Add Slots")), "{steps:?}");
}

#[test]
fn another_format_is_refused_before_anything_else_is_read() {
    let newer = Manifest::parse("{\"format\": 3, \"backup\": 7}").unwrap_err();
    assert!(matches!(newer, ManifestError::Format { found: 3 }), "{newer}");
    assert!(newer.to_string().contains("format 3"), "{newer}");
}

#[test]
fn what_is_no_manifest_is_refused_with_the_next_step() {
    let cases = [
        ("", "another program"),
        ("{}", "another program"),
        ("{\"format\": 1}", "format 1"),
        ("{\"format\": 2}", "damaged"),
    ];
    for (text, words) in cases {
        let error = Manifest::parse(text).unwrap_err();
        assert!(error.to_string().contains(words), "{text}: {error}");
    }
    let huge = Manifest::parse(&" ".repeat(BYTES_MAX + 1)).unwrap_err();
    assert!(matches!(huge, ManifestError::TooLarge { .. }), "{huge}");
}

#[test]
fn a_manifest_of_as_many_shards_as_aws_allows_is_not_too_large() {
    let names: Vec<(String, String)> = (1..=500).map(|n| (format!("{n:04}"), format!("{n}-{n}"))).collect();
    let shards: Vec<(&str, &str)> =
        names.iter().map(|(name, slots)| (name.as_str(), slots.as_str())).collect();
    let long = |mut file: File| {
        file.key = format!("{}/{}", "x".repeat(800), file.key);
        file
    };
    let files = files(500).into_iter().map(long).collect();
    let text = of_group(group_of(&shards), &sharded(&shards), files).to_json();
    assert!(text.len() < BYTES_MAX, "{}", text.len());
    assert!(Manifest::parse(&text).is_ok());
}
