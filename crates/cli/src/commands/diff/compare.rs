//! The parts of both sides, one by one.

use std::cmp::Ordering;

use super::Side;
use super::changes::{Change, Changes};
use super::record::Record;
use super::scratch::{PARTS, Scratch};
use crate::failure::Failure;
use crate::source::Flow;

/// Compares all parts, in the order of databases and names within each.
pub(super) fn compare(scratch: &Scratch, changes: &mut Changes) -> Result<(), Failure> {
    for part in 0..PARTS {
        let (before, after) = (scratch.part(Side::Before, part)?, scratch.part(Side::After, part)?);
        merge(&sorted(&before), &sorted(&after), changes);
        if changes.flow()? == Flow::Enough {
            break;
        }
    }
    Ok(())
}

/// The records in order. Of a key that comes twice, the last one counts, as it does in a server that loads both.
fn sorted(bytes: &[u8]) -> Vec<Record<'_>> {
    let mut rest = bytes;
    let mut records: Vec<Record> = std::iter::from_fn(|| {
        let (record, after) = Record::read(rest)?;
        rest = after;
        Some(record)
    })
    .collect();
    // Stable, so that of equal ones the last one read stays last.
    records.sort_by(order);
    records.dedup_by(|later, earlier| {
        order(later, earlier) == Ordering::Equal && {
            *earlier = *later;
            true
        }
    });
    records
}

fn order(a: &Record, b: &Record) -> Ordering {
    (a.db, a.key).cmp(&(b.db, b.key))
}

fn merge(before: &[Record], after: &[Record], changes: &mut Changes) {
    let (mut before, mut after) = (before.iter().peekable(), after.iter().peekable());
    loop {
        let order = match (before.peek(), after.peek()) {
            (None, None) => return,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(a), Some(b)) => order(a, b),
        };
        let a = if order == Ordering::Greater { None } else { before.next() };
        let b = if order == Ordering::Less { None } else { after.next() };
        match (a, b) {
            (Some(a), Some(b)) => match Change::between(a, b) {
                Some(change) => changes.add(change, Some(a), Some(b)),
                None => changes.same(),
            },
            (Some(a), None) => changes.add(Change::Removed, Some(a), None),
            (None, b) => changes.add(Change::Added, None, b),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(key: &'static [u8], digest: u128) -> Record<'static> {
        Record { db: 0, key, kind: "string", digest, expires_at: None }
    }

    #[test]
    fn records_are_sorted_and_of_a_key_that_comes_twice_the_last_counts() {
        let mut bytes = Vec::new();
        for one in [record(b"b", 1), record(b"a", 2), record(b"b", 3), record(b"b", 4)] {
            one.write(&mut bytes);
        }
        assert_eq!(sorted(&bytes), [record(b"a", 2), record(b"b", 4)]);
    }
}
