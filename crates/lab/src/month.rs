//! Days of simulated operation, and the report of what they left behind.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cachekeep_aws::fleet;
use cachekeep_aws::pacer::Pace;
use cachekeep_core::backup::{Backup, Change, ReplicaState, SnapshotState, Status};
use cachekeep_core::cache::Cache;
use cachekeep_core::event::{Event, What};
use cachekeep_core::ids::CacheId;
use cachekeep_engine::Mode;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::setup::{Lab, LabError};

/// What some simulated days left behind. The same days of the same seed give the same report, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MonthReport {
    /// How many days were simulated.
    pub days: u32,
    /// When they began, on the sandbox's clock.
    pub from: DateTime<Utc>,
    /// When they ended.
    pub until: DateTime<Utc>,
    /// What decided the drawn durations.
    pub seed: u64,
    /// What became of the slots.
    pub totals: Totals,
    /// Each cache.
    pub caches: Vec<CacheReport>,
    /// The most manual snapshots that each node (or serverless cache) held in any 24 hours, by AWS's own count.
    pub peaks: Vec<Peak>,
    /// The messages that the topic received, by subject.
    pub messages: Vec<MessageReport>,
    /// AWS calls, by service and action.
    pub calls: BTreeMap<String, u64>,
    /// Where the buckets' files are.
    pub files: PathBuf,
}

/// What became of the slots.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Slots that were handed out to a cache.
    pub slots: u64,
    /// Snapshots taken (or, with `source: automatic`, found).
    pub taken: u64,
    /// Slots left out, for the quota.
    pub skipped: u64,
    /// Slots that passed without a backup.
    pub missed: u64,
    /// Backups that failed for good.
    pub failed: u64,
    /// Exports whose files and manifest are complete.
    pub exported: u64,
    /// Exports that were read and found whole.
    pub verified: u64,
    /// Exports that were read and found broken.
    pub corrupt: u64,
    /// Backups whose every copy retention deleted.
    pub pruned: u64,
    /// Bytes exported, in all.
    pub bytes_exported: u64,
    /// Messages published to the topic.
    pub messages: u64,
    /// Objects in the bucket at the end.
    pub objects: u64,
    /// Snapshots in ElastiCache at the end that are ours.
    pub snapshots: u64,
}

/// One cache at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CacheReport {
    /// ElastiCache's own id.
    pub cache: String,
    /// `group`, `cluster` or `serverless`.
    pub kind: String,
    /// Backups by how they stand.
    pub backups: BTreeMap<Status, u64>,
    /// The newest good backup's slot.
    pub last_good: Option<String>,
    /// Why there is none, or what else is to be known of it.
    pub reason: Option<String>,
}

/// The peak of one node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Peak {
    /// The node, or `serverless/<name>`.
    pub node: String,
    /// The most manual snapshots in any 24 hours.
    pub peak: usize,
    /// What AWS allows.
    pub limit: u8,
}

/// Messages of one subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MessageReport {
    /// The subject.
    pub subject: String,
    /// How often it came.
    pub count: u64,
}

/// What is known after each simulated day, for a progress line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Which day ended, from 1.
    pub day: u32,
    /// How many there will be.
    pub days: u32,
    /// AWS calls so far.
    pub calls: u64,
}

/// Lets `days` days go by with every rule firing, then reads what is there.
///
/// # Errors
/// [`LabError`] where the ledger cannot be read at the end.
pub async fn run(
    lab: &Lab,
    days: u32,
    seed: u64,
    directory: &Path,
    mut progress: impl FnMut(Progress),
) -> Result<MonthReport, LabError> {
    let from = lab.now();
    for day in 1..=days {
        lab.sandbox.run_until(from + TimeDelta::days(day.into())).await;
        progress(Progress { day, days, calls: lab.sandbox.calls().total() });
    }
    report(lab, from, days, seed, directory).await
}

async fn report(
    lab: &Lab,
    from: DateTime<Utc>,
    days: u32,
    seed: u64,
    directory: &Path,
) -> Result<MonthReport, LabError> {
    let mut totals = Totals::default();
    let mut caches = BTreeMap::new();
    for cache in lab.context.ledger.caches().await.map_err(LabError::Ledger)? {
        let history = lab.context.ledger.history(&cache).await.map_err(LabError::Ledger)?;
        for backup in &history {
            let events = lab.context.ledger.events(&backup.id).await.map_err(LabError::Ledger)?;
            totals.count(backup, &events);
        }
        caches.insert(cache.clone(), cache_report(&cache, &history));
    }
    // Counted before anybody looks at how the caches stand, which is no part of the days.
    let calls = calls(lab);
    explain(lab, &mut caches).await?;
    let inbox = lab.sandbox.sns().inbox(&lab.topic);
    let subjects = inbox.iter().map(|message| message.subject.clone().unwrap_or_default());
    totals.messages = count(inbox.len());
    totals.objects = count(lab.sandbox.s3().keys(lab.context.bucket.name()).len());
    let snapshots = lab.sandbox.elasticache().snapshots();
    totals.snapshots = count(snapshots.iter().filter(|snapshot| !snapshot.automatic).count());
    Ok(MonthReport {
        days,
        from,
        until: lab.now(),
        seed,
        totals,
        caches: caches.into_values().collect(),
        peaks: peaks(lab),
        messages: messages(subjects),
        calls,
        files: directory.to_owned(),
    })
}

impl Totals {
    fn count(&mut self, backup: &Backup, events: &[Event]) {
        self.slots += 1;
        for event in events {
            match &event.what {
                What::Backup { change: Change::SnapshotAvailable { .. }, .. } => self.taken += 1,
                What::Backup { change: Change::Exported { files }, .. } => {
                    self.exported += 1;
                    self.bytes_exported += files.iter().map(|file| file.size).sum::<u64>();
                }
                What::Backup { change: Change::Verified { .. }, .. } => self.verified += 1,
                What::Backup { change: Change::FoundCorrupt { .. }, .. } => self.corrupt += 1,
                What::Backup { .. } | What::Restore { .. } | What::Notice { .. } => {}
            }
        }
        match backup.snapshot {
            SnapshotState::Skipped => self.skipped += 1,
            SnapshotState::Missed => self.missed += 1,
            SnapshotState::Failed => self.failed += 1,
            SnapshotState::Waiting { .. }
            | SnapshotState::Requested { .. }
            | SnapshotState::Creating { .. }
            | SnapshotState::Available { .. }
            | SnapshotState::Deleting { .. }
            | SnapshotState::Deleted { .. }
            | SnapshotState::Lost { .. } => {}
        }
        let replicas_gone = backup.replicas().iter().all(|replica| replica.state == ReplicaState::Deleted);
        self.pruned += u64::from(backup.status() == Status::Pruned && replicas_gone);
    }
}

fn cache_report(cache: &CacheId, history: &[Backup]) -> CacheReport {
    let mut backups = BTreeMap::new();
    for backup in history {
        *backups.entry(backup.status()).or_default() += 1;
    }
    let good = history.iter().filter(|backup| backup.is_good()).map(|backup| backup.id.slot).max();
    CacheReport {
        cache: cache.name().to_owned(),
        kind: cache.kind().to_string(),
        backups,
        last_good: good.map(|slot| slot.to_string()),
        reason: None,
    }
}

/// Adds the caches that the ledger does not know, and why those are as they are that have no good backup.
async fn explain(lab: &Lab, caches: &mut BTreeMap<CacheId, CacheReport>) -> Result<(), LabError> {
    let pass = lab.pass_now(Mode::DryRun);
    let standings = cachekeep_engine::status(&lab.context, &pass).await.map_err(LabError::Status)?;
    let pacer = lab.context.pacer_to_look(&pass, Pace::UNLIMITED);
    let fleet = fleet::list(&lab.context.clients, &pacer).await.map_err(LabError::Aws)?;
    for Cache { id, .. } in fleet {
        let report = caches.entry(id.clone()).or_insert_with(|| cache_report(&id, &[]));
        let of_it =
            || standings.lines.iter().filter(|line| line.cache == id.name() && line.kind == id.kind());
        report.reason = match of_it().next() {
            None => Some("no plan covers it".to_owned()),
            Some(_) => of_it().find_map(|line| line.reason.clone()),
        };
    }
    Ok(())
}

fn peaks(lab: &Lab) -> Vec<Peak> {
    use cachekeep_core::quota::{NODE_LIMIT, SERVERLESS_LIMIT};
    let elasticache = lab.sandbox.elasticache();
    let peak = |holder: String| match holder.strip_prefix("serverless/") {
        Some(cache) => {
            let peak = elasticache.peak_serverless_snapshots(cache);
            Peak { peak, limit: SERVERLESS_LIMIT, node: holder }
        }
        None => Peak { peak: elasticache.peak_manual_snapshots(&holder), limit: NODE_LIMIT, node: holder },
    };
    elasticache.charged_holders().into_iter().map(peak).collect()
}

fn messages(subjects: impl Iterator<Item = String>) -> Vec<MessageReport> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for subject in subjects {
        *counts.entry(subject).or_default() += 1;
    }
    counts.into_iter().map(|(subject, count)| MessageReport { subject, count }).collect()
}

fn calls(lab: &Lab) -> BTreeMap<String, u64> {
    let counts = lab.sandbox.calls().counts();
    counts.into_iter().map(|((service, action), calls)| (format!("{service} {action}"), calls)).collect()
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
