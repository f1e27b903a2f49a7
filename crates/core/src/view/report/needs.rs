//! What needs a person, and what somebody may want to know.

use super::Facts;
use crate::backup::{Backup, Status};
use crate::cache::{Cache, Support};
use crate::restore::RestoreStatus;
use crate::review::Review;
use crate::view::status::{Health, Standings, StatusLine};

/// One thing that needs a person, or that one may want to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Whether somebody should do something.
    pub is_urgent: bool,
    /// The cache that it is about, by its full id.
    pub cache: Option<String>,
    /// What it is.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl Need {
    fn urgent(cache: Option<String>, what: String, remedy: impl Into<String>) -> Self {
        Self { is_urgent: true, cache, what, remedy: remedy.into() }
    }

    fn to_know(cache: Option<String>, what: String, remedy: impl Into<String>) -> Self {
        Self { is_urgent: false, cache, what, remedy: remedy.into() }
    }
}

/// All of them, what is urgent first.
pub(super) fn all(facts: &Facts<'_>, standings: &Standings) -> Vec<Need> {
    let mut needs: Vec<Need> =
        facts.unheard.iter().map(|why| Need::urgent(None, (*why).to_owned(), "")).collect();
    if standings.covers_nothing {
        let what = "no plan covers a cache here that can be backed up".to_owned();
        needs.push(Need::urgent(None, what, "cachekeep plans check says which caches a plan would cover"));
    }
    needs.extend(standings.lines.iter().filter_map(of_standing));
    needs.extend(facts.known.iter().flat_map(|(review, history)| of_review(review, history)));
    needs.extend(facts.restores.iter().filter(|restore| restore.status() == RestoreStatus::Failed).map(
        |restore| {
            let what = format!("the restore to {} failed: {}", restore.target.id, restore.reason);
            Need::to_know(None, what, "cachekeep restores")
        },
    ));
    needs.extend(facts.fleet.iter().filter_map(|cache| uncovered(facts, cache)));
    needs.sort_by_key(|need| !need.is_urgent);
    needs
}

fn of_standing(line: &StatusLine) -> Option<Need> {
    let cache = Some(format!("{}:{}", line.kind.as_str(), line.cache));
    let command =
        format!("cachekeep list --cache {}:{} --plan {}", line.kind.as_str(), line.cache, line.plan);
    match line.health {
        Health::Late => {
            let age = line.age_seconds.map_or(0, |seconds| seconds / 3600);
            let what = format!(
                "{} under plan {}: the newest good backup is {age} hours old, older than it may be",
                line.cache, line.plan
            );
            Some(Need::urgent(cache, what, command))
        }
        Health::Never => {
            let what = format!("{} under plan {}: there is no good backup yet", line.cache, line.plan);
            Some(Need::urgent(cache, what, command))
        }
        Health::Unsupported => {
            let what = format!("{}: {}", line.cache, line.reason.clone().unwrap_or_default());
            Some(Need::to_know(cache, what, "leave it out of the plan with `exclude`"))
        }
        Health::Ok => None,
    }
}

fn of_review(review: &Review, history: &[Backup]) -> Vec<Need> {
    let name = Some(review.cache.to_string());
    let mut needs = Vec::new();
    for (plan, standing) in review.plans.iter().filter(|(_, standing)| standing.departed.is_none()) {
        if standing.paused {
            let what = format!(
                "{} under plan {plan}: nothing expires, since the newest backup holds far fewer keys than those before it",
                review.cache.name()
            );
            needs.push(Need::urgent(
                name.clone(),
                what,
                "look at it, and `cachekeep release` the newest backup",
            ));
        }
        let newest =
            history.iter().filter(|backup| backup.id.plan == *plan).max_by_key(|backup| backup.id.slot);
        needs.extend(newest.filter(|backup| is_bad(backup.status())).map(|backup| {
            let what = format!("{}: {}, {}", backup.id, backup.status(), backup.reason);
            Need::urgent(name.clone(), what, format!("cachekeep show {}", backup.id))
        }));
    }
    needs.extend(review.orphans.iter().map(|snapshot| {
        let what = format!("snapshot {snapshot} bears this stack's tag, and the ledger does not know it");
        Need::to_know(name.clone(), what, "look at it, and delete it in ElastiCache if nobody needs it")
    }));
    needs
}

const fn is_bad(status: Status) -> bool {
    match status {
        Status::Corrupt | Status::Failed | Status::Lost | Status::Missed => true,
        Status::Waiting
        | Status::Snapshotting
        | Status::Exporting
        | Status::Verifying
        | Status::Good
        | Status::Skipped
        | Status::Expiring
        | Status::Pruned => false,
    }
}

fn uncovered(facts: &Facts<'_>, cache: &Cache) -> Option<Need> {
    let plans = facts.plans?;
    let selected = plans.plans.iter().any(|plan| plan.selects(cache.id.name(), &cache.tags));
    (!selected && cache.backup == Support::Supported).then(|| {
        let what = format!("{} is backed up by no plan", cache.id.name());
        Need::to_know(
            Some(cache.id.to_string()),
            what,
            "add it to a plan's `select`, if it holds what nobody can make again",
        )
    })
}
