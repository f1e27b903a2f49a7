//! How much memory a key takes in a server, estimated from what stands in the file, without opening its value.
//!
//! The estimate follows what `MEMORY USAGE` counts in a server of 64 bits with jemalloc: the key's name, its entry in the main
//! table, and its value in the form that a server of the time keeps it in. `tests/all/measured.rs` measures it against a
//! real server; README.md states what came of that.

use crate::{
    keys::Measured,
    kind::{Layout, Type},
    packed::{Format, Meaning},
    value::Columns,
    write::Head,
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
const QUICKLIST: u64 = 40;
const NODE: u64 = 32;
const NODE_BYTES: u64 = 8192;
/// A sorted set's skip list with its first node of 32 levels, and the average node with one level and a third.
const SKIPLIST: u64 = 48 + 640;
const SKIPLIST_NODE: u64 = 48;
/// A stream without entries: its head, and the tree of its nodes.
const STREAM: u64 = 136;

/// About how many bytes of memory a key takes, as `MEMORY USAGE` counts them.
#[must_use]
pub fn estimate(head: &Head, measured: &Measured) -> u64 {
    let name = sds(head.key.len() as u64);
    let raw = measured.bytes + measured.inflated;
    let elements = measured.elements.unwrap_or_default();
    let layout = Layout::of(head.kind, head.dialect).ok();
    ENTRY + name + layout.map_or(raw, |layout| value(layout, raw, elements))
}

/// About how many bytes a server's own tables take for its keys beside what `MEMORY USAGE` counts: the main table's places,
/// and the table of expiries.
#[must_use]
pub fn tables(keys: u64, expires: u64) -> u64 {
    let second = if expires == 0 { 0 } else { ENTRY * expires + places(expires) };
    if keys == 0 { 0 } else { places(keys) + second }
}

fn value(layout: Layout, raw: u64, elements: u64) -> u64 {
    match layout {
        Layout::String => string(raw),
        Layout::Packed(Format::Ziplist, Meaning::List) | Layout::Quicklist | Layout::Quicklist2 => list(raw),
        Layout::Packed(..) | Layout::ExpiringListpack => OBJECT + allocated(without_head(raw)),
        Layout::Table(columns) => table(columns, raw, elements),
        Layout::Stream(_) => OBJECT + STREAM + raw + raw / 16,
        Layout::Module => raw,
    }
}

/// A string of so many bytes with its head. What takes two, three or five is most often a number.
fn string(raw: u64) -> u64 {
    match without_head(raw) {
        1 | 2 | 4 => OBJECT,
        length @ ..=EMBEDDED => allocated(OBJECT + 3 + length + 1),
        length => OBJECT + sds(length),
    }
}

fn list(raw: u64) -> u64 {
    let nodes = raw.div_ceil(NODE_BYTES).max(1);
    OBJECT + QUICKLIST + nodes * (NODE + allocated(raw / nodes))
}

fn table(columns: Columns, raw: u64, rows: u64) -> u64 {
    let rows = rows.max(1);
    let (strings, fixed) = match columns {
        Columns::List | Columns::Set => (1, 0),
        Columns::ZsetText => (1, 6),
        Columns::Zset => (1, 8),
        Columns::Hash => (2, 0),
        Columns::ExpiringHash => (2, 8),
        Columns::RedisExpiringHash => (2, 2),
    };
    // How lengths are spread over the strings of a row is not known, so that each is taken for the average.
    let average = without_head((raw / rows).saturating_sub(fixed) / strings);
    let texts = strings * sds(average);
    match columns.counts_as() {
        Type::List => list(raw),
        Type::Zset => OBJECT + DICT + SKIPLIST + places(rows) + rows * (ENTRY + SKIPLIST_NODE + texts),
        Type::String | Type::Set | Type::Hash | Type::Stream => {
            OBJECT + DICT + places(rows) + rows * (ENTRY + texts)
        }
    }
}

/// The places of a hash table of so many entries.
fn places(entries: u64) -> u64 {
    POINTER * entries.checked_next_power_of_two().unwrap_or(entries).max(4)
}

/// A string's bytes without the head that says how many they are.
fn without_head(raw: u64) -> u64 {
    raw.saturating_sub(match raw {
        ..=64 => 1,
        65..=16_385 => 2,
        _ => 5,
    })
}

/// A string of the servers' own kind (sds.h): a head by its length, the bytes, and a zero.
fn sds(length: u64) -> u64 {
    let head = match length {
        ..32 => 1,
        32..256 => 3,
        256..65_536 => 5,
        _ => 9,
    };
    allocated(head + length + 1)
}

/// What jemalloc gives for so many bytes: multiples of 16 up to 128, then four sizes up to each power of two.
fn allocated(bytes: u64) -> u64 {
    match bytes {
        ..=8 => 8,
        9..=128 => bytes.next_multiple_of(16),
        _ => {
            let power = bytes.checked_next_power_of_two().unwrap_or(bytes);
            bytes.next_multiple_of((power / 8).max(1))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{allocated, sds, tables};

    #[test]
    fn sizes_are_those_of_the_allocator() {
        let sizes =
            [(1, 8), (9, 16), (100, 112), (128, 128), (129, 160), (161, 192), (257, 320), (4097, 5120)];
        for (bytes, given) in sizes {
            assert_eq!(allocated(bytes), given, "{bytes}");
        }
        assert_eq!((sds(14), sds(31), sds(300)), (16, 48, 320));
    }

    #[test]
    fn tables_have_places_for_a_power_of_two_of_entries() {
        assert_eq!(tables(0, 0), 0);
        assert_eq!(tables(5, 0), 64);
        assert_eq!(tables(5, 3), 64 + 3 * 24 + 32);
    }
}
