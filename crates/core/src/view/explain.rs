//! Why each backup is kept, or will go: what the next prune would decide about it at this moment, in words.

use std::collections::BTreeMap;

use serde::Serialize;

use super::backup::newest_first;
use crate::backup::{Backup, Change, Status};
use crate::decide::prune::{self, Decision, Facts, Going, Room};
use crate::ids::{BackupId, Instant};
use crate::plan::Plan;
use crate::retention::Reason;
use crate::slot::Slot;

/// What becomes of one backup, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// The backup.
    pub id: BackupId,
    /// How it stands.
    pub status: Status,
    /// Whether something of it is there and stays.
    pub keep: bool,
    /// Why; never empty.
    pub reasons: Vec<String>,
}

/// The backups of one cache, newest first. Nothing is told here of what concerns no cache.
#[must_use]
pub fn of_cache(facts: &Facts<'_>) -> Vec<Explained> {
    let decision = prune::decide(facts, &mut Room::PASS.clone());
    let changes: BTreeMap<BackupId, Change> =
        decision.changes.iter().map(|(backup, change)| (backup.id.clone(), change.clone())).collect();
    let standing = Standing { facts, decision: &decision, rules: &rules(facts) };
    let explain = |backup: &Backup| {
        let (keep, reasons) = standing.explain(backup, changes.get(&backup.id));
        Explained { id: backup.id.clone(), status: backup.status(), keep, reasons }
    };
    let mut explained: Vec<Explained> = facts.history.iter().map(explain).collect();
    explained.sort_by(|a, b| newest_first(&a.id, &b.id));
    explained
}

/// The rules that keep each good backup, in restic's words.
fn rules(facts: &Facts<'_>) -> BTreeMap<BackupId, Vec<String>> {
    let plans = facts.plans.iter().flat_map(|document| &document.plans);
    plans.flat_map(|plan| rules_of_plan(plan, facts.history, facts.now)).collect()
}

fn rules_of_plan(plan: &Plan, history: &[Backup], now: Instant) -> Vec<(BackupId, Vec<String>)> {
    let good = history.iter().filter(|backup| backup.id.plan == plan.name && backup.is_whole());
    let good = good.filter(|backup| backup.kept_until(now).is_none());
    let good = good.map(|backup| (backup.id.slot.instant(), backup.id.clone())).collect();
    let kept = plan.keep.apply(good, plan.timezone, now).into_iter();
    kept.map(|kept| (kept.item, kept.reasons.iter().map(Reason::to_string).collect())).collect()
}

/// What explains a backup, besides the decision about it.
struct Standing<'a> {
    facts: &'a Facts<'a>,
    decision: &'a Decision,
    rules: &'a BTreeMap<BackupId, Vec<String>>,
}

impl Standing<'_> {
    fn explain(&self, backup: &Backup, change: Option<&Change>) -> (bool, Vec<String>) {
        if let Some(going) = self.decision.going.get(&backup.id) {
            return self.going(backup, going);
        }
        match change.map(|change| (change, change.reason())) {
            Some((Change::Spared { .. }, why)) => (
                true,
                self.rules.get(&backup.id).cloned().unwrap_or_default().into_iter().chain([why]).collect(),
            ),
            Some((_, why)) if backup.status() == Status::Good => {
                let (keep, mut reasons) = self.present(backup);
                reasons.push(why);
                (keep, reasons)
            }
            Some((_, why)) => (false, vec![why]),
            None => self.present(backup),
        }
    }

    /// What the rules let go: when, and why it does not go for now.
    fn going(&self, backup: &Backup, going: &Going) -> (bool, Vec<String>) {
        let why = if going.at <= self.facts.now {
            going.why.clone()
        } else {
            let at = going.at.format("%A %Y-%m-%d %H:%M UTC");
            format!("{}: it goes on {at}, unless `cachekeep hold` keeps it", going.why)
        };
        match self.decision.suspicious.get(&backup.id.plan) {
            Some(suspicion) => (true, vec![suspicion.to_string(), why]),
            None => (false, vec![why]),
        }
    }

    fn present(&self, backup: &Backup) -> (bool, Vec<String>) {
        match backup.status() {
            Status::Good => (true, self.why_good(backup)),
            Status::Waiting | Status::Snapshotting | Status::Exporting | Status::Verifying => {
                (true, vec!["it is on its way".to_owned()])
            }
            Status::Corrupt => (true, vec!["it is corrupt, and no newer backup is good".to_owned()]),
            Status::Failed | Status::Missed | Status::Skipped | Status::Lost => {
                (false, vec![format!("there is nothing to keep: {}", backup.reason)])
            }
            Status::Expiring | Status::Pruned => (false, vec![backup.reason.clone()]),
        }
    }

    fn why_good(&self, backup: &Backup) -> Vec<String> {
        let held = self.facts.holds.of(backup).into_iter().map(|hold| hold.to_string());
        let asked = backup.kept_until(self.facts.now).map(|until| {
            format!("whoever asked for it wants it kept until {}", until.format("%Y-%m-%d %H:%M UTC"))
        });
        let mut reasons: Vec<String> = held.chain(asked).collect();
        reasons.extend(self.rules.get(&backup.id).cloned().unwrap_or_default());
        if reasons.is_empty() {
            reasons.push(self.why_unruled(backup));
        }
        reasons
    }

    /// Why a good backup stays that no rule keeps and nobody holds.
    fn why_unruled(&self, backup: &Backup) -> String {
        let plan = &backup.id.plan;
        let in_force = self.facts.plans.is_some_and(|plans| plans.plan(plan).is_some());
        let is_over = backup.task.asked.as_ref().is_some_and(|asked| asked.keep_until.is_some());
        if !in_force && is_over {
            "the time to keep it is over, and no newer backup of the cache is good".to_owned()
        } else if !in_force {
            format!("no plan {plan} is in force, so nothing says that it goes")
        } else if Some(backup.id.slot) == self.newest_good(backup) {
            "the newest good backup always stays".to_owned()
        } else if let Some(suspicion) = self.decision.suspicious.get(plan) {
            suspicion.to_string()
        } else if self.is_among_the_newest(backup) {
            "the plan's `at_least` keeps it, whatever its rules say".to_owned()
        } else {
            "no rule keeps it; it goes once the passes before have made room".to_owned()
        }
    }

    fn newest_good(&self, backup: &Backup) -> Option<Slot> {
        let own =
            self.facts.history.iter().filter(|other| other.id.plan == backup.id.plan && other.is_whole());
        own.map(|other| other.id.slot).max()
    }

    fn is_among_the_newest(&self, backup: &Backup) -> bool {
        let plan = self.facts.plans.and_then(|plans| plans.plan(&backup.id.plan));
        let is_newer = |other: &&Backup| {
            other.id.plan == backup.id.plan && other.is_whole() && other.id.slot > backup.id.slot
        };
        let newer = self.facts.history.iter().filter(is_newer).count();
        plan.is_some_and(|plan| newer < usize::try_from(plan.keep.at_least()).unwrap_or(usize::MAX))
    }
}
