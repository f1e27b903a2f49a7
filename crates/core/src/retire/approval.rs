//! The licence to delete a cache. Only the decision of this module makes one, and the call that deletes cannot be made without.

use crate::backup::Backup;
use crate::ids::{BackupId, CacheId};

/// That one cache may be deleted, since its final backup is proven. It cannot be made elsewhere, kept or copied.
#[derive(Debug)]
pub struct Approval {
    cache: CacheId,
    backup: BackupId,
}

impl Approval {
    pub(super) fn of(backup: &Backup) -> Self {
        Self { cache: backup.id.cache.clone(), backup: backup.id.clone() }
    }

    /// The cache that may be deleted.
    #[must_use]
    pub const fn cache(&self) -> &CacheId {
        &self.cache
    }

    /// The backup that proves it.
    #[must_use]
    pub const fn backup(&self) -> &BackupId {
        &self.backup
    }

    /// Whether it covers this cache.
    #[must_use]
    pub fn covers(&self, cache: &CacheId) -> bool {
        self.cache == *cache
    }
}
