//! What can go wrong with the ledger.

use std::sync::Arc;

use cachekeep_core::cause::Cause;

use crate::error::AwsError;

use super::item::FORMAT;

/// A read or write of the ledger that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// DynamoDB was not reached, or refused. Shared, since one call may carry the changes of many backups.
    #[error("the ledger did not answer")]
    Aws(#[source] Arc<AwsError>),
    /// An item is not what it should be.
    #[error("ledger item {key} cannot be read: correct it, or restore the table to an earlier point in time")]
    Unreadable {
        /// Its partition and sort key.
        key: String,
        /// What is wrong with it.
        #[source]
        source: serde_dynamo::Error,
    },
    /// An item cannot be stored.
    #[error("ledger item {key} cannot be written")]
    Unwritable {
        /// Its partition and sort key.
        key: String,
        /// Why not.
        #[source]
        source: serde_dynamo::Error,
    },
    /// An item is in a format that this version does not know: an older or a newer one wrote it.
    #[error(
        "ledger item {key} has format {format}, and this version knows only format {FORMAT}: {}",
        what_to_do(format)
    )]
    UnknownFormat {
        /// Its partition and sort key.
        key: String,
        /// The format it carries, as DynamoDB shows it.
        format: String,
    },
    /// An item stands where it does not belong.
    #[error(
        "ledger item {key} is of no kind that belongs here: a newer cachekeep, or somebody else, wrote it"
    )]
    Stray {
        /// Its partition and sort key.
        key: String,
    },
}

fn what_to_do(format: &str) -> &'static str {
    if format.parse::<u64>().is_ok_and(|format| format < FORMAT) {
        "there is no way over from an earlier format, so keep this table for the version that wrote it, and name a new one \
         with CACHEKEEP_TABLE (`cachekeep init` makes it)"
    } else {
        "deploy the cachekeep version that wrote it, or a newer one"
    }
}

impl LedgerError {
    /// Why, for whatever is decided about it later.
    #[must_use]
    pub fn cause(&self) -> Cause {
        match self {
            Self::Aws(error) => error.cause().clone(),
            Self::Unreadable { .. }
            | Self::Unwritable { .. }
            | Self::UnknownFormat { .. }
            | Self::Stray { .. } => Cause::Refused { code: None },
        }
    }

    /// Whether a later pass may succeed without anybody changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Aws(error) => error.is_retryable(),
            Self::Unreadable { .. }
            | Self::Unwritable { .. }
            | Self::UnknownFormat { .. }
            | Self::Stray { .. } => false,
        }
    }
}

impl From<AwsError> for LedgerError {
    fn from(error: AwsError) -> Self {
        Self::Aws(Arc::new(error))
    }
}
