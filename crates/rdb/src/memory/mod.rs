//! How much memory a key takes in a server, estimated from what stands in the file, without opening its value.
//!
//! The estimate follows what `MEMORY USAGE` counts in a server of 64 bits: the key's name, its entry in the main table where
//! it has one, and its value in the form that a server of the time keeps it in. `tests/all/measured.rs` measures it against
//! real servers; README.md states what came of that.

mod allocator;
mod redis;
mod valkey;

pub use self::allocator::Allocator;
use crate::{
    keys::{About, Measured},
    kind::{Layout, Type},
    value::Columns,
    write::Head,
};

/// A server that keys are estimated for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Server {
    /// How it keeps keys and values.
    pub structures: Structures,
    /// What gives it memory. ElastiCache's servers report jemalloc, as servers do unless built otherwise.
    pub allocator: Allocator,
}

/// How servers keep keys and values in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Structures {
    /// Redis 7 and the Valkeys that came of it, up to 8.0: tables of linked entries.
    Redis7,
    /// Valkey since 8.1: tables of buckets, with names and short values inside of their keys.
    Valkey9,
}

impl Server {
    /// The one that a file says it was written by.
    #[must_use]
    pub fn of(about: &About) -> Self {
        let structures = about.writer.as_deref().and_then(Structures::of).unwrap_or(Structures::Redis7);
        Self { structures, allocator: Allocator::Jemalloc }
    }
}

impl Structures {
    /// Those of a writer such as `valkey 9.1.2`.
    fn of(writer: &str) -> Option<Self> {
        let mut numbers = writer.strip_prefix("valkey ")?.split('.').map(|number| number.parse::<u32>().ok());
        let version = (numbers.next()??, numbers.next()??);
        Some(if version < (8, 1) { Self::Redis7 } else { Self::Valkey9 })
    }

    /// What they are called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Redis7 => "Redis 7",
            Self::Valkey9 => "Valkey 9",
        }
    }
}

/// About how many bytes of memory a key takes, as `MEMORY USAGE` counts them.
#[must_use]
pub fn estimate(head: &Head, measured: &Measured, server: Server) -> u64 {
    let key = Key {
        name: head.key.len() as u64,
        expires: head.expires_at.is_some(),
        layout: Layout::of(head.kind, head.dialect).ok(),
        raw: measured.bytes + measured.inflated,
        elements: measured.elements.unwrap_or_default(),
    };
    match server.structures {
        Structures::Redis7 => redis::key(&key, server.allocator),
        Structures::Valkey9 => valkey::key(&key, server.allocator),
    }
}

/// About how many bytes a server's own tables take for its keys beside what `MEMORY USAGE` counts: the main table's places,
/// and the table of expiries.
#[must_use]
pub fn tables(keys: u64, expires: u64, server: Server) -> u64 {
    match server.structures {
        Structures::Redis7 => redis::tables(keys, expires),
        Structures::Valkey9 => {
            [keys, expires].into_iter().filter(|keys| *keys > 0).map(valkey::buckets).sum()
        }
    }
}

/// What is known of a key.
struct Key {
    /// Bytes of its name.
    name: u64,
    expires: bool,
    layout: Option<Layout>,
    /// Bytes of its value, as if nothing in it were compressed.
    raw: u64,
    elements: u64,
}

/// Rows of a table, and the average string in them.
struct Rows {
    kind: Type,
    count: u64,
    average: u64,
    /// Bytes of a row beside its strings.
    fixed: u64,
}

impl Rows {
    /// How lengths are spread over the strings of a row is not known, so that each is taken for the average.
    fn of(columns: Columns, raw: u64, rows: u64) -> Self {
        let count = rows.max(1);
        let (strings, fixed) = match columns {
            Columns::List | Columns::Set => (1, 0),
            Columns::ZsetText => (1, 6),
            Columns::Zset => (1, 8),
            Columns::Hash => (2, 0),
            Columns::ExpiringHash => (2, 8),
            Columns::RedisExpiringHash => (2, 2),
        };
        let average = without_head((raw / count).saturating_sub(fixed) / strings);
        Self { kind: columns.counts_as(), count, average, fixed }
    }
}

/// A string's bytes without the head that says how many they are.
fn without_head(raw: u64) -> u64 {
    raw.saturating_sub(match raw {
        ..=64 => 1,
        65..=16_385 => 2,
        _ => 5,
    })
}

/// What takes one, two or four bytes behind its head is most often a number.
fn is_number(length: u64) -> bool {
    matches!(length, 1 | 2 | 4)
}

/// Bytes of a string of the servers' own kind (sds.h): a head by its length, the bytes, and a zero.
fn sds(length: u64) -> u64 {
    let head = match length {
        ..32 => 1,
        32..256 => 3,
        256..65_536 => 5,
        _ => 9,
    };
    head + length + 1
}

#[cfg(test)]
mod tests {
    use super::{Allocator, Server, Structures, tables};
    use crate::keys::About;

    fn written_by(writer: Option<&str>) -> Structures {
        Server::of(&About { writer: writer.map(str::to_owned), created: None }).structures
    }

    #[test]
    fn a_file_says_whose_structures_its_keys_had() {
        for writer in ["valkey 8.1.0", "valkey 9.1.2", "valkey 10.0.0"] {
            assert_eq!(written_by(Some(writer)), Structures::Valkey9, "{writer}");
        }
        for writer in [None, Some("redis 7.1.0"), Some("valkey 7.2.6"), Some("valkey 8.0.1"), Some("valkey")]
        {
            assert_eq!(written_by(writer), Structures::Redis7, "{writer:?}");
        }
    }

    #[test]
    fn tables_have_places_for_a_power_of_two_of_entries_or_buckets() {
        let server = |structures| Server { structures, allocator: Allocator::Jemalloc };
        let redis = server(Structures::Redis7);
        assert_eq!(tables(0, 0, redis), 0);
        assert_eq!(tables(5, 0, redis), 64);
        assert_eq!(tables(5, 3, redis), 64 + 3 * 24 + 32);
        let valkey = server(Structures::Valkey9);
        assert_eq!((tables(0, 0, valkey), tables(5, 3, valkey)), (0, 64 + 64));
    }
}
