//! What all items have in common: keys, the format, and the attributes of the index and of the expiry.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use cachekeep_core::ids::Instant;
use cachekeep_core::job::Work;
use chrono::{DurationRound as _, TimeDelta};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};

use super::error::LedgerError;
use super::key::Key;
use crate::table::{DUE, TTL, WORK};

/// The format that this version writes, and the only one that it reads.
pub const FORMAT: u64 = 4;

/// The attribute with the format.
pub(super) const FORMAT_NAME: &str = "format";

/// How long what is over stays: events, and backups of which no copy is left. A year and a month, so that a yearly
/// audit still finds all of its year.
const STAYS: TimeDelta = TimeDelta::days(400);

/// An item as DynamoDB's API has it.
pub(super) type Item = HashMap<String, AttributeValue>;

/// `value` under `key`, in the present format.
pub(super) fn encode<T: Serialize>(key: &Key, value: &T) -> Result<Item, LedgerError> {
    let unwritable = |source| LedgerError::Unwritable { key: key.to_string(), source };
    let mut item: Item = to_item(value).map_err(unwritable)?;
    item.extend(key.attributes());
    item.insert(FORMAT_NAME.to_owned(), format());
    Ok(item)
}

/// What was stored as an item.
///
/// # Errors
/// [`LedgerError::UnknownFormat`] before anything of the item is looked at.
pub(super) fn decode<T: DeserializeOwned>(item: Item) -> Result<T, LedgerError> {
    if let Some(error) = of_another_format(&item) {
        return Err(error);
    }
    let key = Key::of(&item).to_string();
    from_item(item).map_err(|source| LedgerError::Unreadable { key, source })
}

/// The error for an item of another format than this version knows: whatever it holds beyond that would be lost if this version
/// wrote over it.
pub(super) fn of_another_format(item: &Item) -> Option<LedgerError> {
    let found = item.get(FORMAT_NAME);
    // An empty one stands for an item that is not there.
    let known = found == Some(&format()) || item.is_empty();
    (!known).then(|| LedgerError::UnknownFormat { key: Key::of(item).to_string(), format: shown(found) })
}

fn shown(format: Option<&AttributeValue>) -> String {
    match format {
        None => "none".to_owned(),
        Some(AttributeValue::N(number)) => number.clone(),
        Some(other) => format!("{other:?}"),
    }
}

/// The present format as an attribute.
pub(super) fn format() -> AttributeValue {
    number(FORMAT)
}

pub(super) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// Puts the item into a job's queue.
pub(super) fn enqueue(item: &mut Item, work: Work) {
    item.insert(WORK.to_owned(), text(work.job.as_str()));
    item.insert(DUE.to_owned(), text(due(work.due)));
}

/// Lets DynamoDB drop the item some time after its change at `at` no longer interests anybody.
pub(super) fn expire(item: &mut Item, at: Instant) {
    item.insert(TTL.to_owned(), AttributeValue::N((at + STAYS).timestamp().to_string()));
}

/// An instant as the index sorts it: RFC 3339 in UTC to the second. Fractions go up, so that nothing is handed out before
/// it is due.
pub(super) fn due(at: Instant) -> String {
    let second = TimeDelta::seconds(1);
    // Rounding fails only outside the years 1677 to 2262.
    let floor = at.duration_trunc(second).unwrap_or(at);
    let ceiling = if floor < at { floor + second } else { floor };
    spelt(ceiling)
}

/// The same, with fractions cut off: what is due by then has at most this `due`.
pub(super) fn spelt(at: Instant) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// How much of a transaction's 4 MB an item takes, as DynamoDB counts: the UTF-8 of names and values, and a little for
/// each nesting.
#[expect(clippy::disallowed_methods, reason = "a sum is the same in any order")]
pub(super) fn bytes(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + value_bytes(value)).sum()
}

fn value_bytes(value: &AttributeValue) -> usize {
    /// What DynamoDB adds for a list or a map, and for each of its entries.
    const NESTING: usize = 3;
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
        AttributeValue::L(values) => {
            values.iter().map(|value| value_bytes(value) + 1).sum::<usize>() + NESTING
        }
        AttributeValue::M(map) => bytes(map) + map.len() + NESTING,
        // Booleans and nulls; we write nothing else.
        AttributeValue::Bool(_) | AttributeValue::Null(_) | _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_within_a_second_is_due_at_its_end() {
        assert_eq!(due("2026-11-21T06:00:00Z".parse().unwrap()), "2026-11-21T06:00:00Z");
        assert_eq!(due("2026-11-21T06:00:00.001Z".parse().unwrap()), "2026-11-21T06:00:01Z");
    }

    #[test]
    fn the_bytes_of_an_item_count_names_and_nested_values() {
        let inner = Item::from([("n".to_owned(), number(12))]);
        let item = Item::from([
            ("ab".to_owned(), text("cde")),
            ("l".to_owned(), AttributeValue::L(vec![AttributeValue::M(inner)])),
        ]);
        assert_eq!(bytes(&item), 5 + 1 + 3 + 1 + (3 + 1 + 3));
    }
}
