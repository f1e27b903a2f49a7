//! Retiring a cache: what is known is gathered, core decides what comes next, and that is done, one step at a time.
//!
//! Every step is in the ledger before anything depends on it, so that the same command goes on wherever another one ended.

use cachekeep_aws::pacer::{Pace, Pacer};
use cachekeep_aws::snapshots::{self, SnapshotFamily};
use cachekeep_aws::{AwsError, Class, fleet};
use cachekeep_core::backup::{Backup, Change, CopyKind, Export, File, Word};
use cachekeep_core::cache::Cache;
use cachekeep_core::decide::due::Home;
use cachekeep_core::decide::place::{has_room, newest_automatic};
use cachekeep_core::decide::unscheduled::{self, Order};
use cachekeep_core::event::{Event, Notice};
use cachekeep_core::ids::CacheId;
use cachekeep_core::job::Job;
use cachekeep_core::names;
use cachekeep_core::plan::Source;
use cachekeep_core::restore::Found;
use cachekeep_core::retire::{self, Approval, Decision, Evidence, Facts, Means, Next, Request};
use cachekeep_core::review::Review;
use cachekeep_core::snapshot::Sighting;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use crate::admit::admit;
use crate::context::{Context, Mode, Pass};
use crate::error::PassError;
use crate::facts::bucket_of;
use crate::record::{self, Decided, Receipt};
use crate::report::Report;
use crate::restore::{found, manifest_at};
use crate::snapshot::unscheduled::{Desk, take};

/// How many files are looked at at once. A cache has up to 500 shards, and S3 takes thousands of such calls a second.
const FILES_AT_ONCE: usize = 16;

/// How many steps one call takes at most: a backup, its hold and the deletion, each of them once more where somebody else was
/// faster. What is left is taken by the next call.
const STEPS: u32 = 8;

/// What is known of a retirement.
#[derive(Debug)]
pub struct Known {
    id: CacheId,
    cache: Option<Cache>,
    backup: Option<Backup>,
    evidence: Option<Evidence>,
    means: Option<Means>,
    now: cachekeep_core::ids::Instant,
}

impl Known {
    /// As core takes it.
    #[must_use]
    pub fn facts(&self) -> Facts<'_> {
        Facts {
            id: &self.id,
            cache: self.cache.as_ref(),
            backup: self.backup.as_ref(),
            evidence: self.evidence.as_ref(),
            means: self.means,
            now: self.now,
        }
    }
}

/// Takes every step that can be taken now, and says how far the retirement is. A dry run takes none, and says what the next one
/// is.
///
/// # Errors
/// [`PassError`] where the ledger or AWS does not answer. Whatever was done until then is found by the same command again.
pub async fn advance(
    context: &Context,
    pass: &Pass,
    id: &CacheId,
    request: &Request,
) -> Result<(Known, Decision), PassError> {
    admit(context, pass).await?;
    let mut steps = 0;
    loop {
        let known = look(context, pass, id, request).await?;
        let decision = retire::decide(&known.facts(), request);
        steps += 1;
        if pass.mode == Mode::DryRun
            || steps > STEPS
            || !act(context, pass, &known, &decision, request).await?
        {
            return Ok((known, decision));
        }
    }
}

fn pacer(context: &Context, pass: &Pass) -> Pacer {
    context.pacer_to_look(pass, Pace::UNLIMITED)
}

/// Reads as much as the decision needs: AWS's quota only while there is no backup, the copies only once there is a good one.
async fn look(context: &Context, pass: &Pass, id: &CacheId, request: &Request) -> Result<Known, PassError> {
    let pacer = pacer(context, pass);
    let history = context.begin(pass, context.ledger.history(id)).await?;
    let cache = fleet::find(&context.clients, &pacer, id).await?;
    let backup = retire::final_backup(&history, request).cloned();
    let evidence = match &backup {
        Some(backup) if backup.is_good() => Some(evidence(context, &pacer, backup).await?),
        Some(_) | None => None,
    };
    let means = match (&cache, &backup) {
        (Some(cache), None) => {
            let desk = Desk::open(context, pass, &pacer, cache, &history).await?;
            Some(Means {
                manual: has_room(cache, &desk.counts, pass.now),
                automatic: newest_automatic(cache, &desk.snapshots, &desk.counts, pass.now),
            })
        }
        _ => None,
    };
    Ok(Known { id: id.clone(), cache, backup, evidence, means, now: pass.now })
}

async fn evidence(context: &Context, pacer: &Pacer, backup: &Backup) -> Result<Evidence, AwsError> {
    let family = SnapshotFamily::of_cache(backup.id.cache.kind());
    let snapshot = match backup.snapshot.name() {
        Some(name) => snapshots::find(&context.clients, pacer, name, family).await?,
        None => Sighting::Unlisted,
    };
    let Some(export) = &backup.export else {
        return Ok(Evidence { snapshot, files: Vec::new(), manifest: None });
    };
    let bucket = bucket_of(&export.task);
    let manifest = manifest_at(&context.clients, &bucket, &names::manifest(&export.task.folder)).await;
    Ok(Evidence { snapshot, files: files(context, export).await?, manifest })
}

async fn files(context: &Context, export: &Export) -> Result<Vec<(File, Found)>, AwsError> {
    let bucket = bucket_of(&export.task);
    let looks = export.state.files().iter().map(|file| {
        let bucket = bucket.clone();
        async move {
            let found = found(&context.clients, &bucket, CopyKind::Export, file).await?;
            Ok((file.clone(), found))
        }
    });
    stream::iter(looks.collect::<Vec<_>>()).buffered(FILES_AT_ONCE).try_collect().await
}

/// Does what comes next. `false` where nothing more can be done now.
async fn act(
    context: &Context,
    pass: &Pass,
    known: &Known,
    decision: &Decision,
    request: &Request,
) -> Result<bool, PassError> {
    match (&decision.next, &known.cache, &known.backup) {
        (Next::BackUp(source), Some(cache), _) => {
            back_up(context, pass, cache, *source, request).await?;
            Ok(true)
        }
        (Next::Hold, _, Some(backup)) => {
            let mut report = Report::new(Job::Prune, pass.now);
            let decided = Decided::change(backup.clone(), Change::Held { word: Word::default() });
            // Whoever was faster has moved the backup on; the next look sees how it stands.
            settled(record::record_one(context, pass, &mut report, decided).await)
        }
        (Next::Delete(approval), Some(cache), Some(backup)) => {
            // Without the notice nothing is deleted; the next look finds the same.
            let told = tell(context, pass, backup).await?;
            if told { delete(context, pass, approval, cache).await } else { Ok(false) }
        }
        (
            Next::BackUp(_) | Next::Hold | Next::Delete(_) | Next::Wait(_) | Next::Retired | Next::Refused(_),
            ..,
        ) => Ok(false),
    }
}

fn settled(receipt: Receipt) -> Result<bool, PassError> {
    match receipt {
        Receipt::Recorded(_) | Receipt::Overtaken | Receipt::Planned(_) => Ok(true),
        Receipt::Failed(error) => Err(error.into()),
    }
}

/// The final backup, recorded before ElastiCache is asked for its snapshot.
async fn back_up(
    context: &Context,
    pass: &Pass,
    cache: &Cache,
    source: Source,
    request: &Request,
) -> Result<(), PassError> {
    let pacer = pacer(context, pass);
    let Some(plan) = retire::plan() else { return Ok(()) };
    let control = context.ledger.control().await?;
    let document = context.plans(&control)?;
    let export = unscheduled::export_of(document.as_deref(), cache, &context.prefix);
    let order = Order { plan: &plan, source, start_within: request.max_age, export: &export };
    let home = Home { stack: &context.stack, bucket: context.bucket.name() };
    let backup = unscheduled::backup(&order, cache, &home, pass.now);
    let history = context.ledger.history(&cache.id).await?;
    let desk = Desk::open(context, pass, &pacer, cache, &history).await?;
    take(context, pass, &pacer, (backup, cache), desk).await;
    Ok(())
}

/// People are told before the cache goes: a crash between the two tells it twice rather than never.
async fn tell(context: &Context, pass: &Pass, backup: &Backup) -> Result<bool, PassError> {
    let cache = &backup.id.cache;
    for _ in 0..STEPS {
        let review = context.ledger.reviews(std::slice::from_ref(cache)).await?.remove(cache);
        let review = review.unwrap_or_else(|| Review::new(cache.clone(), pass.now));
        let notice = Notice::Retiring { backup: backup.id.clone() };
        let event = Event::of_notice(cache.clone(), backup.id.plan.clone(), notice, pass.now);
        if context.ledger.settle_review(review, vec![event]).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Deletes the cache. `false` where ElastiCache does not do so now: the next look says why.
async fn delete(
    context: &Context,
    pass: &Pass,
    approval: &Approval,
    cache: &Cache,
) -> Result<bool, PassError> {
    match fleet::delete(&context.clients, &pacer(context, pass), approval, &cache.id).await {
        Ok(()) => Ok(true),
        Err(error) => match error.class() {
            Class::NotFound => Ok(true),
            Class::WrongState => Ok(false),
            Class::AlreadyExists
            | Class::QuotaExceeded
            | Class::Throttled
            | Class::Transient
            | Class::Unknown
            | Class::Denied
            | Class::Refused => Err(error.into()),
        },
    }
}
