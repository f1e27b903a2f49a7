//! Plan documents: what a check found, and the slots to come.

use std::collections::BTreeMap;

use cachekeep_aws::ledger::StoredPlans;
use cachekeep_core::cache::Cache;
use cachekeep_core::ids::{CacheId, Instant, PlanName};
use cachekeep_core::plan::{Document, Plan, PreviewSlot};
use cachekeep_core::slot::Slot;
use chrono::{SecondsFormat, Utc};
use chrono_tz::Tz;
use serde::Serialize;

use super::style::{GOOD, WARNING, painted};
use super::table::{Align, Cell, Table};
use super::{counted, sections, time};
use crate::input::Input;
use cachekeep_core::outlook::{Outlook, Warning};

/// What `plans check` found, as `--json` prints it.
#[derive(Debug, Serialize)]
pub(crate) struct Checked<'a> {
    plans: Vec<CheckedPlan<'a>>,
    warnings: &'a [Warning],
}

#[derive(Debug, Serialize)]
struct CheckedPlan<'a> {
    name: &'a PlanName,
    next_slot: Option<String>,
    most_in_24_hours: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    caches: Option<Vec<&'a CacheId>>,
    #[serde(skip)]
    outlook: &'a Outlook<'a>,
}

/// One slot and the caches that it covers, as `plans preview --json` prints it.
#[derive(Debug, Serialize)]
pub(crate) struct CoveredSlot {
    plan: PlanName,
    at: Slot,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Slot>,
    caches: Vec<CacheId>,
    /// When each cache is due, where the plan staggers them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    starts: BTreeMap<CacheId, Slot>,
}

impl<'a> Checked<'a> {
    /// `caches` where AWS was asked.
    pub(crate) fn new(
        outlooks: &'a [Outlook<'a>],
        caches: Option<&'a [Cache]>,
        warnings: &'a [Warning],
    ) -> Self {
        Self { plans: outlooks.iter().map(|outlook| CheckedPlan::new(outlook, caches)).collect(), warnings }
    }

    /// For people.
    pub(crate) fn report(&self, file: &Input) -> String {
        let warnings: String = self.warnings.iter().map(warning).collect();
        let verdict = if self.warnings.is_empty() {
            painted(GOOD, "no warnings")
        } else {
            painted(WARNING, counted(self.warnings.len(), "warning"))
        };
        format!("{}\n{warnings}{file}: {}, {verdict}\n", self.table(), counted(self.plans.len(), "plan"))
    }

    fn table(&self) -> String {
        let mut columns = vec![
            ("PLAN", Align::Left),
            ("SCHEDULE", Align::Left),
            ("NEXT SLOT", Align::Left),
            ("MOST IN 24 H", Align::Right),
            ("KEEP", Align::Left),
        ];
        let asked = self.plans.iter().any(|plan| plan.caches.is_some());
        if asked {
            columns.insert(4, ("CACHES", Align::Right));
        }
        let mut table = Table::new(&columns);
        for plan in &self.plans {
            table.row(plan.cells());
        }
        table.lines()
    }
}

impl<'a> CheckedPlan<'a> {
    fn new(outlook: &'a Outlook<'a>, caches: Option<&'a [Cache]>) -> Self {
        let covered = |caches: &'a [Cache]| {
            let covered = caches.iter().filter(|cache| outlook.plan.selects(cache.id.name(), &cache.tags));
            covered.map(|cache| &cache.id).collect()
        };
        Self {
            name: outlook.name(),
            next_slot: outlook.next().map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)),
            most_in_24_hours: outlook.most_in_a_day(),
            caches: caches.map(covered),
            outlook,
        }
    }

    fn cells(&self) -> Vec<Cell> {
        let plan = self.outlook.plan;
        let next = self.outlook.next().map_or("never".to_owned(), |at| time::minute(at, plan.timezone));
        let caches = self.caches.as_ref().map(|caches| caches.len().to_string().into());
        let first = [
            plan.name.to_string().into(),
            plan.schedule.to_string().into(),
            next.into(),
            self.most_in_24_hours.to_string().into(),
        ];
        first.into_iter().chain(caches).chain([plan.keep.to_string().into()]).collect()
    }
}

impl CoveredSlot {
    /// The slot with those of `caches` that its plan covers.
    pub(crate) fn new(document: &Document, slot: PreviewSlot, caches: &[Cache]) -> Self {
        let plan = document.plan(&slot.plan);
        let covers = |cache: &&Cache| plan.is_some_and(|plan| plan.selects(cache.id.name(), &cache.tags));
        let caches: Vec<CacheId> = caches.iter().filter(covers).map(|cache| cache.id.clone()).collect();
        let start = |cache: &CacheId| {
            let plan = plan.filter(|plan| plan.spread.is_some())?;
            Some((cache.clone(), Slot::containing(slot.at.instant() + plan.stagger(cache))))
        };
        let starts = caches.iter().filter_map(start).collect();
        Self { plan: slot.plan, at: slot.at, until: slot.until, caches, starts }
    }
}

/// One warning, with an empty line after it.
pub(super) fn warning(warning: &Warning) -> String {
    let plans: Vec<String> = warning.plans.iter().map(ToString::to_string).collect();
    let about = warning.cache.as_ref().map_or_else(|| plans.join(", "), ToString::to_string);
    format!("{} {about}: {}\n\n", painted(WARNING, "warning:"), warning.message)
}

/// The slots, in UTC and in each plan's own zone.
pub(crate) fn preview(document: &Document, slots: &[PreviewSlot]) -> String {
    let mut table = Table::new(&[("UTC", Align::Left), ("LOCAL TIME", Align::Left), ("PLAN", Align::Left)]);
    for slot in slots {
        table.row(times(document, slot.at, &slot.plan));
    }
    sections([table.lines(), format!("{}\n", counted(slots.len(), "slot"))])
}

/// The same, with the caches that each slot covers.
pub(crate) fn preview_covered(document: &Document, slots: &[CoveredSlot]) -> String {
    let columns =
        [("UTC", Align::Left), ("LOCAL TIME", Align::Left), ("PLAN", Align::Left), ("CACHES", Align::Left)];
    let mut table = Table::new(&columns);
    for slot in slots {
        let caches: Vec<String> = slot.caches.iter().map(|cache| staggered(slot, cache)).collect();
        let caches = if caches.is_empty() { "none".to_owned() } else { caches.join(", ") };
        table.row(times(document, slot.at, &slot.plan).into_iter().chain([caches.into()]));
    }
    let backups: usize = slots.iter().map(|slot| slot.caches.len()).sum();
    let total = format!("{}, {}\n", counted(slots.len(), "slot"), counted(backups, "backup"));
    sections([table.lines(), total])
}

/// The cache, and how long after the slot it is due.
fn staggered(slot: &CoveredSlot, cache: &CacheId) -> String {
    match slot.starts.get(cache) {
        Some(start) => format!("{cache} +{}m", (start.instant() - slot.at.instant()).num_minutes()),
        None => cache.to_string(),
    }
}

fn times(document: &Document, at: Slot, name: &PlanName) -> Vec<Cell> {
    let zone = document.plan(name).map_or(Tz::UTC, |plan| plan.timezone);
    let utc = at.instant().with_timezone(&Utc).format("%Y-%m-%d %H:%M UTC").to_string();
    let spread = document.plan(name).and_then(|plan| plan.spread);
    let name = spread.map_or_else(|| name.to_string(), |spread| format!("{name}, over {spread}"));
    vec![utc.into(), time::minute(at.instant(), zone).into(), name.into()]
}

/// A version of the plans, as `plans history --json` prints it.
#[derive(Debug, Serialize)]
pub(crate) struct VersionLine {
    version: u64,
    applied_at: String,
    in_force: bool,
    plans: Option<Vec<PlanName>>,
    #[serde(skip)]
    at: Instant,
}

impl VersionLine {
    /// `newest` is the version in force.
    pub(crate) fn new(stored: &StoredPlans, newest: Option<u64>) -> Self {
        let document = Document::parse("", &stored.text).ok();
        let names = |document: Document| document.plans.into_iter().map(|plan| plan.name).collect();
        Self {
            version: stored.version,
            applied_at: stored.applied_at.to_rfc3339_opts(SecondsFormat::Secs, true),
            in_force: newest == Some(stored.version),
            plans: document.map(names),
            at: stored.applied_at,
        }
    }
}

/// The versions, for people.
pub(crate) fn versions(lines: &[VersionLine]) -> String {
    if lines.is_empty() {
        return "no plans were ever applied\n".to_owned();
    }
    let columns =
        [("VERSION", Align::Right), ("APPLIED", Align::Left), ("", Align::Left), ("PLANS", Align::Left)];
    let mut table = Table::new(&columns);
    for line in lines {
        let in_force = if line.in_force { Cell::styled("in force", GOOD) } else { "".into() };
        let names =
            |plans: &Vec<PlanName>| plans.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let plans = line.plans.as_ref().map_or_else(|| "cannot be read any more".to_owned(), names);
        table.row([
            line.version.to_string().into(),
            time::second(line.at, Tz::UTC).into(),
            in_force,
            plans.into(),
        ]);
    }
    table.lines()
}

/// The plan document in force, as `plans show --json` prints it.
#[derive(Debug, Serialize)]
pub(crate) struct InForce<'a> {
    version: Option<u64>,
    applied_at: Option<String>,
    text: &'a str,
    plans: &'a [Plan],
}

impl<'a> InForce<'a> {
    /// `stored` where one was applied; `document` is what is in force, applied or not.
    pub(crate) fn new(stored: Option<&'a StoredPlans>, document: Option<&'a Document>) -> Self {
        let source = document.map_or("", |document| &document.source);
        Self {
            version: stored.map(|stored| stored.version),
            applied_at: stored.map(|stored| stored.applied_at.to_rfc3339_opts(SecondsFormat::Secs, true)),
            text: stored.map_or(source, |stored| &stored.text),
            plans: document.map_or(&[], |document| &document.plans),
        }
    }

    /// The document, byte for byte.
    pub(crate) fn text(&self) -> &str {
        self.text
    }

    /// Which document it is.
    pub(crate) fn note(&self) -> String {
        match (self.version, &self.applied_at) {
            (Some(version), Some(at)) => format!("version {version}, applied {at}"),
            _ => "no plan is applied; this is the default plan of the stack's parameters".to_owned(),
        }
    }
}
