//! Redis 7: tables of linked entries.

use super::{Allocator, Key, Rows, is_number, sds, without_head};
use crate::{
    kind::{Layout, Type},
    packed::{Format, Meaning},
};

/// An entry of a hash table (dict.h, `dictEntry`), and a pointer to it.
const ENTRY: u64 = 24;
const POINTER: u64 = 8;
/// What every value begins with (server.h, `redisObject`), and the longest string that stands right behind it.
const OBJECT: u64 = 16;
const EMBEDDED: u64 = 44;
/// A hash table without entries (dict.h, `dict`).
const DICT: u64 = 56;
/// A list and each of its nodes (quicklist.h), and how many bytes a node packs unless configured otherwise.
pub(super) const QUICKLIST: u64 = 40;
pub(super) const NODE: u64 = 32;
pub(super) const NODE_BYTES: u64 = 8192;
/// A sorted set's skip list with its first node of 32 levels, and the average node with one level and a third.
const SKIPLIST: u64 = 48 + 640;
const SKIPLIST_NODE: u64 = 48;
/// A stream without entries: its head, and the tree of its nodes.
pub(super) const STREAM: u64 = 136;

pub(super) fn key(key: &Key, allocator: Allocator) -> u64 {
    let value = key.layout.map_or(key.raw, |layout| value(layout, key, allocator));
    ENTRY + allocator.gives(sds(key.name)) + value
}

/// The main table's places, and the table of expiries.
pub(super) fn tables(keys: u64, expires: u64) -> u64 {
    let second = if expires == 0 { 0 } else { ENTRY * expires + places(expires) };
    if keys == 0 { 0 } else { places(keys) + second }
}

fn value(layout: Layout, &Key { raw, elements, .. }: &Key, allocator: Allocator) -> u64 {
    match layout {
        Layout::String => string(raw, allocator),
        Layout::Packed(Format::Ziplist, Meaning::List) | Layout::Quicklist | Layout::Quicklist2 => {
            list(raw, allocator)
        }
        Layout::Packed(..) | Layout::ExpiringListpack => OBJECT + allocator.gives(without_head(raw)),
        Layout::Table(columns) => table(&Rows::of(columns, raw, elements), raw, allocator),
        Layout::Stream(_) => OBJECT + STREAM + raw + raw / 16,
        Layout::Module => raw,
    }
}

/// A string of so many bytes with its head.
fn string(raw: u64, allocator: Allocator) -> u64 {
    match without_head(raw) {
        length if is_number(length) => OBJECT,
        length @ ..=EMBEDDED => allocator.gives(OBJECT + 3 + length + 1),
        length => OBJECT + allocator.gives(sds(length)),
    }
}

fn list(raw: u64, allocator: Allocator) -> u64 {
    let nodes = raw.div_ceil(NODE_BYTES).max(1);
    OBJECT + QUICKLIST + nodes * (NODE + allocator.gives(raw / nodes))
}

fn table(rows: &Rows, raw: u64, allocator: Allocator) -> u64 {
    let text = allocator.gives(sds(rows.average));
    let table = |row| OBJECT + DICT + places(rows.count) + rows.count * (ENTRY + row);
    match rows.kind {
        Type::List => list(raw, allocator),
        Type::Zset => SKIPLIST + table(SKIPLIST_NODE + text),
        Type::Hash => table(2 * text),
        Type::String | Type::Set | Type::Stream => table(text),
    }
}

/// The places of a hash table of so many entries.
fn places(entries: u64) -> u64 {
    POINTER * entries.checked_next_power_of_two().unwrap_or(entries).max(4)
}
