//! Everything that a ledger holds, item by item, for whoever wants to keep it elsewhere.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::from_item;
use serde_json::Value;

use super::item::{FORMAT, Item};
use super::key::{BACKUP, EVENT, Key};
use super::{Ledger, LedgerError};
use crate::error::{AwsError, OrAws as _};

/// AWS's name of the call.
const SCAN: &str = "Scan";

/// How many pages of 1 MB a ledger may have: twenty gigabytes, far beyond the largest fleet planned for, so that a key which
/// never ends is the likelier reason.
const PAGES_LIMIT: usize = 20_000;

/// One item, as it is written on one line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExportedItem {
    /// What it is: the first part of its sort key, such as `backup`, `event`, `quota` or `review`; of what is not of one cache,
    /// `plans` or `restores`.
    pub kind: String,
    /// Its partition key.
    pub pk: String,
    /// Its sort key.
    pub sk: String,
    /// All of its attributes, its format among them.
    pub item: Value,
}

impl ExportedItem {
    /// The format of the items that this version writes.
    pub const FORMAT: u64 = FORMAT;

    /// Whether it is a backup's record.
    #[must_use]
    pub fn is_backup(&self) -> bool {
        self.sk.starts_with(BACKUP)
    }

    /// Whether it is an event, of which there are many to each backup.
    #[must_use]
    pub fn is_event(&self) -> bool {
        self.sk.starts_with(EVENT)
    }

    fn of(item: Item) -> Result<Self, LedgerError> {
        let Key { pk, sk } = Key::of(&item);
        let whose = if pk.starts_with("cache#") { &sk } else { &pk };
        let kind = whose.split('#').next().unwrap_or_default().to_owned();
        let key = format!("{pk}/{sk}");
        let item = from_item(item).map_err(|source| LedgerError::Unreadable { key, source })?;
        Ok(Self { kind, pk, sk, item })
    }
}

impl Ledger {
    /// Hands every item to `take`, in no order that means anything, and keeps none. It is read as it stands while passes go on, so
    /// an item may be a little younger than the one before it.
    ///
    /// # Errors
    /// [`LedgerError`] where a page cannot be read; `take` has seen the pages before it.
    pub async fn each_item(&self, mut take: impl FnMut(ExportedItem)) -> Result<(), LedgerError> {
        let mut start = None;
        for _ in 0..PAGES_LIMIT {
            let scan = self.dynamodb.scan().table_name(&self.table).consistent_read(true);
            let page = Box::pin(scan.set_exclusive_start_key(start).send()).await.or_aws(SCAN)?;
            for item in page.items.unwrap_or_default() {
                take(ExportedItem::of(item)?);
            }
            start = page
                .last_evaluated_key
                .filter(|key: &std::collections::HashMap<String, AttributeValue>| !key.is_empty());
            if start.is_none() {
                return Ok(());
            }
        }
        Err(AwsError::refused(SCAN, format!("the table does not end within {PAGES_LIMIT} pages")).into())
    }
}
