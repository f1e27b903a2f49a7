//! Nothing is deleted unless everything is proven: each thing that may be missing, one at a time.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::*;
use crate::backup::{Change, ExportTask, Failure, File, SnapshotTarget, Task, Verdict, Word};
use crate::cache::{
    CacheStatus, Configuration, Engine, GlobalRole, Membership, Recreate, RecreateOperation, Support,
    Topology, Unsupported,
};
use crate::cause::Cause;
use crate::ids::{CacheKind, SnapshotName};
use crate::manifest::Manifest;
use crate::plan::{Source, VerifyLevel};
use crate::restore::Found;
use crate::snapshot::{Sighting, Snapshot, SnapshotOf, SnapshotSource, SnapshotStatus};

fn at(minutes: i64) -> Instant {
    "2026-11-28T12:00:00Z".parse::<Instant>().unwrap() + TimeDelta::minutes(minutes)
}

fn orders() -> CacheId {
    CacheId::new(CacheKind::Group, "orders")
}

fn recreate() -> Recreate {
    let operation = RecreateOperation::CreateReplicationGroup;
    Recreate { operation, input: BTreeMap::new(), unknowable: Vec::new(), global: None }
}

fn cache() -> Cache {
    Cache {
        id: orders(),
        arn: String::new(),
        engine: Engine { name: "valkey".to_owned(), version: "8.0".to_owned() },
        topology: Topology::Sharded { shards: 2 },
        status: CacheStatus::Available,
        backup: Support::Supported,
        export: Support::Supported,
        tags: BTreeMap::new(),
        global: None,
        configuration: Configuration::from(&recreate()),
    }
}

fn request() -> Request {
    Request { confirm: "orders".to_owned(), max_age: MAX_AGE, accept_unread: false, since: at(0) }
}

fn files() -> Vec<File> {
    let file = |n: u32| File {
        key: format!("group/orders/retirement/20261128t120000z/orders-000{n}.rdb"),
        size: 1_000,
        etag: format!("e{n}"),
    };
    vec![file(1), file(2)]
}

fn verdict(problems: &[&str]) -> Verdict {
    Verdict {
        level: VerifyLevel::Structure,
        files: 2,
        bytes: 2_000,
        keys: Some(12),
        databases: None,
        unsummed: 0,
        problems: problems.iter().map(|text| (*text).to_owned()).collect(),
        written: 0,
        healable: 0,
        warnings: Vec::new(),
    }
}

fn due(exported: bool) -> Backup {
    let id: crate::ids::BackupId = "group:orders/retirement/2026-11-28T12:00:00Z".parse().unwrap();
    let export = ExportTask {
        bucket: "backups".to_owned(),
        folder: crate::names::export_folder("", &id),
        verify: VerifyLevel::Structure,
        reread_days: None,
        copies: Vec::new(),
    };
    let task = Task {
        deadline: at(60),
        source: Source::Replica,
        configuration: "c".to_owned(),
        kms_key: None,
        asked: None,
    };
    Backup::due(id, crate::stack::some_stack(), task, exported.then_some(export), at(0))
}

fn name() -> SnapshotName {
    SnapshotName::new("ck-orders")
}

fn after(backup: Backup, changes: &[Change]) -> Backup {
    changes.iter().fold(backup, |backup, change| backup.apply(change, at(5)).unwrap())
}

fn taken() -> [Change; 3] {
    [
        Change::SnapshotRequested { name: name(), on: SnapshotTarget::Group },
        Change::SnapshotStarted,
        Change::SnapshotAvailable {
            name: name(),
            owner: crate::backup::Owner::Us,
            taken_at: at(2),
            files: 2,
        },
    ]
}

/// A backup that is good and held.
fn good() -> Backup {
    let backup = after(after(due(true), &taken()), &[Change::ExportRequested, Change::ExportStarted]);
    let exported = Change::Exported { files: files() };
    after(
        backup,
        &[exported, Change::Verified { verdict: verdict(&[]) }, Change::Held { word: Word::default() }],
    )
}

fn snapshot() -> Snapshot {
    Snapshot {
        name: name(),
        arn: None,
        source: SnapshotSource::Manual,
        status: SnapshotStatus::Available,
        of: SnapshotOf::Group("orders".to_owned()),
        parts: Vec::new(),
        created_at: Some(at(2)),
        bytes: None,
    }
}

fn manifest_of(backup: &Backup) -> Manifest {
    let task = &backup.export.as_ref().unwrap().task;
    Manifest::new(backup, &snapshot(), recreate(), files(), task, at(5)).with_verdict(verdict(&[]))
}

fn evidence() -> Evidence {
    Evidence {
        snapshot: Sighting::Shown(snapshot()),
        files: files().into_iter().map(|file| (file, Found::Whole)).collect(),
        manifest: Some(manifest_of(&good())),
    }
}

/// What a decision is made of, ready for its deletion: each test spoils one thing.
struct Case {
    cache: Option<Cache>,
    backup: Option<Backup>,
    evidence: Option<Evidence>,
    means: Option<Means>,
    request: Request,
    now: Instant,
}

impl Case {
    fn ready() -> Self {
        Self {
            cache: Some(cache()),
            backup: Some(good()),
            evidence: Some(evidence()),
            means: None,
            request: request(),
            now: at(20),
        }
    }

    fn beginning(means: Means) -> Self {
        Self { backup: None, evidence: None, means: Some(means), ..Self::ready() }
    }

    fn decide(&self) -> Decision {
        let id = orders();
        let facts = Facts {
            id: &id,
            cache: self.cache.as_ref(),
            backup: self.backup.as_ref(),
            evidence: self.evidence.as_ref(),
            means: self.means,
            now: self.now,
        };
        decide(&facts, &self.request)
    }

    fn refused(&self) -> Vec<Rule> {
        match self.decide().next {
            Next::Refused(refusals) => refusals.into_iter().map(|refusal| refusal.rule).collect(),
            next @ (Next::BackUp(_) | Next::Hold | Next::Wait(_) | Next::Delete(_) | Next::Retired) => {
                panic!("not refused: {next:?}")
            }
        }
    }
}

const ROOM: Means = Means { manual: true, automatic: None };

#[test]
fn a_cache_with_a_proven_and_held_final_backup_may_be_deleted_and_no_other() {
    let Next::Delete(approval) = Case::ready().decide().next else { panic!("not approved") };
    assert!(approval.covers(&orders()));
    assert!(!approval.covers(&CacheId::new(CacheKind::Cluster, "orders")));
    assert_eq!(*approval.backup(), good().id);
}

/// Takes one thing away from the evidence.
type Spoil = fn(&mut Evidence);

#[test]
fn each_proof_that_is_missing_keeps_the_cache() {
    let spoil: [(&str, Spoil); 8] = [
        ("a file is gone", |evidence| evidence.files[1].1 = Found::Missing),
        ("another object", |evidence| evidence.files[0].1 = Found::Other { bytes: 9 }),
        ("a shard without a file", |evidence| _ = evidence.files.pop()),
        ("no files", |evidence| evidence.files.clear()),
        ("no manifest", |evidence| evidence.manifest = None),
        ("a manifest without a verdict", |evidence| evidence.manifest.as_mut().unwrap().verdict = None),
        ("another backup's manifest", |evidence| {
            evidence.manifest.as_mut().unwrap().backup =
                "group:orders/gold/2026-11-28T12:00:00Z".parse().unwrap();
        }),
        ("a manifest of fewer files", |evidence| _ = evidence.manifest.as_mut().unwrap().shards.pop()),
    ];
    for (what, spoil) in spoil {
        let mut case = Case::ready();
        spoil(case.evidence.as_mut().unwrap());
        assert_eq!(case.refused(), [Rule::Proven], "{what}");
    }
}

#[test]
fn a_backup_that_nobody_holds_is_held_first() {
    let mut case = Case::ready();
    case.backup.as_mut().unwrap().held = false;
    assert!(matches!(case.decide().next, Next::Hold));
}

#[test]
fn what_is_on_its_way_is_waited_for() {
    let held = |backup| after(backup, &[Change::Held { word: Word::default() }]);
    let running = after(after(due(true), &taken()), &[Change::ExportRequested]);
    for backup in [due(true), after(due(true), &taken()), running] {
        let case = Case { backup: Some(held(backup)), evidence: None, ..Case::ready() };
        assert!(matches!(case.decide().next, Next::Wait(_)), "{:?}", case.backup);
    }
    let mut case = Case::ready();
    case.cache.as_mut().unwrap().status = CacheStatus::Other("modifying".to_owned());
    assert!(matches!(case.decide().next, Next::Wait(_)));
}

#[test]
fn a_snapshot_that_began_too_long_ago_is_no_final_one() {
    let case = Case { now: at(60), ..Case::ready() };
    assert!(matches!(case.decide().next, Next::Delete(_)));
    let case = Case { now: at(61), ..Case::ready() };
    assert_eq!(case.refused(), [Rule::Fresh]);
    let patient = Request { max_age: TimeDelta::minutes(90), ..request() };
    let case = Case { now: at(61), request: patient, ..Case::ready() };
    assert!(matches!(case.decide().next, Next::Delete(_)));
}

#[test]
fn an_id_that_is_not_said_twice_and_a_member_of_a_global_datastore_are_refused() {
    let other = Request { confirm: "order".to_owned(), ..request() };
    assert_eq!(Case { request: other, ..Case::ready() }.refused(), [Rule::Confirmed]);
    let full = Request { confirm: "group:Orders".to_owned(), ..request() };
    assert!(matches!(Case { request: full, ..Case::ready() }.decide().next, Next::Delete(_)));
    for role in [GlobalRole::Primary, GlobalRole::Secondary] {
        let mut case = Case::ready();
        case.cache.as_mut().unwrap().global = Some(Membership { datastore: "ldgnf-orders".to_owned(), role });
        assert_eq!(case.refused(), [Rule::Standalone], "{role}");
    }
}

#[test]
fn the_final_backup_is_manual_within_the_quota_and_else_a_young_automatic_one() {
    let next = |means| Case::beginning(means).decide().next;
    assert!(matches!(next(ROOM), Next::BackUp(Source::Replica)));
    let used = |automatic| Means { manual: false, automatic };
    assert!(matches!(next(used(Some(at(-30)))), Next::BackUp(Source::Automatic)));
    assert_eq!(Case::beginning(used(Some(at(-50)))).refused(), [Rule::Fresh]);
    assert_eq!(Case::beginning(used(None)).refused(), [Rule::BackedUp]);
}

#[test]
fn without_an_export_only_an_available_snapshot_and_a_persons_word_are_proof() {
    let unexportable = Some(Cache { export: Support::Unsupported(Unsupported::DataTiering), ..cache() });
    let accepting = Request { accept_unread: true, ..request() };
    let begun = |request: &Request| Case {
        cache: unexportable.clone(),
        request: request.clone(),
        ..Case::beginning(ROOM)
    };
    assert_eq!(begun(&request()).refused(), [Rule::Read]);
    assert!(matches!(begun(&accepting).decide().next, Next::BackUp(Source::Replica)));
    // ElastiCache deletes its automatic snapshots together with the cache.
    let automatic = Means { manual: false, automatic: Some(at(10)) };
    assert_eq!(Case { means: Some(automatic), ..begun(&accepting) }.refused(), [Rule::BackedUp]);
    let proven = |request: &Request, seen| Case {
        backup: Some(after(after(due(false), &taken()), &[Change::Held { word: Word::default() }])),
        evidence: Some(Evidence { snapshot: seen, files: Vec::new(), manifest: None }),
        means: None,
        ..begun(request)
    };
    let shown = || Sighting::Shown(snapshot());
    assert!(matches!(proven(&accepting, shown()).decide().next, Next::Delete(_)));
    assert_eq!(proven(&request(), shown()).refused(), [Rule::Read]);
    assert_eq!(proven(&accepting, Sighting::Absent).refused(), [Rule::Proven]);
    assert_eq!(proven(&accepting, Sighting::Unlisted).refused(), [Rule::Proven]);
}

#[test]
fn what_failed_under_an_earlier_command_is_tried_again_and_under_this_one_is_told() {
    let why = Failure::new(Cause::Late { after: None }, "too late");
    let missed = after(due(true), &[Change::Missed { why }]);
    let history = [missed.clone()];
    assert_eq!(final_backup(&history, &request()), Some(&missed));
    let later = Request { since: at(3), ..request() };
    assert_eq!(final_backup(&history, &later), None);
    assert_eq!(Case { backup: Some(missed), evidence: None, ..Case::ready() }.refused(), [Rule::BackedUp]);
}

#[test]
fn a_backup_that_somebody_released_is_no_final_one_any_more() {
    let released = after(good(), &[Change::Released { word: Word::default() }]);
    assert_eq!(final_backup(&[released], &request()), None);
    let mut scheduled = good();
    scheduled.id.plan = "gold".parse().unwrap();
    assert_eq!(final_backup(&[scheduled], &request()), None);
    assert!(final_backup(&[good()], &Request { since: at(600), ..request() }).is_some());
}

#[test]
fn a_cache_that_is_gone_is_retired_only_where_its_backup_is_proven() {
    let gone = || Case { cache: None, ..Case::ready() };
    assert!(matches!(gone().decide().next, Next::Retired));
    let mut case = gone();
    case.evidence.as_mut().unwrap().manifest = None;
    assert_eq!(case.refused(), [Rule::Exists, Rule::Proven]);
    assert_eq!(Case { backup: None, evidence: None, ..gone() }.refused(), [Rule::Exists]);
    let mut leaving = cache();
    leaving.status = CacheStatus::Other("deleting".to_owned());
    let waits = Case { cache: Some(leaving.clone()), ..Case::ready() };
    assert!(matches!(waits.decide().next, Next::Wait(_)));
    // Somebody else deletes it, and there is no final backup.
    assert_eq!(Case { cache: Some(leaving), ..Case::beginning(ROOM) }.refused(), [Rule::Exists]);
}
