//! What the plans mean for the caches that are there: what is covered, what AWS cannot back up, what its quota refuses.

use crate::cache::{Cache, Support};
use crate::decide::due::{Capacity, capacity, export_support};
use crate::plan::Document;

use super::document::{counts, schedules};
use super::slots::{Outlook, most_together};
use super::{Kind, Warning, listed};

/// Up to this many caches may start at once without advice to stagger them: at the ten calls a second that a stack makes by
/// default, some ten seconds of calls.
const TOGETHER_AT_MOST: usize = 100;

/// Everything that can be told with the fleet at hand.
#[must_use]
pub fn online(document: &Document, outlooks: &[Outlook<'_>], caches: &[Cache]) -> Vec<Warning> {
    let mut warnings = schedules(outlooks);
    warnings.extend(outlooks.iter().filter_map(|outlook| empty(outlook, caches)));
    warnings.extend(outlooks.iter().filter_map(|outlook| herd(outlook, caches)));
    warnings.extend(caches.iter().flat_map(|cache| of_cache(document, outlooks, cache)));
    warnings
}

fn covers(outlook: &Outlook<'_>, cache: &Cache) -> bool {
    outlook.plan.selects(cache.id.name(), &cache.tags)
}

fn empty(outlook: &Outlook<'_>, caches: &[Cache]) -> Option<Warning> {
    let message = format!(
        "it covers none of the {} caches here. Check `select`, the account and the region",
        caches.len()
    );
    let none = !caches.iter().any(|cache| covers(outlook, cache));
    none.then(|| Warning::of(Kind::Empty, outlook.name(), message))
}

/// A thousand snapshots that begin in one minute take memory from as many servers at once, and use up the API's rate for
/// minutes. Automatic snapshots are taken at times of ElastiCache's own.
fn herd(outlook: &Outlook<'_>, caches: &[Cache]) -> Option<Warning> {
    if outlook.plan.spread.is_some() || !counts(outlook) {
        return None;
    }
    let backed_up = |cache: &&Cache| cache.backup == Support::Supported && covers(outlook, cache);
    let together = caches.iter().filter(backed_up).count();
    let message = format!(
        "it starts the snapshots of {together} caches at once. Write `spread: 30m`, say, to stagger them after each slot"
    );
    (together > TOGETHER_AT_MOST).then(|| Warning::of(Kind::Spread, outlook.name(), message))
}

fn of_cache(document: &Document, outlooks: &[Outlook<'_>], cache: &Cache) -> Vec<Warning> {
    let covering: Vec<&Outlook<'_>> = outlooks.iter().filter(|outlook| covers(outlook, cache)).collect();
    if covering.is_empty() {
        return Vec::new();
    }
    if let Support::Unsupported(reason) = cache.backup {
        let message = format!("it is covered and will be skipped: {reason}. Exclude it to silence this");
        return vec![about(Kind::Unsupported, &covering, cache, message)];
    }
    [unexportable(&covering, cache), quota(document, &covering, cache)].into_iter().flatten().collect()
}

fn unexportable(covering: &[&Outlook<'_>], cache: &Cache) -> Option<Warning> {
    let why = |outlook: &Outlook<'_>| match export_support(outlook.plan, cache) {
        Support::Unsupported(reason) if outlook.plan.export.is_some() => Some(reason),
        Support::Unsupported(_) | Support::Supported => None,
    };
    let exporting: Vec<&Outlook<'_>> =
        covering.iter().copied().filter(|outlook| why(outlook).is_some()).collect();
    let reason = why(exporting.first()?)?;
    let message = format!("its backups stay in ElastiCache and are not exported: {reason}");
    Some(about(Kind::Unsupported, &exporting, cache, message))
}

fn quota(document: &Document, covering: &[&Outlook<'_>], cache: &Cache) -> Option<Warning> {
    let counted: Vec<&Outlook<'_>> = covering.iter().copied().filter(|outlook| counts(outlook)).collect();
    let of_plan = |outlook: &&Outlook<'_>| capacity(cache, outlook.plan.source, document.quota.reserve);
    // A plan that takes from replicas has all nodes to choose from.
    let capacity = counted.iter().map(of_plan).max_by_key(|capacity| capacity.snapshots())?;
    let (asked, allowed) = (most_together(&counted), capacity.snapshots());
    if asked <= allowed {
        return None;
    }
    let plans: Vec<_> = counted.iter().map(|outlook| outlook.name().clone()).collect();
    let message = format!(
        "{} would take up to {asked} snapshots of it in 24 hours, and its quota allows {allowed}: {}. What fits is \
         spaced evenly, and {} a day are left out. Ask for {allowed} or fewer",
        listed(&plans),
        arithmetic(capacity),
        asked - allowed,
    );
    Some(about(Kind::Quota, &counted, cache, message))
}

/// How the quota of a cache comes about: `2 nodes × (20 - 2 left for people)`.
fn arithmetic(Capacity { nodes, limit, reserve }: Capacity) -> String {
    match nodes {
        1 => format!("{limit} - {reserve} left for people"),
        several => format!("{several} nodes × ({limit} - {reserve} left for people)"),
    }
}

fn about(kind: Kind, outlooks: &[&Outlook<'_>], cache: &Cache, message: String) -> Warning {
    let plans = outlooks.iter().map(|outlook| outlook.name().clone()).collect();
    Warning { kind, plans, cache: Some(cache.id.clone()), message }
}
