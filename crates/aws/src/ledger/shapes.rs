//! What is stored, byte for byte, under the number of its format: whoever adds, renames or drops a field has to raise the
//! number, or a version that was deployed before would read past what it does not know, and write over it.
//!
//! Structs stand here with every field, and each enum's samples are made by a `match` over all of its variants, so that
//! nothing new can be left out.

mod restores;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use aws_sdk_dynamodb::types::AttributeValue;
use cachekeep_core::backup::{
    Asked, Backup, Change, ChangeKind, CopyTask, Export, ExportState, ExportTask, File, Found, Hold, Leaving,
    Owner, Part, PartRead, PartState, Reading, Replica, ReplicaState, SnapshotState, SnapshotTarget, Task,
    Verdict, Warning, Word,
};
use cachekeep_core::cache::{
    Configuration, GlobalRole, Membership, Recreate, RecreateOperation, Unsupported,
};
use cachekeep_core::cause::{Cause, Failure};
use cachekeep_core::event::{Departure, Event, Notice, NoticeKind, Smaller};
use cachekeep_core::hold::{Held, StandingHold};
use cachekeep_core::ids::{BackupId, CacheId, Instant, NodeId, PlanName, SnapshotName};
use cachekeep_core::plan::{Source, VerifyLevel};
use cachekeep_core::quota::Meter;
use cachekeep_core::review::{Review, Standing, Told};
use cachekeep_core::slot::Slot;
use cachekeep_core::stack::{Registration, Replicas};

use super::control::{Checkpoint, StoredPace, StoredParameters, StoredPlans};
use super::item::{FORMAT, Item, encode};
use super::key::{CURRENT, Key, PACE, PARAMETERS, STACK};
use super::look::NextLook;
use super::settled::SentDigest;
use super::stack::Registered;
use super::tests::stack;
use super::{encode as as_item, key};
use crate::pacer::Pace;

fn at() -> Instant {
    "2026-11-21T06:04:10Z".parse().unwrap()
}

fn id() -> BackupId {
    "group:orders/gold/2026-11-21T06:00:00Z".parse().unwrap()
}

fn gold() -> PlanName {
    "gold".parse().unwrap()
}

fn orders() -> CacheId {
    "group:orders".parse().unwrap()
}

fn name() -> SnapshotName {
    SnapshotName::new("ck-orders-1")
}

fn node() -> NodeId {
    NodeId::new("orders-001")
}

fn why() -> Failure {
    Failure::new(Cause::Denied, "no")
}

fn file() -> File {
    File { key: "f/orders-0001.rdb".to_owned(), size: 9, etag: "e".to_owned() }
}

fn warning() -> Warning {
    Warning {
        rule: "wide-back-length".to_owned(),
        file: file().key,
        key: Some("k".to_owned()),
        offset: 12,
        message: "it is wide".to_owned(),
        refused_by: Some("Valkey 9.1".to_owned()),
        count: 2,
        files: 1,
    }
}

fn verdict() -> Verdict {
    Verdict {
        level: VerifyLevel::Structure,
        files: 1,
        bytes: 9,
        keys: Some(1),
        databases: Some(BTreeSet::from([0, 1])),
        unsummed: 1,
        problems: vec!["it is short".to_owned()],
        written: 1,
        healable: 1,
        warnings: vec![warning()],
    }
}

fn targets() -> Vec<SnapshotTarget> {
    each(|before| {
        Some(match before {
            None => SnapshotTarget::Group,
            Some(SnapshotTarget::Group) => SnapshotTarget::Node(node()),
            Some(SnapshotTarget::Node(_)) => SnapshotTarget::Serverless,
            Some(SnapshotTarget::Serverless) => return None,
        })
    })
}

fn owners() -> Vec<Owner> {
    each(|before| match before {
        None => Some(Owner::Us),
        Some(Owner::Us) => Some(Owner::ElastiCache),
        Some(Owner::ElastiCache) => None,
    })
}

/// Every value of an enum, each made from the one before it.
fn each<T>(next: impl Fn(Option<&T>) -> Option<T>) -> Vec<T> {
    let mut all = Vec::new();
    while let Some(value) = next(all.last()) {
        all.push(value);
    }
    all
}

fn snapshot_states() -> Vec<SnapshotState> {
    let taken_at = at();
    each(|before| {
        Some(match before {
            None => SnapshotState::Waiting { attempt: 1, retry_at: at(), why: Some(Cause::Denied) },
            Some(SnapshotState::Waiting { .. }) => {
                SnapshotState::Requested { name: name(), on: SnapshotTarget::Group, attempt: 1, at: at() }
            }
            Some(SnapshotState::Requested { .. }) => SnapshotState::Creating {
                name: name(),
                on: SnapshotTarget::Node(node()),
                attempt: 1,
                since: at(),
            },
            Some(SnapshotState::Creating { .. }) => {
                SnapshotState::Available { name: name(), owner: Owner::Us, taken_at, files: 3 }
            }
            Some(SnapshotState::Available { .. }) => SnapshotState::Failed,
            Some(SnapshotState::Failed) => SnapshotState::Missed,
            Some(SnapshotState::Missed) => SnapshotState::Skipped,
            Some(SnapshotState::Skipped) => SnapshotState::Deleting { name: name(), taken_at, at: at() },
            Some(SnapshotState::Deleting { .. }) => SnapshotState::Deleted { name: name(), taken_at },
            Some(SnapshotState::Deleted { .. }) => SnapshotState::Lost { name: name(), taken_at },
            Some(SnapshotState::Lost { .. }) => return None,
        })
    })
}

fn founds() -> Vec<Found> {
    each(|before| {
        Some(match before {
            None => Found::Missing,
            Some(Found::Missing) => Found::Replaced { bytes: 8 },
            Some(Found::Replaced { .. }) => Found::File {
                bytes: 9,
                keys: 1,
                databases: BTreeSet::from([0, 1]),
                unsummed: true,
                problem: Some("it is short".to_owned()),
                written: true,
                warnings: vec![warning()],
            },
            Some(Found::File { .. }) => Found::Range { checksum: 7 },
            Some(Found::Range { .. }) => return None,
        })
    })
}

fn part_states() -> Vec<PartState> {
    let place = Some("b64".to_owned());
    let mut states = each(|before| match before {
        None => Some(PartState::Open { place: place.clone() }),
        Some(PartState::Open { .. }) => Some(PartState::Claimed { until: at(), place: place.clone() }),
        Some(PartState::Claimed { .. } | PartState::Read { .. }) => None,
    });
    states.extend(founds().into_iter().map(|found| PartState::Read { found }));
    states
}

fn reading() -> Reading {
    let part = |state| Part { file: 0, from: 0, to: 9, state };
    Reading { parts: part_states().into_iter().map(part).collect(), warnings: vec![warning()] }
}

fn export_states() -> Vec<ExportState> {
    let files = || vec![file()];
    each(|before| {
        Some(match before {
            None => ExportState::Pending { attempt: 1, retry_at: at() },
            Some(ExportState::Pending { .. }) => ExportState::Requested { attempt: 1, at: at() },
            Some(ExportState::Requested { .. }) => ExportState::Running { attempt: 1, since: at() },
            Some(ExportState::Running { .. }) => {
                ExportState::Written { attempt: 1, files: files(), at: at(), reading: Some(reading()) }
            }
            Some(ExportState::Written { .. }) => ExportState::Good {
                attempt: 1,
                files: files(),
                verdict: verdict(),
                at: at(),
                reading: Some(reading()),
            },
            Some(ExportState::Good { .. }) => ExportState::Corrupt { files: files(), verdict: verdict() },
            Some(ExportState::Corrupt { .. }) => ExportState::Failed,
            Some(ExportState::Failed) => ExportState::Deleting { at: at() },
            Some(ExportState::Deleting { .. }) => ExportState::Deleted,
            Some(ExportState::Deleted) => return None,
        })
    })
}

fn replica_states() -> Vec<ReplicaState> {
    each(|before| {
        Some(match before {
            None => ReplicaState::Pending { attempt: 1, retry_at: at() },
            Some(ReplicaState::Pending { .. }) => ReplicaState::Written { locked_until: Some(at()) },
            Some(ReplicaState::Written { .. }) => ReplicaState::Failed,
            Some(ReplicaState::Failed) => ReplicaState::Deleting { at: at() },
            Some(ReplicaState::Deleting { .. }) => ReplicaState::Deleted,
            Some(ReplicaState::Deleted) => return None,
        })
    })
}

fn copy() -> CopyTask {
    CopyTask {
        bucket: "dr".to_owned(),
        root: "r/".to_owned(),
        region: Some("eu-west-1".to_owned()),
        kms_key: Some("k".to_owned()),
        lock_seconds: Some(86_400),
    }
}

fn word() -> Word {
    Word { by: Some("alice".parse().unwrap()), why: Some("legal".parse().unwrap()) }
}

fn backup(snapshot: SnapshotState, export: Option<Export>) -> Backup {
    Backup {
        id: id(),
        version: 7,
        stack: stack(),
        task: Task {
            deadline: at(),
            source: Source::Replica,
            configuration: "c0ffee".to_owned(),
            kms_key: Some("k".to_owned()),
            asked: Some(Asked { at: at(), word: word(), keep_until: Some(at()) }),
        },
        snapshot,
        export,
        unseen: Some(at()),
        leaving: Some(Leaving { since: at(), until: at() }),
        held: true,
        hold: Some(Hold { since: at(), word: word() }),
        accepted: true,
        reason: "it is a sample".to_owned(),
    }
}

fn backups() -> Vec<Backup> {
    let task = ExportTask {
        bucket: "exports".to_owned(),
        folder: "f/".to_owned(),
        verify: VerifyLevel::Checksum,
        reread_days: Some(30),
        copies: vec![copy()],
    };
    let replica = |state| Replica { to: copy(), state };
    let replicas: Vec<Replica> = replica_states().into_iter().map(replica).collect();
    let exported = export_states().into_iter().map(|state| {
        let export = Export { task: task.clone(), state, replicas: replicas.clone() };
        backup(SnapshotState::Skipped, Some(export))
    });
    snapshot_states().into_iter().map(|snapshot| backup(snapshot, None)).chain(exported).collect()
}

/// Every cause, for each is a shape of its own.
fn causes() -> Vec<Cause> {
    let code = || Some("Code".to_owned());
    each(|before| {
        Some(match before {
            None => Cause::Quota,
            Some(Cause::Quota) => Cause::Spacing,
            Some(Cause::Spacing) => Cause::Missed,
            Some(Cause::Missed) => Cause::Late { after: Some(Box::new(Cause::Quota)) },
            Some(Cause::Late { .. }) => Cause::CacheGone,
            Some(Cause::CacheGone) => Cause::Busy { status: Some("modifying".to_owned()) },
            Some(Cause::Busy { .. }) => Cause::NoAutomaticSnapshot,
            Some(Cause::NoAutomaticSnapshot) => Cause::SnapshotFailed,
            Some(Cause::SnapshotFailed) => Cause::SnapshotVanished,
            Some(Cause::SnapshotVanished) => Cause::SnapshotDeleted,
            Some(Cause::SnapshotDeleted) => Cause::SnapshotStuck,
            Some(Cause::SnapshotStuck) => Cause::SnapshotGone,
            Some(Cause::SnapshotGone) => Cause::ExportIncomplete,
            Some(Cause::ExportIncomplete) => Cause::ExportStuck,
            Some(Cause::ExportStuck) => Cause::ManifestUnusable,
            Some(Cause::ManifestUnusable) => Cause::Throttled,
            Some(Cause::Throttled) => Cause::Unreachable,
            Some(Cause::Unreachable) => Cause::NoAnswer,
            Some(Cause::NoAnswer) => Cause::AnswerUnreadable,
            Some(Cause::AnswerUnreadable) => Cause::ServiceFailed,
            Some(Cause::ServiceFailed) => Cause::NameTaken,
            Some(Cause::NameTaken) => Cause::Denied,
            Some(Cause::Denied) => Cause::NoCredentials,
            Some(Cause::NoCredentials) => Cause::CredentialsRejected,
            Some(Cause::CredentialsRejected) => Cause::SessionExpired,
            Some(Cause::SessionExpired) => Cause::KeyUnusable,
            Some(Cause::KeyUnusable) => Cause::BucketMissing,
            Some(Cause::BucketMissing) => Cause::BucketElsewhere { region: Some("eu-west-1".to_owned()) },
            Some(Cause::BucketElsewhere { .. }) => Cause::BucketForeign,
            Some(Cause::BucketForeign) => Cause::PrefixForeign,
            Some(Cause::PrefixForeign) => Cause::BucketPolicy,
            Some(Cause::BucketPolicy) => Cause::BucketUnvalidated,
            Some(Cause::BucketUnvalidated) => Cause::BucketPermissions,
            Some(Cause::BucketPermissions) => Cause::ObjectExists { key: Some("k".to_owned()) },
            Some(Cause::ObjectExists { .. }) => Cause::ObjectMissing,
            Some(Cause::ObjectMissing) => Cause::ObjectChanged,
            Some(Cause::ObjectChanged) => Cause::TableMissing,
            Some(Cause::TableMissing) => Cause::BusMissing,
            Some(Cause::BusMissing) => Cause::TopicMissing,
            Some(Cause::TopicMissing) => Cause::RoleMissing,
            Some(Cause::RoleMissing) => Cause::OutOfMemory,
            Some(Cause::OutOfMemory) => Cause::Missing { code: code() },
            Some(Cause::Missing { .. }) => Cause::Refused { code: code() },
            Some(Cause::Refused { .. }) => return None,
        })
    })
}

fn changes(kind: ChangeKind) -> Vec<Change> {
    let (retry_at, taken_at) = (Some(at()), at());
    match kind {
        ChangeKind::Waiting => {
            let of = |cause| Change::Waiting { why: Failure::new(cause, "no"), retry_at: at() };
            causes().into_iter().map(of).collect()
        }
        ChangeKind::Missed => vec![Change::Missed { why: why() }],
        ChangeKind::Skipped => vec![Change::Skipped { why: why() }],
        ChangeKind::SnapshotRequested => {
            targets().into_iter().map(|on| Change::SnapshotRequested { name: name(), on }).collect()
        }
        ChangeKind::SnapshotStarted => vec![Change::SnapshotStarted],
        ChangeKind::SnapshotAvailable => {
            let of = |owner| Change::SnapshotAvailable { name: name(), owner, taken_at, files: 3 };
            owners().into_iter().map(of).collect()
        }
        ChangeKind::SnapshotFailed => vec![Change::SnapshotFailed { why: why(), retry_at }],
        ChangeKind::SnapshotUnseen => vec![Change::SnapshotUnseen],
        ChangeKind::SnapshotSeen => vec![Change::SnapshotSeen],
        ChangeKind::ExportRequested => vec![Change::ExportRequested],
        ChangeKind::ExportStarted => vec![Change::ExportStarted],
        ChangeKind::Exported => vec![Change::Exported { files: vec![file()] }],
        ChangeKind::ExportFailed => vec![Change::ExportFailed { why: why(), retry_at }],
        ChangeKind::PartClaimed => vec![Change::PartClaimed { part: 0, until: at() }],
        ChangeKind::PartsRead => {
            let part = |state| PartRead { part: 0, state };
            vec![Change::PartsRead { parts: part_states().into_iter().map(part).collect() }]
        }
        ChangeKind::Verified => vec![Change::Verified { verdict: verdict() }],
        ChangeKind::FoundCorrupt => vec![Change::FoundCorrupt { verdict: verdict(), retry_at }],
        ChangeKind::Replicated => vec![Change::Replicated { replica: 0, locked_until: Some(at()) }],
        ChangeKind::ReplicaFailed => vec![Change::ReplicaFailed { replica: 0, why: why(), retry_at }],
        ChangeKind::SnapshotReleased => vec![Change::SnapshotReleased { why: "exported".to_owned() }],
        ChangeKind::Marked => vec![Change::Marked { why: "old".to_owned(), until: at() }],
        ChangeKind::Spared => vec![Change::Spared { why: "kept".to_owned() }],
        ChangeKind::Expired => vec![Change::Expired { why: "old".to_owned() }],
        ChangeKind::Forgotten => vec![Change::Forgotten { why: "old".to_owned() }],
        ChangeKind::SnapshotDeleted => vec![Change::SnapshotDeleted],
        ChangeKind::ExportDeleted => vec![Change::ExportDeleted],
        ChangeKind::ReplicaDeleted => vec![Change::ReplicaDeleted { replica: 0 }],
        ChangeKind::SnapshotLost => vec![Change::SnapshotLost { why: why() }],
        ChangeKind::Asked => vec![Change::Asked { word: word(), keep_until: Some(at()) }],
        ChangeKind::Held => vec![Change::Held { word: word() }],
        ChangeKind::Released => vec![Change::Released { word: word() }],
    }
}

fn unsupported() -> Vec<Unsupported> {
    each(|before| {
        Some(match before {
            None => Unsupported::Memcached,
            Some(Unsupported::Memcached) => Unsupported::T1Micro,
            Some(Unsupported::T1Micro) => Unsupported::DataTiering,
            Some(Unsupported::DataTiering) => Unsupported::ServerlessMemcached,
            Some(Unsupported::ServerlessMemcached) => Unsupported::CustomerKey,
            Some(Unsupported::CustomerKey) => return None,
        })
    })
}

fn notices(kind: NoticeKind) -> Vec<Notice> {
    match kind {
        NoticeKind::Unsupported => unsupported().into_iter().map(|why| Notice::Unsupported { why }).collect(),
        NoticeKind::Departed => {
            let departures = each(|before| match before {
                None => Some(Departure::Gone),
                Some(Departure::Gone) => Some(Departure::NotSelected),
                Some(Departure::NotSelected) => None,
            });
            departures.into_iter().map(|why| Notice::Departed { why }).collect()
        }
        NoticeKind::Retiring => vec![Notice::Retiring { backup: id() }],
        NoticeKind::Ahead => vec![Notice::Ahead { until: id().slot }],
        NoticeKind::Late => vec![Notice::Late { last_good: Some(id().slot) }],
        NoticeKind::Recovered => vec![Notice::Recovered { last_good: id().slot }],
        NoticeKind::Shrunk => vec![Notice::Shrunk { keys: 1, before: 9 }],
        NoticeKind::Smaller => smaller().into_iter().map(|what| Notice::Smaller { what }).collect(),
        NoticeKind::Unreachable => {
            vec![Notice::Unreachable { bucket: "exports".to_owned(), why: "no".to_owned() }]
        }
        NoticeKind::Orphan => vec![Notice::Orphan { snapshot: "ck-2".to_owned() }],
        NoticeKind::Unreadable => {
            vec![Notice::Unreadable { snapshot: "ck-2".to_owned(), backup: Some(id()) }]
        }
    }
}

fn smaller() -> Vec<Smaller> {
    each(|before| match before {
        None => Some(Smaller::Bytes { bytes: 1, before: 9 }),
        Some(Smaller::Bytes { .. }) => Some(Smaller::Databases { gone: BTreeSet::from([1]) }),
        Some(Smaller::Databases { .. }) => None,
    })
}

fn events() -> Vec<Event> {
    let before = backup(SnapshotState::Skipped, None);
    let told = ChangeKind::ALL.iter().copied().flat_map(changes);
    let told = told.map(|change| Event::of_change(&before, change, at()));
    let notices = NoticeKind::ALL.iter().copied().flat_map(notices);
    told.chain(notices.map(|notice| Event::of_notice(orders(), gold(), notice, at()))).collect()
}

fn meter() -> Meter {
    Meter {
        cache: orders(),
        node: node(),
        version: 3,
        taken: BTreeMap::from([(name(), at())]),
        refused_until: Some(at()),
    }
}

fn standing(slot: Slot, told: Told) -> Standing {
    Standing {
        last_good: Some(slot),
        last_slot: Some(slot),
        departed: Some(slot.instant()),
        since: slot.instant(),
        told,
        keys: Some(1),
        paused: true,
    }
}

fn replicas() -> Replicas {
    Replicas {
        bucket: Some("dr".to_owned()),
        key: Some("arn:aws:kms:eu-west-1:123456789012:key/k".to_owned()),
    }
}

fn reviews() -> Vec<Review> {
    let told = each(|before| match before {
        None => Some(Told::Good),
        Some(Told::Good) => Some(Told::Failing),
        Some(Told::Failing) => Some(Told::Late),
        Some(Told::Late) => None,
    });
    let review = |told| Review {
        cache: orders(),
        due: at(),
        touched: 2,
        unsupported: Some(Unsupported::Memcached),
        plans: BTreeMap::from([(gold(), standing(id().slot, told))]),
        orphans: BTreeSet::from([name()]),
        unreadable: BTreeSet::from(["ck-2".to_owned()]),
        unreachable: BTreeSet::from(["exports".to_owned()]),
    };
    told.into_iter().map(review).collect()
}

/// Everything that is stored, one of each shape.
fn items() -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    items.extend(backups().iter().map(|backup| as_item::backup(backup, at()).unwrap()));
    items.extend(restores::items());
    items.extend(events().iter().map(|event| as_item::event(event).unwrap()));
    items.push(as_item::meter(&meter()).unwrap());
    items.extend(reviews().iter().map(|review| as_item::review(review).unwrap()));
    items.push(as_item::configuration(&orders(), "c0ffee", &configuration()).unwrap());
    let plans = StoredPlans { version: 2, text: "version: 1\n".to_owned(), applied_at: at() };
    items.push(encode(&Key::single(CURRENT), &plans).unwrap());
    items.push(encode(&Key::plans_version(2), &plans).unwrap());
    let checkpoint = Checkpoint { plan: gold(), slot: id().slot };
    items.push(encode(&Key::checkpoint(&gold()), &checkpoint).unwrap());
    items.extend(standing_holds().iter().map(|hold| encode(&Key::hold(&hold.on), hold).unwrap()));
    items.push(NextLook { plans: 2, at: Some(at()) }.item().unwrap());
    items.push(encode(&Key::single(PACE), &StoredPace { pace: Pace::per_second(2.5) }).unwrap());
    let told = StoredParameters { told: "a typo".to_owned() };
    items.push(encode(&Key::single(PARAMETERS), &told).unwrap());
    items.push(encode(&Key::single(key::DIGEST), &SentDigest { sent: at().date_naive() }).unwrap());
    let registration = registration();
    items.push(encode(&Key::single(STACK), &Registered { version: 1, registration }).unwrap());
    items
}

fn configuration() -> Configuration {
    let input = BTreeMap::from([("Port".to_owned(), 6379.into())]);
    let unknowable = vec!["AuthToken".to_owned()];
    let operation = RecreateOperation::CreateReplicationGroup;
    let global = Some(Membership { datastore: "ldgnf-orders".to_owned(), role: GlobalRole::Secondary });
    Configuration::from(&Recreate { operation, input, unknowable, global })
}

fn standing_holds() -> Vec<StandingHold> {
    let targets = each(|before| {
        Some(match before {
            None => Held::Cache(orders()),
            Some(Held::Cache(_)) => Held::Plan(gold()),
            Some(Held::Plan(_)) => return None,
        })
    });
    let hold = || Hold { since: at(), word: word() };
    targets.into_iter().map(|on| StandingHold { on, hold: hold(), released: Some(hold()) }).collect()
}

fn registration() -> Registration {
    Registration {
        stack: stack(),
        bucket: "exports".to_owned(),
        prefix: "site/".parse().unwrap(),
        topic: Some("arn:aws:sns:eu-west-1:123456789012:cachekeep".to_owned()),
        bus: Some("cachekeep".to_owned()),
        replicas: Some(replicas()),
    }
}

/// The item as text, with its attributes in order.
fn text(item: &Item) -> String {
    let mut text = String::new();
    for (name, value) in sorted(item) {
        _ = writeln!(text, "  {name}: {}", value_text(value));
    }
    text
}

#[expect(clippy::disallowed_methods, reason = "the order is made here")]
fn sorted(item: &Item) -> BTreeMap<&String, &AttributeValue> {
    item.iter().collect()
}

fn value_text(value: &AttributeValue) -> String {
    match value {
        AttributeValue::S(text) => format!("{text:?}"),
        AttributeValue::N(number) => number.clone(),
        AttributeValue::Bool(is) => is.to_string(),
        AttributeValue::L(values) => {
            let values: Vec<String> = values.iter().map(value_text).collect();
            format!("[{}]", values.join(", "))
        }
        AttributeValue::M(map) => {
            let member = |(name, value): (&String, &AttributeValue)| format!("{name}: {}", value_text(value));
            let members: Vec<String> = sorted(map).into_iter().map(member).collect();
            format!("{{{}}}", members.join(", "))
        }
        // Nulls; we write nothing else.
        AttributeValue::Null(_) | _ => format!("{value:?}"),
    }
}

/// Writes the file where there is none for the number yet, and fails then too: it has to be committed with the number.
#[test]
fn what_is_stored_looks_as_the_number_of_its_format_says() {
    let now: Vec<String> = items().iter().map(|item| format!("{}\n{}", Key::of(item), text(item))).collect();
    let now = now.concat();
    let path = format!("{}/src/ledger/golden/format-{FORMAT}.txt", env!("CARGO_MANIFEST_DIR"));
    let Ok(kept) = std::fs::read_to_string(&path) else {
        std::fs::write(&path, now).unwrap();
        panic!("wrote {path}: commit it with the new number");
    };
    let differs = now.lines().zip(kept.lines()).find(|(now, kept)| now != kept);
    assert!(
        now == kept,
        "what is stored is not what format {FORMAT} is, first here: {differs:?}\nraise FORMAT in item.rs, then write the new \
         golden file by running this test once more, and leave the old one as it is"
    );
}
