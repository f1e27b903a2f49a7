//! Valkey since 8.1: tables of buckets, with names and short values inside of their keys.

use super::{
    Allocator, Key, Rows, is_number,
    redis::{NODE, NODE_BYTES, QUICKLIST, STREAM},
    sds, without_head,
};
use crate::{
    kind::{Layout, Type},
    packed::{Format, Meaning},
};

/// What every key begins with (server.h, `serverObject`), and the pointer in it, which one with its value inside lacks.
const OBJECT: u64 = 16;
const POINTER: u64 = 8;
/// When a key expires, which stands in it where it does, and where its name is so long that room for it is kept.
const EXPIRY: u64 = 8;
const LONG_NAME: u64 = 128;
/// The longest key with its value inside, and the longest field of a hash with its value inside: two lines of a cache.
const EMBEDDED: u64 = 128;
/// A table without entries (hashtable.c, `struct hashtable`), and its buckets. Of their seven places so many are meant to
/// be taken, in tenths; what falls on a full bucket goes to one chained to it.
const TABLE: u64 = 88;
const BUCKET: u64 = 64;
const TAKEN: u64 = 64;
/// A skip list with its first node of 32 levels; a node without its member, and what its levels above the first come to on
/// average (`t_zset.c`, `zslCreateNode`).
const SKIPLIST: u64 = 16 + 32 + 544;
const SKIPLIST_NODE: u64 = 32;
const LEVELS: u64 = 5;

pub(super) fn key(key: &Key, allocator: Allocator) -> u64 {
    let expiry = if key.expires || key.name >= LONG_NAME { EXPIRY } else { 0 };
    // The name stands in the key, behind one byte that says how long its head is.
    let object = OBJECT + expiry + 1 + sds(key.name);
    let outside = match key.layout {
        Some(Layout::String) => return string(object, without_head(key.raw), allocator),
        Some(layout) => value(layout, key, allocator),
        None => key.raw,
    };
    allocator.gives(object) + outside
}

fn string(object: u64, length: u64, allocator: Allocator) -> u64 {
    let inside = object - POINTER + 3 + length + 1;
    if is_number(length) {
        allocator.gives(object)
    } else if inside <= EMBEDDED {
        allocator.gives(inside)
    } else {
        allocator.gives(object) + allocator.gives(sds(length))
    }
}

/// What a value takes outside of its key.
fn value(layout: Layout, &Key { raw, elements, .. }: &Key, allocator: Allocator) -> u64 {
    match layout {
        Layout::Packed(Format::Ziplist, Meaning::List) | Layout::Quicklist | Layout::Quicklist2 => {
            list(raw, allocator)
        }
        Layout::String | Layout::Packed(..) | Layout::ExpiringListpack => allocator.gives(without_head(raw)),
        Layout::Table(columns) => table(&Rows::of(columns, raw, elements), raw, allocator),
        Layout::Stream(_) => STREAM + raw + raw / 16,
        Layout::Module => raw,
    }
}

/// A list that one node would hold is packed without one.
fn list(raw: u64, allocator: Allocator) -> u64 {
    let nodes = raw.div_ceil(NODE_BYTES).max(1);
    if nodes == 1 {
        return allocator.gives(without_head(raw));
    }
    allocator.gives(QUICKLIST) + nodes * (allocator.gives(NODE) + allocator.gives(raw / nodes))
}

fn table(rows: &Rows, raw: u64, allocator: Allocator) -> u64 {
    let text = sds(rows.average);
    let table = |row| TABLE + buckets(rows.count) + rows.count * row;
    match rows.kind {
        Type::List => list(raw, allocator),
        Type::Zset => SKIPLIST + table(allocator.gives(SKIPLIST_NODE + 1 + text) + LEVELS),
        Type::Hash => table(field(text, rows.fixed, allocator)),
        Type::String | Type::Set | Type::Stream => table(allocator.gives(text)),
    }
}

/// A field of a hash with its value, inside or outside of it.
fn field(text: u64, fixed: u64, allocator: Allocator) -> u64 {
    let inside = text + 1 + text + fixed;
    if inside <= EMBEDDED {
        allocator.gives(inside)
    } else {
        allocator.gives(POINTER + text + fixed) + allocator.gives(text)
    }
}

/// The buckets of a table of so many entries, with those that are chained to full ones: the fuller on average, the more.
pub(super) fn buckets(entries: u64) -> u64 {
    let buckets = (entries.saturating_mul(10)).div_ceil(TAKEN).max(1).next_power_of_two();
    let beyond = (entries.saturating_mul(10) / buckets).saturating_sub(30);
    BUCKET * (buckets + buckets * beyond * beyond / 3_600)
}
