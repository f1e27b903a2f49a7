//! Which backup is restored: the one that is named, or the newest good one of a cache.

use cachekeep_core::backup::Backup;
use cachekeep_core::ids::{BackupId, CacheId, Instant};

use crate::args::CacheName;
use crate::failure::Failure;
use crate::stack::Stack;

/// The backup of this id.
pub(super) async fn by_id(stack: &Stack, id: &BackupId) -> Result<Backup, Failure> {
    let found = stack.context.ledger.backup(id).await;
    let found = found.map_err(|source| Failure::Ledger { doing: "read the backup", source })?;
    found.ok_or_else(|| Failure::NoBackup { id: id.clone() })
}

/// The newest good backup of this cache whose slot is not after `at`.
pub(super) async fn newest_good(
    stack: &Stack,
    name: &CacheName,
    at: Option<Instant>,
) -> Result<Backup, Failure> {
    let failed = |source| Failure::Ledger { doing: "list the backups", source };
    let ledger = &stack.context.ledger;
    let caches = ledger.caches().await.map_err(failed)?;
    let caches: Vec<CacheId> = caches.into_iter().filter(|id| name.is(id)).collect();
    let cache = match &caches[..] {
        [] => return Err(Failure::NothingKnown { subject: name.to_string() }),
        [cache] => cache,
        several => {
            let several = several.iter().map(ToString::to_string).collect();
            return Err(Failure::Ambiguous { name: name.to_string(), several });
        }
    };
    let mut history = ledger.history(cache).await.map_err(failed)?;
    history.retain(|backup| backup.is_whole() && at.is_none_or(|at| backup.id.slot.instant() <= at));
    history
        .into_iter()
        .max_by_key(|backup| backup.id.slot)
        .ok_or_else(|| Failure::NoGoodBackup { cache: cache.clone(), at })
}
