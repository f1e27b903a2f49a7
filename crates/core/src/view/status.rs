//! How each plan stands with each cache, as `cachekeep status` tells it.

use serde::{Deserialize, Serialize};

use crate::cache::{Cache, Support};
use crate::decide::due::export_support;
use crate::decide::place::counted_on;
use crate::ids::{CacheKind, Instant};
use crate::plan::{Document, Plan};
use crate::quota::{self, Meter};
use crate::review::Review;
use crate::slot::Slot;

/// One line of `cachekeep status`: a cache under a plan. The field names are part of the `--json` contract.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StatusLine {
    /// ElastiCache's own id.
    pub cache: String,
    /// Which kind of cache.
    pub kind: CacheKind,
    /// The plan.
    pub plan: String,
    /// How they stand.
    pub health: Health,
    /// The newest good backup's slot.
    pub last_good: Option<Instant>,
    /// How old that is, in seconds.
    pub age_seconds: Option<i64>,
    /// The next slot; none for a schedule that is over, or a cache that cannot be backed up.
    pub next_slot: Option<Instant>,
    /// The quota of each node.
    pub quota: Vec<QuotaLine>,
    /// Why a cache cannot be backed up, or will not be exported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One node's quota.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuotaLine {
    /// The node, or the cache where all nodes count alike.
    pub node: String,
    /// Manual snapshots that count now.
    pub used: usize,
    /// How many AWS allows in any 24 hours.
    pub limit: u8,
}

/// How a plan stands with a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// The newest good backup is as young as the plan expects.
    Ok,
    /// It is older.
    Late,
    /// There is none yet.
    Never,
    /// ElastiCache cannot back the cache up.
    Unsupported,
}

impl Health {
    /// The word used in output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Late => "late",
            Self::Never => "never",
            Self::Unsupported => "unsupported",
        }
    }

    /// Whether somebody should look. A cache that cannot be backed up was told once and stays that way.
    #[must_use]
    pub const fn is_unhealthy(self) -> bool {
        match self {
            Self::Late | Self::Never => true,
            Self::Ok | Self::Unsupported => false,
        }
    }
}

/// How every cache stands with every plan that selects it.
#[derive(Debug, Clone, PartialEq)]
pub struct Standings {
    /// A line for each cache and plan, or those of them that are asked for.
    pub lines: Vec<StatusLine>,
    /// Whether no plan covers a cache that can be backed up: the stack does nothing at all, which must not look like health.
    pub covers_nothing: bool,
}

impl Standings {
    /// The lines of the whole stack.
    #[must_use]
    pub fn new(lines: Vec<StatusLine>) -> Self {
        let covers_nothing = lines.iter().all(|line| line.health == Health::Unsupported);
        Self { lines, covers_nothing }
    }

    /// Those lines alone that are asked for. What holds for the whole stack stays as it is.
    #[must_use]
    pub fn only(mut self, wanted: impl Fn(&StatusLine) -> bool) -> Self {
        self.lines.retain(wanted);
        self
    }

    /// How many lines call for somebody.
    #[must_use]
    pub fn unhealthy(&self) -> usize {
        self.lines.iter().filter(|line| line.health.is_unhealthy()).count()
    }

    /// Whether nobody need look.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.unhealthy() == 0 && !self.covers_nothing
    }
}

/// The lines of one cache: one for each plan that selects it.
#[must_use]
pub fn lines(
    document: &Document,
    cache: &Cache,
    review: Option<&Review>,
    meters: &[Meter],
    now: Instant,
) -> Vec<StatusLine> {
    let selecting = document.plans.iter().filter(|plan| plan.selects(cache.id.name(), &cache.tags));
    selecting.map(|plan| line(plan, cache, review, meters, now)).collect()
}

fn line(plan: &Plan, cache: &Cache, review: Option<&Review>, meters: &[Meter], now: Instant) -> StatusLine {
    let standing = review.and_then(|review| review.plans.get(&plan.name));
    let standing = standing.map(|standing| standing.believed(now));
    let last_good = standing.and_then(|standing| standing.last_good).map(Slot::instant);
    let supported = cache.backup == Support::Supported;
    let next = plan.schedule.next_after(plan.timezone, now).filter(|_| supported);
    StatusLine {
        cache: cache.id.name().to_owned(),
        kind: cache.id.kind(),
        plan: plan.name.to_string(),
        health: health(plan, cache, last_good, now),
        last_good,
        age_seconds: last_good.map(|at| (now - at).num_seconds()),
        next_slot: next.map(Slot::instant),
        quota: if supported { quota_lines(cache, meters, now) } else { Vec::new() },
        reason: reason(plan, cache),
    }
}

fn health(plan: &Plan, cache: &Cache, last_good: Option<Instant>, now: Instant) -> Health {
    match (cache.backup, last_good) {
        (Support::Unsupported(_), _) => Health::Unsupported,
        (Support::Supported, None) => Health::Never,
        (Support::Supported, Some(at)) if now - at > plan.expected_age() => Health::Late,
        (Support::Supported, Some(_)) => Health::Ok,
    }
}

fn quota_lines(cache: &Cache, meters: &[Meter], now: Instant) -> Vec<QuotaLine> {
    let limit = quota::limit(cache.id.kind());
    let line = |node: crate::ids::NodeId| {
        let meter = meters.iter().find(|meter| meter.cache == cache.id && meter.node == node);
        QuotaLine { used: meter.map_or(0, |meter| meter.used(now)), node: node.to_string(), limit }
    };
    counted_on(cache).into_iter().map(line).collect()
}

fn reason(plan: &Plan, cache: &Cache) -> Option<String> {
    match (cache.backup, export_support(plan, cache), &plan.export) {
        (Support::Unsupported(why), _, _) => Some(why.to_string()),
        (Support::Supported, Support::Unsupported(why), Some(_)) => Some(format!("snapshots only: {why}")),
        (Support::Supported, Support::Supported | Support::Unsupported(_), _) => None,
    }
}
