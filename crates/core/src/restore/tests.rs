//! Plans of restores: which copy they take, what they send, and each trap as a refusal.

use serde_json::{Value, json};

use super::*;
use crate::backup::{CopyKind, File};
use crate::cache::{Recreate, RecreateOperation};
use crate::ids::{CacheId, CacheKind, NodeId, SnapshotName};
use crate::snapshot::{Family, Sighting, Snapshot, SnapshotOf, SnapshotPart, SnapshotSource, SnapshotStatus};
use crate::stack::Site;

const BACKUP: &str = "group:orders/gold/2026-11-21T06:00:00Z";

fn group() -> Value {
    json!({
        "ReplicationGroupId": "orders", "ReplicationGroupDescription": "orders", "Engine": "valkey",
        "EngineVersion": "8.0", "CacheNodeType": "cache.r7g.large", "NumCacheClusters": 2,
        "AutomaticFailoverEnabled": true, "MultiAZEnabled": true, "CacheParameterGroupName": "default.valkey8",
        "CacheSubnetGroupName": "private", "SecurityGroupIds": ["sg-1"], "TransitEncryptionEnabled": true,
        "PreferredCacheClusterAZs": ["a", "b"], "Tags": [{"Key": "team", "Value": "shop"}],
    })
}

fn sharded() -> Value {
    json!({
        "ReplicationGroupId": "orders", "ReplicationGroupDescription": "orders", "Engine": "valkey",
        "EngineVersion": "8.0", "CacheNodeType": "cache.r7g.large", "NumNodeGroups": 2,
        "AutomaticFailoverEnabled": true, "MultiAZEnabled": false,
        "CacheParameterGroupName": "default.valkey8.cluster.on",
        "NodeGroupConfiguration": [
            {"NodeGroupId": "0001", "Slots": "0-8191", "ReplicaCount": 1, "PrimaryAvailabilityZone": "a"},
            {"NodeGroupId": "0002", "Slots": "8192-16383", "ReplicaCount": 1, "PrimaryAvailabilityZone": "b"},
        ],
    })
}

fn recreate(operation: RecreateOperation, input: Value) -> Recreate {
    Recreate {
        operation,
        input: serde_json::from_value(input).unwrap(),
        unknowable: Vec::new(),
        global: None,
    }
}

fn snapshot(status: SnapshotStatus, shards: &[(&str, &str)]) -> Snapshot {
    let part = |(shard, slots): &(&str, &str)| SnapshotPart {
        node: Some(NodeId::new("orders-001")),
        shard: Some((*shard).to_owned()),
        slots: Some((*slots).to_owned()),
        taken_at: None,
    };
    Snapshot {
        name: SnapshotName::new("ck-orders"),
        arn: Some("arn:aws:elasticache:eu-west-1:111122223333:snapshot:ck-orders".to_owned()),
        source: SnapshotSource::Manual,
        status,
        of: SnapshotOf::Node(NodeId::new("orders-001")),
        parts: shards.iter().map(part).collect(),
        created_at: None,
        bytes: Some(1 << 20),
    }
}

fn in_service(status: SnapshotStatus, shards: &[(&str, &str)]) -> Copy {
    Copy {
        kind: CopyKind::Snapshot,
        location: "ck-orders".to_owned(),
        proof: Proof::Read,
        place: Place::Snapshot(SnapshotCopy {
            name: SnapshotName::new("ck-orders"),
            family: Family::NodeBased,
            sighting: Sighting::Shown(snapshot(status, shards)),
            foreign: None,
        }),
    }
}

fn export(shards: &[(&str, Option<&str>)]) -> Copy {
    let file = |(shard, slots): &(&str, Option<&str>)| ShardFile {
        shard: (*shard).to_owned(),
        slots: slots.map(str::to_owned),
        file: File { key: format!("redis/orders-{shard}.rdb"), size: 1 << 20, etag: "e".to_owned() },
        found: Found::Whole,
    };
    Copy {
        kind: CopyKind::Export,
        location: "s3://exports/redis/".to_owned(),
        proof: Proof::Read,
        place: Place::Files(FilesCopy {
            partition: "aws".to_owned(),
            bucket: "exports".to_owned(),
            access: Access::Open,
            files: shards.iter().map(file).collect(),
        }),
    }
}

fn facts(configuration: Recreate, copies: Vec<Copy>) -> Facts {
    Facts {
        site: Site::of_arn("arn:aws:sns:eu-west-1:111122223333:cachekeep").unwrap(),
        subject: Subject {
            backup: Some(BACKUP.parse().unwrap()),
            cache: CacheId::new(configuration.operation.kind(), "orders"),
            taken_at: None,
            engine: EngineVersion::new("valkey", "8.0"),
        },
        configuration,
        told_by: Origin::Manifest,
        copies,
        data: Data {
            bytes: Some(2 << 20),
            largest_shard: Some(1 << 20),
            keys: Some(9),
            last_database: Some(0),
        },
        taken: None,
        earlier: vec![900, 700, 800],
        staging: None,
    }
}

fn of_group(copies: Vec<Copy>) -> Facts {
    facts(recreate(RecreateOperation::CreateReplicationGroup, group()), copies)
}

fn of_shards(copies: Vec<Copy>) -> Facts {
    facts(recreate(RecreateOperation::CreateReplicationGroup, sharded()), copies)
}

fn available() -> Copy {
    in_service(SnapshotStatus::Available, &[])
}

fn one_file() -> Copy {
    export(&[("0001", None)])
}

fn request(sets: &[&str]) -> Request {
    Request {
        target: "orders-2".to_owned(),
        from: None,
        into: None,
        overrides: sets.iter().map(|text| Override::parse(text).unwrap()).collect(),
        token: Token::Untold,
        foreign: false,
    }
}

fn plan(facts: &Facts, sets: &[&str]) -> Plan {
    Plan::new(facts, &request(sets))
}

fn rules(plan: &Plan) -> Vec<Rule> {
    plan.refusals.iter().map(|refusal| refusal.rule).collect()
}

/// A trap: the plan as it stands is fine, and with this one thing otherwise it is refused by this rule.
fn refused(fine: &Facts, broken: &Facts, sets: &[&str], rule: Rule) -> Refusal {
    assert_eq!(rules(&plan(fine, &[])), [], "it would work otherwise");
    let plan = plan(broken, sets);
    assert!(rules(&plan).contains(&rule), "{:?}", plan.refusals);
    let refusal = plan.refusals.into_iter().find(|refusal| refusal.rule == rule).unwrap();
    assert!(!refusal.why.is_empty() && !refusal.how.is_empty());
    refusal
}

#[test]
fn a_plan_sends_what_the_cache_was_under_its_new_id_and_says_where_each_member_is_from() {
    let plan = plan(&of_group(vec![available()]), &["Port=6380"]);
    assert_eq!(plan.refusals, []);
    assert_eq!(plan.operation, RecreateOperation::CreateReplicationGroup);
    assert_eq!(plan.input["ReplicationGroupId"], "orders-2");
    assert_eq!(plan.input["SnapshotName"], "ck-orders");
    assert_eq!(plan.input["CacheSubnetGroupName"], "private");
    assert_eq!(plan.input["Port"], 6380);
    let origin = |member: &str| plan.origins[member];
    assert_eq!(origin("CacheSubnetGroupName"), Origin::Manifest);
    assert_eq!(origin("SnapshotName"), Origin::Snapshot);
    assert_eq!(origin("Port"), Origin::Override);
    assert_eq!(plan.estimate, Some(800));
    let members: Vec<&String> = plan.input.keys().collect();
    assert_eq!(members, plan.origins.keys().collect::<Vec<_>>());
    let tags = plan.input["Tags"].as_array().unwrap();
    assert_eq!(tags.last().unwrap(), &json!({"Key": "cachekeep:restore", "Value": BACKUP}));
    assert!(plan.typed_input().is_ok());
}

#[test]
fn the_fastest_copy_that_is_proven_good_and_breaks_no_rule_is_taken() {
    let both = vec![one_file(), available()];
    assert_eq!(plan(&of_group(both), &[]).source.unwrap().kind, CopyKind::Snapshot);
    let busy = vec![one_file(), in_service(SnapshotStatus::Deleting, &[])];
    let taken = plan(&of_group(busy), &[]);
    assert_eq!((taken.source.unwrap().kind, taken.refusals), (CopyKind::Export, Vec::new()));
    let unread = Copy { proof: Proof::Unread, ..available() };
    assert_eq!(plan(&of_group(vec![unread, one_file()]), &[]).source.unwrap().kind, CopyKind::Export);
}

#[test]
fn files_of_shards_go_with_their_slots_and_a_single_file_without() {
    let files = export(&[("0001", Some("0-8191")), ("0002", Some("8192-16383"))]);
    let of_many = plan(&of_shards(vec![files]), &[]);
    assert_eq!(of_many.refusals, []);
    assert_eq!(of_many.input["SnapshotArns"].as_array().unwrap().len(), 2);
    assert_eq!(of_many.input["NodeGroupConfiguration"][1]["Slots"], "8192-16383");
    let single = plan(&of_group(vec![one_file()]), &[]);
    assert_eq!(single.input["SnapshotArns"], json!(["arn:aws:s3:::exports/redis/orders-0001.rdb"]));
    assert!(!single.input.contains_key("NodeGroupConfiguration"));
}

#[test]
fn another_number_of_shards_gets_its_slots_complete_and_its_zones_from_aws() {
    let files = export(&[("0001", Some("0-8191")), ("0002", Some("8192-16383"))]);
    let wider = plan(&of_shards(vec![files]), &["NumNodeGroups=4"]);
    assert_eq!(wider.refusals, []);
    let groups = wider.input["NodeGroupConfiguration"].as_array().unwrap();
    assert_eq!(groups.len(), 4);
    assert_eq!(slots::check(groups.iter().map(|group| group["Slots"].as_str().unwrap())), Ok(()));
    assert!(
        groups
            .iter()
            .all(|group| group["ReplicaCount"] == 1 && group.get("PrimaryAvailabilityZone").is_none())
    );
    let fewer = plan(&of_shards(vec![available()]), &["ReplicasPerNodeGroup=0"]);
    assert_eq!(fewer.input["NodeGroupConfiguration"][0]["ReplicaCount"], 0);
    assert!(!fewer.input.contains_key("ReplicasPerNodeGroup"));
}

#[test]
fn multi_az_is_always_said_since_a_snapshot_hands_it_on() {
    let mut facts = of_group(vec![available()]);
    facts.configuration.input.remove("MultiAZEnabled");
    let plan = plan(&facts, &[]);
    assert_eq!(plan.input["MultiAZEnabled"], false);
    assert_eq!(plan.origins["MultiAZEnabled"], Origin::Default);
}

#[test]
fn a_cache_with_an_auth_token_is_not_made_without_one_unawares() {
    let fine = of_group(vec![available()]);
    let mut with_token = fine.clone();
    with_token.configuration.unknowable.push(AUTH_TOKEN.to_owned());
    let refusal = refused(&fine, &with_token, &[], Rule::Auth);
    assert!(refusal.how.contains("--auth-token-file"), "{refusal:?}");
    let waived = plan(&with_token, &["AuthToken="]);
    assert_eq!((rules(&waived), waived.missing[0].member.as_str()), (vec![], AUTH_TOKEN));
    let given = Plan::new(&with_token, &Request { token: Token::Given, ..request(&[]) });
    assert_eq!((rules(&given), given.missing.len()), (vec![], 0));
    assert!(!given.input.contains_key(AUTH_TOKEN), "it is never written down");
}

#[test]
fn a_token_needs_tls_and_excludes_user_groups() {
    let with_token = |sets: &[&str]| {
        let request = Request { token: Token::Given, ..request(sets) };
        rules(&Plan::new(&of_group(vec![available()]), &request))
    };
    assert_eq!(with_token(&[]), []);
    assert_eq!(with_token(&["TransitEncryptionEnabled=false"]), [Rule::Auth]);
    assert_eq!(with_token(&["UserGroupIds=people"]), [Rule::Auth]);
}

#[test]
fn each_trap_is_refused_by_its_rule_with_what_to_do() {
    let fine = of_group(vec![available()]);
    let same = &fine;
    refused(
        &fine,
        &Facts { taken: Some(CacheId::new(CacheKind::Group, "orders-2")), ..fine.clone() },
        &[],
        Rule::TargetFree,
    );
    refused(&fine, &of_group(Vec::new()), &[], Rule::Copy);
    refused(&fine, &of_group(vec![in_service(SnapshotStatus::Creating, &[])]), &[], Rule::SnapshotAvailable);
    refused(&fine, same, &["AutomaticFailoverEnabled=true", "NumCacheClusters=1"], Rule::Failover);
    refused(&fine, same, &["AutomaticFailoverEnabled=false"], Rule::Failover);
    refused(&fine, same, &["EngineVersion=7.2"], Rule::Engine);
    refused(&fine, same, &["Engine=redis", "EngineVersion=7.1"], Rule::Engine);
    refused(&fine, same, &["CacheNodeType=cache.r6gd.xlarge"], Rule::DataTiering);
    refused(&fine, same, &["Port=many"], Rule::Input);
    refused(&fine, same, &["SnapshotName=other"], Rule::Input);
    refused(&fine, same, &["ReplicationGroupId=other"], Rule::Input);
    refused(&fine, same, &["Durability=async"], Rule::Durability);
    let several = Facts { data: Data { last_database: Some(3), ..fine.data }, ..fine.clone() };
    refused(&fine, &several, &["NumNodeGroups=2"], Rule::Databases);
    let large = Facts {
        data: Data { bytes: Some(20 << 30), largest_shard: Some(20 << 30), ..fine.data },
        ..fine.clone()
    };
    refused(&fine, &large, &[], Rule::Memory);
    assert_eq!(rules(&plan(&large, &["CacheNodeType=cache.r7g.2xlarge"])), []);
    let mut tiered = fine.clone();
    tiered.configuration.input.insert("DataTieringEnabled".to_owned(), json!(true));
    refused(&fine, &tiered, &[], Rule::DataTiering);
    let broken = Copy { proof: Proof::Broken("checksum".to_owned()), ..available() };
    refused(&fine, &of_group(vec![broken]), &[], Rule::Proven);
}

#[test]
fn a_malformed_id_is_refused() {
    for id in ["", "1orders", "orders-", "or--ders", "or_ders", "a23456789012345678901234567890123456789012"]
    {
        let plan =
            Plan::new(&of_group(vec![available()]), &Request { target: id.to_owned(), ..request(&[]) });
        assert_eq!(rules(&plan), [Rule::TargetId], "{id}");
    }
}

/// What goes wrong with files.
type Spoil<'a> = &'a dyn Fn(&mut FilesCopy);

#[test]
fn files_that_elasticache_cannot_read_are_refused() {
    let fine = of_group(vec![one_file()]);
    let with = |change: Spoil<'_>| {
        let mut copy = one_file();
        if let Place::Files(files) = &mut copy.place {
            change(files);
        }
        of_group(vec![copy])
    };
    let cases: [(Spoil<'_>, Rule); 7] = [
        (&|files| files.access = Access::Closed, Rule::BucketReadable),
        (&|files| files.access = Access::Missing, Rule::BucketReadable),
        (&|files| files.access = Access::Elsewhere { region: "eu-west-2".to_owned() }, Rule::BucketHere),
        (&|files| files.files[0].found = Found::Missing, Rule::FilesWhole),
        (&|files| files.files[0].found = Found::Other { bytes: 7 }, Rule::FilesWhole),
        (&|files| files.files[0].found = Found::UnderKey, Rule::FilesReadable),
        (&|files| files.files[0].file.key = "a,b.rdb".to_owned(), Rule::FilesReadable),
    ];
    for (change, rule) in cases {
        refused(&fine, &with(change), &[], rule);
    }
    let untold = plan(&with(&|files| files.access = Access::Untold), &[]);
    assert_eq!((rules(&untold), untold.unchecked.len()), (vec![], 1), "what cannot be known is said");
}

#[test]
fn slots_that_do_not_fit_together_are_refused() {
    let files = |second| export(&[("0001", Some("0-8191")), ("0002", second)]);
    let fine = of_shards(vec![files(Some("8192-16383"))]);
    refused(&fine, &of_shards(vec![files(Some("8193-16383"))]), &[], Rule::Slots);
    refused(&fine, &of_shards(vec![files(Some("8191-16383"))]), &[], Rule::Slots);
}

#[test]
fn cluster_mode_is_never_left() {
    let fine =
        of_shards(vec![in_service(SnapshotStatus::Available, &[("0001", "0-8191"), ("0002", "8192-16383")])]);
    let into = |into| rules(&Plan::new(&fine, &Request { into: Some(into), ..request(&[]) }));
    assert_eq!(rules(&plan(&fine, &[])), []);
    assert!(into(CacheKind::Cluster).contains(&Rule::ClusterMode));
    assert_eq!(into(CacheKind::Serverless), []);
}

#[test]
fn a_group_becomes_a_serverless_cache_with_what_both_know() {
    let facts = of_group(vec![available()]);
    let plan = Plan::new(&facts, &Request { into: Some(CacheKind::Serverless), ..request(&[]) });
    assert_eq!(plan.refusals, []);
    assert_eq!(plan.input["ServerlessCacheName"], "orders-2");
    assert_eq!(plan.input["MajorEngineVersion"], "8");
    let arn = "arn:aws:elasticache:eu-west-1:111122223333:snapshot:ck-orders";
    assert_eq!(plan.input["SnapshotArnsToRestore"], json!([arn]));
    assert!(plan.missing.iter().any(|missing| missing.member == "SubnetIds"), "{:?}", plan.missing);
    assert!(plan.differs.iter().any(|note| note.contains("CacheNodeType")), "{:?}", plan.differs);
}

#[test]
fn a_serverless_limit_below_the_data_is_refused() {
    let input = |maximum: u32| {
        json!({"ServerlessCacheName": "orders", "Engine": "valkey", "MajorEngineVersion": "8",
               "CacheUsageLimits": {"DataStorage": {"Maximum": maximum, "Unit": "GB"}}})
    };
    let with = |maximum| {
        let mut facts =
            facts(recreate(RecreateOperation::CreateServerlessCache, input(maximum)), vec![available()]);
        facts.data.bytes = Some(5 << 30);
        facts
    };
    refused(&with(10), &with(2), &[], Rule::Memory);
}

#[test]
fn a_snapshot_of_another_stack_is_taken_with_a_word_only() {
    let mut copy = available();
    if let Place::Snapshot(snapshot) = &mut copy.place {
        snapshot.foreign = Some("other".to_owned());
    }
    let facts = of_group(vec![copy]);
    assert_eq!(rules(&plan(&facts, &[])), [Rule::SnapshotOurs]);
    assert_eq!(rules(&Plan::new(&facts, &Request { foreign: true, ..request(&[]) })), []);
}

fn staging_place(access: Access) -> StagingPlace {
    StagingPlace { bucket: "exports-here".to_owned(), prefix: "redis/".to_owned(), access }
}

#[test]
fn files_that_elasticache_cannot_read_where_they_are_are_staged_where_it_can() {
    let with = |kind: CopyKind, change: Spoil<'_>, staging: Option<StagingPlace>| {
        let mut copy = Copy { kind, ..one_file() };
        if let Place::Files(files) = &mut copy.place {
            change(files);
        }
        Facts { staging, ..of_group(vec![copy]) }
    };
    let open = || Some(staging_place(Access::Open));
    let elsewhere: Spoil<'_> = &|files| files.access = Access::Elsewhere { region: "eu-west-2".to_owned() };
    let under_key: Spoil<'_> = &|files| files.files[0].found = Found::UnderKey;
    let closed: Spoil<'_> = &|files| files.access = Access::Closed;
    let cases = [
        (CopyKind::Replica, elsewhere),
        (CopyKind::Replica, under_key),
        (CopyKind::Export, under_key),
        (CopyKind::Replica, closed),
    ];
    for (kind, change) in cases {
        let staged = plan(&with(kind, change, open()), &[]);
        assert_eq!(rules(&staged), [], "{kind:?}");
        let staging = staged.staging.unwrap();
        assert!(staging.folder.starts_with("redis/staging/group/"), "{staging:?}");
        let arn = format!("arn:aws:s3:::exports-here/{}0001.rdb", staging.folder);
        assert_eq!(staged.input["SnapshotArns"], json!([arn]));
    }
    // Without a bucket to stage in, or with one that ElastiCache cannot read either, it is refused as before.
    assert_eq!(rules(&plan(&with(CopyKind::Replica, elsewhere, None), &[])), [Rule::BucketHere]);
    let useless = Some(staging_place(Access::Closed));
    assert_eq!(rules(&plan(&with(CopyKind::Replica, under_key, useless), &[])), [Rule::FilesReadable]);
    // A file that is not what was read is not worth copying, and the stack's own closed bucket is to be opened.
    let missing: Spoil<'_> = &|files| {
        files.access = Access::Elsewhere { region: "eu-west-2".to_owned() };
        files.files[0].found = Found::Missing;
    };
    assert_eq!(rules(&plan(&with(CopyKind::Replica, missing, open()), &[])), [Rule::FilesWhole]);
    assert_eq!(rules(&plan(&with(CopyKind::Export, closed, open()), &[])), [Rule::BucketReadable]);
    // What ElastiCache can read stays where it is.
    assert_eq!(plan(&with(CopyKind::Replica, &|_| (), open()), &[]).staging, None);
}

#[test]
fn what_was_staged_may_be_deleted_only_once_the_restore_is_over() {
    use crate::record::Record as _;
    let mut copy = Copy { kind: CopyKind::Replica, ..one_file() };
    if let Place::Files(files) = &mut copy.place {
        files.access = Access::Elsewhere { region: "eu-west-2".to_owned() };
    }
    let facts = Facts { staging: Some(staging_place(Access::Open)), ..of_group(vec![copy]) };
    let at = "2026-11-28T12:00:00Z".parse().unwrap();
    let mut restore = Restore::of_plan(&plan(&facts, &[]), crate::stack::some_stack()).unwrap();
    for change in [RestoreChange::Staging, RestoreChange::Requested, RestoreChange::Started] {
        assert!(cleanup(&restore).is_none(), "{restore:?}");
        restore = restore.apply(&change, at).unwrap();
    }
    assert!(cleanup(&restore).is_none());
    restore = restore.apply(&RestoreChange::Finished { seconds: 9 }, at).unwrap();
    let folder = restore.staging.as_ref().unwrap().folder.clone();
    let cleanup_now = cleanup(&restore).unwrap();
    assert!(cleanup_now.covers("exports-here", &format!("{folder}0001.rdb")));
    assert!(!cleanup_now.covers("exports-here", "redis/group/orders/gold/20261121t060000z/orders-0001.rdb"));
    assert!(!cleanup_now.covers("another", &format!("{folder}0001.rdb")));
    // Nothing else of the stack is ever taken for a staging folder.
    let mut spoilt = restore.clone();
    spoilt.staging.as_mut().unwrap().folder = "redis/".to_owned();
    assert!(cleanup(&spoilt).is_none());
    restore = restore.apply(&RestoreChange::Unstaged, at).unwrap();
    assert_eq!((restore.status(), restore.staging.clone()), (RestoreStatus::Available, None));
    assert!(cleanup(&restore).is_none());
}
