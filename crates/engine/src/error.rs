//! Why a whole pass could not run.

use cachekeep_aws::ledger::LedgerError;
use cachekeep_aws::{AwsError, ClockError};
use cachekeep_core::plan::{DefaultError, PlanErrors};
use cachekeep_core::stack::Stack;

/// A pass that could not see enough to decide anything. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    /// The ledger could not be read or written.
    #[error("the ledger is not usable")]
    Ledger(#[source] LedgerError),
    /// AWS could not be read.
    #[error("AWS did not answer what the pass has to know")]
    Aws(#[source] AwsError),
    /// The ledger is another stack's.
    #[error(
        "the ledger belongs to stack {recorded}, and this is stack {ours}: set CACHEKEEP_TABLE to this stack's own table, or \
         CACHEKEEP_STACK (in a template, the parameter Identity) to the identity that takes the ledger over"
    )]
    Foreign {
        /// Whose it is.
        recorded: Box<Stack>,
        /// Whose the pass is.
        ours: Box<Stack>,
    },
    /// The ledger is new, and nothing says whose it is to be.
    #[error(
        "no stack is registered in the ledger yet: the functions do so in their first pass, some five minutes after they are \
         deployed; where there are none, run `cachekeep init`, or set CACHEKEEP_STACK"
    )]
    Unregistered,
    /// Two processes registered the stack in a new ledger at once.
    #[error("another process was just registering the stack in the ledger; run again")]
    Contended,
    /// The applied plans cannot be read.
    #[error("the applied plans cannot be read; apply them again with `cachekeep plans apply FILE`")]
    Plans(#[source] PlanErrors),
    /// No plans are applied, and the stack's parameters make none.
    #[error(
        "no plans are applied, and the stack's parameters make none: correct Schedule, Timezone, Keep, TagKey or TagValue \
         (CACHEKEEP_SCHEDULE and so on), or apply plans with `cachekeep plans apply FILE`"
    )]
    DefaultPlan(#[source] DefaultError),
    /// The pass's `now` is not the present. What would be decided by it is wrong for as long as it is ahead: slots that count
    /// as missed, and reviews that are due in years.
    #[error("nothing was done: the clock cannot be trusted")]
    Clock(#[source] ClockError),
}

impl PassError {
    /// Whether the next pass may well succeed without anybody's doing.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Ledger(error) => error.is_retryable(),
            Self::Aws(error) => error.is_retryable(),
            Self::Contended => true,
            Self::Foreign { .. }
            | Self::Unregistered
            | Self::Plans(_)
            | Self::DefaultPlan(_)
            | Self::Clock(_) => false,
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

impl From<ClockError> for PassError {
    fn from(error: ClockError) -> Self {
        Self::Clock(error)
    }
}
