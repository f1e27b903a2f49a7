//! The one decision about a retirement: what comes next, or why nothing does.

use super::approval::Approval;
use super::proof;
use super::refusal::{Refusal, Rule};
use super::{Decision, Facts, Means, Next, Request, Stage, Standing, Step};
use crate::backup::{Backup, ExportState, Owner, SnapshotState, Status};
use crate::cache::{Cache, CacheStatus, Support};
use crate::ids::Instant;
use crate::plan::Source;

/// Decides what comes next.
#[must_use]
pub fn decide(facts: &Facts<'_>, request: &Request) -> Decision {
    let (mut steps, problems) = steps(facts, request);
    let next = next(facts, request, problems);
    let deletion = match (&next, facts.cache) {
        (Next::Retired, _) => (Standing::Proven, "the cache is gone".to_owned()),
        (Next::Delete(_), _) => (Standing::Open, "everything is proven".to_owned()),
        (_, Some(cache)) if is_leaving(cache) => {
            (Standing::Open, "ElastiCache is deleting the cache".to_owned())
        }
        (Next::BackUp(_) | Next::Hold | Next::Wait(_) | Next::Refused(_), _) => {
            (Standing::Open, "only once everything above is proven".to_owned())
        }
    };
    steps.push(Step { stage: Stage::Deletion, standing: deletion.0, detail: deletion.1 });
    Decision { steps, next }
}

/// What comes next. The order is that of safety: whatever forbids the deletion comes before whatever leads to it.
fn next(facts: &Facts<'_>, request: &Request, problems: Vec<Refusal>) -> Next {
    if let Some(refusal) = unconfirmed(facts, request) {
        return Next::Refused(vec![refusal]);
    }
    let Some(cache) = facts.cache else { return gone(facts, problems) };
    if let Some(refusal) = bound(cache) {
        return Next::Refused(vec![refusal]);
    }
    match facts.backup {
        None if is_leaving(cache) => Next::Refused(vec![Refusal::new(
            Rule::Exists,
            format!("{} is being deleted, and not by a retirement: it has no final backup", facts.id),
            "see what backups there are with `cachekeep list --cache CACHE`",
        )]),
        None => begin(facts, cache, request),
        Some(backup) => go_on(facts, cache, backup, request, problems),
    }
}

fn unconfirmed(facts: &Facts<'_>, request: &Request) -> Option<Refusal> {
    let said = request.confirm.to_ascii_lowercase();
    let same = [facts.id.name(), &facts.id.to_string()].contains(&said.as_str());
    (!same).then(|| {
        Refusal::new(
            Rule::Confirmed,
            format!("--confirm says `{}`, and the cache is {}", request.confirm, facts.id),
            format!("say --confirm {} if that is the one", facts.id.name()),
        )
    })
}

/// A member of a global datastore cannot be deleted (docs/elasticache.md 7, S), and without its primary the whole would be lost.
fn bound(cache: &Cache) -> Option<Refusal> {
    let membership = cache.global.as_ref()?;
    let id = &membership.datastore;
    let how = if membership.is_primary() {
        format!(
            "retire the datastore first: its secondaries leave it with `aws elasticache \
             disassociate-global-replication-group`, then `aws elasticache delete-global-replication-group \
             --global-replication-group-id {id} --retain-primary-replication-group`"
        )
    } else {
        format!(
            "have it leave first: aws elasticache disassociate-global-replication-group --global-replication-group-id {id} \
             --replication-group-id {} --replication-group-region REGION",
            cache.id.name()
        )
    };
    Some(Refusal::new(
        Rule::Standalone,
        format!("{} is the {} of global datastore {id}", cache.id, membership.role),
        how,
    ))
}

/// Whether ElastiCache is taking the cache away.
pub(super) fn is_leaving(cache: &Cache) -> bool {
    matches!(&cache.status, CacheStatus::Other(word) if matches!(word.as_str(), "deleting" | "deleted"))
}

fn gone(facts: &Facts<'_>, problems: Vec<Refusal>) -> Next {
    match facts.backup {
        Some(backup) if backup.is_good() && problems.is_empty() => Next::Retired,
        Some(backup) => {
            let why = format!(
                "there is no {} any more, and its final backup {} is {}: {}",
                facts.id,
                backup.id,
                backup.status(),
                backup.reason
            );
            let how = format!("look at what is left of it with `cachekeep show {}`", backup.id);
            let mut refusals = vec![Refusal::new(Rule::Exists, why, how)];
            refusals.extend(problems);
            Next::Refused(refusals)
        }
        None => Next::Refused(vec![Refusal::new(
            Rule::Exists,
            format!("there is no {} here, and no final backup of it", facts.id),
            "check the name, and --region: `cachekeep status` shows the caches that plans cover",
        )]),
    }
}

/// No final backup yet: what it can be made of, if of anything.
fn begin(facts: &Facts<'_>, cache: &Cache, request: &Request) -> Next {
    if let Support::Unsupported(why) = cache.backup {
        return Next::Refused(vec![Refusal::new(
            Rule::BackedUp,
            why.to_string(),
            "save what counts by other means, and delete the cache by hand",
        )]);
    }
    let exportable = cache.export == Support::Supported;
    if !exportable && !request.accept_unread {
        return Next::Refused(vec![proof::unread()]);
    }
    match facts.means {
        None => Next::Wait("what a backup can be made of is not known yet".to_owned()),
        Some(Means { manual: true, .. }) => Next::BackUp(Source::Replica),
        Some(Means { manual: false, automatic }) => without_quota(automatic, exportable, facts.now, request),
    }
}

/// The quota is used up: an automatic snapshot does it, where it is young and can be exported. ElastiCache deletes its automatic
/// snapshots together with the cache (docs/elasticache.md 2, S).
fn without_quota(automatic: Option<Instant>, exportable: bool, now: Instant, request: &Request) -> Next {
    let quota = "the quota of manual snapshots in 24 hours is used up";
    let later = "say it again when the quota has room: `cachekeep status` shows it";
    let refused = |rule, why: String, how: &str| Next::Refused(vec![Refusal::new(rule, why, how)]);
    match automatic {
        Some(_) if !exportable => refused(
            Rule::BackedUp,
            format!("{quota}, and ElastiCache deletes its automatic snapshots together with the cache"),
            later,
        ),
        Some(at) if now - at <= request.max_age => Next::BackUp(Source::Automatic),
        Some(at) => refused(
            Rule::Fresh,
            format!(
                "{quota}, and ElastiCache's newest automatic snapshot is of {}, {} minutes ago: writes since then would be lost",
                minute(at),
                (now - at).num_minutes()
            ),
            "say it again when the quota has room, or accept the loss with a larger --max-age",
        ),
        None => refused(
            Rule::BackedUp,
            format!("{quota}, and ElastiCache has no automatic snapshot of the last 24 hours"),
            later,
        ),
    }
}

fn go_on(
    facts: &Facts<'_>,
    cache: &Cache,
    backup: &Backup,
    request: &Request,
    problems: Vec<Refusal>,
) -> Next {
    if has_ended_badly(backup) {
        return Next::Refused(vec![Refusal::new(
            Rule::BackedUp,
            format!("the final backup {} is {}: {}", backup.id, backup.status(), backup.reason),
            "remove the cause, and say the command again, which takes another one",
        )]);
    }
    if !backup.held {
        return Next::Hold;
    }
    if is_leaving(cache) {
        return Next::Wait("ElastiCache is deleting the cache".to_owned());
    }
    if let Some(refusal) = too_old(backup, request, facts.now) {
        return Next::Refused(vec![refusal]);
    }
    if !backup.is_good() {
        return Next::Wait(format!("the final backup is {}: {}", backup.status(), backup.reason));
    }
    if facts.evidence.is_none() {
        return Next::Wait("nobody has looked at the final backup's copies yet".to_owned());
    }
    if !problems.is_empty() {
        return Next::Refused(problems);
    }
    if cache.status != CacheStatus::Available {
        return Next::Wait(format!("ElastiCache deletes nothing of it now: the cache is {}", cache.status));
    }
    Next::Delete(Approval::of(backup))
}

/// When the snapshot began, at the earliest: not before it was asked for, and an automatic one when ElastiCache took it.
pub(super) fn began(backup: &Backup) -> Instant {
    match &backup.snapshot {
        SnapshotState::Available { owner: Owner::ElastiCache, taken_at, .. } => *taken_at,
        SnapshotState::Available { owner: Owner::Us, .. }
        | SnapshotState::Waiting { .. }
        | SnapshotState::Requested { .. }
        | SnapshotState::Creating { .. }
        | SnapshotState::Failed
        | SnapshotState::Missed
        | SnapshotState::Skipped
        | SnapshotState::Deleting { .. }
        | SnapshotState::Deleted { .. }
        | SnapshotState::Lost { .. } => backup.id.slot.instant(),
    }
}

fn too_old(backup: &Backup, request: &Request, now: Instant) -> Option<Refusal> {
    let age = now - began(backup);
    (age > request.max_age).then(|| {
        Refusal::new(
            Rule::Fresh,
            format!(
                "the snapshot of {} began at {}, {} minutes ago and more than --max-age allows: writes since then would be lost",
                backup.id,
                minute(began(backup)),
                age.num_minutes()
            ),
            format!(
                "accept the loss with a larger --max-age, or let this backup go with `cachekeep release {}` and say the \
                 command again, which takes a new one",
                backup.id
            ),
        )
    })
}

/// Whether nothing good will come of it any more.
pub(super) fn has_ended_badly(backup: &Backup) -> bool {
    match backup.status() {
        Status::Corrupt
        | Status::Failed
        | Status::Missed
        | Status::Skipped
        | Status::Lost
        | Status::Expiring
        | Status::Pruned => true,
        Status::Waiting | Status::Snapshotting | Status::Exporting | Status::Verifying | Status::Good => {
            false
        }
    }
}

/// Everything that has to hold but for the deletion itself, and what does not hold of the copies.
fn steps(facts: &Facts<'_>, request: &Request) -> (Vec<Step>, Vec<Refusal>) {
    let open = |stage, detail: &str| Step { stage, standing: Standing::Open, detail: detail.to_owned() };
    let Some(backup) = facts.backup else {
        let stages =
            [Stage::Backup, Stage::Snapshot, Stage::Export, Stage::Verified, Stage::Manifest, Stage::Held];
        return (stages.map(|stage| open(stage, "")).into(), Vec::new());
    };
    let lost =
        format!("{}; writes after {} are not in it", backup.id, began(backup).format("%Y-%m-%d %H:%M UTC"));
    let mut steps = vec![Step { stage: Stage::Backup, standing: Standing::Proven, detail: lost }];
    steps.push(snapshot(backup));
    let (of_copies, problems) = match facts.evidence {
        Some(evidence) if backup.is_good() => proof::of(backup, facts.cache, evidence, request.accept_unread),
        Some(_) | None => (on_their_way(backup), Vec::new()),
    };
    steps.extend(of_copies);
    steps.push(if backup.held {
        let detail = format!("until `cachekeep release {}`", backup.id);
        Step { stage: Stage::Held, standing: Standing::Proven, detail }
    } else {
        open(Stage::Held, "")
    });
    (steps, problems)
}

fn snapshot(backup: &Backup) -> Step {
    let name = backup.snapshot.name().map_or_else(String::new, ToString::to_string);
    let (standing, detail) = match &backup.snapshot {
        SnapshotState::Available { .. } | SnapshotState::Deleting { .. } | SnapshotState::Deleted { .. } => {
            (Standing::Proven, name)
        }
        SnapshotState::Waiting { .. } => (Standing::Open, backup.reason.clone()),
        SnapshotState::Requested { .. } | SnapshotState::Creating { .. } => (Standing::Open, name),
        SnapshotState::Failed
        | SnapshotState::Missed
        | SnapshotState::Skipped
        | SnapshotState::Lost { .. } => (Standing::Broken, backup.reason.clone()),
    };
    Step { stage: Stage::Snapshot, standing, detail }
}

fn on_their_way(backup: &Backup) -> Vec<Step> {
    let written = match backup.export_state() {
        Some(ExportState::Written { .. } | ExportState::Good { .. }) => Standing::Proven,
        Some(ExportState::Corrupt { .. } | ExportState::Failed) => Standing::Broken,
        Some(
            ExportState::Pending { .. }
            | ExportState::Requested { .. }
            | ExportState::Running { .. }
            | ExportState::Deleting { .. }
            | ExportState::Deleted,
        )
        | None => Standing::Open,
    };
    let step = |stage, standing| Step { stage, standing, detail: String::new() };
    vec![
        step(Stage::Export, written),
        step(Stage::Verified, Standing::Open),
        step(Stage::Manifest, Standing::Open),
    ]
}

fn minute(at: Instant) -> String {
    at.format("%H:%M UTC").to_string()
}
