//! The small writes of a pass that stand alone: checkpoints, the pace, and that the digest was sent.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use cachekeep_core::ids::PlanName;
use cachekeep_core::slot::Slot;
use chrono::NaiveDate;
use serde::Serialize;

use super::control::{Checkpoint, StoredPace, StoredParameters};
use super::item::{FORMAT_NAME, encode, format, of_another_format, text};
use super::key::{DIGEST, Key, PACE, PARAMETERS};
use super::write::understood;
use super::{Ledger, LedgerError};
use crate::error::AwsError;
use crate::pacer::Pace;
use crate::table::PK;

/// AWS's name of the call.
const PUT: &str = "PutItem";

/// A digest from which all counts are gone.
#[derive(Serialize)]
pub(super) struct SentDigest {
    pub(super) sent: NaiveDate,
}

impl Ledger {
    /// Notes that the plan's slots are handed out up to `to`. A checkpoint never goes back: where another pass is further
    /// already, its checkpoint stays. Only one that is `ahead` of time, as it was read, does.
    pub async fn advance(&self, plan: &PlanName, to: Slot, ahead: Option<Slot>) -> Result<(), LedgerError> {
        let checkpoint = Checkpoint { plan: plan.clone(), slot: to };
        let put =
            self.put_alone(&Key::checkpoint(plan), &checkpoint)?.expression_attribute_names("#slot", "slot");
        let put = match ahead {
            Some(ahead) => put
                .condition_expression("#slot = :ahead")
                .expression_attribute_values(":ahead", text(ahead.to_string())),
            None => put
                .condition_expression(format!("attribute_not_exists({PK}) OR #slot < :slot"))
                .expression_attribute_values(":slot", text(to.to_string())),
        };
        put_if_it_holds(put).await.map(|_| ())
    }

    /// Keeps the pace for the next pass. The last writer wins: each pace is as good a guess as the other.
    pub async fn learn(&self, pace: Pace) -> Result<(), LedgerError> {
        put_if_it_holds(self.put_alone(&Key::single(PACE), &StoredPace { pace })?).await.map(|_| ())
    }

    /// Notes what people were told of the stack's parameters; an empty text where there is nothing wrong any more.
    pub async fn parameters_told(&self, told: &str) -> Result<(), LedgerError> {
        let stored = StoredParameters { told: told.to_owned() };
        put_if_it_holds(self.put_alone(&Key::single(PARAMETERS), &stored)?).await.map(|_| ())
    }

    /// Notes that the digest of `day` was sent, and starts counting anew. `previous` is the day of the one before, as read
    /// by [`Ledger::control`]; `false` where another pass sent one since.
    pub async fn digest_sent(
        &self,
        day: NaiveDate,
        previous: Option<NaiveDate>,
    ) -> Result<bool, LedgerError> {
        let put = self
            .put_alone(&Key::single(DIGEST), &SentDigest { sent: day })?
            .expression_attribute_names("#sent", "sent");
        let put = match previous {
            None => put.condition_expression("attribute_not_exists(#sent)"),
            Some(previous) => put
                .condition_expression("#sent = :previous")
                .expression_attribute_values(":previous", text(previous.to_string())),
        };
        put_if_it_holds(put).await
    }

    fn put_alone<T: Serialize>(&self, key: &Key, value: &T) -> Result<PutItemFluentBuilder, LedgerError> {
        let item = encode(key, value)?;
        Ok(self.dynamodb.put_item().table_name(&self.table).set_item(Some(item)))
    }
}

/// Whether the put's condition held.
///
/// # Errors
/// [`LedgerError::UnknownFormat`] where the item is of another format; it is left as it is.
pub(super) async fn put_if_it_holds(put: PutItemFluentBuilder) -> Result<bool, LedgerError> {
    let condition = understood(put.get_condition_expression().as_deref());
    let put = put
        .condition_expression(condition)
        .expression_attribute_names("#written", FORMAT_NAME)
        .expression_attribute_values(":known", format())
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    let Err(error) = Box::pin(put.send()).await else { return Ok(true) };
    match error.as_service_error() {
        Some(PutItemError::ConditionalCheckFailedException(failed)) => {
            failed.item().and_then(of_another_format).map_or(Ok(false), Err)
        }
        Some(_) | None => Err(AwsError::from_sdk(PUT, error).into()),
    }
}
