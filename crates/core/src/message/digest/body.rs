//! The digest's text.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::counts;
use super::view::{Fleet, Health, PlanView, Stand};
use crate::ids::Instant;
use crate::message::body::place;
use crate::message::text::{age, fit, time};
use crate::message::{LISTED_IN_TEXT, TEXT_BYTES_MAX};
use crate::stack::Stack;

pub(super) fn text(
    stack: &Stack,
    day: NaiveDate,
    counts: &BTreeMap<String, u64>,
    fleet: &Fleet<'_>,
    now: Instant,
) -> String {
    let mut lines = vec![
        format!("What cachekeep did on {day} (UTC), and how the caches stand at {}.", time(now)),
        format!("Where: {}", place(stack)),
    ];
    section(&mut lines, "Needs attention:", attention(fleet));
    section(&mut lines, "Plans, each with the cache whose newest good backup is oldest:", plans(fleet));
    section(&mut lines, "What happened:", counts::lines(counts));
    section(&mut lines, "Not backed up, since ElastiCache cannot:", unsupported(fleet));
    section(
        &mut lines,
        "Look further:",
        vec!["  cachekeep status".to_owned(), "  cachekeep list".to_owned()],
    );
    fit(&lines, TEXT_BYTES_MAX)
}

/// What a stack is told that does nothing.
const NOTHING: &str = "  no cache is backed up: no plan has covered one that can be, or none does any more. `cachekeep plans \
                       check` says which caches a plan would cover";

/// Nothing at all for a section without lines.
fn section(lines: &mut Vec<String>, title: &str, content: Vec<String>) {
    if !content.is_empty() {
        lines.extend([String::new(), title.to_owned()]);
        lines.extend(content);
    }
}

fn attention(fleet: &Fleet<'_>) -> Vec<String> {
    let expected = |stand: &Stand<'_>| {
        fleet
            .plans
            .iter()
            .find(|view| view.plan.name == *stand.plan)
            .map(|view| age(view.expected))
            .unwrap_or_default()
    };
    let nothing = (fleet.covered == 0).then(|| NOTHING.to_owned());
    let all = fleet.attention().map(|stand| format!("  {}", sentence(stand, &expected(stand))));
    first(nothing.into_iter().chain(all).collect())
}

fn sentence(stand: &Stand<'_>, expected: &str) -> String {
    let name = format!("{} (plan {})", stand.cache, stand.plan);
    let old = age(stand.age);
    match (stand.health, stand.last_good) {
        (Health::Late, Some(slot)) => {
            format!(
                "{name}: late; newest good backup of {}, {old} old, expected within {expected}",
                time(slot.instant())
            )
        }
        (Health::Late | Health::Never, _) => {
            format!("{name}: no good backup yet after {old}, expected within {expected}")
        }
        (Health::Failing, Some(slot)) => {
            format!("{name}: failing; newest good backup of {}, {old} old", time(slot.instant()))
        }
        (Health::Failing, None) => format!("{name}: failing; no good backup yet after {old}"),
        (Health::Paused, _) => {
            format!(
                "{name}: paused; an export held far fewer keys, and nothing expires until a person has looked"
            )
        }
        (Health::Good, _) => format!("{name}: good"),
    }
}

fn plans(fleet: &Fleet<'_>) -> Vec<String> {
    if fleet.plans.is_empty() {
        return vec!["  no plan is applied: `cachekeep plans apply FILE`".to_owned()];
    }
    first(fleet.plans.iter().map(|view| format!("  {}", plan(view))).collect())
}

fn plan(view: &PlanView<'_>) -> String {
    let name = &view.plan.name;
    let Some(worst) = view.worst() else { return format!("{name}: no cache yet") };
    let caches =
        if view.stands.len() == 1 { "1 cache".to_owned() } else { format!("{} caches", view.stands.len()) };
    let old = match worst.last_good {
        Some(_) => format!("{} old", age(worst.age)),
        None => format!("none yet after {}", age(worst.age)),
    };
    format!("{name}: {caches}; {}, {old} (expected within {})", worst.cache, age(view.expected))
}

fn unsupported(fleet: &Fleet<'_>) -> Vec<String> {
    first(fleet.unsupported.iter().map(|(cache, why)| format!("  {cache}: {why}")).collect())
}

/// The first lines, and how many more there are.
fn first(mut lines: Vec<String>) -> Vec<String> {
    let more = lines.len().saturating_sub(LISTED_IN_TEXT);
    lines.truncate(LISTED_IN_TEXT);
    if more > 0 {
        lines.push(format!("  and {more} more."));
    }
    lines
}
