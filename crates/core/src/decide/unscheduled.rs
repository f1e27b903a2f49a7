//! A backup that no slot asks for: somebody wants one now. Its slot is the minute in which they asked.

use chrono::TimeDelta;

use super::due::{Home, export_task};
use crate::backup::{Backup, Task};
use crate::cache::{Cache, Support};
use crate::ids::{BackupId, Instant, PlanName};
use crate::plan::{Document, Export, Plan, Prefix, Source, VerifyLevel};
use crate::slot::Slot;

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// The plan under whose name it stands, whether or not a document has one of that name.
    pub plan: &'a PlanName,
    /// Where the data comes from.
    pub source: Source,
    /// How long the snapshot may wait for its start.
    pub start_within: TimeDelta,
    /// How it is exported, where ElastiCache can export it.
    pub export: &'a Export,
}

/// The backup that is asked for, due now.
#[must_use]
pub fn backup(order: &Order<'_>, cache: &Cache, home: &Home<'_>, now: Instant) -> Backup {
    let slot = Slot::containing(now);
    let id = BackupId { cache: cache.id.clone(), plan: order.plan.clone(), slot };
    let export = (cache.export == Support::Supported).then(|| export_task(order.export, &id, home));
    let task = Task {
        deadline: slot.instant() + order.start_within,
        source: order.source,
        configuration: cache.configuration.address(),
        // Under a key of its own a node-based snapshot could not be exported (docs/elasticache.md 4, L).
        kms_key: None,
        asked: None,
    };
    Backup::due(id, home.stack.clone(), task, export, now)
}

/// How the plans export such a cache: as the first that selects it and exports does, else into the stack's own folder, read like
/// any other.
#[must_use]
pub fn export_of(document: Option<&Document>, cache: &Cache, prefix: &Prefix) -> Export {
    let selects = |plan: &&Plan| plan.selects(cache.id.name(), &cache.tags);
    let mut plans = document.into_iter().flat_map(|document| &document.plans).filter(selects);
    plans.find_map(|plan| plan.export.clone()).unwrap_or_else(|| Export {
        every: 1,
        prefix: prefix.clone(),
        verify: VerifyLevel::default(),
        reread: None,
        copies: Vec::new(),
    })
}
