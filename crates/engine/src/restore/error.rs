//! Why a restore could not be planned, begun or followed.

use cachekeep_aws::AwsError;
use cachekeep_aws::ledger::LedgerError;
use cachekeep_core::ids::{CacheId, SnapshotName};
use cachekeep_core::restore::IllegalRestore;
use cachekeep_core::restore::input::BadInput;

use crate::error::PassError;

/// Why a restore could not be planned, begun or followed. What AWS refuses is no such error: the restore's record says it.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The ledger or AWS did not answer what a plan needs.
    #[error(transparent)]
    Pass(#[from] PassError),
    /// Neither the ledger nor a manifest tells how the cache was configured.
    #[error(
        "neither the ledger nor a manifest says how {cache} was configured: restore the table to an earlier point in time, or \
         create the cache by hand from the snapshot or the files"
    )]
    NoConfiguration {
        /// The old cache.
        cache: CacheId,
    },
    /// It is not known whether ElastiCache has been asked.
    #[error(
        "ElastiCache did not answer whether it makes {target}: say the same command again, which looks first"
    )]
    Unanswered {
        /// The new cache.
        target: CacheId,
        /// What happened.
        #[source]
        source: Box<AwsError>,
    },
    /// The files could not be copied to where ElastiCache can read them.
    #[error(
        "the files of {target} could not be copied to where ElastiCache can read them, and nothing was created: the same command \
         again goes on with those that are missing"
    )]
    Unstaged {
        /// The new cache.
        target: CacheId,
        /// What happened.
        #[source]
        source: Box<AwsError>,
    },
    /// The plan's input is none, although the plan was not refused.
    #[error("the input of the restore is not usable: report this as a bug of cachekeep")]
    Input(#[source] BadInput),
    /// Another restore into a cache of the same id was begun in the same moment.
    #[error("another restore into {target} was begun in the same moment: choose another id with --as")]
    Overtaken {
        /// The new cache.
        target: CacheId,
    },
    /// ElastiCache has no snapshot of this name.
    #[error(
        "ElastiCache has no snapshot {name} here: `aws elasticache describe-snapshots` lists them, and --region says where"
    )]
    NoSnapshot {
        /// As it was given.
        name: SnapshotName,
    },
    /// A change does not fit the restore.
    #[error("the restore stands otherwise than expected: report this as a bug of cachekeep")]
    Illegal(#[source] IllegalRestore),
    /// The record went away in between.
    #[error("the ledger has no restore of {target} any more: somebody deleted its record")]
    Gone {
        /// The new cache.
        target: CacheId,
    },
}

impl From<LedgerError> for RestoreError {
    fn from(error: LedgerError) -> Self {
        Self::Pass(error.into())
    }
}

impl From<AwsError> for RestoreError {
    fn from(error: AwsError) -> Self {
        Self::Pass(error.into())
    }
}
