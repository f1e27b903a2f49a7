//! Caches that are alike, so that each class is lived through once.

use std::collections::BTreeMap;

use super::life::Life;
use super::{Class, Member, Terms, stay};
use crate::cache::{Cache, CacheStatus, Role, Support, Topology};
use crate::ids::{CacheKind, PlanName};
use crate::plan::Document;

/// Caches that are alike, with the plans that select them.
pub(super) struct Alike<'a> {
    first: &'a Cache,
    caches: usize,
    gigabytes: f64,
    document: Document,
}

/// All that decides what becomes of a cache's slots.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    plans: Vec<PlanName>,
    kind: CacheKind,
    /// The nodes' roles; none where all nodes count alike.
    roles: Vec<Role>,
    cannot: [Option<crate::cache::Unsupported>; 2],
    automatic: Option<String>,
}

/// The classes of a fleet, in the order of their first caches' plans.
pub(super) fn classes<'a>(document: &Document, fleet: &'a [Member]) -> Vec<Alike<'a>> {
    let mut classes: BTreeMap<Key, Alike<'a>> = BTreeMap::new();
    for Member { cache, gigabytes } in fleet {
        let key = key(document, cache);
        let class = classes.entry(key).or_insert_with_key(|key| Alike {
            first: cache,
            caches: 0,
            gigabytes: 0.0,
            document: of_plans(document, &key.plans),
        });
        class.caches += 1;
        class.gigabytes += gigabytes;
    }
    classes.into_values().collect()
}

fn key(document: &Document, cache: &Cache) -> Key {
    let selecting = document.plans.iter().filter(|plan| plan.selects(cache.id.name(), &cache.tags));
    let roles = match &cache.topology {
        Topology::Nodes(nodes) => nodes.iter().map(|node| node.role).collect(),
        Topology::Sharded { .. } | Topology::Serverless => Vec::new(),
    };
    Key {
        plans: selecting.map(|plan| plan.name.clone()).collect(),
        kind: cache.id.kind(),
        roles,
        cannot: [cache.backup, cache.export].map(|support| match support {
            Support::Supported => None,
            Support::Unsupported(why) => Some(why),
        }),
        automatic: automatic_window(cache),
    }
}

/// The hours in which ElastiCache takes its own daily snapshot of a cache; `None` where it takes none.
pub(super) fn automatic_window(cache: &Cache) -> Option<String> {
    let input = cache.configuration.recreate().ok()?.input;
    let kept = input.get("SnapshotRetentionLimit").and_then(serde_json::Value::as_u64);
    let window = input.get("SnapshotWindow").or_else(|| input.get("DailySnapshotTime"));
    let window = window.and_then(serde_json::Value::as_str).map(str::to_owned);
    window.filter(|_| kept.is_some_and(|days| days > 0))
}

/// The document with these plans alone: the others have no say about the caches that they do not select.
fn of_plans(document: &Document, plans: &[PlanName]) -> Document {
    let mut document = document.clone();
    document.plans.retain(|plan| plans.contains(&plan.name));
    document
}

/// Lives through the days with one of them.
pub(super) fn live(class: &Alike<'_>, terms: &Terms) -> Class {
    let Alike { first, caches, gigabytes, document } = class;
    let plans: Vec<PlanName> = document.plans.iter().map(|plan| plan.name.clone()).collect();
    let reason = match (first.backup, first.export) {
        (Support::Unsupported(why), _) if !plans.is_empty() => Some(why.to_string()),
        (Support::Supported, Support::Unsupported(why))
            if document.plans.iter().any(|plan| plan.export.is_some()) =>
        {
            Some(format!("snapshots only: {why}"))
        }
        (Support::Supported | Support::Unsupported(_), _) => None,
    };
    let lived = Life::new(document, idle(first), terms).run();
    Class {
        like: first.id.clone(),
        caches: *caches,
        gigabytes: *gigabytes,
        plans,
        reason,
        nodes: lived.loads(),
        months: stay::months(&lived, document, terms),
        slots: lived.slots(),
    }
}

/// The cache with nothing going on.
fn idle(cache: &Cache) -> Cache {
    let mut cache = Cache { status: CacheStatus::Available, ..cache.clone() };
    if let Topology::Nodes(nodes) = &mut cache.topology {
        for node in nodes {
            node.status = CacheStatus::Available;
        }
    }
    cache
}
