//! From the raw document to the checked one, collecting everything that is wrong on the way.

mod parts;

use std::collections::BTreeMap;
use std::error::Error;
use std::str::FromStr;

use super::PLANS_MAX;
use super::choice::{Choice, choose};
use super::document::{Document, Plan, Quota};
use super::grace::Grace;
use super::length::Length;
use super::place::{At, Path, Place};
use super::problem::Problem;
use super::raw::{RawDocument, RawPlan, RawQuota};
use super::timezone::timezone;
use crate::ids::PlanName;

/// The version of the document format that this code reads.
const VERSION: &str = "1";
/// Snapshots a node in 24 hours that are left to people where the document does not say: one to take before a
/// risky change, and one more after it.
const RESERVE_DEFAULT: u8 = 2;
/// Of 20 a node (docs/elasticache.md 3, S), at least one must be left for the plans.
const RESERVE_MAX: u8 = 19;

/// The checked document, or everything that is wrong with it.
pub(super) fn check(raw: &RawDocument, text: &str) -> Result<Document, Vec<Problem>> {
    let mut checker = Checker::default();
    let document = checker.document(raw, text);
    match document {
        Some(document) if checker.problems.is_empty() => Ok(document),
        Some(_) | None => Err(checker.problems),
    }
}

/// Collects problems. A method that returns `None` has reported why.
#[derive(Default)]
struct Checker {
    problems: Vec<Problem>,
}

impl Checker {
    fn report(&mut self, place: Place, path: &Path, message: impl Into<String>) {
        let Place { line, column } = place;
        self.problems.push(Problem { line, column, path: path.to_string(), message: message.into() });
    }

    fn accept<T, E: Error>(&mut self, place: Place, path: &Path, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.report(place, path, chain(&error))).ok()
    }

    fn parsed<T: FromStr<Err: Error>>(&mut self, path: &Path, text: Option<&At<String>>) -> Option<T> {
        let text = text?;
        self.accept(text.place, path, text.value.parse())
    }

    fn chosen<T: Choice>(&mut self, path: &Path, text: Option<&At<String>>) -> Option<T> {
        let text = text?;
        self.accept(text.place, path, choose(&text.value))
    }

    /// A whole number from `least` to `most`, or `default` where none is given.
    fn number(&mut self, path: &Path, text: Option<&At<String>>, range: (u32, u32), default: u32) -> u32 {
        let Some(text) = text else { return default };
        let (least, most) = range;
        let number = text.value.parse().ok().filter(|number| (least..=most).contains(number));
        number.unwrap_or_else(|| {
            let message = format!("`{}` must be a whole number from {least} to {most}", text.value);
            self.report(text.place, path, message);
            default
        })
    }

    fn needed<'a, T>(
        &mut self,
        owner: Place,
        path: &Path,
        value: Option<&'a T>,
        remedy: &str,
    ) -> Option<&'a T> {
        if value.is_none() {
            self.report(owner, path, format!("is missing: {remedy}"));
        }
        value
    }

    fn document(&mut self, raw: &RawDocument, text: &str) -> Option<Document> {
        let (top, root) = (Place { line: 1, column: 1 }, Path::default());
        let version = root.field("version");
        if let Some(found) = self.needed(top, &version, raw.version.as_ref(), "write `version: 1`")
            && found.value != VERSION
        {
            let message =
                format!("`{}` is not a version that is known here: write `version: 1`", found.value);
            self.report(found.place, &version, message);
        }
        let quota = self.quota(&root.field("quota"), raw.quota.as_ref());
        let path = root.field("plans");
        let plans = self.needed(top, &path, raw.plans.as_ref(), "write `plans:` and at least one plan")?;
        if plans.value.is_empty() || plans.value.len() > PLANS_MAX {
            self.report(plans.place, &path, format!("must hold 1 to {PLANS_MAX} plans"));
        }
        let plans = self.plans(&path, &plans.value)?;
        Some(Document { quota, plans, source: text.to_owned() })
    }

    fn quota(&mut self, path: &Path, raw: Option<&RawQuota>) -> Quota {
        let reserve = raw.and_then(|quota| quota.reserve.as_ref());
        let range = (0, u32::from(RESERVE_MAX));
        let reserve = self.number(&path.field("reserve"), reserve, range, u32::from(RESERVE_DEFAULT));
        Quota { reserve: u8::try_from(reserve).unwrap_or(RESERVE_MAX) }
    }

    fn plans(&mut self, path: &Path, raw: &[At<RawPlan>]) -> Option<Vec<Plan>> {
        let checked: Vec<Option<Plan>> =
            raw.iter().enumerate().map(|(index, plan)| self.plan(&path.item(index), plan)).collect();
        self.names_are_unique(path, raw);
        checked.into_iter().collect()
    }

    fn names_are_unique(&mut self, path: &Path, raw: &[At<RawPlan>]) {
        let mut lines: BTreeMap<&str, u64> = BTreeMap::new();
        for (index, plan) in raw.iter().enumerate() {
            let Some(name) = &plan.value.name else { continue };
            if let Some(line) = lines.insert(&name.value, name.place.line) {
                let message =
                    format!("`{}` is the plan of line {line} already: give each its own name", name.value);
                self.report(name.place, &path.item(index).field("name"), message);
            }
        }
    }

    fn plan(&mut self, path: &Path, raw: &At<RawPlan>) -> Option<Plan> {
        let (owner, raw) = (raw.place, &raw.value);
        let at = |field: &str| path.field(field);
        let name = self.needed(owner, &at("name"), raw.name.as_ref(), "give the plan a name, such as `gold`");
        let name: Option<PlanName> = self.parsed(&at("name"), name);
        let remedy = "say which caches, such as `select: { names: [\"prod-*\"] }`";
        let select = self.needed(owner, &at("select"), raw.select.as_ref(), remedy);
        let select = select.and_then(|raw| self.select(&at("select"), raw));
        let remedy = "say when, such as `schedule: \"0 */6 * * *\"`";
        let schedule = self.needed(owner, &at("schedule"), raw.schedule.as_ref(), remedy);
        let schedule = self.parsed(&at("schedule"), schedule);
        let remedy = "say what stays, such as `keep: { last: 4, daily: 7 }`, or `keep: { last: unlimited }`";
        let keep = self.needed(owner, &at("keep"), raw.keep.as_ref(), remedy);
        let keep = keep.and_then(|raw| self.keep(&at("keep"), raw));
        let zone = raw.timezone.as_ref();
        let zone = zone.and_then(|zone| self.accept(zone.place, &at("timezone"), timezone(&zone.value)));
        self.fields_fit(path, raw);
        let start_within =
            self.parsed(&at("start_within"), raw.start_within.as_ref()).unwrap_or(Length::HOUR);
        let spread = self.spread(&at("spread"), raw.spread.as_ref());
        let source = self.chosen(&at("source"), raw.source.as_ref()).unwrap_or_default();
        let snapshots = self.snapshots(&at("snapshots"), raw.snapshots.as_ref());
        let export = raw.export.as_ref().map(|raw| self.export(&at("export"), raw));
        let expect: Option<Length> = self.parsed(&at("expect"), raw.expect.as_ref());
        let retire_after = self.retire_after(&at("retire_after"), raw.retire_after.as_ref());
        let grace: Option<Grace> = self.parsed(&at("grace"), raw.grace.as_ref());
        let notify = self.notify(&at("notify"), raw.notify.as_ref());
        let (schedule, timezone) = (schedule?, zone.unwrap_or_default());
        let default_age = || Plan::default_age(&schedule, timezone, start_within, spread);
        Some(Plan {
            name: name?,
            select: select?,
            expected_age: expect.map_or_else(default_age, Length::delta),
            schedule,
            timezone,
            start_within,
            spread,
            source,
            keep: keep?,
            snapshots,
            export: export.flatten(),
            expect,
            retire_after,
            grace: grace.unwrap_or_default(),
            notify,
        })
    }
}

/// The message of an error and of everything behind it.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
