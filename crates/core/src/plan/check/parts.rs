//! The parts of a plan that are maps and lists of their own.

use std::collections::BTreeSet;

use super::Checker;
use crate::plan::document::{Export, ExportCopy, Notify, Snapshots, Source};
use crate::plan::length::Length;
use crate::plan::place::{At, Path};
use crate::plan::raw::{RawCopy, RawExport, RawKeep, RawNotify, RawPlan, RawSelect, RawSnapshots};
use crate::plan::text::Prefix;
use crate::retention::{Policy, Rules};
use crate::selector::{Selector, name_pattern};

/// One snapshot stays in `ElastiCache`, from which a cache comes back fastest.
const SNAPSHOTS_DEFAULT: u32 = 1;
/// As many as a node can have taken in 50 days at the quota of 20 a day.
const SNAPSHOTS_MAX: u32 = 1_000;
/// The highest floor: more good backups of one cache than a plan leaves in a year at one an hour.
const AT_LEAST_MAX: u32 = 10_000;
/// Every how many slots may be exported at most.
const EVERY_MAX: u32 = 10_000;
/// Minutes in a day: S3 counts object lock in days.
const DAY: u32 = 24 * 60;

impl Checker {
    pub(super) fn select(&mut self, path: &Path, raw: &At<RawSelect>) -> Option<Selector> {
        let tags = raw.value.tags.as_ref().map(|tags| tags.value.clone()).unwrap_or_default();
        let names = self.patterns(&path.field("names"), raw.value.names.as_deref());
        let exclude = self.patterns(&path.field("exclude"), raw.value.exclude.as_deref());
        self.accept(raw.place, path, Selector::new(tags, &names?, &exclude?))
    }

    fn patterns(&mut self, path: &Path, raw: Option<&[At<String>]>) -> Option<Vec<String>> {
        let texts = raw.unwrap_or_default().iter().enumerate();
        let checked: Vec<Option<String>> = texts
            .map(|(index, text)| {
                self.accept(text.place, &path.item(index), name_pattern(&text.value))?;
                Some(text.value.clone())
            })
            .collect();
        checked.into_iter().collect()
    }

    pub(super) fn keep(&mut self, path: &Path, raw: &At<RawKeep>) -> Option<Policy> {
        let mut rules = Rules::default();
        let mut all_read = true;
        for (rule, text) in written(&raw.value) {
            let set = rules.set(rule, &text.value);
            all_read &= self.accept(text.place, &path.field(rule), set).is_some();
        }
        // An unreadable rule is reported already; that nothing is left is then no news.
        let at_least = raw.value.at_least.as_ref();
        let at_least = self.number(&path.field("at_least"), at_least, (1, AT_LEAST_MAX), 1);
        let policy = if all_read { self.accept(raw.place, path, Policy::new(rules)) } else { None };
        policy.map(|policy| policy.with_at_least(at_least))
    }

    pub(super) fn snapshots(&mut self, path: &Path, raw: Option<&At<RawSnapshots>>) -> Snapshots {
        let keep = raw.and_then(|raw| raw.value.keep.as_ref());
        let kms_key = raw.and_then(|raw| raw.value.kms_key.as_ref());
        Snapshots {
            keep: self.number(&path.field("keep"), keep, (0, SNAPSHOTS_MAX), SNAPSHOTS_DEFAULT),
            kms_key: self.parsed(&path.field("kms_key"), kms_key),
        }
    }

    pub(super) fn export(&mut self, path: &Path, raw: &At<RawExport>) -> Option<Export> {
        let raw = &raw.value;
        let every = self.number(&path.field("every"), raw.every.as_ref(), (1, EVERY_MAX), 1);
        let prefix = self.parsed(&path.field("prefix"), raw.prefix.as_ref());
        let verify = self.chosen(&path.field("verify"), raw.verify.as_ref());
        let reread = self.reread(&path.field("reread"), raw.reread.as_ref());
        let copies = self.copies(&path.field("copies"), raw.copies.as_deref().unwrap_or_default());
        Some(Export {
            every,
            prefix: prefix.unwrap_or_else(Prefix::none),
            verify: verify.unwrap_or_default(),
            reread,
            copies: copies?,
        })
    }

    /// At least a day: a plan may skip a cache for some hours, and what is let go does not come back.
    pub(super) fn retire_after(&mut self, path: &Path, text: Option<&At<String>>) -> Option<Length> {
        let (place, length): (_, Length) = (text?.place, self.parsed(path, text)?);
        if length.minutes() < DAY {
            self.report(place, path, format!("`{length}` is too short: write `1d` or more"));
            return None;
        }
        Some(length)
    }

    /// No spread at all may be written out.
    pub(super) fn spread(&mut self, path: &Path, text: Option<&At<String>>) -> Option<Length> {
        if text.is_some_and(|text| matches!(text.value.trim(), "0" | "0m")) {
            return None;
        }
        let (place, length): (_, Length) = (text?.place, self.parsed(path, text)?);
        if length.minutes() >= DAY {
            self.report(place, path, format!("`{length}` is too long: write less than `1d`"));
            return None;
        }
        Some(length)
    }

    fn copies(&mut self, path: &Path, raw: &[At<RawCopy>]) -> Option<Vec<ExportCopy>> {
        let checked: Vec<Option<ExportCopy>> =
            raw.iter().enumerate().map(|(index, copy)| self.copy(&path.item(index), copy)).collect();
        let mut seen = BTreeSet::new();
        for (index, bucket) in
            raw.iter().enumerate().filter_map(|(i, copy)| Some((i, copy.value.bucket.as_ref()?)))
        {
            if !seen.insert(&bucket.value) {
                let message = format!("`{}` is there already: list each bucket once", bucket.value);
                self.report(bucket.place, &path.item(index).field("bucket"), message);
            }
        }
        checked.into_iter().collect()
    }

    fn copy(&mut self, path: &Path, raw: &At<RawCopy>) -> Option<ExportCopy> {
        let bucket = path.field("bucket");
        let name = self.needed(raw.place, &bucket, raw.value.bucket.as_ref(), "name the bucket to copy to");
        let bucket = self.parsed(&bucket, name);
        let region = self.parsed(&path.field("region"), raw.value.region.as_ref());
        let kms_key = self.parsed(&path.field("kms_key"), raw.value.kms_key.as_ref());
        let lock = self.lock(&path.field("lock"), raw.value.lock.as_ref());
        Some(ExportCopy { bucket: bucket?, region, kms_key, lock })
    }

    /// Thirty days without a word: a thirtieth of all exports a day costs little, and rot is found while older backups
    /// that are whole are still kept.
    fn reread(&mut self, path: &Path, text: Option<&At<String>>) -> Option<Length> {
        match text {
            None => Some(Length::MONTH),
            Some(word) if word.value == "never" => None,
            Some(_) => self.days(
                path,
                text,
                "exports are read again on whole days: write for example `30d`, or `never`",
            ),
        }
    }

    fn lock(&mut self, path: &Path, text: Option<&At<String>>) -> Option<Length> {
        self.days(path, text, "object lock counts whole days: write for example `30d`")
    }

    fn days(&mut self, path: &Path, text: Option<&At<String>>, remedy: &str) -> Option<Length> {
        let length: Length = self.parsed(path, text)?;
        if !length.minutes().is_multiple_of(DAY) {
            self.report(text?.place, path, remedy);
        }
        Some(length)
    }

    pub(super) fn notify(&mut self, path: &Path, raw: Option<&At<RawNotify>>) -> Notify {
        let Some(raw) = raw else { return Notify { topic: None, on: Notify::ALL.into() } };
        let topic = self.parsed(&path.field("topic"), raw.value.topic.as_ref());
        let list = path.field("on");
        let on = match &raw.value.on {
            None => Notify::ALL.into(),
            Some(words) => words
                .iter()
                .enumerate()
                .filter_map(|(i, word)| self.chosen(&list.item(i), Some(word)))
                .collect(),
        };
        Notify { topic, on }
    }

    /// What single fields cannot say: fields that make no sense together.
    pub(super) fn fields_fit(&mut self, path: &Path, raw: &RawPlan) {
        let source = raw.source.as_ref().filter(|source| is_automatic(&source.value));
        let key = raw.snapshots.as_ref().and_then(|snapshots| snapshots.value.kms_key.as_ref());
        if let (Some(_), Some(key)) = (source, key) {
            let message =
                "encrypts snapshots that the plan takes, and `source: automatic` takes none: remove it";
            self.report(key.place, &path.field("snapshots").field("kms_key"), message);
        }
        if raw.export.is_some() {
            return;
        }
        let counts = |snapshots: &&At<RawSnapshots>| snapshots.value.keep.is_some() || key.is_none();
        if let Some(snapshots) = raw.snapshots.as_ref().filter(counts) {
            let message = "counts snapshots that stay once they are exported, and nothing is exported: \
                           add `export:`, or remove this and let `keep` say which snapshots stay";
            self.report(snapshots.place, &path.field("snapshots"), message);
        }
        if let Some(source) = source {
            let message = "`automatic` exports the snapshots that ElastiCache takes by itself: add `export:`";
            self.report(source.place, &path.field("source"), message);
        }
    }
}

fn is_automatic(word: &str) -> bool {
    crate::plan::choice::choose(word) == Ok(Source::Automatic)
}

/// Every rule that is written down, by name.
fn written(raw: &RawKeep) -> impl Iterator<Item = (&'static str, &At<String>)> {
    let rules = [
        ("last", &raw.last),
        ("hourly", &raw.hourly),
        ("daily", &raw.daily),
        ("weekly", &raw.weekly),
        ("monthly", &raw.monthly),
        ("yearly", &raw.yearly),
        ("within", &raw.within),
        ("within_hourly", &raw.within_hourly),
        ("within_daily", &raw.within_daily),
        ("within_weekly", &raw.within_weekly),
        ("within_monthly", &raw.within_monthly),
        ("within_yearly", &raw.within_yearly),
    ];
    rules.into_iter().filter_map(|(rule, text)| Some((rule, text.as_ref()?)))
}
