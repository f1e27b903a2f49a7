//! Hashes whose fields expire, with other expiries: the one change that reaches into a value.

use super::{Head, Lifetime, WriteError, encode};
use crate::{
    Dialect,
    open::{Element, OpenError, Opener},
};

/// Types of hashes: without expiries, with Valkey's, and with Redis's as a table and packed.
const HASH: u8 = 4;
const VALKEY_EXPIRING: u8 = 22;
const REDIS_EXPIRING: u8 = 24;
const REDIS_PACKED: u8 = 25;

/// Whether a value is a hash whose fields may expire.
#[must_use]
pub fn has_field_expiries(head: &Head) -> bool {
    match head.dialect {
        Dialect::Valkey => head.kind == VALKEY_EXPIRING,
        Dialect::Redis => matches!(head.kind, REDIS_EXPIRING | REDIS_PACKED),
    }
}

/// A hash whose fields may expire, written again with other expiries: its type and its bytes. It is held whole.
pub fn with_lifetime(head: &Head, value: &[u8], lifetime: Lifetime) -> Result<(u8, Vec<u8>), WriteError> {
    let mut rows: Vec<(Vec<u8>, Vec<u8>, Option<u64>)> = Vec::new();
    let mut opener = Opener::new(head.kind, head.dialect).map_err(WriteError::Open)?;
    let mut other = false;
    let mut take = |element: Element<'_>| match element {
        Element::Field { field, value, expires_at } => {
            rows.push((field.to_vec(), value.to_vec(), lifetime.of(expires_at)));
        }
        Element::String(_)
        | Element::Item(_)
        | Element::Member(_)
        | Element::Scored { .. }
        | Element::Entry { .. }
        | Element::Stream(_)
        | Element::Group { .. }
        | Element::Consumer { .. }
        | Element::Pending { .. }
        | Element::Module(_) => other = true,
    };
    opener.push(value, &mut take).and_then(|()| opener.finish()).map_err(WriteError::Open)?;
    if other {
        return Err(WriteError::Open(OpenError::Broken("it is not a hash".to_owned())));
    }
    Ok(encode(head.dialect, &rows))
}

fn encode(dialect: Dialect, rows: &[(Vec<u8>, Vec<u8>, Option<u64>)]) -> (u8, Vec<u8>) {
    let (mut out, count) = (Vec::new(), rows.len() as u64);
    let Some(lowest) = rows.iter().filter_map(|row| row.2).min() else {
        encode::length(&mut out, count);
        for (field, value, _) in rows {
            encode::string(&mut out, field);
            encode::string(&mut out, value);
        }
        return (HASH, out);
    };
    match dialect {
        Dialect::Valkey => {
            encode::length(&mut out, count);
            for (field, value, expires_at) in rows {
                encode::string(&mut out, field);
                encode::string(&mut out, value);
                // Minus one is no expiry.
                out.extend(expires_at.unwrap_or(u64::MAX).to_le_bytes());
            }
            (VALKEY_EXPIRING, out)
        }
        Dialect::Redis => {
            out.extend(lowest.to_le_bytes());
            encode::length(&mut out, count);
            for (field, value, expires_at) in rows {
                // One more than the distance from the lowest, and zero is no expiry.
                encode::length(&mut out, expires_at.map_or(0, |at| at - lowest + 1));
                encode::string(&mut out, field);
                encode::string(&mut out, value);
            }
            (REDIS_EXPIRING, out)
        }
    }
}
