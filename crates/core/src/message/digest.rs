//! The daily digest: that cachekeep is alive, what it did, and which caches are worse off than their plans expect.

mod body;
mod counts;
mod view;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::{Attribute, LISTED_IN_JSON, Outgoing, SUBJECT_LONGEST, VERSION, machine, text};
use crate::backup::Severity;
use crate::freshness::Checkpoints;
use crate::ids::Instant;
use crate::plan::Plan;
use crate::review::Review;
use crate::stack::Stack;
use view::{Fleet, Health, Stand};

/// The word that stands where other messages have their topic.
const TOPIC: &str = "digest";

/// A stack's digest of `day` (UTC) for its topic. `counts` has the number of the day's events by
/// [`crate::event::Event::name`]; ages are those at `now`. `checkpoints` tells the caches that plans have gone on without.
///
/// Its JSON: `{version, stack, account, region, topic: "digest", severity, day, covered, counts, plans: [{plan, caches, late, failing, expected_seconds,
/// worst: {cache, kind, last_good, age_seconds} | null}], attention: [{cache, kind, plan, health, last_good,
/// age_seconds}], omitted, unsupported: [{cache, kind, reason}]}`. `health` is `late`, `never`, `failing` or
/// `paused`. `covered` is how many caches are backed up.
#[must_use]
pub fn digest(
    stack: &Stack,
    day: NaiveDate,
    counts: &BTreeMap<String, u64>,
    reviews: &[Review],
    plans: &[Plan],
    checkpoints: &Checkpoints,
    now: Instant,
) -> Outgoing {
    let fleet = Fleet::of(reviews, plans, checkpoints, now);
    let headline = format!("cachekeep: {day}: {}", headline(&fleet, counts));
    Outgoing {
        topic_arn: None,
        subject: text::ascii(&headline, SUBJECT_LONGEST),
        text: body::text(stack, day, counts, &fleet, now),
        json: machine(stack, day, counts, &fleet),
        attributes: attributes(&fleet),
        events: Vec::new(),
    }
}

fn headline(fleet: &Fleet<'_>, counts: &BTreeMap<String, u64>) -> String {
    let taken = counts.get("snapshot-available").copied().unwrap_or_default();
    match fleet.attention().count() {
        _ if fleet.covered == 0 => "no cache is backed up".to_owned(),
        0 if taken == 1 => "all well, 1 snapshot taken".to_owned(),
        0 => format!("all well, {taken} snapshots taken"),
        1 => "1 cache needs attention".to_owned(),
        several => format!("{several} caches need attention"),
    }
}

fn severity(fleet: &Fleet<'_>) -> Severity {
    if fleet.covered == 0 {
        return Severity::Error;
    }
    let worst = fleet.attention().map(|stand| match stand.health {
        Health::Late | Health::Never => Severity::Error,
        Health::Failing | Health::Paused => Severity::Warning,
        Health::Good => Severity::Info,
    });
    worst.max().unwrap_or(Severity::Info)
}

fn attributes(fleet: &Fleet<'_>) -> BTreeMap<String, Attribute> {
    let plans = fleet.plans.iter().map(|view| view.plan.name.as_str().to_owned()).collect();
    BTreeMap::from([
        ("topic".to_owned(), Attribute::word(TOPIC)),
        ("severity".to_owned(), Attribute::word(text::severity(severity(fleet)))),
        ("cause".to_owned(), Attribute::word(TOPIC)),
        ("plans".to_owned(), Attribute::Names(plans)),
    ])
}

fn machine(stack: &Stack, day: NaiveDate, counts: &BTreeMap<String, u64>, fleet: &Fleet<'_>) -> Value {
    let plans: Vec<Value> = fleet.plans.iter().map(plan).collect();
    let unsupported = fleet.unsupported.iter().take(LISTED_IN_JSON).map(
        |(cache, why)| json!({ "cache": cache.name(), "kind": cache.kind(), "reason": why.to_string() }),
    );
    let json = json!({
        "version": VERSION,
        "topic": TOPIC,
        "severity": severity(fleet),
        "day": day.to_string(),
        "covered": fleet.covered,
        "counts": counts,
        "plans": plans,
        "unsupported": unsupported.collect::<Vec<_>>(),
    });
    let mut json = machine::stamped(json, stack);
    let attention = fleet.attention().take(LISTED_IN_JSON).map(stand).collect();
    machine::list(&mut json, "attention", attention, fleet.attention().count());
    json
}

fn plan(view: &view::PlanView<'_>) -> Value {
    json!({
        "plan": view.plan.name,
        "caches": view.stands.len(),
        "late": view.count(&[Health::Late, Health::Never]),
        "failing": view.count(&[Health::Failing]),
        "expected_seconds": view.expected.num_seconds(),
        "worst": view.worst().map(stand),
    })
}

fn stand(stand: &Stand<'_>) -> Value {
    json!({
        "cache": stand.cache.name(),
        "kind": stand.cache.kind(),
        "plan": stand.plan,
        "health": stand.health.as_str(),
        "last_good": stand.last_good,
        "age_seconds": stand.age.num_seconds(),
    })
}
