//! The checked plan document: what the rest of cachekeep works with.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize, Serializer};

use super::choice::Choice;
use super::grace::Grace;
use super::length::Length;
use super::problem::PlanErrors;
use super::text::{Bucket, KmsKey, Prefix, Region, TopicArn};
use super::{check, read};
use crate::backup::Topic;
use crate::ids::{CacheId, PlanName};
use crate::names::{self, RESTORE_TEST_TAG};
use crate::retention::Policy;
use crate::schedule::Schedule;
use crate::selector::Selector;

/// How long a backup may take after its slot before the default of `expect` is worried: snapshot, export and
/// reading of a large cache.
const TIME_TO_FINISH: TimeDelta = TimeDelta::hours(2);

/// A document that was read and found right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Document {
    /// How the quota is shared with people.
    pub quota: Quota,
    /// The plans, in the order of the document; at least one, no two of one name.
    pub plans: Vec<Plan>,
    /// The YAML that it was read from, byte for byte. This is what the ledger keeps.
    #[serde(skip)]
    pub source: String,
}

/// How the snapshot quota is shared with people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Quota {
    /// Manual snapshots a node (or serverless cache) in any 24 hours that cachekeep leaves for people.
    pub reserve: u8,
}

/// A named policy: which caches, when, what to keep, where to export, whom to tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Its name, unique in the document.
    pub name: PlanName,
    /// Which caches it covers.
    pub select: Selector,
    /// When a backup is due.
    #[serde(serialize_with = "as_text")]
    pub schedule: Schedule,
    /// Where the schedule's fields are read and retention's days begin.
    #[serde(serialize_with = "as_text")]
    pub timezone: Tz,
    /// How late after its slot a backup may still start.
    pub start_within: Length,
    /// Over how long its caches are staggered after each slot; `None` for all of them at once.
    pub spread: Option<Length>,
    /// Which data it is taken from.
    pub source: Source,
    /// What stays.
    pub keep: Policy,
    /// What stays inside `ElastiCache` once exported, and under which key.
    pub snapshots: Snapshots,
    /// Where to export; `None` for snapshots alone, to which `keep` then applies.
    pub export: Option<Export>,
    /// The age of the newest good backup that somebody is told of; see [`Plan::expected_age`] for its default.
    pub expect: Option<Length>,
    /// That age, with its default. Found once: walking a schedule costs more than all else that is done with a plan.
    #[serde(skip)]
    pub(crate) expected_age: TimeDelta,
    /// How long a cache that the plan has gone on without keeps more than its newest good backup; `None` for as long as
    /// `keep` says.
    pub retire_after: Option<Length>,
    /// How long what retention lets go is still there.
    pub grace: Grace,
    /// Whom to tell, and of what.
    pub notify: Notify,
}

/// The snapshots inside `ElastiCache`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Snapshots {
    /// This many of the newest stay once they are exported.
    pub keep: u32,
    /// The KMS key that encrypts them; where absent, the cache's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<KmsKey>,
}

/// Which data a backup is taken from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A replica where there is one, else the primary.
    #[default]
    Replica,
    /// The primary.
    Primary,
    /// `ElastiCache`'s own automatic snapshot, exported; no quota is used.
    Automatic,
}

/// How deeply an export is read before it counts as good. Each level includes the ones before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VerifyLevel {
    /// Every file is there, and begins and ends as it should.
    Presence,
    /// The checksum of every file is right.
    Checksum,
    /// Every value is walked to its end.
    #[default]
    Structure,
    /// Compressed and packed values are opened. A plan may also say `full`, the deepest level there is.
    Deep,
}

/// Where a plan exports to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Export {
    /// Every n-th slot is exported; 1 is every slot.
    pub every: u32,
    /// What the object keys start with. In a document it is what the plan says; [`Document::under`] puts the stack's own
    /// prefix before it.
    pub prefix: Prefix,
    /// How deeply an export is read before it counts as good.
    pub verify: VerifyLevel,
    /// Within how long, in whole days, a good export is read again; `None` for never.
    pub reread: Option<Length>,
    /// Further buckets that a good export is copied to.
    pub copies: Vec<ExportCopy>,
}

/// A further bucket that a good export is copied to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportCopy {
    /// The bucket.
    pub bucket: Bucket,
    /// Its region; where absent, the one that cachekeep runs in.
    pub region: Option<Region>,
    /// The KMS key for the copy; where absent, the bucket's default.
    pub kms_key: Option<KmsKey>,
    /// For how long S3 object lock keeps the copy, in whole days.
    pub lock: Option<Length>,
}

/// Whom to tell, and of what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notify {
    /// The SNS topic; where absent, the stack's own.
    pub topic: Option<TopicArn>,
    /// What is worth a message.
    pub on: BTreeSet<Topic>,
}

impl Document {
    /// Reads and checks a document. `file` is the name that errors show. The errors are all that can be found
    /// in one reading: either the first fault of the YAML itself, or every unknown key, or every wrong value.
    pub fn parse(file: &str, text: &str) -> Result<Self, PlanErrors> {
        let raw = read::read(text).map_err(|problems| PlanErrors::new(file, problems))?;
        check::check(&raw, text).map_err(|problems| PlanErrors::new(file, problems))
    }

    /// The document as it holds in a stack whose exports all lie under `prefix`. Its functions may delete nothing outside
    /// that, so no plan can export anywhere else: its own prefix only divides what is the stack's.
    #[must_use]
    pub fn under(mut self, prefix: &Prefix) -> Self {
        for export in self.plans.iter_mut().filter_map(|plan| plan.export.as_mut()) {
            export.prefix = prefix.and(&export.prefix);
        }
        self
    }

    /// The plan of this name.
    #[must_use]
    pub fn plan(&self, name: &PlanName) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.name == *name)
    }
}

impl Plan {
    /// Whether the plan covers the cache of this name and these tags. No plan covers a cache that some stack made to see whether
    /// a backup can be restored: it is gone within hours, and whoever backed it up would tell people that it is.
    #[must_use]
    pub fn selects(&self, name: &str, tags: &BTreeMap<String, String>) -> bool {
        !tags.contains_key(RESTORE_TEST_TAG) && self.select.matches(name, tags)
    }

    /// The age of the newest good backup that somebody is told of. Without `expect`, it is the longest pause of the
    /// schedule, plus `spread`, plus `start_within`, plus two hours for a backup to finish.
    #[must_use]
    pub const fn expected_age(&self) -> TimeDelta {
        self.expected_age
    }

    /// What `expect` is where the document does not say.
    #[must_use]
    pub fn default_age(
        schedule: &Schedule,
        zone: Tz,
        start_within: Length,
        spread: Option<Length>,
    ) -> TimeDelta {
        let spread = spread.map_or(TimeDelta::zero(), Length::delta);
        schedule.longest_pause(zone) + spread + start_within.delta() + TIME_TO_FINISH
    }

    /// How long after a slot its last cache may be staggered to; zero where all of them start at once.
    #[must_use]
    pub fn spread(&self) -> TimeDelta {
        self.spread.map_or(TimeDelta::zero(), Length::delta)
    }

    /// How long after each slot this cache's backup is due, in whole minutes: the same every time, and whatever other caches
    /// there are.
    #[must_use]
    pub fn stagger(&self, cache: &CacheId) -> TimeDelta {
        let minutes = self.spread.map_or(1, Length::minutes);
        let place = names::hash(&format!("{cache}/{}", self.name)) % u64::from(minutes.max(1));
        TimeDelta::minutes(i64::try_from(place).unwrap_or_default())
    }
}

impl Notify {
    /// Everything that is worth a message.
    pub(super) const ALL: [Topic; 7] = [
        Topic::Failed,
        Topic::Missed,
        Topic::Corrupt,
        Topic::Quota,
        Topic::Late,
        Topic::Recovered,
        Topic::Restore,
    ];
}

impl Choice for Source {
    const WHAT: &'static str = "source";
    const WORDS: &'static [(&'static str, Self)] =
        &[("replica", Self::Replica), ("primary", Self::Primary), ("automatic", Self::Automatic)];
}

impl Choice for VerifyLevel {
    const WHAT: &'static str = "verification level";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("presence", Self::Presence),
        ("checksum", Self::Checksum),
        ("structure", Self::Structure),
        ("deep", Self::Deep),
        ("full", Self::Deep),
    ];
}

impl Choice for Topic {
    const WHAT: &'static str = "kind of message";
    const WORDS: &'static [(&'static str, Self)] = &[
        (Self::Failed.as_str(), Self::Failed),
        (Self::Missed.as_str(), Self::Missed),
        (Self::Corrupt.as_str(), Self::Corrupt),
        (Self::Quota.as_str(), Self::Quota),
        (Self::Late.as_str(), Self::Late),
        (Self::Recovered.as_str(), Self::Recovered),
        (Self::Restore.as_str(), Self::Restore),
    ];
}

fn as_text<T: std::fmt::Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}
