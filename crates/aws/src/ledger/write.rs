//! One write of a transaction, with the key and the size that packing needs to know.

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::builders::{PutBuilder, UpdateBuilder};
use aws_sdk_dynamodb::types::{Put, TransactWriteItem, Update};

use super::error::LedgerError;
use super::item::{Item, bytes, number};
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
        let put = guarded(Put::builder().table_name(table).set_item(Some(item)), guard);
        let put = put.build().map_err(|error| malformed(&error))?;
        Ok(Self { key, bytes, action: TransactWriteItem::builder().put(put).build() })
    }

    /// Changes attributes of an item; `update` holds all but the table and the key.
    pub(super) fn update(table: &str, key: Key, update: UpdateBuilder) -> Result<Self, LedgerError> {
        let bytes = update.get_expression_attribute_values().as_ref().map_or(0, bytes);
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
    match guard {
        Guard::Free => put,
        Guard::New | Guard::Count(_, 0) => put.condition_expression(format!("attribute_not_exists({PK})")),
        Guard::Count(attribute, count) => put
            .condition_expression("#count = :count")
            .expression_attribute_names("#count", attribute)
            .expression_attribute_values(":count", number(count)),
    }
}

fn malformed(error: &BuildError) -> LedgerError {
    AwsError::refused(TRANSACT, error.to_string()).into()
}
