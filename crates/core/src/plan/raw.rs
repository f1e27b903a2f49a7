//! The plan document as written: every scalar still a text with its place. The published JSON Schema comes from
//! these types, and `check` turns them into the checked ones.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::place::At;

type Text = At<String>;

/// A cachekeep plan document.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "cachekeep plans")]
pub(super) struct RawDocument {
    /// The version of this format.
    #[schemars(with = "u8", range(min = 1, max = 1))]
    pub(super) version: Option<Text>,
    /// How the snapshot quota is shared with people.
    #[serde(default)]
    #[schemars(with = "RawQuota")]
    pub(super) quota: Option<RawQuota>,
    /// The plans; at least one.
    #[schemars(with = "Vec<RawPlan>", length(min = 1, max = 100))]
    pub(super) plans: Option<At<Vec<At<RawPlan>>>>,
}

/// How the snapshot quota is shared with people.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawQuota {
    /// How many of a node's 20 manual snapshots (24 of a serverless cache) in any 24 hours are left for people.
    #[serde(default)]
    #[schemars(with = "u8", range(min = 0, max = 19), extend("default" = 2))]
    pub(super) reserve: Option<Text>,
}

/// A named policy: which caches, when, what to keep, where to export, whom to tell.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPlan {
    /// A lower-case letter, then up to 29 letters, digits and hyphens; no other plan has it.
    #[schemars(with = "String", regex(pattern = r"^[a-z][a-z0-9-]{0,29}$"))]
    pub(super) name: Option<Text>,
    /// Which caches it covers.
    #[schemars(with = "RawSelect")]
    pub(super) select: Option<At<RawSelect>>,
    /// Five-field cron (`0 */6 * * *`), AWS `cron(...)` or AWS `rate(...)`.
    #[schemars(with = "String", extend("examples" = ["0 */6 * * *", "cron(0 6 * * ? *)", "rate(6 hours)"]))]
    pub(super) schedule: Option<Text>,
    /// The IANA time zone of the schedule and of retention's days, weeks, months and years.
    #[serde(default)]
    #[schemars(with = "String", extend("default" = "UTC", "examples" = ["Europe/Zurich"]))]
    pub(super) timezone: Option<Text>,
    /// Later than this after its slot, a backup is not started any more: the slot is missed and somebody is told.
    #[serde(default)]
    #[schemars(with = "RawLength", extend("default" = "1h"))]
    pub(super) start_within: Option<Text>,
    /// Over how long the plan's caches are staggered after each slot, less than a day. Each has its own moment in it, the same every
    /// time, and `start_within` counts from there.
    #[serde(default)]
    #[schemars(with = "RawLength", extend("default" = "0m"))]
    pub(super) spread: Option<Text>,
    /// Which data a backup is taken from.
    #[serde(default)]
    #[schemars(with = "SourceWord", extend("default" = "replica"))]
    pub(super) source: Option<Text>,
    /// What stays, by restic's `forget`; everything else is deleted.
    #[schemars(with = "RawKeep")]
    pub(super) keep: Option<At<RawKeep>>,
    /// The snapshots inside `ElastiCache`: how many stay once they are exported, and under which key.
    #[serde(default)]
    #[schemars(with = "RawSnapshots")]
    pub(super) snapshots: Option<At<RawSnapshots>>,
    /// The export to S3. Without it, snapshots alone are taken, and `keep` says which of them stay.
    #[serde(default)]
    #[schemars(with = "RawExport")]
    pub(super) export: Option<At<RawExport>>,
    /// Somebody is told when a cache's newest good backup is older than this.
    #[serde(default)]
    #[schemars(with = "RawLength")]
    pub(super) expect: Option<Text>,
    /// How long a cache that is gone, or that the plan no longer selects, keeps what the rules keep, in days or more; only
    /// its newest good backup stays after that. Without it, what the rules keep stays.
    #[serde(default)]
    #[schemars(with = "RawLength")]
    pub(super) retire_after: Option<Text>,
    /// How long after retention let a backup go it is deleted; until then it is `expiring`, and `cachekeep hold` saves it. 0
    /// deletes at once.
    #[serde(default)]
    #[schemars(with = "RawGrace", extend("default" = "1d"))]
    pub(super) grace: Option<Text>,
    /// Whom to tell, and of what.
    #[serde(default)]
    #[schemars(with = "RawNotify")]
    pub(super) notify: Option<At<RawNotify>>,
}

/// Which caches a plan covers: all tags must be there, one of the names must match, none of the excluded may.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
pub(super) struct RawSelect {
    /// Tags that a cache must carry, all of them. `*` and `?` are wildcards in values.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub(super) tags: Option<At<BTreeMap<String, String>>>,
    /// Patterns of which a cache's name must match one. `*` and `?` are wildcards; case is ignored.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) names: Option<Vec<Text>>,
    /// Patterns that a cache's name must not match.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) exclude: Option<Vec<Text>>,
}

/// What stays. The rules are those of restic's `forget`; a backup stays when any rule keeps it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
pub(super) struct RawKeep {
    /// This many of the newest good backups stay whatever the rules say, which restic does not know.
    #[serde(default)]
    #[schemars(with = "u32", range(min = 1, max = 10_000), extend("default" = 1))]
    pub(super) at_least: Option<Text>,
    /// Keep the last n backups.
    #[serde(default)]
    #[schemars(with = "RawCount")]
    pub(super) last: Option<Text>,
    /// Keep one backup for each of the last n hours that have one.
    #[serde(default)]
    #[schemars(with = "RawCount")]
    pub(super) hourly: Option<Text>,
    /// Keep one backup for each of the last n days that have one.
    #[serde(default)]
    #[schemars(with = "RawCount")]
    pub(super) daily: Option<Text>,
    /// Keep one backup for each of the last n ISO weeks that have one.
    #[serde(default)]
    #[schemars(with = "RawCount")]
    pub(super) weekly: Option<Text>,
    /// Keep one backup for each of the last n months that have one.
    #[serde(default)]
    #[schemars(with = "RawCount")]
    pub(super) monthly: Option<Text>,
    /// Keep one backup for each of the last n years that have one.
    #[serde(default)]
    #[schemars(with = "RawCount")]
    pub(super) yearly: Option<Text>,
    /// Keep every backup newer than this before the newest.
    #[serde(default)]
    #[schemars(with = "RawSpan")]
    pub(super) within: Option<Text>,
    /// Keep one backup an hour that is newer than this before the newest.
    #[serde(default)]
    #[schemars(with = "RawSpan")]
    pub(super) within_hourly: Option<Text>,
    /// Keep one backup a day that is newer than this before the newest.
    #[serde(default)]
    #[schemars(with = "RawSpan")]
    pub(super) within_daily: Option<Text>,
    /// Keep one backup an ISO week that is newer than this before the newest.
    #[serde(default)]
    #[schemars(with = "RawSpan")]
    pub(super) within_weekly: Option<Text>,
    /// Keep one backup a month that is newer than this before the newest.
    #[serde(default)]
    #[schemars(with = "RawSpan")]
    pub(super) within_monthly: Option<Text>,
    /// Keep one backup a year that is newer than this before the newest.
    #[serde(default)]
    #[schemars(with = "RawSpan")]
    pub(super) within_yearly: Option<Text>,
}

/// The snapshots inside `ElastiCache`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSnapshots {
    /// How many snapshots stay inside `ElastiCache` once they are exported, newest first.
    #[serde(default)]
    #[schemars(with = "u32", extend("default" = 1))]
    pub(super) keep: Option<Text>,
    /// The KMS key that encrypts the snapshots; where absent, the cache's own. `ElastiCache` cannot export node-based
    /// snapshots under a customer-managed key. The stack's parameter `CacheKeyArns` must name the key.
    #[serde(default)]
    #[schemars(with = "String")]
    pub(super) kms_key: Option<Text>,
}

/// The export to S3.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawExport {
    /// Every n-th slot is exported; 1 is every slot.
    #[serde(default)]
    #[schemars(with = "u32", range(min = 1), extend("default" = 1))]
    pub(super) every: Option<Text>,
    /// What the object keys start with, after the stack's own prefix: empty, or ending in a slash.
    #[serde(default)]
    #[schemars(with = "String", regex(pattern = r"^$|^[a-z0-9][a-z0-9._/-]*/$"), extend("default" = ""))]
    pub(super) prefix: Option<Text>,
    /// How deeply an export is read before it counts as good.
    #[serde(default)]
    #[schemars(with = "VerifyWord", extend("default" = "structure"))]
    pub(super) verify: Option<Text>,
    /// Within how long, in whole days, a good export is read again, so that rot in the bucket is found; or `never`.
    #[serde(default)]
    #[schemars(with = "RawReread", extend("default" = "30d"))]
    pub(super) reread: Option<Text>,
    /// Further buckets that a good export is copied to.
    #[serde(default)]
    #[schemars(with = "Vec<RawCopy>")]
    pub(super) copies: Option<Vec<At<RawCopy>>>,
}

/// A further bucket that a good export is copied to.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCopy {
    /// The bucket's name.
    #[schemars(with = "String", regex(pattern = r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"))]
    pub(super) bucket: Option<Text>,
    /// The bucket's region; where absent, the one that cachekeep runs in.
    #[serde(default)]
    #[schemars(with = "String", extend("examples" = ["eu-west-1"]))]
    pub(super) region: Option<Text>,
    /// The KMS key that encrypts the copy; where absent, the bucket's default. `ElastiCache` cannot restore from
    /// objects under a KMS key: copy them to a bucket without one first.
    #[serde(default)]
    #[schemars(with = "String")]
    pub(super) kms_key: Option<Text>,
    /// For how long S3 object lock keeps anybody from deleting the copy, in whole days.
    #[serde(default)]
    #[schemars(with = "RawLength")]
    pub(super) lock: Option<Text>,
}

/// Whom to tell, and of what.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawNotify {
    /// The ARN of an SNS topic; where absent, the stack's own.
    #[serde(default)]
    #[schemars(with = "String")]
    pub(super) topic: Option<Text>,
    /// What is worth a message; where absent, everything listed here.
    #[serde(default)]
    #[schemars(with = "Vec<TopicWord>")]
    pub(super) on: Option<Vec<Text>>,
}

/// A number, or `unlimited`.
#[derive(JsonSchema)]
#[schemars(untagged, inline, rename = "count")]
#[expect(dead_code, reason = "it only describes the field in the JSON Schema")]
enum RawCount {
    Number(u32),
    Word(UnlimitedWord),
}

#[derive(JsonSchema)]
#[schemars(inline, rename_all = "lowercase")]
#[expect(dead_code, reason = "it only describes the field in the JSON Schema")]
enum UnlimitedWord {
    Unlimited,
}

/// A length of time, such as `30m`, `1h`, `2d`; `m` is a minute.
#[derive(JsonSchema)]
#[schemars(inline)]
#[expect(dead_code, reason = "it only describes the field in the JSON Schema")]
struct RawLength(#[schemars(regex(pattern = r"^([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?$"))] String);

/// A length of time, or 0 for none at all.
#[derive(JsonSchema)]
#[schemars(untagged, inline, rename = "grace")]
#[expect(dead_code, reason = "it only describes the field in the JSON Schema")]
enum RawGrace {
    Length(RawLength),
    Zero(RawZero),
}

#[derive(JsonSchema)]
#[schemars(inline)]
#[expect(dead_code, reason = "it only describes the field in the JSON Schema")]
struct RawZero(#[schemars(range(min = 0, max = 0))] u32);

/// A span on the calendar, such as `2d` or `1y6m`; `m` is a month.
#[derive(JsonSchema)]
#[schemars(inline)]
#[expect(dead_code, reason = "it only describes the field in the JSON Schema")]
struct RawSpan(#[schemars(regex(pattern = r"^([0-9]+[ymdh])*$"))] String);

/// A length of time in whole days, or `never`.
#[derive(JsonSchema)]
#[schemars(untagged, inline, rename = "reread")]
#[expect(dead_code, reason = "it only describes the field in the JSON Schema")]
enum RawReread {
    Length(RawLength),
    Word(NeverWord),
}

#[derive(JsonSchema)]
#[schemars(inline, rename_all = "lowercase")]
#[expect(dead_code, reason = "it only describes the field in the JSON Schema")]
enum NeverWord {
    Never,
}

#[derive(JsonSchema)]
#[schemars(inline, rename_all = "lowercase")]
#[expect(dead_code, reason = "it only describes the field in the JSON Schema")]
enum SourceWord {
    /// A replica where there is one, else the primary.
    Replica,
    /// The primary.
    Primary,
    /// `ElastiCache`'s own automatic snapshot, exported; uses no quota.
    Automatic,
}

#[derive(JsonSchema)]
#[schemars(inline, rename_all = "lowercase")]
#[expect(dead_code, reason = "it only describes the field in the JSON Schema")]
enum VerifyWord {
    /// Every file is there and ends as it should.
    Presence,
    /// The checksum of every file is right as well.
    Checksum,
    /// Every value is walked to its end as well.
    Structure,
    /// Compressed and packed values are opened as well.
    Deep,
    /// The deepest level there is; today the same as deep.
    Full,
}

#[derive(JsonSchema)]
#[schemars(inline, rename_all = "lowercase")]
#[expect(dead_code, reason = "it only describes the field in the JSON Schema")]
enum TopicWord {
    /// A snapshot, export or copy failed for good.
    Failed,
    /// A slot passed without a backup.
    Missed,
    /// An export is not whole, or a snapshot is gone.
    Corrupt,
    /// The quota does not allow what the plan asks.
    Quota,
    /// The newest good backup is too old, or a cache cannot be backed up.
    Late,
    /// Good again after a failure.
    Recovered,
    /// A restore began, ended or failed.
    Restore,
}
