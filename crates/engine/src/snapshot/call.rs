//! The one call that takes a snapshot.

use cachekeep_aws::pacer::Pacer;
use cachekeep_aws::snapshots;
use cachekeep_core::backup::{Backup, SnapshotTarget};
use cachekeep_core::cache::Tags;
use cachekeep_core::cause::Failure;
use cachekeep_core::ids::SnapshotName;
use cachekeep_core::names::{BACKUP_TAG, STACK_TAG};

use crate::context::Context;

/// Asks ElastiCache for the snapshot `name` of the backup's cache. Core reads the answer.
pub(super) async fn create(
    context: &Context,
    pacer: &Pacer,
    backup: &Backup,
    name: &SnapshotName,
    on: &SnapshotTarget,
) -> Result<(), Failure> {
    let cache = backup.id.cache.name();
    let target = match on {
        SnapshotTarget::Group => snapshots::SnapshotTarget::Group(cache.to_owned()),
        SnapshotTarget::Node(node) => snapshots::SnapshotTarget::Node(node.clone()),
        SnapshotTarget::Serverless => snapshots::SnapshotTarget::Serverless(cache.to_owned()),
    };
    let tags = Tags::from([
        (STACK_TAG.to_owned(), backup.stack.identity.to_string()),
        (BACKUP_TAG.to_owned(), backup.id.to_string()),
    ]);
    let key = backup.task.kms_key.as_deref();
    let created = snapshots::create(&context.clients, pacer, &target, name, &tags, key).await;
    created.map(drop).map_err(|error| error.failure())
}
