//! Which of the buckets that hold exports cannot be read: nothing of what is in them goes meanwhile.

use std::collections::BTreeMap;

use cachekeep_aws::bucket::{self, Bucket};
use cachekeep_aws::with_causes;
use cachekeep_core::backup::Backup;
use cachekeep_core::decide::prune::Unreachable;
use futures_util::future::join_all;

use crate::context::Context;

/// Asks each bucket in which one of these backups has a good export for one object: there are as many as a stack has had
/// export buckets, so seldom more than one.
pub(crate) async fn unreachable(context: &Context, backups: impl Iterator<Item = &Backup>) -> Unreachable {
    let mut folders: BTreeMap<&str, &str> = BTreeMap::new();
    for backup in backups.filter(|backup| backup.has_good_export()) {
        if let Some(export) = &backup.export {
            folders.entry(&export.task.bucket).or_insert(&export.task.folder);
        }
    }
    let asked = folders.into_iter().map(|(name, folder)| async move {
        let answer = bucket::readable(&context.clients, &Bucket::here(name), folder).await;
        answer.err().map(|error| (name.to_owned(), with_causes(&error)))
    });
    join_all(asked).await.into_iter().flatten().collect()
}
