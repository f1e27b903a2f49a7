//! Retention: what expires, what is released, what went away, and what may therefore be deleted.
//!
//! Everything here needs a complete view: the whole history of a cache, and a listing of every snapshot that was read
//! after it. Whoever could read only a part must not ask. What the listing lacks is looked up by its name
//! ([`Inventory::to_look_up`]), and is gone only when that is believed ([`super::absence`]).

mod approval;
mod expire;
mod inventory;
mod orphan;
mod reconcile;
mod retire;
mod stray;
mod suspicion;
mod unplanned;
mod unreadable;

#[cfg(test)]
pub(crate) mod kit;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use crate::backup::{Backup, Change};
use crate::event::{Event, Notice};
use crate::freshness::Checkpoints;
use crate::hold::Holds;
use crate::ids::{BackupId, Instant, PlanName};
use crate::plan::Document;
use crate::review::{AT_LEAST_EVERY, Review};

use super::standing::{self, Stood};
pub use approval::{Approval, Deletion, deletions};
pub use expire::Going;
pub use inventory::{Inventory, Presence};
pub use orphan::{Kept, forget_object, forget_snapshot, object_of};
use reconcile::Reconciled;
pub use stray::FailedAttempt;
pub use suspicion::{Suspicion, Unreachable};

/// How many backups expire in one pass. A fleet of a thousand caches with a backup an hour needs three passes an hour for
/// it, and a mistake in a policy is announced long before it has emptied a ledger.
pub const MAX_EXPIRED_PER_PASS: usize = 500;

/// How many snapshots are released in one pass. More than expire, since the exports stay.
pub const MAX_RELEASED_PER_PASS: usize = 1_000;

/// When a review that left something over is due again: in the next pass, and in another minute, since notices of one plan
/// and kind are told apart by their minute.
const SOON: TimeDelta = TimeDelta::minutes(1);

/// When a bucket that could not be read is looked at again.
const LOOK_AGAIN: TimeDelta = TimeDelta::hours(1);

/// How much more may be decided in this pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    expire: usize,
    release: usize,
}

impl Room {
    /// The room of a whole pass.
    pub const PASS: Self = Self { expire: MAX_EXPIRED_PER_PASS, release: MAX_RELEASED_PER_PASS };

    /// Room for whatever goes: for who asks what the passes to come will do, and does not do it.
    pub const UNLIMITED: Self = Self { expire: usize::MAX, release: usize::MAX };
}

/// What a decision about one cache is made of.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The review that is due, as it was read before the history.
    pub review: &'a Review,
    /// Every backup of the cache, of every plan.
    pub history: &'a [Backup],
    /// The plans in force. A plan that is not among them lets nothing expire: nobody says what it would keep.
    pub plans: Option<&'a Document>,
    /// How far each plan's slots were handed out before the history was read: tells the caches that a plan has gone on
    /// without.
    pub checkpoints: &'a Checkpoints,
    /// Every snapshot that there is, listed after the history was read, and those that the listing lacked looked up by name.
    pub inventory: &'a Inventory,
    /// The holds on whole caches and plans.
    pub holds: &'a Holds,
    /// Whether this review tells of what concerns no cache.
    pub strangers: Strangers<'a>,
    /// Buckets that could not be read.
    pub unreachable: &'a Unreachable,
    /// The pass's `now`.
    pub now: Instant,
}

/// Which review tells of what concerns no cache: one of them all, so that it is told once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strangers<'a> {
    /// This one, but for what others have told: which one tells may change with the fleet.
    Tell {
        /// What the other reviews hold in [`Review::unreadable`].
        told: &'a BTreeSet<String>,
    },
    /// Another one.
    LeaveToAnother,
}

/// What is to be done about one cache.
#[derive(Debug)]
pub struct Decision {
    /// At most one change for each backup, the oldest slot first. They are recorded before anything is deleted.
    pub changes: Vec<(Backup, Change)>,
    /// Everything that the rules let go, those that are still there for a while included.
    pub going: BTreeMap<BackupId, Going>,
    /// The plans of which nothing goes for now.
    pub suspicious: BTreeMap<PlanName, Suspicion>,
    /// Snapshots that never became complete and that no backup counts on any more.
    pub failed_attempts: Vec<FailedAttempt>,
    /// The review as it stands after this, with its next date.
    pub review: Review,
    /// What people must be told, together with the review.
    pub notices: Vec<Event>,
}

/// Decides about one cache, with as much room as the pass has left.
#[must_use]
pub fn decide(facts: &Facts<'_>, room: &mut Room) -> Decision {
    let Reconciled { mut changes, in_doubt, look_again } = reconcile::reconcile(facts);
    let present = after(facts, &changes);
    let mut review = facts.review.clone();
    let at_the_latest = facts.now + AT_LEAST_EVERY;
    let due = look_again.map_or(at_the_latest, |again| again.min(at_the_latest));
    let mut telling = Telling { notices: Vec::new(), due };
    let (mut going, mut suspicious) = (BTreeMap::new(), BTreeMap::new());
    if let Some(document) = facts.plans {
        let before = std::mem::take(&mut review.plans);
        for plan in &document.plans {
            let own = standing::of_plan(plan, &present, facts.now);
            let known = before.get(&plan.name).cloned().or_else(|| standing::first_met(&own));
            let Some(known) = known else { continue };
            let stood = standing::stand(&known, plan, &own, facts.now);
            let rule = retire::rule(plan, &review, &stood.standing, facts.checkpoints);
            let suspicion = suspicion::of_plan(plan, rule, &stood.standing, &own, facts.unreachable);
            let retained = if in_doubt.contains(&plan.name) {
                expire::Retained::default()
            } else {
                expire::of_plan(plan, rule, suspicion.as_ref(), &own, facts.now, room)
            };
            telling.add(facts, &plan.name, &stood, review.unsupported.is_some(), retained.left_over);
            telling.suspicion(facts, &mut review, &plan.name, suspicion.as_ref(), retained.next(facts.now));
            changes.extend(retained.changes);
            going.extend(retained.going);
            suspicious.extend(suspicion.map(|suspicion| (plan.name.clone(), suspicion)));
            review.plans.insert(plan.name.clone(), stood.standing);
        }
    }
    let unplanned = unplanned::expired(facts, &present, &in_doubt, room);
    changes.extend(unplanned.changes);
    telling.again(facts, &present, unplanned.left_over);
    changes.extend(ruleless(facts));
    let strays = stray::find(facts);
    telling.orphans(facts, &mut review, &strays);
    telling.unreadable(facts, &mut review);
    review.unreachable.retain(|bucket| facts.unreachable.contains_key(bucket));
    review.due = telling.due;
    Decision {
        changes: in_order(facts.history, changes),
        going,
        suspicious,
        failed_attempts: strays.failed_attempts,
        review,
        notices: telling.notices,
    }
}

/// Marks of plans that are not in force any more: nobody says that these go.
fn ruleless(facts: &Facts<'_>) -> impl Iterator<Item = (BackupId, Change)> {
    let ruled = |plan: &PlanName| facts.plans.is_none_or(|document| document.plan(plan).is_some());
    let marked =
        facts.history.iter().filter(move |backup| backup.leaving.is_some() && !ruled(&backup.id.plan));
    marked.map(|backup| {
        let why = format!("it was to go, and plan {} is not in force any more", backup.id.plan);
        (backup.id.clone(), Change::Spared { why })
    })
}

/// The history as it will be once `changes` are recorded. What a standing hold covers counts as held.
fn after(facts: &Facts<'_>, changes: &BTreeMap<BackupId, Change>) -> Vec<Backup> {
    let next = |backup: &Backup| {
        let after = changes.get(&backup.id).and_then(|change| backup.apply(change, facts.now).ok());
        let after = after.unwrap_or_else(|| backup.clone());
        Backup { held: facts.holds.forbid(&after), ..after }
    };
    facts.history.iter().map(next).collect()
}

/// The changes with the recorded state that each is applied to, the oldest slot first.
fn in_order(history: &[Backup], mut changes: BTreeMap<BackupId, Change>) -> Vec<(Backup, Change)> {
    let mut backups: Vec<&Backup> = history.iter().collect();
    backups.sort_by_key(|backup| (backup.id.slot, backup.id.clone()));
    let change = |backup: &Backup| Some((backup.clone(), changes.remove(&backup.id)?));
    backups.into_iter().filter_map(change).collect()
}

/// What a review tells, and when the next one is due.
struct Telling {
    notices: Vec<Event>,
    due: Instant,
}

impl Telling {
    fn add(&mut self, facts: &Facts<'_>, plan: &PlanName, stood: &Stood, unsupported: bool, left_over: bool) {
        let cache = &facts.review.cache;
        let notices = stood.notices.iter().cloned();
        self.notices
            .extend(notices.map(|notice| Event::of_notice(cache.clone(), plan.clone(), notice, facts.now)));
        if let (Some(late_at), false) = (stood.late_at, unsupported) {
            self.due = self.due.min(late_at);
        }
        if left_over {
            self.due = self.due.min(facts.now + SOON);
        }
    }

    /// A bucket that cannot be read is told once, and looked at again within the hour; what is marked goes when its time has
    /// come.
    fn suspicion(
        &mut self,
        facts: &Facts<'_>,
        review: &mut Review,
        plan: &PlanName,
        suspicion: Option<&Suspicion>,
        next: Option<Instant>,
    ) {
        match suspicion {
            None => self.due = next.map_or(self.due, |next| self.due.min(next)),
            // What heals these is a new backup or a person's word, and both call for a review.
            Some(Suspicion::Late { .. } | Suspicion::Small) => {}
            Some(Suspicion::Unreachable { bucket, why }) => {
                self.due = self.due.min(facts.now + LOOK_AGAIN);
                if review.unreachable.insert(bucket.clone()) {
                    let notice = Notice::Unreachable { bucket: bucket.clone(), why: why.clone() };
                    let cache = facts.review.cache.clone();
                    self.notices.push(Event::of_notice(cache, plan.clone(), notice, facts.now));
                }
            }
        }
    }

    /// Backups that somebody asked for go when their time is over, and not at the next occasion.
    fn again(&mut self, facts: &Facts<'_>, present: &[Backup], left_over: bool) {
        let ends = present.iter().filter_map(|backup| backup.kept_until(facts.now));
        let soon = left_over.then_some(facts.now + SOON);
        self.due = ends.chain(soon).fold(self.due, Instant::min);
    }

    /// Each snapshot that cannot be read once. One that can be read again is forgotten.
    fn unreadable(&mut self, facts: &Facts<'_>, review: &mut Review) {
        review.unreadable.retain(|name| unreadable::is_still(facts, name));
        for (name, (plan, notice)) in unreadable::find(facts) {
            if review.unreadable.insert(name) {
                self.notices.push(Event::of_notice(facts.review.cache.clone(), plan, notice, facts.now));
            }
        }
    }

    /// Each orphan once, and of each plan one at a time. What is no orphan any more is forgotten.
    fn orphans(&mut self, facts: &Facts<'_>, review: &mut Review, strays: &stray::Strays) {
        review.orphans.retain(|name| strays.orphans.contains_key(name));
        let mut told = BTreeSet::new();
        for (name, plan) in &strays.orphans {
            if review.orphans.contains(name) {
                continue;
            }
            if !told.insert(plan) {
                self.due = self.due.min(facts.now + SOON);
                continue;
            }
            review.orphans.insert(name.clone());
            let notice = Notice::Orphan { snapshot: name.to_string() };
            let cache = facts.review.cache.clone();
            self.notices.push(Event::of_notice(cache, plan.clone(), notice, facts.now));
        }
    }
}
