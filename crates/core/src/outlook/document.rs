//! What a document alone shows: plans that are over, alarms that cannot be met, quotas that no single node has.

use crate::plan::{Document, Plan, Source};
use crate::quota::{NODE_LIMIT, SERVERLESS_LIMIT};
use chrono::TimeDelta;

use super::slots::{Outlook, most_together};
use super::{Kind, Warning, listed};

/// Everything that can be told without AWS. The quota is that of a single node, the smallest there is.
#[must_use]
pub fn offline(document: &Document, outlooks: &[Outlook<'_>]) -> Vec<Warning> {
    let mut warnings = schedules(outlooks);
    warnings.extend(quota(document, outlooks));
    warnings
}

/// What is wrong with the plans' times, whatever they cover.
pub(super) fn schedules(outlooks: &[Outlook<'_>]) -> Vec<Warning> {
    outlooks.iter().flat_map(|outlook| [over(outlook), expect(outlook)]).flatten().collect()
}

fn over(outlook: &Outlook<'_>) -> Option<Warning> {
    let message = "it has no slot any more: the years of its schedule are over. Change the schedule, or remove the plan";
    outlook.next().is_none().then(|| Warning::of(Kind::Over, outlook.name(), message.to_owned()))
}

fn expect(outlook: &Outlook<'_>) -> Option<Warning> {
    let plan = outlook.plan;
    let (expect, pause) = (plan.expect?, plan.schedule.longest_pause(plan.timezone));
    if expect.delta() > pause || outlook.next().is_none() {
        return None;
    }
    let enough = length(Plan::default_age(&plan.schedule, plan.timezone, plan.start_within, plan.spread));
    let pause = length(pause);
    let message = format!(
        "`expect: {expect}` is too short for its schedule, whose slots are up to {pause} apart: somebody would be \
         told in every such pause. Write `expect: {enough}` or more"
    );
    Some(Warning::of(Kind::Expect, outlook.name(), message))
}

/// Whether the plan's backups count against the quota. Automatic snapshots do not (docs/elasticache.md 3, S).
pub(super) fn counts(outlook: &Outlook<'_>) -> bool {
    match outlook.plan.source {
        Source::Replica | Source::Primary => true,
        Source::Automatic => false,
    }
}

/// Snapshots a node, and a serverless cache, that are left in any 24 hours once people's reserve is off.
pub(super) fn left(document: &Document, limit: u8) -> usize {
    limit.saturating_sub(document.quota.reserve).into()
}

fn quota(document: &Document, outlooks: &[Outlook<'_>]) -> Vec<Warning> {
    let node = left(document, NODE_LIMIT);
    let counted: Vec<&Outlook<'_>> = outlooks.iter().filter(|outlook| counts(outlook)).collect();
    let greedy = counted.iter().filter(|outlook| outlook.most_in_a_day() > node);
    let warnings: Vec<Warning> = greedy.map(|outlook| too_many(document, outlook)).collect();
    let together = most_together(&counted);
    if warnings.is_empty() && together > node {
        let plans = counted.iter().map(|outlook| outlook.name().clone()).collect();
        return vec![too_many_together(document, plans, together)];
    }
    warnings
}

fn too_many(document: &Document, outlook: &Outlook<'_>) -> Warning {
    let (asked, node) = (outlook.most_in_a_day(), left(document, NODE_LIMIT));
    let more = match outlook.plan.source {
        Source::Replica | Source::Automatic if node > 0 => {
            format!(
                ", or cover only groups without cluster mode that have {} nodes or more",
                asked.div_ceil(node)
            )
        }
        Source::Replica | Source::Primary | Source::Automatic => String::new(),
    };
    let message = format!(
        "it asks for up to {asked} snapshots in 24 hours. {} What fits is spaced evenly, the rest is missed. Ask for \
         {node} or fewer{more}",
        allowance(document)
    );
    Warning::of(Kind::Quota, outlook.name(), message)
}

fn too_many_together(document: &Document, plans: Vec<crate::ids::PlanName>, asked: usize) -> Warning {
    let message = format!(
        "a cache that {} all cover is asked for up to {asked} snapshots in 24 hours. {} What fits is shared out \
         evenly, the rest is missed. Let them cover different caches, or less often",
        listed(&plans),
        allowance(document)
    );
    Warning { kind: Kind::Quota, plans, cache: None, message }
}

/// What AWS allows, in words.
fn allowance(document: &Document) -> String {
    let (node, serverless) = (left(document, NODE_LIMIT), left(document, SERVERLESS_LIMIT));
    let reserve = document.quota.reserve;
    format!(
        "AWS allows {NODE_LIMIT} a node and {SERVERLESS_LIMIT} a serverless cache; with {reserve} left for people \
         that makes {node} and {serverless}."
    )
}

/// A length as plans spell it: `1d6h`, `90m` as `1h30m`.
pub(super) fn length(delta: TimeDelta) -> String {
    let minutes = delta.num_minutes();
    let parts = [(minutes / 1440, 'd'), (minutes / 60 % 24, 'h'), (minutes % 60, 'm')];
    let written = parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count}{unit}"));
    written.collect::<Vec<_>>().concat()
}
