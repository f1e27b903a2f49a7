//! A retirement as `--json` shows it.

use serde::Serialize;

use super::decide::{began, is_leaving};
use super::{Decision, Facts, Next, Refusal};
use crate::ids::{BackupId, CacheKind, Instant};

/// A retirement as `--json` shows it. The fields are part of the contract (docs/design.md, section 5).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RetirementView {
    cache: String,
    kind: CacheKind,
    backup: Option<BackupId>,
    /// Writes after this are not in the backup.
    began: Option<Instant>,
    steps: Vec<StepView>,
    refusals: Vec<Refusal>,
    /// `planned`, `refused`, `backing-up`, `deleting` or `retired`.
    pub status: &'static str,
    reason: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct StepView {
    step: &'static str,
    status: &'static str,
    detail: String,
}

impl RetirementView {
    /// Why it stands so, as a sentence fragment.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// How a retirement stands. A dry run has only `planned` it.
    #[must_use]
    pub fn new(facts: &Facts<'_>, decision: &Decision) -> Self {
        let steps = decision.steps.iter().map(|step| StepView {
            step: step.stage.name(),
            status: step.standing.name(),
            detail: step.detail.clone(),
        });
        let (status, reason, refusals) = told(facts, &decision.next);
        Self {
            cache: facts.id.name().to_owned(),
            kind: facts.id.kind(),
            backup: facts.backup.map(|backup| backup.id.clone()),
            began: facts.backup.map(began),
            steps: steps.collect(),
            refusals,
            status,
            reason,
        }
    }
}

fn told(facts: &Facts<'_>, next: &Next) -> (&'static str, String, Vec<Refusal>) {
    let (status, reason) = match next {
        Next::BackUp(crate::plan::Source::Automatic) => {
            ("planned", "next, ElastiCache's newest automatic snapshot becomes the final backup".to_owned())
        }
        Next::BackUp(_) => ("planned", "next, a final snapshot is taken".to_owned()),
        Next::Hold => ("backing-up", "next, the final backup is held".to_owned()),
        Next::Delete(_) => ("planned", "everything is proven; next, the cache is deleted".to_owned()),
        Next::Wait(why) if facts.cache.is_some_and(is_leaving) => ("deleting", why.clone()),
        Next::Wait(why) => ("backing-up", why.clone()),
        Next::Retired => ("retired", "the cache is gone, and its final backup is proven and held".to_owned()),
        Next::Refused(refusals) => {
            let first = refusals.first().map(|refusal| refusal.why.clone());
            return ("refused", first.unwrap_or_default(), refusals.clone());
        }
    };
    (status, reason, Vec::new())
}
