//! What reading a file came to: as a typed value, as JSON, and as a short table for people.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::{Broken, Foreign, LargestValue, Level, LongestKey, Warning};

/// Whether a file agrees with the checksum that it ends in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Checksum {
    /// The CRC-64 over the file is its trailer.
    Ok,
    /// It is not, or the file has no end: bytes are lost or changed since it was written.
    Bad,
    /// The server wrote none: nothing is known about the bytes inside of values.
    Absent,
    /// Level `presence` does not compute it.
    Unread,
}

/// Where what is wrong with a file comes from, as far as its checksum tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The server wrote it so: the checksum agrees with every byte of it. Another copy of it is no better.
    Written,
    /// Bytes were lost or changed after the server had made the checksum. Another copy may be whole.
    Damaged,
    /// Not known: the server wrote no checksum, or the level does not look at it.
    Unknown,
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Bad => "bad",
            Self::Absent => "absent (the server wrote none)",
            Self::Unread => "unread",
        })
    }
}

/// What one database holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Database {
    /// Its number.
    pub db: u64,
    /// Keys in it.
    pub keys: u64,
    /// Keys in it that expire.
    pub expires: u64,
    /// Keys by what `TYPE` answers for them; types without keys are left out.
    pub types: BTreeMap<String, u64>,
}

/// What reading a file came to. Of a broken file, the counts are those of the part before the break.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether the file is whole, as far as the level looks.
    pub valid: bool,
    /// How deeply it was read.
    pub level: Level,
    /// Whether it agrees with the checksum that it ends in.
    pub checksum: Checksum,
    /// Version of the format, from the header.
    pub rdb_version: Option<u32>,
    /// The server that wrote it, such as `redis 7.0.15` or `valkey 9.1.0`.
    pub writer: Option<String>,
    /// When it was written, in seconds since 1970.
    pub created: Option<i64>,
    /// Bytes read.
    pub bytes: u64,
    /// What it holds; empty below level `structure`.
    pub databases: Vec<Database>,
    /// The longest key.
    pub longest_key: Option<LongestKey>,
    /// The value that takes the most bytes.
    pub largest_value: Option<LargestValue>,
    /// What is odd about it without making it invalid.
    pub warnings: Vec<Warning>,
    /// What is wrong with it.
    pub error: Option<Broken>,
}

/// `1 byte`, `2 bytes`.
fn count(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.valid { "whole" } else { "BROKEN" };
        writeln!(
            f,
            "{state} at level {}, {} read, checksum {}",
            self.level,
            count(self.bytes, "byte"),
            self.checksum
        )?;
        if let Some(error) = &self.error {
            writeln!(f, "  error: {error}")?;
        }
        if self.origin() == Some(Origin::Written) {
            writeln!(
                f,
                "  the checksum is right: the server wrote it so, and another copy of this file is no better"
            )?;
        }
        let version = self.rdb_version.map(|version| format!("RDB version {version}"));
        let writer = self.writer.as_ref().map(|writer| format!("written by {writer}"));
        let facts: Vec<String> = version.into_iter().chain(writer).collect();
        if !facts.is_empty() {
            writeln!(f, "  {}", facts.join(", "))?;
        }
        self.table(f)?;
        if let Some(LongestKey { db, key, bytes }) = &self.longest_key {
            writeln!(f, "  longest key: {}, db {db}, '{key}'", count(*bytes, "byte"))?;
        }
        if let Some(LargestValue { db, key, kind, bytes }) = &self.largest_value {
            writeln!(f, "  largest value: {}, db {db}, {kind} '{key}'", count(*bytes, "byte"))?;
        }
        self.warnings.iter().try_for_each(|warning| writeln!(f, "  warning: {warning}"))
    }
}

impl Verdict {
    /// On a file that is no RDB file, of which so many bytes were read to tell.
    #[must_use]
    pub fn foreign(level: Level, foreign: Foreign, bytes: u64) -> Self {
        Self {
            valid: false,
            level,
            checksum: Checksum::Unread,
            rdb_version: None,
            writer: None,
            created: None,
            bytes,
            databases: Vec::new(),
            longest_key: None,
            largest_value: None,
            warnings: Vec::new(),
            error: Some(Broken { offset: 0, key: None, message: foreign.to_string() }),
        }
    }

    /// Where what is wrong with the file comes from; nothing where nothing is.
    #[must_use]
    pub fn origin(&self) -> Option<Origin> {
        self.error.as_ref().map(|_| match self.checksum {
            Checksum::Ok => Origin::Written,
            Checksum::Bad => Origin::Damaged,
            Checksum::Absent | Checksum::Unread => Origin::Unknown,
        })
    }

    fn table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.databases.is_empty() {
            return Ok(());
        }
        writeln!(f, "  {:>5} {:>12} {:>12}  types", "db", "keys", "expires")?;
        for Database { db, keys, expires, types } in &self.databases {
            let types: Vec<String> = types.iter().map(|(name, count)| format!("{name} {count}")).collect();
            writeln!(f, "  {db:>5} {keys:>12} {expires:>12}  {}", types.join(", "))?;
        }
        Ok(())
    }
}
