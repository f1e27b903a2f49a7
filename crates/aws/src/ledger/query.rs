//! Reads a query to its end, or to as many items as are wanted.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;

use super::item::{Item, text};
use super::{Ledger, LedgerError};
use crate::error::{AwsError, OrAws as _};
use crate::table::{PK, SK};

/// AWS's name of the call.
const QUERY: &str = "Query";

/// How many pages one query may have. At up to 1 MB a page this is far beyond the largest fleet planned for, so that a key
/// which never ends is the likelier reason.
const PAGES_LIMIT: usize = 2000;

impl Ledger {
    /// Items of one partition whose sort key starts with `prefix`, as they are this moment, in the order of their keys.
    pub(super) fn within(&self, partition: &str, prefix: &str) -> QueryFluentBuilder {
        self.dynamodb
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression(format!("{PK} = :pk AND begins_with({SK}, :prefix)"))
            .expression_attribute_values(":pk", text(partition))
            .expression_attribute_values(":prefix", text(prefix))
    }
}

/// All items.
///
/// # Errors
/// Also where the end does not come: part of a history must never look like all of it.
pub(super) async fn all(query: QueryFluentBuilder) -> Result<Vec<Item>, LedgerError> {
    let (items, end) = read(query, usize::MAX).await?;
    match end {
        End::Reached => Ok(items),
        End::Ahead => {
            Err(AwsError::refused(QUERY, format!("the answer does not end within {PAGES_LIMIT} pages"))
                .into())
        }
    }
}

/// The first `limit` items, or all if there are fewer.
pub(super) async fn first(query: QueryFluentBuilder, limit: usize) -> Result<Vec<Item>, LedgerError> {
    let (mut items, _) = read(query, limit).await?;
    items.truncate(limit);
    Ok(items)
}

enum End {
    Reached,
    Ahead,
}

async fn read(query: QueryFluentBuilder, limit: usize) -> Result<(Vec<Item>, End), LedgerError> {
    let mut items = Vec::new();
    let mut start = None;
    for _ in 0..PAGES_LIMIT {
        let left = i32::try_from(limit - items.len()).ok();
        let page = query.clone().set_exclusive_start_key(start).set_limit(left).send();
        let page = Box::pin(page).await.or_aws(QUERY)?;
        items.extend(page.items.unwrap_or_default());
        start = page.last_evaluated_key.filter(|key| !key.is_empty());
        if start.is_none() {
            return Ok((items, End::Reached));
        }
        if items.len() >= limit {
            break;
        }
    }
    Ok((items, End::Ahead))
}
