//! One cache through the days: from instant to instant, the passes that the jobs would make at each.

use std::collections::BTreeMap;

use chrono::{NaiveTime, TimeDelta};

use super::class::automatic_window;
use super::stay::{Outcome, Stay};
use super::{Kept, Load, SlotLine, Terms};
use crate::backup::{Backup, Change, Owner, SnapshotState, Status, Verdict};
use crate::cache::{Cache, CacheStatus, Topology};
use crate::decide::due::{self, Home};
use crate::decide::place::{Counts, Placement, counted_on, file_count, place};
use crate::decide::prune::{self, Facts, Inventory, Room, Strangers, Unreachable};
use crate::freshness::Checkpoints;
use crate::ids::{BackupId, Instant, NodeId, SnapshotName};
use crate::plan::{Document, Source};
use crate::quota::{self, Meter};
use crate::review::Review;
use crate::snapshot::{Listing, Snapshot, SnapshotOf, SnapshotSource, SnapshotStatus};
use crate::view::explain;

/// How soon what waits is looked at again: the snapshot job's schedule.
const NEXT_PASS: TimeDelta = TimeDelta::minutes(5);

/// How long after the beginning of its window ElastiCache's own snapshot is there.
const AUTOMATIC_TAKES: TimeDelta = TimeDelta::minutes(15);

/// What is under way, and ends at a known instant.
enum Running {
    /// A snapshot, on this node.
    Snapshot(Backup, NodeId),
    /// An export, with its reading.
    Export(Backup),
}

/// The life of one cache.
pub(super) struct Life<'a> {
    document: &'a Document,
    cache: Cache,
    terms: &'a Terms,
    review: Review,
    checkpoints: Checkpoints,
    meters: Vec<Meter>,
    waiting: Vec<Backup>,
    running: BTreeMap<(Instant, BackupId), Running>,
    /// What retention has to think of.
    history: Vec<Backup>,
    wake: Option<Instant>,
    automatic: Option<NaiveTime>,
    lived: Lived,
}

/// What became of the cache's slots.
#[derive(Debug, Default)]
pub(super) struct Lived {
    pub(super) stays: BTreeMap<BackupId, Stay>,
    /// What was kept at each month's end.
    pub(super) kept: Vec<(Instant, Vec<Kept>)>,
    taken: BTreeMap<NodeId, Vec<Instant>>,
    limit: u8,
}

impl<'a> Life<'a> {
    pub(super) fn new(document: &'a Document, cache: Cache, terms: &'a Terms) -> Self {
        let meters: Vec<Meter> =
            counted_on(&cache).into_iter().map(|node| Meter::new(cache.id.clone(), node)).collect();
        let taken = meters.iter().map(|meter| (meter.node.clone(), Vec::new())).collect();
        let window = automatic_window(&cache);
        let automatic = window.and_then(|window| NaiveTime::parse_from_str(window.get(..5)?, "%H:%M").ok());
        Self {
            document,
            terms,
            review: Review::new(cache.id.clone(), terms.from),
            checkpoints: Checkpoints::new(),
            meters,
            waiting: Vec::new(),
            running: BTreeMap::new(),
            history: Vec::new(),
            wake: None,
            automatic,
            lived: Lived { taken, limit: quota::limit(cache.id.kind()), ..Lived::default() },
            cache,
        }
    }

    /// Goes from instant to instant until the days are over.
    pub(super) fn run(mut self) -> Lived {
        let until = self.terms.until();
        let mut now = self.terms.from;
        let mut month_end = super::stay::month_end(now);
        loop {
            self.pass(now);
            if now == month_end || now == until {
                let kept = self.kept(now);
                self.lived.kept.push((now, kept));
            }
            if now >= until {
                return self.lived;
            }
            if now >= month_end {
                month_end = super::stay::month_end(now);
            }
            now = self.next(now).unwrap_or(until).min(month_end).min(until);
        }
    }

    /// When something happens next.
    fn next(&self, now: Instant) -> Option<Instant> {
        let ends = self.running.keys().next().map(|(at, _)| *at);
        [due::next(self.document, now), ends, self.wake].into_iter().flatten().filter(|at| *at > now).min()
    }

    fn pass(&mut self, now: Instant) {
        let changed = self.finish(now);
        let wanted = self.hand_out(now);
        self.place(wanted, now);
        if changed {
            self.prune(now);
        }
    }

    /// Ends what is over by now, and says whether retention has something new to think of.
    fn finish(&mut self, now: Instant) -> bool {
        let mut changed = false;
        while let Some(entry) = self.running.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((at, _), running) = entry.remove_entry();
            changed |= match running {
                Running::Snapshot(backup, node) => {
                    self.set_status(&node, &CacheStatus::Available);
                    self.snapshot_done(&backup, at)
                }
                Running::Export(backup) => self.exported(&backup, at),
            };
        }
        changed
    }

    fn snapshot_done(&mut self, backup: &Backup, at: Instant) -> bool {
        let Some(name) = backup.snapshot.name().cloned() else { return false };
        let taken_at = at - self.terms.snapshot_takes;
        let files = file_count(&self.cache);
        let available = Change::SnapshotAvailable { name, owner: Owner::Us, taken_at, files };
        self.available(backup, &available, at)
    }

    /// A snapshot that is there is exported where the plan asks for it, and good otherwise.
    fn available(&mut self, backup: &Backup, change: &Change, at: Instant) -> bool {
        let Ok(backup) = backup.apply(change, at) else { return false };
        self.stay(&backup.id).snapshot_is_there(&backup, at);
        let exporting = backup.apply(&Change::ExportRequested, at);
        match exporting.and_then(|backup| backup.apply(&Change::ExportStarted, at)) {
            Ok(exporting) => {
                let ends = at + self.terms.export_takes;
                self.running.insert((ends, exporting.id.clone()), Running::Export(exporting));
                false
            }
            // The plan asks for no export.
            Err(_) => self.keep(backup),
        }
    }

    fn exported(&mut self, backup: &Backup, at: Instant) -> bool {
        let verified = Change::Verified { verdict: whole(backup) };
        let exported = backup.apply(&Change::Exported { files: Vec::new() }, at);
        let Ok(good) = exported.and_then(|backup| backup.apply(&verified, at)) else { return false };
        self.stay(&good.id).export_is_there(at);
        self.keep(good)
    }

    fn keep(&mut self, backup: Backup) -> bool {
        self.stay(&backup.id).outcome = Outcome::Taken;
        self.history.push(backup);
        true
    }

    /// Hands out the slots that are due. Those that end at once are noted.
    fn hand_out(&mut self, now: Instant) -> Vec<Backup> {
        let due = due::slots(self.document, &self.checkpoints, Some(self.terms.from), now);
        let home = Home { stack: &self.terms.stack, bucket: "exports" };
        let caches = std::slice::from_ref(&self.cache);
        let handed = due::hand_out(&due, self.document, caches, &BTreeMap::new(), &home, now);
        for slots in &due {
            self.checkpoints.insert(slots.plan.name.clone(), slots.to);
        }
        for (new, change) in handed.ended {
            self.end(&new.backup, &change);
        }
        let wanted: Vec<Backup> = handed.wanted.into_iter().map(|new| new.backup).collect();
        for backup in &wanted {
            self.stay(&backup.id);
        }
        wanted
    }

    fn end(&mut self, backup: &Backup, change: &Change) {
        let stay = self.stay(&backup.id);
        stay.outcome =
            if matches!(change, Change::Skipped { .. }) { Outcome::Skipped } else { Outcome::Missed };
        stay.reason = Some(change.reason());
    }

    fn stay(&mut self, id: &BackupId) -> &mut Stay {
        self.lived.stays.entry(id.clone()).or_insert_with(Stay::waiting)
    }

    /// Places what waits and what is new, as one pass of the snapshot job does.
    fn place(&mut self, wanted: Vec<Backup>, now: Instant) {
        self.wake = None;
        let to_place: Vec<Backup> = std::mem::take(&mut self.waiting).into_iter().chain(wanted).collect();
        if to_place.is_empty() {
            return;
        }
        let mut counts = Counts::new(self.meters.clone(), self.document.quota.reserve);
        for backup in self.history.iter().filter(|backup| backup.task.source == Source::Automatic) {
            if let Some(name) = backup.snapshot.name() {
                counts.claim(name.clone());
            }
        }
        let snapshots: Vec<Snapshot> = self.automatic_snapshots(now);
        for backup in to_place {
            match place(&backup, Some(&self.cache), &snapshots, &mut counts, now) {
                Placement::Take { change, meter } => self.take(&backup, &change, meter, now),
                Placement::Other(change) => self.other(&backup, &change, now),
                Placement::Unchanged => self.wait(backup, now + NEXT_PASS),
            }
        }
    }

    fn take(&mut self, backup: &Backup, change: &Change, meter: Meter, now: Instant) {
        let requested = backup.apply(change, now);
        let Ok(started) = requested.and_then(|backup| backup.apply(&Change::SnapshotStarted, now)) else {
            return;
        };
        let node = meter.node.clone();
        self.lived.taken.entry(node.clone()).or_default().push(now);
        self.set_status(&node, &CacheStatus::Snapshotting);
        if let Some(own) = self.meters.iter_mut().find(|own| own.node == node) {
            *own = meter;
        }
        let ends = now + self.terms.snapshot_takes;
        self.running.insert((ends, started.id.clone()), Running::Snapshot(started, node));
    }

    fn other(&mut self, backup: &Backup, change: &Change, now: Instant) {
        let Ok(next) = backup.apply(change, now) else { return };
        match &next.snapshot {
            SnapshotState::Waiting { retry_at, .. } => {
                let retry_at = *retry_at;
                self.wait(next, retry_at);
            }
            SnapshotState::Available { .. } => _ = self.available(backup, change, now),
            SnapshotState::Requested { .. }
            | SnapshotState::Creating { .. }
            | SnapshotState::Failed
            | SnapshotState::Missed
            | SnapshotState::Skipped
            | SnapshotState::Deleting { .. }
            | SnapshotState::Deleted { .. }
            | SnapshotState::Lost { .. } => self.end(backup, change),
        }
    }

    fn wait(&mut self, backup: Backup, until: Instant) {
        self.wake = Some(self.wake.map_or(until, |wake| wake.min(until)));
        self.waiting.push(backup);
    }

    fn set_status(&mut self, node: &NodeId, status: &CacheStatus) {
        match &mut self.cache.topology {
            Topology::Nodes(nodes) => {
                if let Some(node) = nodes.iter_mut().find(|member| member.id == *node) {
                    node.status = status.clone();
                }
            }
            Topology::Sharded { .. } | Topology::Serverless => self.cache.status = status.clone(),
        }
    }

    /// The automatic snapshots of the last two days: older ones are of no use to any slot.
    fn automatic_snapshots(&self, now: Instant) -> Vec<Snapshot> {
        let Some(time) = self.automatic else { return Vec::new() };
        let days = [1, 0].map(|back| now.date_naive() - TimeDelta::days(back));
        let taken = days.map(|day| day.and_time(time).and_utc() + AUTOMATIC_TAKES);
        let taken = taken.into_iter().filter(|at| *at <= now);
        taken
            .map(|at| self.snapshot(automatic_name(&self.cache, at), SnapshotSource::Automatic, at))
            .collect()
    }

    fn snapshot(&self, name: SnapshotName, source: SnapshotSource, at: Instant) -> Snapshot {
        let of = match (&self.cache.topology, self.cache.id.name()) {
            (Topology::Nodes(nodes), name) => nodes
                .first()
                .map_or_else(|| SnapshotOf::Group(name.to_owned()), |node| SnapshotOf::Node(node.id.clone())),
            (Topology::Sharded { .. }, name) => SnapshotOf::Group(name.to_owned()),
            (Topology::Serverless, name) => SnapshotOf::Serverless(name.to_owned()),
        };
        let (status, created_at) = (SnapshotStatus::Available, Some(at));
        Snapshot { name, arn: None, source, status, of, parts: Vec::new(), created_at, bytes: None }
    }

    /// What a pass of the prune job decides, carried out at once.
    fn prune(&mut self, now: Instant) {
        let inventory = self.inventory();
        let decision = prune::decide(&self.facts(&inventory, now), &mut Room::UNLIMITED.clone());
        self.review = decision.review;
        for (backup, change) in decision.changes {
            let next = backup.apply(&change, now);
            let expired = matches!(change, Change::Expired { .. });
            if expired {
                self.stay(&backup.id).expired(now);
                self.history.retain(|other| other.id != backup.id);
            } else if let Ok(next) = next {
                // A released snapshot is deleted in the same pass.
                let next = next.apply(&Change::SnapshotDeleted, now).unwrap_or(next);
                if matches!(change, Change::SnapshotReleased { .. }) {
                    self.stay(&backup.id).snapshot_is_gone(now);
                }
                if let Some(own) = self.history.iter_mut().find(|other| other.id == backup.id) {
                    *own = next;
                }
            }
        }
    }

    fn facts<'f>(&'f self, inventory: &'f Inventory, now: Instant) -> Facts<'f> {
        Facts {
            review: &self.review,
            history: &self.history,
            plans: Some(self.document),
            checkpoints: &self.checkpoints,
            inventory,
            holds: &crate::hold::NONE,
            strangers: Strangers::LeaveToAnother,
            unreachable: &REACHED,
            now,
        }
    }

    fn inventory(&self) -> Inventory {
        let there = self.history.iter().filter_map(|backup| match &backup.snapshot {
            SnapshotState::Available { name, taken_at, .. } => Some((name.clone(), *taken_at)),
            SnapshotState::Waiting { .. }
            | SnapshotState::Requested { .. }
            | SnapshotState::Creating { .. }
            | SnapshotState::Failed
            | SnapshotState::Missed
            | SnapshotState::Skipped
            | SnapshotState::Deleting { .. }
            | SnapshotState::Deleted { .. }
            | SnapshotState::Lost { .. } => None,
        });
        let there = there.map(|(name, at)| self.snapshot(name, SnapshotSource::Manual, at));
        Inventory::new(Listing { snapshots: there.collect(), nameless: 0 }, |_| None)
    }

    /// What is kept now, newest first, by the words that `cachekeep explain` has for it.
    fn kept(&self, now: Instant) -> Vec<Kept> {
        let inventory = self.inventory();
        let explained = explain::of_cache(&self.facts(&inventory, now)).into_iter();
        let kept = explained.filter(|backup| backup.keep && backup.status == Status::Good);
        kept.map(|backup| Kept { plan: backup.id.plan, slot: backup.id.slot, reasons: backup.reasons })
            .collect()
    }
}

impl Lived {
    /// How much each node was asked for.
    pub(super) fn loads(&self) -> Vec<Load> {
        let load = |(node, taken): (&NodeId, &Vec<Instant>)| Load {
            node: node.clone(),
            snapshots: taken.len(),
            most_in_24_hours: most_in_a_window(taken),
            limit: self.limit,
        };
        self.taken.iter().map(load).collect()
    }

    /// What became of every slot, oldest first.
    pub(super) fn slots(&self) -> Vec<SlotLine> {
        let line = |(id, stay): (&BackupId, &Stay)| SlotLine {
            plan: id.plan.clone(),
            slot: id.slot,
            outcome: stay.outcome,
            reason: stay.reason.clone(),
            is_kept: stay.outcome == Outcome::Taken && !stay.is_expired(),
        };
        let mut lines: Vec<SlotLine> = self.stays.iter().map(line).collect();
        lines.sort_by(|a, b| (a.slot, &a.plan).cmp(&(b.slot, &b.plan)));
        lines
    }
}

/// `taken` is in order.
fn most_in_a_window(taken: &[Instant]) -> usize {
    let mut first = 0;
    let counts = taken.iter().enumerate().map(|(index, at)| {
        while *at - taken[first] >= quota::WINDOW {
            first += 1;
        }
        index + 1 - first
    });
    counts.max().unwrap_or_default()
}

/// Every bucket is read: what a simulation has no reason to doubt.
static REACHED: Unreachable = Unreachable::new();

/// A name of the kind that ElastiCache gives.
fn automatic_name(cache: &Cache, at: Instant) -> SnapshotName {
    SnapshotName::new(&format!("automatic.{}-{}", cache.id.name(), at.format("%Y-%m-%d-%H-%M")))
}

/// What reading an export says that nothing is wrong with.
fn whole(backup: &Backup) -> Verdict {
    let level = backup.export.as_ref().map_or_else(Default::default, |export| export.task.verify);
    Verdict {
        level,
        files: 1,
        bytes: 0,
        keys: None,
        databases: None,
        unsummed: 0,
        problems: Vec::new(),
        written: 0,
        healable: 0,
        warnings: Vec::new(),
    }
}
