//! The walk over a history, newest first, that decides what stays.

use std::cmp::Reverse;

use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use serde::Serialize;

use super::bucket::{Key, Period};
use super::count::Count;
use super::policy::{Policy, Rules};
use super::reason::{Place, Reason};
use super::span::Span;

/// The decision about one backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept<T> {
    /// When the backup was taken.
    pub at: DateTime<Utc>,
    /// What the caller handed in with it.
    pub item: T,
    /// Why it stays. Empty means that no rule keeps it and it goes.
    pub reasons: Vec<Reason>,
}

/// One line of `cachekeep keep --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeptLine {
    /// RFC 3339, in UTC.
    pub at: String,
    /// Whether it stays.
    pub keep: bool,
    /// restic's words for why; empty for what goes.
    pub reasons: Vec<String>,
}

impl Policy {
    /// Decides about every backup of one group (a cache under a plan), newest first; of backups at the same
    /// instant the one handed in first counts as the newer, as restic's stable sort has it.
    ///
    /// `zone` cuts the buckets; `now` only decides which backup is the newest that windows count from.
    #[must_use]
    pub fn apply<T>(&self, history: Vec<(DateTime<Utc>, T)>, zone: Tz, now: DateTime<Utc>) -> Vec<Kept<T>> {
        let mut history = history;
        history.sort_by_key(|(at, _)| Reverse(*at));
        let newest = history.iter().map(|(at, _)| *at).find(|at| *at < now);
        let mut walk = Walk::new(self.rules(), newest, zone);
        let oldest = history.len().saturating_sub(1);
        let decide = |(index, (at, item)): (usize, (DateTime<Utc>, T))| {
            let reasons = walk.reasons(at, index == oldest);
            Kept { at, item, reasons }
        };
        history.into_iter().enumerate().map(decide).collect()
    }
}

impl<T> Kept<T> {
    /// Whether it stays.
    #[must_use]
    pub fn keep(&self) -> bool {
        !self.reasons.is_empty()
    }

    /// The line that `keep --json` prints.
    #[must_use]
    pub fn line(&self) -> KeptLine {
        KeptLine {
            at: self.at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            keep: self.keep(),
            reasons: self.reasons.iter().map(Reason::to_string).collect(),
        }
    }
}

/// What the rules remember on their way from the newest backup to the oldest.
struct Walk {
    zone: Tz,
    within: Option<Window>,
    last: Count,
    counted: Vec<Counted>,
    windowed: Vec<Windowed>,
}

/// A span before the newest backup.
#[derive(Clone, Copy)]
struct Window {
    span: Span,
    /// `None` where every backup lies in the future: then nothing is too old.
    start: Option<DateTime<Utc>>,
}

/// `daily: 7` and its kind.
struct Counted {
    bucket: Bucket,
    left: Count,
}

/// `within_daily: 7d` and its kind.
struct Windowed {
    bucket: Bucket,
    window: Window,
}

struct Bucket {
    period: Period,
    previous: Option<Key>,
}

impl Walk {
    fn new(rules: &Rules, newest: Option<DateTime<Utc>>, zone: Tz) -> Self {
        let window = |span: Span| {
            let start = newest.map(|newest| span.before(newest, zone));
            (!span.is_zero()).then_some(Window { span, start })
        };
        let counted = |period| Counted { bucket: Bucket::of(period), left: rules.count(period) };
        let windowed = |period| {
            let window = window(rules.window(period))?;
            Some(Windowed { bucket: Bucket::of(period), window })
        };
        Self {
            zone,
            within: window(rules.within),
            last: rules.last,
            counted: Period::ALL.map(counted).into(),
            windowed: Period::ALL.into_iter().filter_map(windowed).collect(),
        }
    }

    /// Why the next backup stays, in restic's order: within, last, counts, windows.
    fn reasons(&mut self, at: DateTime<Utc>, is_oldest: bool) -> Vec<Reason> {
        let local = at.with_timezone(&self.zone);
        let within = self.within.filter(|window| window.holds(at)).map(|window| Reason::Within(window.span));
        let last = (!self.last.is_off()).then_some(Reason::Last);
        self.last = self.last.after_one();
        let counted = self.counted.iter_mut().filter_map(|rule| rule.reason(&local, is_oldest));
        let windowed = self.windowed.iter_mut().filter_map(|rule| rule.reason(&local, is_oldest));
        within.into_iter().chain(last).chain(counted).chain(windowed).collect()
    }
}

impl Window {
    /// Strictly newer than the start, as restic compares.
    fn holds(self, at: DateTime<Utc>) -> bool {
        self.start.is_none_or(|start| at > start)
    }
}

impl Counted {
    fn reason(&mut self, at: &DateTime<Tz>, is_oldest: bool) -> Option<Reason> {
        if self.left.is_off() {
            return None;
        }
        let place = self.bucket.place(at, is_oldest)?;
        self.left = self.left.after_one();
        Some(Reason::Bucket(self.bucket.period, place))
    }
}

impl Windowed {
    fn reason(&mut self, at: &DateTime<Tz>, is_oldest: bool) -> Option<Reason> {
        if !self.window.holds(at.to_utc()) {
            return None;
        }
        let place = self.bucket.place(at, is_oldest)?;
        Some(Reason::BucketWithin(self.bucket.period, place, self.window.span))
    }
}

impl Bucket {
    fn of(period: Period) -> Self {
        Self { period, previous: None }
    }

    /// Whether this backup stands for its bucket, and as what.
    fn place(&mut self, at: &DateTime<Tz>, is_oldest: bool) -> Option<Place> {
        let key = Some(self.period.key(at));
        if key != self.previous {
            self.previous = key;
            return Some(Place::Newest);
        }
        is_oldest.then_some(Place::Oldest)
    }
}
