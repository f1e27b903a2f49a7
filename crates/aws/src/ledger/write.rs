//! One write of a transaction, with the key and the size that packing needs to know.

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::builders::{PutBuilder, UpdateBuilder};
use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};

use super::error::LedgerError;
use super::item::{FORMAT_NAME, Item, bytes, format, number};
use super::key::Key;
use super::transact::TRANSACT;
use crate::error::AwsError;
use crate::table::PK;

/// What must be true of the item that a put replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guard {
    /// Nothing.
    Free,
    /// There is none.
    New,
    /// This attribute still has this count; a count of 0 means that there is no item.
    Count(&'static str, u64),
}

/// Holds for an item that is not there, and for one of the format that this version understands. Every other is left alone:
/// whatever it holds that this version does not know would be lost.
const UNDERSTOOD: &str = "(attribute_not_exists(#written) OR #written = :known)";

/// The condition together with [`UNDERSTOOD`]; its name `#written` and its value `:known` go with it.
pub(super) fn understood(condition: Option<&str>) -> String {
    condition.map_or_else(|| UNDERSTOOD.to_owned(), |condition| format!("({condition}) AND {UNDERSTOOD}"))
}

/// A write of one item.
#[derive(Debug, Clone)]
pub(super) struct Write {
    pub(super) key: Key,
    pub(super) bytes: usize,
    pub(super) action: TransactWriteItem,
}

impl Write {
    /// Puts a whole item.
    pub(super) fn put(table: &str, item: Item, guard: Guard) -> Result<Self, LedgerError> {
        let (key, bytes) = (Key::of(&item), bytes(&item));
        let put = guarded(Put::builder().table_name(table).set_item(Some(item)), guard)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let put = put.build().map_err(|error| malformed(&error))?;
        Ok(Self { key, bytes, action: TransactWriteItem::builder().put(put).build() })
    }

    /// Changes attributes of an item; `update` holds all but the table and the key.
    pub(super) fn update(table: &str, key: Key, update: UpdateBuilder) -> Result<Self, LedgerError> {
        let bytes = update.get_expression_attribute_values().as_ref().map_or(0, bytes);
        let condition = understood(update.get_condition_expression().as_deref());
        let update = update
            .condition_expression(condition)
            .expression_attribute_names("#written", FORMAT_NAME)
            .expression_attribute_values(":known", format())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let update =
            update.table_name(table).set_key(Some(key.item())).build().map_err(|error| malformed(&error))?;
        Ok(Self { key, bytes, action: TransactWriteItem::builder().update(update).build() })
    }
}

/// An update that is yet without table and key.
pub(super) fn update() -> UpdateBuilder {
    Update::builder()
}

fn guarded(put: PutBuilder, guard: Guard) -> PutBuilder {
    let known = |put: PutBuilder, condition| {
        put.condition_expression(understood(condition))
            .expression_attribute_names("#written", FORMAT_NAME)
            .expression_attribute_values(":known", format())
    };
    match guard {
        Guard::Free => known(put, None),
        Guard::New | Guard::Count(_, 0) => put.condition_expression(format!("attribute_not_exists({PK})")),
        Guard::Count(attribute, count) => known(put, Some("#count = :count"))
            .expression_attribute_names("#count", attribute)
            .expression_attribute_values(":count", number(count)),
    }
}

fn malformed(error: &BuildError) -> LedgerError {
    AwsError::refused(TRANSACT, error.to_string()).into()
}
