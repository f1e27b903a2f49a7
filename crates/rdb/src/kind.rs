//! The value types: one byte each, and what each is called, holds and counts as.

use serde::{Deserialize, Serialize};

use crate::{
    broken::{Step, fault},
    magic::Dialect,
    packed::{Format, Meaning},
    value::Columns,
};

/// What people and `TYPE` call a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Type {
    String,
    List,
    Set,
    Zset,
    Hash,
    Stream,
}

impl Type {
    pub(crate) const ALL: [Self; 6] =
        [Self::String, Self::List, Self::Set, Self::Zset, Self::Hash, Self::Stream];

    /// The word that the `TYPE` command answers.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::List => "list",
            Self::Set => "set",
            Self::Zset => "zset",
            Self::Hash => "hash",
            Self::Stream => "stream",
        }
    }
}

/// How a stream is written: what later versions added to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum StreamVersion {
    /// Redis 5.
    One,
    /// Redis 7.0: first and deleted ids, entries added, a group's entries read.
    Two,
    /// Redis 7.2: a consumer's active time.
    Three,
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Layout {
    /// One string.
    String,
    /// A count and that many rows of columns.
    Table(Columns),
    /// One string that packs all elements.
    Packed(Format, Meaning),
    /// A hash whose listpack also holds expiries, after the lowest of them.
    ExpiringListpack,
    /// A count and that many packed strings.
    Quicklist,
    /// A count and that many strings, each either packed or one element.
    Quicklist2,
    /// Packed entries, then consumer groups.
    Stream(StreamVersion),
    /// What a module wrote, in opcodes of its own.
    Module,
}

impl Layout {
    /// The layout that a type byte stands for.
    pub(crate) fn of(byte: u8, dialect: Dialect) -> Step<Self> {
        use Dialect::{Redis, Valkey};
        Ok(match (byte, dialect) {
            (0, _) => Self::String,
            (1, _) => Self::Table(Columns::List),
            (2, _) => Self::Table(Columns::Set),
            (3, _) => Self::Table(Columns::ZsetText),
            (4, _) => Self::Table(Columns::Hash),
            (5, _) => Self::Table(Columns::Zset),
            (6, _) => {
                return Err(fault("module value of a pre-release format (type 6), which cannot be walked"));
            }
            (7, _) => Self::Module,
            (9, _) => Self::Packed(Format::Zipmap, Meaning::Hash),
            (10, _) => Self::Packed(Format::Ziplist, Meaning::List),
            (11, _) => Self::Packed(Format::Intset, Meaning::Set),
            (12, _) => Self::Packed(Format::Ziplist, Meaning::Zset),
            (13, _) => Self::Packed(Format::Ziplist, Meaning::Hash),
            (14, _) => Self::Quicklist,
            (15, _) => Self::Stream(StreamVersion::One),
            (16, _) => Self::Packed(Format::Listpack, Meaning::Hash),
            (17, _) => Self::Packed(Format::Listpack, Meaning::Zset),
            (18, _) => Self::Quicklist2,
            (19, _) => Self::Stream(StreamVersion::Two),
            (20, _) => Self::Packed(Format::Listpack, Meaning::Set),
            (21, _) => Self::Stream(StreamVersion::Three),
            (22, Valkey) => Self::Table(Columns::ExpiringHash),
            (22 | 23, Redis) => return Err(fault(format!("hash of a pre-release format (type {byte})"))),
            (24, Redis) => Self::Table(Columns::RedisExpiringHash),
            (25, Redis) => Self::ExpiringListpack,
            _ => return Err(fault(format!("unknown opcode or value type {byte} (0x{byte:02x})"))),
        })
    }

    /// What the value counts as; `None` for a module's, which has a name of its own.
    pub(crate) fn counts_as(self) -> Option<Type> {
        match self {
            Self::String => Some(Type::String),
            Self::Table(columns) => Some(columns.counts_as()),
            Self::Packed(_, meaning) => Some(meaning.counts_as()),
            Self::ExpiringListpack => Some(Type::Hash),
            Self::Quicklist | Self::Quicklist2 => Some(Type::List),
            Self::Stream(_) => Some(Type::Stream),
            Self::Module => None,
        }
    }
}
