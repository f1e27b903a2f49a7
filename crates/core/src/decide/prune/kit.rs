//! Histories to decide on: a backup every six hours from 2026-11-01, with the snapshots that go with them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::{Decision, Facts, Inventory, Room, Strangers};
use crate::backup::{Backup, Change, ExportTask, Failure, File, Owner, SnapshotTarget, Task, Verdict, Word};
use crate::cause::Cause;
use crate::ids::{BackupId, CacheId, CacheKind, Instant, SnapshotName};
use crate::names;
use crate::plan::{Document, Source, VerifyLevel};
use crate::review::{Review, Standing};
use crate::slot::Slot;
use crate::snapshot::{
    Family, Listing, Sighting, Snapshot, SnapshotOf, SnapshotPart, SnapshotSource, SnapshotStatus,
};
use crate::stack::some_stack;

/// What became of a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Good,
    Keys(u64),
    /// This many keys and bytes, in so many databases.
    Holding(u64, u64, u32),
    SnapshotOnly,
    Automatic,
    AutomaticPending,
    Corrupt,
    ExportFailed,
    Failed,
    Missed,
    Exporting,
    SecondAttempt,
}

/// The `n`th slot.
pub(crate) fn at(n: usize) -> Instant {
    let start = "2026-11-01T00:00:00Z".parse::<Instant>().unwrap();
    start + TimeDelta::hours(6) * i32::try_from(n).unwrap()
}

/// One plan, `gold`, with these lines.
pub(crate) fn document(lines: &str) -> Document {
    graced("0", lines)
}

/// The same with a grace period.
pub(crate) fn graced(grace: &str, lines: &str) -> Document {
    let head =
        "version: 1\nplans:\n  - name: gold\n    select: { names: [orders] }\n    schedule: rate(6 hours)\n";
    Document::parse("test", &format!("{head}    export: {{}}\n    grace: {grace}\n    {lines}\n")).unwrap()
}

pub(crate) fn decide(history: &History, document: &Document) -> Decision {
    history.decide(Some(document), &mut Room::PASS.clone())
}

/// A cache's backups, its review, and every snapshot.
#[derive(Debug, Clone)]
pub(crate) struct History {
    pub(crate) backups: Vec<Backup>,
    pub(crate) review: Review,
    pub(crate) checkpoints: crate::freshness::Checkpoints,
    snapshots: BTreeMap<SnapshotName, (Snapshot, Option<String>)>,
    unlisted: BTreeSet<SnapshotName>,
    later: TimeDelta,
    nameless: usize,
    /// Buckets that cannot be read.
    pub(crate) unreachable: super::Unreachable,
    pub(crate) holds: crate::hold::Holds,
    /// What other reviews told; `None` where another one tells of strangers.
    pub(crate) told_elsewhere: Option<BTreeSet<String>>,
}

impl History {
    pub(crate) fn of(kinds: &[Kind]) -> Self {
        let cache = CacheId::new(CacheKind::Group, "orders");
        let review = Review::new(cache, at(0));
        let (snapshots, unlisted, checkpoints) = (BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
        let (later, nameless, told_elsewhere) = (TimeDelta::zero(), 0, Some(BTreeSet::new()));
        let holds = crate::hold::Holds::default();
        let (backups, unreachable) = (Vec::new(), super::Unreachable::new());
        let mut history = Self {
            backups,
            review,
            checkpoints,
            snapshots,
            unlisted,
            later,
            nameless,
            unreachable,
            holds,
            told_elsewhere,
        };
        for kind in kinds {
            history.add(*kind);
        }
        history
    }

    /// Half an hour after the newest slot, and what was waited since.
    pub(crate) fn now(&self) -> Instant {
        at(self.backups.len().saturating_sub(1)) + TimeDelta::minutes(30) + self.later
    }

    pub(crate) fn wait(&mut self, minutes: i64) {
        self.later += TimeDelta::minutes(minutes);
    }

    pub(crate) fn decide(&self, document: Option<&Document>, room: &mut Room) -> Decision {
        let (review, history) = (&self.review, &self.backups[..]);
        let inventory = self.inventory();
        let told = self.told_elsewhere.as_ref();
        let strangers = told.map_or(Strangers::LeaveToAnother, |told| Strangers::Tell { told });
        super::decide(
            &Facts {
                review,
                history,
                plans: document,
                checkpoints: &self.checkpoints,
                inventory: &inventory,
                holds: &self.holds,
                strangers,
                unreachable: &self.unreachable,
                now: self.now(),
            },
            room,
        )
    }

    pub(crate) fn inventory(&self) -> Inventory {
        let mut inventory = self.listing();
        for (family, name) in inventory.to_look_up(&self.backups, self.now()) {
            let found = self.snapshots.get(&name);
            let seen = found.map_or(Sighting::Absent, |(snapshot, _)| Sighting::Shown(snapshot.clone()));
            inventory.looked_up(family, name.clone(), seen, found.and_then(|(_, tag)| tag.as_deref()));
        }
        inventory
    }

    /// What a listing shows, before anything is looked up by its name.
    pub(crate) fn listing(&self) -> Inventory {
        let listed = self.snapshots.values().map(|(snapshot, _)| snapshot);
        let listed = listed.filter(|snapshot| !self.unlisted.contains(&snapshot.name)).cloned();
        let listing = Listing { snapshots: listed.collect(), nameless: self.nameless };
        Inventory::new(listing, |snapshot| self.snapshots[&snapshot.name].1.as_deref())
    }

    pub(crate) fn id(&self, n: usize) -> &BackupId {
        &self.backups[n].id
    }

    pub(crate) fn add(&mut self, kind: Kind) {
        let slot = Slot::containing(at(self.backups.len()));
        let backup = made(kind, slot);
        let listed = matches!(backup.snapshot, crate::backup::SnapshotState::Available { .. });
        if let (Some(name), true) = (backup.snapshot.name().cloned(), listed) {
            self.list(
                name.as_str(),
                Some(backup.id.to_string()),
                SnapshotStatus::Available,
                Some(slot.instant()),
            );
        }
        self.backups.push(backup);
    }

    fn list(
        &mut self,
        name: &str,
        backup: Option<String>,
        status: SnapshotStatus,
        taken_at: Option<Instant>,
    ) {
        let part = SnapshotPart { node: None, shard: None, slots: None, taken_at };
        let snapshot = Snapshot {
            name: SnapshotName::new(name),
            arn: None,
            source: SnapshotSource::Manual,
            status,
            of: SnapshotOf::Group("orders".to_owned()),
            parts: vec![part],
            created_at: None,
            bytes: None,
        };
        self.snapshots.insert(snapshot.name.clone(), (snapshot, backup));
    }

    pub(crate) fn change(&mut self, n: usize, change: &Change) {
        self.backups[n] = self.backups[n].apply(change, self.now()).unwrap();
    }

    pub(crate) fn hold(&mut self, n: usize) {
        self.change(n, &Change::Held { word: Word::default() });
    }

    /// Takes the snapshot of a backup away.
    pub(crate) fn vanish(&mut self, n: usize) {
        self.snapshots.remove(self.backups[n].snapshot.name().unwrap());
    }

    /// Leaves the snapshot of a backup out of the listing; a look-up by its name finds it.
    pub(crate) fn hide(&mut self, n: usize) {
        self.unlisted.insert(self.backups[n].snapshot.name().unwrap().clone());
    }

    pub(crate) fn status(&mut self, n: usize, status: SnapshotStatus) {
        let name = self.backups[n].snapshot.name().unwrap();
        self.snapshots.get_mut(name).unwrap().0.status = status;
    }

    /// ElastiCache no longer says what the snapshot of this name was taken of.
    pub(crate) fn conceal(&mut self, name: &str) {
        let snapshot = &mut self.snapshots.get_mut(&SnapshotName::new(name)).unwrap().0;
        snapshot.of = SnapshotOf::Untold(Family::NodeBased);
    }

    /// The listing has an entry without a name.
    pub(crate) fn nameless(&mut self) {
        self.nameless += 1;
    }

    /// Somebody's snapshot without our tag.
    pub(crate) fn stranger(&mut self, name: &str) {
        self.list(name, None, SnapshotStatus::Available, Some(at(0)));
    }

    pub(crate) fn untag(&mut self, n: usize) {
        let name = self.backups[n].snapshot.name().unwrap();
        self.snapshots.get_mut(name).unwrap().1 = None;
    }

    pub(crate) fn taken(&mut self, name: &str, taken_at: Instant) {
        self.snapshots.get_mut(&SnapshotName::new(name)).unwrap().0.parts[0].taken_at = Some(taken_at);
    }

    pub(crate) fn orphan(&mut self, name: &str, tag: &str) {
        self.list(name, Some(tag.to_owned()), SnapshotStatus::Available, Some(at(0)));
    }

    pub(crate) fn failed_snapshot(&mut self, n: usize, attempt: u32) {
        let id = self.id(n).clone();
        self.failed_snapshot_of(&id, attempt);
    }

    pub(crate) fn failed_snapshot_of(&mut self, id: &BackupId, attempt: u32) {
        let name = names::snapshot(&some_stack().identity, id, attempt);
        self.list(name.as_str(), Some(id.to_string()), SnapshotStatus::Failed, None);
    }

    /// The last review saw everything up to the `n`th backup.
    pub(crate) fn looked_at(&mut self, n: usize) {
        let standing = Standing { last_good: Some(self.backups[n].id.slot), ..Standing::new(at(0)) };
        self.review.plans.insert("gold".parse().unwrap(), standing);
    }

    /// What the ledger holds once the decision is recorded and settled.
    pub(crate) fn recorded(&self, decision: &Decision) -> Self {
        let mut after = self.clone();
        for (backup, change) in &decision.changes {
            let place = after.backups.iter().position(|other| other.id == backup.id).unwrap();
            after.backups[place] = backup.apply(change, self.now()).unwrap();
        }
        after.review = decision.review.clone();
        after
    }
}

fn made(kind: Kind, slot: Slot) -> Backup {
    let id =
        BackupId { cache: CacheId::new(CacheKind::Group, "orders"), plan: "gold".parse().unwrap(), slot };
    let changes = changes(kind, &id, slot);
    let export = (kind != Kind::SnapshotOnly).then(|| ExportTask {
        bucket: "exports".to_owned(),
        folder: names::export_folder("redis/", &id),
        verify: VerifyLevel::Structure,
        reread_days: None,
        copies: Vec::new(),
    });
    let source = Source::Replica;
    let task =
        Task { deadline: slot.instant(), source, configuration: "c".to_owned(), kms_key: None, asked: None };
    let due = Backup::due(id, some_stack(), task, export, slot.instant());
    changes.iter().fold(due, |backup, change| backup.apply(change, slot.instant()).unwrap())
}

fn changes(kind: Kind, id: &BackupId, slot: Slot) -> Vec<Change> {
    let request = |attempt| Change::SnapshotRequested {
        name: names::snapshot(&some_stack().identity, id, attempt),
        on: SnapshotTarget::Group,
    };
    let available = |owner| {
        let name = match owner {
            Owner::Us => names::snapshot(&some_stack().identity, id, 1),
            Owner::ElastiCache => SnapshotName::new(&format!("automatic.orders-{}", slot.compact())),
        };
        Change::SnapshotAvailable { name, owner, taken_at: slot.instant(), files: 1 }
    };
    let why = || Failure::new(Cause::Refused { code: None }, "it is a test");
    let taken = || vec![request(1), Change::SnapshotStarted, available(Owner::Us)];
    let exported =
        || vec![Change::ExportRequested, Change::ExportStarted, Change::Exported { files: files(id) }];
    match kind {
        Kind::Good => [taken(), exported(), vec![verified(None)]].concat(),
        Kind::Keys(keys) => [taken(), exported(), vec![verified(Some(keys))]].concat(),
        Kind::Holding(keys, bytes, databases) => {
            let databases = Some((0..databases).collect());
            let verdict = Verdict { bytes, databases, ..verdict(Some(keys), Vec::new()) };
            [taken(), exported(), vec![Change::Verified { verdict }]].concat()
        }
        Kind::SnapshotOnly => taken(),
        Kind::Automatic => [vec![available(Owner::ElastiCache)], exported(), vec![verified(None)]].concat(),
        Kind::AutomaticPending => vec![available(Owner::ElastiCache)],
        Kind::Corrupt => [taken(), exported(), vec![corrupt()]].concat(),
        Kind::ExportFailed => [taken(), vec![Change::ExportFailed { why: why(), retry_at: None }]].concat(),
        Kind::Failed => vec![request(1), Change::SnapshotFailed { why: why(), retry_at: None }],
        Kind::Missed => vec![Change::Missed { why: why() }],
        Kind::Exporting => [taken(), vec![Change::ExportRequested, Change::ExportStarted]].concat(),
        Kind::SecondAttempt => {
            let failed = Change::SnapshotFailed { why: why(), retry_at: Some(slot.instant()) };
            vec![request(1), failed, request(2), Change::SnapshotStarted]
        }
    }
}

fn files(id: &BackupId) -> Vec<File> {
    let key = format!("{}orders-0001.rdb", names::export_folder("redis/", id));
    vec![File { key, size: 9, etag: "e".to_owned() }]
}

fn verdict(keys: Option<u64>, problems: Vec<String>) -> Verdict {
    Verdict {
        level: VerifyLevel::Structure,
        files: 1,
        bytes: 9,
        keys,
        databases: None,
        unsummed: 0,
        problems,
        written: 0,
        healable: 0,
        warnings: Vec::new(),
    }
}

fn verified(keys: Option<u64>) -> Change {
    Change::Verified { verdict: verdict(keys, Vec::new()) }
}

pub(super) fn corrupt() -> Change {
    Change::FoundCorrupt { verdict: verdict(None, vec!["cut".to_owned()]), retry_at: None }
}
