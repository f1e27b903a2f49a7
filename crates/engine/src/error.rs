//! Why a whole pass could not run.

use cachekeep_aws::AwsError;
use cachekeep_aws::ledger::LedgerError;
use cachekeep_core::plan::PlanErrors;

/// A pass that could not see enough to decide anything. Nothing was deleted.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    /// The ledger could not be read or written.
    #[error("the ledger is not usable")]
    Ledger(#[source] LedgerError),
    /// AWS could not be read.
    #[error("AWS did not answer what the pass has to know")]
    Aws(#[source] AwsError),
    /// The applied plans cannot be read.
    #[error("the applied plans cannot be read; apply them again with `cachekeep plans apply FILE`")]
    Plans(#[source] PlanErrors),
}

impl PassError {
    /// Whether the next pass may well succeed without anybody's doing.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Ledger(error) => error.is_retryable(),
            Self::Aws(error) => error.is_retryable(),
            Self::Plans(_) => false,
        }
    }
}

impl From<LedgerError> for PassError {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl From<AwsError> for PassError {
    fn from(error: AwsError) -> Self {
        Self::Aws(error)
    }
}
