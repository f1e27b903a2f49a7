//! What AWS shows of each backup that is to be exported: its snapshot, and the files that are there already.

use cachekeep_aws::AwsError;
use cachekeep_aws::bucket::{self, Bucket};
use cachekeep_aws::pacer::Pacer;
use cachekeep_core::backup::{Backup, File};
use cachekeep_core::decide::export::{self, Object, Order};
use cachekeep_core::ids::Instant;
use cachekeep_core::snapshot::Sighting;
use futures_util::StreamExt as _;
use futures_util::stream;

use crate::context::{Context, Pass};
use crate::error::PassError;
use crate::facts::{self, Sightings};
use crate::report::Report;
use crate::step::{Action, Step};

/// How many listings run at once. S3 gives thousands a second; 16 answer a thousand in some seconds.
const LISTINGS_AT_ONCE: usize = 16;

/// What AWS shows of one backup.
pub(super) struct Shown {
    pub(super) snapshot: Sighting,
    pub(super) objects: Vec<Object>,
}

/// Looks at every backup that was not seen yet. One whose listing fails stays in the queue; the others do not wait for it.
pub(super) async fn look(
    context: &Context,
    pass: &Pass,
    pacer: &Pacer,
    exports: Vec<Backup>,
    mut seen: Sightings,
    report: &mut Report,
) -> Result<Vec<(Backup, Shown)>, PassError> {
    if exports.is_empty() {
        return Ok(Vec::new());
    }
    let unseen = exports.iter().filter(|backup| !export::needs_no_look(backup) && !seen.has(backup));
    let unseen: Vec<Backup> = unseen.cloned().collect();
    seen.extend(facts::sightings(&context.clients, pacer, &unseen, pass.now).await?);
    let exports: Vec<_> = exports.into_iter().map(|backup| (seen.of(&backup), backup)).collect();
    let listings: Vec<_> =
        exports.iter().map(|(snapshot, backup)| list(context, backup, snapshot, pass.now)).collect();
    let listings: Vec<_> = stream::iter(listings).buffered(LISTINGS_AT_ONCE).collect().await;
    let mut seen = Vec::with_capacity(exports.len());
    for ((snapshot, backup), objects) in exports.into_iter().zip(listings) {
        match objects {
            Ok(objects) => seen.push((backup, Shown { snapshot, objects })),
            Err(error) => {
                let doing = "looking for its files";
                let step = Step::not_done(&backup.id, Action::ListExport, doing, error.cause(), &error);
                report.steps.push(step);
            }
        }
    }
    Ok(seen)
}

/// What is there, where it says anything yet.
async fn list(
    context: &Context,
    backup: &Backup,
    seen: &Sighting,
    now: Instant,
) -> Result<Vec<Object>, AwsError> {
    let order = Order::of(backup).filter(|_| export::depends_on_objects(backup, seen, now));
    let Some(order) = order else { return Ok(Vec::new()) };
    let objects = bucket::list(&context.clients, &Bucket::here(&order.bucket), &order.prefix()).await?;
    Ok(objects.into_iter().map(object).collect())
}

fn object(object: bucket::Object) -> Object {
    let file = File { key: object.key, size: object.bytes, etag: object.etag.unwrap_or_default() };
    Object { file, modified: object.modified }
}
