//! Where the snapshot of a due backup is taken: which node, whether the quota has room, or what to do instead.

#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use crate::backup::{Backup, Change, Owner, SnapshotState, SnapshotTarget};
use crate::cache::{Cache, CacheStatus, Node, Role, Topology};
use crate::cause::{Cause, Failure};
use crate::ids::{CacheKind, Instant, NodeId, SnapshotName};
use crate::names;
use crate::plan::Source;
use crate::quota::{self, Meter};
use crate::snapshot::{Snapshot, SnapshotOf, SnapshotSource, SnapshotStatus};

/// How soon a busy cache is looked at again: about as long as the shortest snapshots take.
const BUSY_RETRY: TimeDelta = TimeDelta::minutes(2);

/// How old an automatic snapshot may be at its slot: ElastiCache takes one a day, so the newest is younger than this.
const AUTOMATIC_AGE_MAX: TimeDelta = TimeDelta::hours(24);

/// The counts of a pass: what the ledger holds, corrected by what AWS lists, charged with what the pass takes.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    meters: BTreeMap<NodeId, Meter>,
    taken: BTreeSet<NodeId>,
    claimed: BTreeSet<SnapshotName>,
    reserve: u8,
}

impl Counts {
    /// Starts from the ledger's meters. `reserve` is what is left for people, in snapshots per node.
    #[must_use]
    pub fn new(meters: Vec<Meter>, reserve: u8) -> Self {
        let meters = meters.into_iter().map(|meter| (meter.node.clone(), meter)).collect();
        Self { meters, taken: BTreeSet::new(), claimed: BTreeSet::new(), reserve }
    }

    /// Counts what AWS lists, whoever took it. A snapshot that is still `creating` counts from `now` unless we already
    /// know better.
    pub fn observe(&mut self, snapshots: &[Snapshot], now: Instant) {
        for snapshot in snapshots.iter().filter(|snapshot| snapshot.source == SnapshotSource::Manual) {
            for node in charged(snapshot) {
                let Some(meter) = self.meters.get_mut(&node) else { continue };
                match snapshot.taken_at() {
                    Some(taken_at) if now < taken_at + quota::WINDOW + quota::MARGIN => {
                        meter.observe(&snapshot.name, taken_at);
                    }
                    None if !meter.taken.contains_key(&snapshot.name) => meter.observe(&snapshot.name, now),
                    Some(_) | None => {}
                }
            }
        }
    }

    /// Notes that a backup holds this snapshot already. Two backups that export one serverless snapshot would write to the
    /// same keys, which AWS chooses, and the first to expire would delete the other's files.
    pub fn claim(&mut self, name: SnapshotName) {
        self.claimed.insert(name);
    }

    /// Puts a meter in its place after AWS answered otherwise than it promised.
    pub fn correct(&mut self, meter: Meter) {
        self.meters.insert(meter.node.clone(), meter);
    }

    /// The meter of this node, if it was read.
    #[must_use]
    pub fn meter(&self, node: &NodeId) -> Option<&Meter> {
        self.meters.get(node)
    }
}

/// What the quota counts a snapshot on. One that does not say what it was taken of counts on the nodes that its parts name,
/// and else on none: counted on all of them, a few such snapshots would keep every cache from being backed up, whereas a count
/// that is too low only has AWS refuse, and the next node is asked.
fn charged(snapshot: &Snapshot) -> BTreeSet<NodeId> {
    match &snapshot.of {
        SnapshotOf::Group(name) | SnapshotOf::Serverless(name) => BTreeSet::from([NodeId::new(name)]),
        SnapshotOf::Node(node) => BTreeSet::from([node.clone()]),
        SnapshotOf::Untold(_) => snapshot.parts.iter().filter_map(|part| part.node.clone()).collect(),
    }
}

/// What the quota of a cache is counted on: its nodes, or the cache itself where all nodes count alike.
#[must_use]
pub fn counted_on(cache: &Cache) -> Vec<NodeId> {
    match &cache.topology {
        Topology::Nodes(nodes) => nodes.iter().map(|node| node.id.clone()).collect(),
        Topology::Sharded { .. } | Topology::Serverless => vec![NodeId::new(cache.id.name())],
    }
}

/// What becomes of a due backup now.
#[derive(Debug, Clone, PartialEq)]
pub enum Placement {
    /// Its snapshot is requested; the meter is charged with it.
    Take {
        /// The request.
        change: Change,
        /// The meter as it becomes.
        meter: Meter,
    },
    /// It changes without a snapshot of ours: it waits, ends, or takes ElastiCache's automatic snapshot.
    Other(Change),
    /// It goes on waiting as before.
    Unchanged,
}

/// Decides about one backup that is `Waiting` (or was requested, and refused by AWS for the quota). `cache` is `None`
/// when the listing lacks it. `snapshots` is the listing, for plans that export automatic snapshots.
pub fn place(
    backup: &Backup,
    cache: Option<&Cache>,
    snapshots: &[Snapshot],
    counts: &mut Counts,
    now: Instant,
) -> Placement {
    let Some(cache) = cache else {
        return unlisted(backup, now);
    };
    if now > backup.task.deadline {
        return missed(deadline_passed(backup));
    }
    if backup.task.source == Source::Automatic {
        return automatic(backup, cache, snapshots, counts);
    }
    match candidates(cache, backup.task.source, counts) {
        Ok(nodes) => choose(backup, cache, nodes, counts, now),
        Err(busy) => waiting(backup, busy, now + BUSY_RETRY),
    }
}

/// One listing without the cache may be late; that all of them lack it until the slot's time is over is not.
fn unlisted(backup: &Backup, now: Instant) -> Placement {
    if now > backup.task.deadline {
        return missed(Failure::new(Cause::CacheGone, "the cache no longer exists"));
    }
    waiting(backup, Failure::new(Cause::CacheGone, "ElastiCache does not list the cache"), now + BUSY_RETRY)
}

fn deadline_passed(backup: &Backup) -> Failure {
    let deadline = backup.task.deadline.format("%Y-%m-%d %H:%M UTC");
    match kept_waiting_by(backup) {
        Some(after) => Failure::new(
            Cause::Late { after: Some(Box::new(after.clone())) },
            format!("it could not start before {deadline}; the last reason was: {}", backup.reason),
        ),
        // Nobody tried: there is no last reason.
        None => Failure::new(Cause::Late { after: None }, format!("nothing looked at it before {deadline}")),
    }
}

/// What the backup waits for by the ledger's word, if it waits for anything.
const fn kept_waiting_by(backup: &Backup) -> Option<&Cause> {
    match &backup.snapshot {
        SnapshotState::Waiting { why, .. } => why.as_ref(),
        SnapshotState::Requested { .. }
        | SnapshotState::Creating { .. }
        | SnapshotState::Available { .. }
        | SnapshotState::Failed
        | SnapshotState::Missed
        | SnapshotState::Skipped
        | SnapshotState::Deleting { .. }
        | SnapshotState::Deleted { .. }
        | SnapshotState::Lost { .. } => None,
    }
}

const fn missed(why: Failure) -> Placement {
    Placement::Other(Change::Missed { why })
}

/// A wait that says nothing new is not written again: the entry stays due, and the next pass looks again.
fn waiting(backup: &Backup, why: Failure, retry_at: Instant) -> Placement {
    if kept_waiting_by(backup) == Some(&why.cause) {
        return Placement::Unchanged;
    }
    Placement::Other(Change::Waiting { why, retry_at })
}

/// The nodes that a snapshot can start on now, with what each is for AWS's call.
fn candidates(
    cache: &Cache,
    source: Source,
    counts: &Counts,
) -> Result<Vec<(Role, NodeId, SnapshotTarget)>, Failure> {
    match &cache.topology {
        Topology::Sharded { .. } => whole(cache, SnapshotTarget::Group, counts),
        Topology::Serverless => whole(cache, SnapshotTarget::Serverless, counts),
        Topology::Nodes(nodes) => {
            let wanted = nodes.iter().filter(|node| source != Source::Primary || node.role == Role::Primary);
            let free: Vec<_> = wanted.filter(|node| is_free(node, counts)).map(candidate).collect();
            if free.is_empty() { Err(busy(cache)) } else { Ok(free) }
        }
    }
}

fn whole(
    cache: &Cache,
    target: SnapshotTarget,
    counts: &Counts,
) -> Result<Vec<(Role, NodeId, SnapshotTarget)>, Failure> {
    let node = NodeId::new(cache.id.name());
    if cache.status == CacheStatus::Available && !counts.taken.contains(&node) {
        Ok(vec![(Role::Primary, node, target)])
    } else {
        Err(busy(cache))
    }
}

fn is_free(node: &Node, counts: &Counts) -> bool {
    node.status == CacheStatus::Available && !counts.taken.contains(&node.id)
}

fn candidate(node: &Node) -> (Role, NodeId, SnapshotTarget) {
    (node.role, node.id.clone(), SnapshotTarget::Node(node.id.clone()))
}

fn busy(cache: &Cache) -> Failure {
    let status = busy_word(cache);
    let message = format!("ElastiCache takes no snapshot of it now: the cache is {status}");
    Failure::new(Cause::Busy { status: Some(status) }, message)
}

fn busy_word(cache: &Cache) -> String {
    match cache.status {
        CacheStatus::Available => CacheStatus::Snapshotting.to_string(),
        CacheStatus::Snapshotting | CacheStatus::Other(_) => cache.status.to_string(),
    }
}

/// A replica before the primary, then the node with the most room, then by id so that two passes choose alike.
fn choose(
    backup: &Backup,
    cache: &Cache,
    nodes: Vec<(Role, NodeId, SnapshotTarget)>,
    counts: &mut Counts,
    now: Instant,
) -> Placement {
    let limit = quota::limit(cache.id.kind());
    let reserve = counts.reserve;
    let room = |node: &NodeId| counts.meter(node).map_or(0, |meter| meter.headroom(limit, reserve, now));
    let with_room = nodes.into_iter().filter(|(_, node, _)| room(node) > 0);
    let best = with_room.min_by_key(|(role, node, _)| (*role, Reverse(room(node)), node.clone()));
    match best {
        Some((_, node, on)) => take(backup, node, on, counts, now),
        None => no_room(backup, cache, counts, now),
    }
}

fn take(backup: &Backup, node: NodeId, on: SnapshotTarget, counts: &mut Counts, now: Instant) -> Placement {
    let name = names::snapshot(&backup.stack.identity, &backup.id, attempt(backup));
    let cache = backup.id.cache.clone();
    let meter = counts.meters.entry(node.clone()).or_insert_with(|| Meter::new(cache, node.clone()));
    meter.reserve(&name, now);
    let meter = meter.clone();
    counts.taken.insert(node);
    Placement::Take { change: Change::SnapshotRequested { name, on }, meter }
}

const fn attempt(backup: &Backup) -> u32 {
    match &backup.snapshot {
        SnapshotState::Waiting { attempt, .. }
        | SnapshotState::Requested { attempt, .. }
        | SnapshotState::Creating { attempt, .. } => *attempt,
        SnapshotState::Available { .. }
        | SnapshotState::Failed
        | SnapshotState::Missed
        | SnapshotState::Skipped
        | SnapshotState::Deleting { .. }
        | SnapshotState::Deleted { .. }
        | SnapshotState::Lost { .. } => 1,
    }
}

/// Waits where the count falls in time, else leaves the slot out: waiting longer would only make it missed.
fn no_room(backup: &Backup, cache: &Cache, counts: &Counts, now: Instant) -> Placement {
    let limit = quota::limit(cache.id.kind());
    let frees_at = counted_on(cache).iter().filter_map(|node| counts.meter(node)?.frees_at(now)).min();
    let message = format!(
        "AWS allows {limit} manual snapshots per {} in any 24 hours and none is left (cachekeep leaves {} for people)",
        match cache.id.kind() {
            CacheKind::Group | CacheKind::Cluster => "node",
            CacheKind::Serverless => "serverless cache",
        },
        counts.reserve,
    );
    let why = Failure::new(Cause::Quota, message);
    if let Some(at) = frees_at.filter(|at| *at <= backup.task.deadline) {
        return waiting(backup, why, at);
    }
    Placement::Other(Change::Skipped { why })
}

/// Whether the quota leaves room for a snapshot of any node of the cache now.
#[must_use]
pub fn has_room(cache: &Cache, counts: &Counts, now: Instant) -> bool {
    let limit = quota::limit(cache.id.kind());
    let room =
        |node: &NodeId| counts.meter(node).map_or(0, |meter| meter.headroom(limit, counts.reserve, now));
    counted_on(cache).iter().any(|node| room(node) > 0)
}

/// When ElastiCache took the newest automatic snapshot of the day before `now` that no backup holds yet.
#[must_use]
pub fn newest_automatic(
    cache: &Cache,
    snapshots: &[Snapshot],
    counts: &Counts,
    now: Instant,
) -> Option<Instant> {
    let free = snapshots.iter().filter(|snapshot| is_free_automatic(snapshot, cache, counts));
    free.filter_map(Snapshot::taken_at).filter(|at| now - AUTOMATIC_AGE_MAX < *at && *at <= now).max()
}

fn is_free_automatic(snapshot: &Snapshot, cache: &Cache, counts: &Counts) -> bool {
    snapshot.source == SnapshotSource::Automatic
        && snapshot.status == SnapshotStatus::Available
        && is_of(snapshot, cache)
        && !counts.claimed.contains(&snapshot.name)
}

/// The newest complete automatic snapshot of the day before the slot that no backup holds yet.
fn automatic(backup: &Backup, cache: &Cache, snapshots: &[Snapshot], counts: &mut Counts) -> Placement {
    let slot = backup.id.slot.instant();
    let fits = |snapshot: &&Snapshot| {
        is_free_automatic(snapshot, cache, counts)
            && snapshot
                .taken_at()
                .is_some_and(|at| slot - AUTOMATIC_AGE_MAX < at && at <= backup.task.deadline)
    };
    let newest = snapshots.iter().filter(fits).max_by_key(|snapshot| snapshot.taken_at());
    let Some((snapshot, taken_at)) = newest.and_then(|snapshot| Some((snapshot, snapshot.taken_at()?)))
    else {
        let why = "ElastiCache has no automatic snapshot from the 24 hours before the slot that no other backup holds; is \
                   SnapshotRetentionLimit at least 1, and the plan's schedule at most daily?";
        return waiting(backup, Failure::new(Cause::NoAutomaticSnapshot, why), slot + BUSY_RETRY);
    };
    counts.claim(snapshot.name.clone());
    Placement::Other(Change::SnapshotAvailable {
        name: snapshot.name.clone(),
        owner: Owner::ElastiCache,
        taken_at,
        files: file_count(cache),
    })
}

fn is_of(snapshot: &Snapshot, cache: &Cache) -> bool {
    match (&snapshot.of, &cache.topology) {
        (SnapshotOf::Node(node), Topology::Nodes(nodes)) => nodes.iter().any(|member| member.id == *node),
        (of, _) => of.cache().is_some_and(|id| id == cache.id),
    }
}

/// How many files an export of the cache has: one a shard (docs/elasticache.md 5, L).
#[must_use]
pub fn file_count(cache: &Cache) -> u16 {
    match cache.topology {
        Topology::Sharded { shards } => shards,
        Topology::Nodes(_) | Topology::Serverless => 1,
    }
}
