//! The caches: which lack a backup, which are late, which may run out of memory while they are backed up.

use super::{Facts, Finding};
use crate::cache::{Cache, Support};
use crate::ids::CacheKind;
use crate::review::{Review, Told};

/// The least that should be reserved, in percent: what new parameter groups begin with.
const RESERVED_LEAST: u32 = 25;

/// How each cache stands.
pub(super) fn all(facts: &Facts<'_>) -> Vec<Finding> {
    let fleet = match facts.fleet {
        Ok(fleet) => fleet,
        Err(ref why) => {
            return vec![Finding::failure(
                "caches",
                format!("they cannot be listed: {why}"),
                "allow elasticache:Describe* and tag:GetResources",
            )];
        }
    };
    let mut findings: Vec<Finding> = fleet.iter().filter_map(|cache| uncovered(facts, cache)).collect();
    findings.extend(fleet.iter().filter_map(|cache| short_of_memory(facts, cache)));
    findings.extend(facts.reviews.iter().flat_map(of_review));
    if findings.is_empty() {
        findings.push(Finding::ok(
            "caches",
            format!("{} caches: none is forgotten, late or short of memory", fleet.len()),
        ));
    }
    findings
}

/// Several nodes are what people pay for when the data matters. A tag of any kind says that somebody has thought of it.
fn uncovered(facts: &Facts<'_>, cache: &Cache) -> Option<Finding> {
    let document = facts.plans.as_ref().ok()?.document()?;
    let covered = document.plans.iter().any(|plan| plan.selects(cache.id.name(), &cache.tags));
    let automatic = automatic_days(cache).is_some_and(|days| days > 0);
    if covered || automatic || !cache.tags.is_empty() || cache.backup != Support::Supported {
        return None;
    }
    let found = format!(
        "{} is backed up by nobody: no plan covers it, its automatic backups are off, and no tag says why",
        cache.id
    );
    Some(Finding::warning(
        "caches",
        found,
        "add it to a plan's `select`, or give it a tag such as backup=none",
    ))
}

fn automatic_days(cache: &Cache) -> Option<u64> {
    cache.configuration.recreate().ok()?.input.get("SnapshotRetentionLimit")?.as_u64()
}

/// A backup forks the process, which copies what is written meanwhile (docs/elasticache.md 2, S).
fn short_of_memory(facts: &Facts<'_>, cache: &Cache) -> Option<Finding> {
    let reserved = facts.reserved_memory.get(&cache.id)?;
    let forks = match cache.id.kind() {
        CacheKind::Group | CacheKind::Cluster => cache.backup == Support::Supported,
        CacheKind::Serverless => false,
    };
    (forks && *reserved < RESERVED_LEAST).then(|| {
        let found = format!("{} keeps {reserved} % of its memory free: while it is backed up under writes it can run out of it", cache.id);
        Finding::warning("memory", found, format!("set reserved-memory-percent to {RESERVED_LEAST} in its parameter group"))
    })
}

fn of_review(review: &Review) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (plan, standing) in review.plans.iter().filter(|(_, standing)| standing.departed.is_none()) {
        let (cache, command) =
            (&review.cache, format!("cachekeep list --cache {} --plan {plan}", review.cache));
        match standing.told {
            Told::Good => {}
            Told::Failing => {
                findings.push(Finding::warning(
                    "backups",
                    format!("{cache} under plan {plan}: its newest backup is no good one"),
                    command.clone(),
                ));
            }
            Told::Late => {
                findings.push(Finding::failure(
                    "backups",
                    format!("{cache} under plan {plan}: its newest good backup is too old"),
                    command.clone(),
                ));
            }
        }
        if standing.paused {
            let found = format!(
                "{cache} under plan {plan}: nothing expires, since the newest backup holds far fewer keys than before"
            );
            findings.push(Finding::warning("retention", found, "look at it, and `cachekeep release` it"));
        }
    }
    findings.extend(review.orphans.iter().map(|snapshot| {
        let found = format!("snapshot {snapshot} bears the stack's tag, and the ledger does not know it");
        Finding::warning(
            "orphans",
            found,
            format!("look at it, then `aws elasticache delete-snapshot --snapshot-name {snapshot}`"),
        )
    }));
    findings.extend(review.unreadable.iter().map(|snapshot| {
        let found = format!("snapshot {snapshot} does not say what it was taken of");
        Finding::warning("orphans", found, "look at it in ElastiCache")
    }));
    findings
}
