//! What the plans mean for the caches that are there: what is covered, what AWS cannot back up, what its quota refuses.

use cachekeep_core::cache::{Cache, Support, Topology};
use cachekeep_core::plan::{Document, Source};
use cachekeep_core::quota::{NODE_LIMIT, SERVERLESS_LIMIT};

use super::document::{counts, left, schedules};
use super::slots::{Outlook, most_together};
use super::{Kind, Warning, listed};

/// Everything that can be told with the fleet at hand.
pub(crate) fn online(document: &Document, outlooks: &[Outlook<'_>], caches: &[Cache]) -> Vec<Warning> {
    let mut warnings = schedules(outlooks);
    warnings.extend(outlooks.iter().filter_map(|outlook| empty(outlook, caches)));
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
    let Support::Unsupported(reason) = cache.export else { return None };
    let exporting: Vec<&Outlook<'_>> =
        covering.iter().copied().filter(|outlook| outlook.plan.export.is_some()).collect();
    let message = format!("its backups stay in ElastiCache and are not exported: {reason}");
    (!exporting.is_empty()).then(|| about(Kind::Unsupported, &exporting, cache, message))
}

fn quota(document: &Document, covering: &[&Outlook<'_>], cache: &Cache) -> Option<Warning> {
    let counted: Vec<&Outlook<'_>> = covering.iter().copied().filter(|outlook| counts(outlook)).collect();
    let (asked, allowed) = (most_together(&counted), capacity(document, &counted, cache));
    if asked <= allowed {
        return None;
    }
    let plans: Vec<_> = counted.iter().map(|outlook| outlook.name().clone()).collect();
    let message = format!(
        "{} would take up to {asked} snapshots of it in 24 hours; its quota, less {} for people, is {allowed}. What \
         fits is spaced evenly, the rest is missed",
        listed(&plans),
        document.quota.reserve,
    );
    Some(about(Kind::Quota, &counted, cache, message))
}

/// How many snapshots of the cache fit in any 24 hours.
fn capacity(document: &Document, counted: &[&Outlook<'_>], cache: &Cache) -> usize {
    let from_replicas = counted.iter().any(|outlook| outlook.plan.source == Source::Replica);
    match &cache.topology {
        Topology::Nodes(nodes) if from_replicas => nodes.len() * left(document, NODE_LIMIT),
        // One snapshot of a sharded group is one of a node in each shard (elasticache-facts.md 3, L).
        Topology::Nodes(_) | Topology::Sharded { .. } => left(document, NODE_LIMIT),
        Topology::Serverless => left(document, SERVERLESS_LIMIT),
    }
}

fn about(kind: Kind, outlooks: &[&Outlook<'_>], cache: &Cache, message: String) -> Warning {
    let plans = outlooks.iter().map(|outlook| outlook.name().clone()).collect();
    Warning { kind, plans, cache: Some(cache.id.clone()), message }
}
