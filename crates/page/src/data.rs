//! What grows with caches and slots, as compact JSON: times as minutes, reasons by number, rows as letters with counts.

use std::collections::BTreeMap;

use cachekeep_core::ids::{CacheId, Instant};
use cachekeep_core::view::report::{CacheReport, Calendar, CellState, Copy, Kept, Report, Row};
use serde::Serialize;

/// A text by its place in [`Data::texts`].
type Text = usize;

#[derive(Serialize)]
struct Data {
    now: i64,
    /// The word of each letter.
    states: Vec<(char, &'static str)>,
    texts: Vec<String>,
    plans: Vec<Plan>,
    caches: Vec<Cache>,
}

#[derive(Serialize)]
struct Plan {
    name: String,
    /// The first column, and the minutes from each to the next.
    first: i64,
    steps: String,
    /// For each row: the cache's place, its letters, and reasons by column.
    rows: Vec<(usize, String, BTreeMap<usize, Text>)>,
}

#[derive(Serialize)]
struct Cache {
    id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    quota: Vec<(String, u8, String)>,
    kept: Vec<Backup>,
}

/// Plan, slot, reasons, when it goes, whether it is held, bytes, keys, and where it is, a bit each.
#[derive(Serialize)]
struct Backup(usize, i64, Vec<Text>, Option<i64>, u8, Option<u64>, Option<u64>, u8);

/// Texts that are said many times, each once.
#[derive(Default)]
struct Texts(BTreeMap<String, Text>);

impl Texts {
    fn number(&mut self, text: &str) -> Text {
        let next = self.0.len();
        *self.0.entry(text.to_owned()).or_insert(next)
    }

    fn in_order(self) -> Vec<String> {
        let mut texts: Vec<(String, Text)> = self.0.into_iter().collect();
        texts.sort_by_key(|(_, number)| *number);
        texts.into_iter().map(|(text, _)| text).collect()
    }
}

/// The data as JSON that may stand inside a script element.
pub(crate) fn json(report: &Report) -> String {
    let mut texts = Texts::default();
    let places: BTreeMap<&CacheId, usize> =
        report.caches.iter().enumerate().map(|(place, cache)| (&cache.id, place)).collect();
    let plan_places: BTreeMap<&str, usize> =
        report.calendars.iter().enumerate().map(|(place, calendar)| (&*calendar.plan, place)).collect();
    let plans = report.calendars.iter().map(|calendar| plan(calendar, &places, &mut texts)).collect();
    let caches = report.caches.iter().map(|report| cache(report, &plan_places, &mut texts)).collect();
    let states = CellState::ALL.map(|state| (state.letter(), state.as_str())).to_vec();
    let data = Data { now: minutes(report.now), states, texts: texts.in_order(), plans, caches };
    // Structs of texts and numbers always have a JSON text.
    serde_json::to_string(&data).unwrap_or_default().replace('<', "\\u003c")
}

fn plan(calendar: &Calendar, places: &BTreeMap<&CacheId, usize>, texts: &mut Texts) -> Plan {
    let mut row = |row: &Row| {
        let reasons = row.reasons.iter().map(|(column, reason)| (*column, texts.number(reason)));
        Some((*places.get(&row.cache)?, letters(&row.cells), reasons.collect()))
    };
    let columns: Vec<i64> = calendar.columns.iter().map(|at| minutes(*at)).collect();
    Plan {
        name: calendar.plan.clone(),
        first: columns.first().copied().unwrap_or_default(),
        steps: counted(columns.windows(2).map(|pair| pair[1] - pair[0])),
        rows: calendar.rows.iter().filter_map(&mut row).collect(),
    }
}

/// `kkkg` is `k3g`.
fn letters(cells: &[CellState]) -> String {
    let mut text = String::new();
    for run in cells.chunk_by(|a, b| a == b) {
        text.push(run[0].letter());
        if run.len() > 1 {
            text.push_str(&run.len().to_string());
        }
    }
    text
}

/// `60 60 60 30` is `60*3 30`.
fn counted(numbers: impl Iterator<Item = i64>) -> String {
    let numbers: Vec<i64> = numbers.collect();
    let runs = numbers.chunk_by(|a, b| a == b);
    let run =
        |run: &[i64]| if run.len() > 1 { format!("{}*{}", run[0], run.len()) } else { run[0].to_string() };
    runs.map(run).collect::<Vec<_>>().join(" ")
}

fn cache(report: &CacheReport, plans: &BTreeMap<&str, usize>, texts: &mut Texts) -> Cache {
    let quota = report.quota.iter().filter(|day| day.hours[23] > 0);
    let quota = quota.map(|day| {
        let hours = day.hours.map(|count| i64::try_from(count).unwrap_or(i64::MAX));
        (day.node.clone(), day.limit, counted(hours.into_iter()))
    });
    Cache {
        id: report.id.to_string(),
        quota: quota.collect(),
        kept: report.kept.iter().filter_map(|kept| backup(kept, plans, texts)).collect(),
    }
}

fn backup(kept: &Kept, plans: &BTreeMap<&str, usize>, texts: &mut Texts) -> Option<Backup> {
    let reasons = kept.reasons.iter().map(|reason| texts.number(reason)).collect();
    let copies = kept.copies.iter().map(|copy| match copy {
        Copy::Snapshot => 1,
        Copy::Export => 2,
        Copy::Replica => 4,
    });
    Some(Backup(
        *plans.get(&*kept.plan)?,
        minutes(kept.slot.instant()),
        reasons,
        kept.goes.map(minutes),
        u8::from(kept.is_held),
        kept.bytes,
        kept.keys,
        copies.fold(0, |bits, bit: u8| bits | bit),
    ))
}

fn minutes(at: Instant) -> i64 {
    at.timestamp().div_euclid(60)
}
