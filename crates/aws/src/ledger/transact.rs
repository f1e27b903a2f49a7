//! One transaction, and what its cancellation says of each of its writes.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::CancellationReason;
use cachekeep_core::cause::Cause;

use super::item::of_another_format;
use super::write::Write;
use super::{Ledger, LedgerError, TRIES, pause_after};
use crate::error::{AwsError, Class};

/// AWS's name of the call.
pub(super) const TRANSACT: &str = "TransactWriteItems";

/// How many items one transaction may write (DynamoDB's limit).
pub(super) const ITEMS_LIMIT: usize = 100;

/// How many bytes one transaction may write: three quarters of DynamoDB's 4 MB, since its count is not ours to the byte.
pub(super) const BYTES_LIMIT: usize = 3 * 1024 * 1024;

/// What came of a transaction.
#[derive(Debug)]
pub(super) enum Outcome {
    /// All of it was written.
    Done,
    /// Nothing was written; what each write has to do with it, in order.
    Cancelled(Vec<Reason>),
    /// The call failed.
    Failed(AwsError),
}

/// What one write has to do with a cancellation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reason {
    /// Nothing: it is another one's fault.
    Innocent,
    /// Its condition does not hold.
    Condition,
    /// Another version wrote the item, in this format.
    OtherFormat {
        /// The item's key.
        key: String,
        /// Its format.
        format: String,
    },
    /// Somebody else is writing the item just now, or writes it too often: it may work a moment later.
    Contention,
    /// It will never work.
    Refused(String),
}

impl Ledger {
    /// Writes all or nothing, once.
    pub(super) async fn transact<'a>(&self, writes: impl Iterator<Item = &'a Write>) -> Outcome {
        let actions: Vec<_> = writes.map(|write| write.action.clone()).collect();
        let count = actions.len();
        // Boxed, since an SDK call takes several KB of every future that holds it.
        let sent = self.dynamodb.transact_write_items().set_transact_items(Some(actions)).send();
        let Err(error) = Box::pin(sent).await else { return Outcome::Done };
        if let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
            error.as_service_error()
        {
            return Outcome::Cancelled(reasons(cancelled.cancellation_reasons(), count));
        }
        Outcome::Failed(AwsError::from_sdk(TRANSACT, error))
    }

    /// Writes all or nothing, again while others hold the items. `false` where a condition does not hold.
    pub(super) async fn transact_or_lose(&self, writes: &[Write]) -> Result<bool, LedgerError> {
        for tries in 1..=TRIES {
            match self.transact(writes.iter()).await {
                Outcome::Done => return Ok(true),
                Outcome::Cancelled(reasons) => {
                    refusal(&reasons).map_or(Ok(()), Err)?;
                    if reasons.contains(&Reason::Condition) {
                        return Ok(false);
                    }
                }
                Outcome::Failed(error) => return Err(error.into()),
            }
            pause_after(tries).await;
        }
        Err(contended().into())
    }
}

/// Without a reason for each write, all of them may be to blame.
fn reasons(given: &[CancellationReason], count: usize) -> Vec<Reason> {
    if given.len() == count { given.iter().map(reason).collect() } else { vec![Reason::Contention; count] }
}

fn reason(given: &CancellationReason) -> Reason {
    match given.code() {
        None | Some("None") => Reason::Innocent,
        Some("ConditionalCheckFailed") => match given.item().and_then(of_another_format) {
            Some(LedgerError::UnknownFormat { key, format }) => Reason::OtherFormat { key, format },
            Some(_) | None => Reason::Condition,
        },
        Some("TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded") => {
            Reason::Contention
        }
        Some(code) => Reason::Refused(format!("{code}: {}", given.message().unwrap_or("no reason given"))),
    }
}

/// What no repeat changes. That an item is of another format comes before everything else, since then nothing that is known
/// of it counts.
fn refusal(reasons: &[Reason]) -> Option<LedgerError> {
    let other = |reason: &&Reason| matches!(reason, Reason::OtherFormat { .. });
    if let Some(other) = reasons.iter().find(other) {
        return other.error();
    }
    let lost = reasons.contains(&Reason::Condition);
    reasons.iter().filter(|_| !lost).find_map(Reason::error)
}

impl Reason {
    /// The error, where a repeat would change nothing.
    pub(super) fn error(&self) -> Option<LedgerError> {
        match self {
            Self::OtherFormat { key, format } => {
                Some(LedgerError::UnknownFormat { key: key.clone(), format: format.clone() })
            }
            Self::Refused(message) => Some(AwsError::refused(TRANSACT, message.clone()).into()),
            Self::Innocent | Self::Condition | Self::Contention => None,
        }
    }
}

/// What is said after the last try.
pub(super) fn contended() -> AwsError {
    AwsError::stated(
        TRANSACT,
        Class::Throttled,
        Cause::Throttled,
        format!("others were writing the same items in {TRIES} tries"),
    )
}
