//! For how long each copy of a backup lies where, and what that comes to by month.

use chrono::{Datelike as _, NaiveDate, NaiveTime, TimeDelta};
use serde::Serialize;

use super::life::Lived;
use super::{Month, Terms};
use crate::backup::{Backup, Owner, SnapshotState};
use crate::ids::{BackupId, Instant, PlanName};
use crate::plan::Document;

const DAY_SECONDS: f64 = 86_400.0;

/// What became of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// A backup.
    Taken,
    /// It was left out for the quota.
    Skipped,
    /// It passed.
    Missed,
    /// It was still under way when the days were over.
    Pending,
}

/// One slot's backup: from when its copies are there, and until when.
#[derive(Debug, Clone)]
pub(super) struct Stay {
    pub(super) outcome: Outcome,
    pub(super) reason: Option<String>,
    /// Of our own snapshot; those that ElastiCache takes by itself are not ours to pay for.
    snapshot: Option<Span>,
    export: Option<Span>,
    expired: bool,
}

/// From when something is there, and until when, if it goes.
#[derive(Debug, Clone, Copy)]
struct Span {
    from: Instant,
    until: Option<Instant>,
}

impl Span {
    const fn since(from: Instant) -> Self {
        Self { from, until: None }
    }

    fn end(&mut self, at: Instant) {
        self.until.get_or_insert(at);
    }

    /// How many seconds of `[from, until)` it is there.
    fn seconds(self, from: Instant, until: Instant) -> i64 {
        let end = self.until.map_or(until, |end| end.min(until));
        (end - self.from.max(from)).num_seconds().max(0)
    }

    /// The same, gone so much later.
    fn longer(self, by: TimeDelta) -> Self {
        Self { until: self.until.map(|at| at + by), ..self }
    }

    /// The same, gone no earlier than so long after it came.
    fn at_least(self, least: TimeDelta) -> Self {
        Self { until: self.until.map(|at| at.max(self.from + least)), ..self }
    }
}

impl Stay {
    pub(super) const fn waiting() -> Self {
        Self { outcome: Outcome::Pending, reason: None, snapshot: None, export: None, expired: false }
    }

    pub(super) fn snapshot_is_there(&mut self, backup: &Backup, at: Instant) {
        let ours = matches!(backup.snapshot, SnapshotState::Available { owner: Owner::Us, .. });
        self.snapshot = ours.then(|| Span::since(at));
    }

    pub(super) fn export_is_there(&mut self, at: Instant) {
        self.export = Some(Span::since(at));
    }

    pub(super) fn snapshot_is_gone(&mut self, at: Instant) {
        if let Some(span) = &mut self.snapshot {
            span.end(at);
        }
    }

    pub(super) fn expired(&mut self, at: Instant) {
        self.expired = true;
        self.snapshot_is_gone(at);
        if let Some(span) = &mut self.export {
            span.end(at);
        }
    }

    pub(super) const fn is_expired(&self) -> bool {
        self.expired
    }
}

/// The first instant of the month after that of `at`, in UTC.
pub(super) fn month_end(at: Instant) -> Instant {
    let (year, month) = if at.month() == 12 { (at.year() + 1, 1) } else { (at.year(), at.month() + 1) };
    // Every month has a first day; beyond the years that dates can hold, nothing ends.
    NaiveDate::from_ymd_opt(year, month, 1)
        .map_or(Instant::MAX_UTC, |day| day.and_time(NaiveTime::MIN).and_utc())
}

/// The months of one cache.
pub(super) fn months(lived: &Lived, document: &Document, terms: &Terms) -> Vec<Month> {
    let mut from = terms.from;
    let mut months = Vec::with_capacity(lived.kept.len());
    for (until, kept) in &lived.kept {
        let seconds = (*until - from).num_seconds().max(1);
        let sum = |seconds_of: &dyn Fn(&BackupId, &Stay) -> i64| {
            lived.stays.iter().map(|(id, stay)| seconds_of(id, stay)).sum::<i64>()
        };
        let snapshots = sum(&|_, stay| stay.snapshot.map_or(0, |span| span.seconds(from, *until)));
        let exports = sum(&|id, stay| in_s3(document, &id.plan, stay, terms, (from, *until)));
        months.push(Month {
            until: *until,
            days: real(seconds) / DAY_SECONDS,
            kept: kept.clone(),
            snapshots: real(snapshots) / real(seconds),
            exports: real(exports) / real(seconds),
        });
        from = *until;
    }
    months
}

/// How many seconds the export and its copies are billed for between two instants, together.
fn in_s3(
    document: &Document,
    plan: &PlanName,
    stay: &Stay,
    terms: &Terms,
    (from, until): (Instant, Instant),
) -> i64 {
    let Some(span) = stay.export else { return 0 };
    let copies =
        document.plan(plan).and_then(|plan| plan.export.as_ref()).map_or(&[][..], |export| &export.copies);
    let replicas = copies.iter().map(|copy| {
        let lock = copy.lock.map_or(TimeDelta::zero(), crate::plan::Length::delta);
        span.at_least(lock).seconds(from, until)
    });
    span.longer(terms.undelete).seconds(from, until) + replicas.sum::<i64>()
}

/// Seconds of some thousand copies over some years are far below where a float loses whole numbers.
#[expect(clippy::cast_precision_loss, reason = "see above")]
const fn real(number: i64) -> f64 {
    number as f64
}
