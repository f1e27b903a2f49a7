//! What is odd about a file without making it corrupt: one record a rule, so that a file of oddities stays small to report.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    magic::{Dialect, Magic},
    text::Text,
};

/// What is odd, as a closed set; in JSON the name in kebab-case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// The file is of a version that this reader does not know; it was read as far as its structure is known.
    NewerVersion,
    /// A database announces other counts than it holds.
    AnnouncedCounts,
    /// A database has a number that servers do not have unless they are configured for it.
    DatabaseNumber,
    /// A slot was being moved here when the file was written.
    SlotImport,
    /// The size of a listpack's element takes a byte more than Valkey writes since 9.1.
    WideBackLength,
    /// The size of a listpack's element takes a byte less than servers wrote before Valkey 9.1.
    NarrowBackLength,
    /// A stream's node counts other entries than are in it.
    StreamNodeCounts,
    /// A stream has another length than it has entries.
    StreamLength,
    /// A container without elements, which servers skip.
    EmptyValue,
    /// A packed sorted set has a score that is text and no number.
    OddScore,
    /// The elements of a value were not all compared with each other.
    ElementsNotCompared,
    /// The keys were not all compared with each other.
    KeysNotCompared,
    /// The mark that a server sends after a file to a replica stands behind the end.
    ReplicationMark,
    /// The ids of a stream are not in their order.
    StreamOrder,
    /// The listpack of a stream's node says that it has other elements than it has.
    StreamListpackCount,
    /// The file says of a slot how many keys it has in words that servers do not understand.
    SlotInfo,
}

/// What is odd about a file without making it corrupt. A rule comes once in a verdict, with where it first applies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// What is odd.
    pub rule: Rule,
    /// The key in which it was first met, where it is about one: escaped, and cut after 64 bytes.
    pub key: Option<String>,
    /// Offset in bytes from the start of the file of where it was first met: of a value, its beginning.
    pub offset: u64,
    /// What is odd, as a lowercase fragment.
    pub message: String,
    /// Which servers do not load a file because of it; nothing where all do.
    pub refused_by: Option<String>,
    /// How often it was met in the file.
    pub count: u64,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, at byte {}", self.message, self.offset)?;
        if let Some(key) = &self.key {
            write!(f, ", in key '{key}'")?;
        }
        if self.count > 1 {
            write!(f, " ({} times in all)", self.count)?;
        }
        if let Some(servers) = &self.refused_by {
            write!(f, "; refused by {servers}")?;
        }
        Ok(())
    }
}

/// Rules that apply to the string or value at hand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Odd(u16);

impl Odd {
    #[inline]
    pub(crate) fn add(&mut self, rule: Rule) {
        self.0 |= 1 << rule as u16;
    }

    #[inline]
    pub(crate) fn join(&mut self, other: Self) {
        self.0 |= other.0;
    }

    #[inline]
    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those of the rules that values can be odd by, in order.
    pub(crate) fn rules(self) -> impl Iterator<Item = Rule> {
        OF_VALUES.into_iter().filter(move |rule| self.0 & (1 << *rule as u16) != 0)
    }
}

const OF_VALUES: [Rule; 9] = [
    Rule::WideBackLength,
    Rule::NarrowBackLength,
    Rule::StreamNodeCounts,
    Rule::StreamLength,
    Rule::EmptyValue,
    Rule::OddScore,
    Rule::ElementsNotCompared,
    Rule::StreamOrder,
    Rule::StreamListpackCount,
];

impl Rule {
    /// Its name, as JSON has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NewerVersion => "newer-version",
            Self::AnnouncedCounts => "announced-counts",
            Self::DatabaseNumber => "database-number",
            Self::SlotImport => "slot-import",
            Self::WideBackLength => "wide-back-length",
            Self::NarrowBackLength => "narrow-back-length",
            Self::StreamNodeCounts => "stream-node-counts",
            Self::StreamLength => "stream-length",
            Self::EmptyValue => "empty-value",
            Self::OddScore => "odd-score",
            Self::ElementsNotCompared => "elements-not-compared",
            Self::KeysNotCompared => "keys-not-compared",
            Self::ReplicationMark => "replication-mark",
            Self::StreamOrder => "stream-order",
            Self::StreamListpackCount => "stream-listpack-count",
            Self::SlotInfo => "slot-info",
        }
    }

    /// Whether no server loads a file of this family that is odd in this way, so that it is corrupt: what only Redis takes
    /// is of no use in a file that only Valkey reads.
    pub(crate) fn is_fault(self, dialect: Dialect) -> bool {
        match self {
            Self::StreamNodeCounts | Self::StreamLength | Self::StreamListpackCount => {
                dialect == Dialect::Valkey
            }
            Self::NewerVersion
            | Self::AnnouncedCounts
            | Self::DatabaseNumber
            | Self::SlotImport
            | Self::WideBackLength
            | Self::NarrowBackLength
            | Self::EmptyValue
            | Self::OddScore
            | Self::ElementsNotCompared
            | Self::KeysNotCompared
            | Self::ReplicationMark
            | Self::StreamOrder
            | Self::SlotInfo => false,
        }
    }

    /// What is odd, with two numbers that say how much.
    pub(crate) fn message(self, [a, b]: [u64; 2]) -> String {
        match self {
            Self::NewerVersion => {
                format!("RDB version {a} is newer than this reader knows ({b}): it was read as far as its structure is known")
            }
            Self::AnnouncedCounts => "a database announces other counts than it holds".to_owned(),
            Self::DatabaseNumber => {
                format!("database {a}, where servers have {b} unless they are configured for more")
            }
            Self::SlotImport => {
                "slots were being moved here when the file was written: what it holds of them may not be all".to_owned()
            }
            Self::WideBackLength => {
                "a listpack element whose size takes a byte more than servers write since Valkey 9.1".to_owned()
            }
            Self::NarrowBackLength => {
                "a listpack element whose size takes a byte less than servers wrote before Valkey 9.1".to_owned()
            }
            Self::StreamNodeCounts => "a stream node that counts other entries than are in it".to_owned(),
            Self::StreamLength => format!("a stream that says it has {a} entries and has {b}"),
            Self::EmptyValue => "a value without elements, which servers skip with its key".to_owned(),
            Self::OddScore => "a sorted set with a score that is text and no number".to_owned(),
            Self::ElementsNotCompared => format!(
                "a value with elements that were not compared with each other: a reader compares the first {a} \
                 that it reads without pause"
            ),
            Self::KeysNotCompared => format!(
                "keys that were not compared with each other: a reader compares the first {a} that it reads without pause"
            ),
            Self::ReplicationMark => {
                "the 40 bytes with which a server ends a file that it sends to a replica stand behind the end: \
                 it is whole, and was taken from a replication"
                    .to_owned()
            }
            Self::StreamListpackCount => {
                "a stream node whose listpack says other elements than it has".to_owned()
            }
            Self::SlotInfo => "a slot whose counts of keys and expiries are not three numbers".to_owned(),
            Self::StreamOrder => "a stream with ids that are not in their order, which servers sort".to_owned(),
        }
    }

    fn refused_by(self, dialect: Dialect) -> Option<&'static str> {
        match (self, dialect) {
            (Self::NewerVersion, Dialect::Valkey) => Some("valkey 9.1 and earlier, and every redis"),
            (Self::NewerVersion, Dialect::Redis) => Some("redis 8.0 and earlier, and every valkey"),
            (Self::DatabaseNumber, _) => Some("redis and valkey with fewer databases"),
            (Self::SlotInfo, _) => Some("valkey 8.0 and later, and redis 7.4 and later"),
            (Self::SlotImport, _) => Some("valkey with cluster mode disabled"),
            (
                Self::WideBackLength
                | Self::StreamNodeCounts
                | Self::StreamLength
                | Self::StreamListpackCount,
                _,
            ) => Some("valkey 9.1 and later"),
            (Self::NarrowBackLength, Dialect::Valkey) => Some("valkey 9.0"),
            (Self::NarrowBackLength, Dialect::Redis) => {
                Some("valkey 9.0 and earlier, and every redis that writes the longer form")
            }
            (
                Self::AnnouncedCounts
                | Self::EmptyValue
                | Self::OddScore
                | Self::ElementsNotCompared
                | Self::KeysNotCompared
                | Self::ReplicationMark
                | Self::StreamOrder,
                _,
            ) => None,
        }
    }
}

/// What was odd so far: per rule, where it was met first and how often.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Warnings(Vec<Record>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    rule: Rule,
    key: Option<Text>,
    offset: u64,
    numbers: [u64; 2],
    count: u64,
}

impl Warnings {
    /// Notes a version that is newer than what is known.
    pub(crate) fn add_version(&mut self, magic: Magic) {
        if magic.version > magic.newest() {
            self.add(Rule::NewerVersion, None, 0, [magic.version, magic.newest()].map(u64::from));
        }
    }

    /// Notes that a rule applied, in a key where there is one.
    pub(crate) fn add(&mut self, rule: Rule, key: Option<&Text>, offset: u64, numbers: [u64; 2]) {
        if let Some(record) = self.0.iter_mut().find(|record| record.rule == rule) {
            record.count += 1;
        } else {
            self.0.push(Record { rule, key: key.cloned(), offset, numbers, count: 1 });
        }
    }

    /// The warnings, by rule.
    pub(crate) fn told(&self, dialect: Dialect) -> Vec<Warning> {
        let told = |record: &Record| Warning {
            rule: record.rule,
            key: record.key.as_ref().map(Text::shown),
            offset: record.offset,
            message: record.rule.message(record.numbers),
            refused_by: record.rule.refused_by(dialect).map(str::to_owned),
            count: record.count,
        };
        let mut warnings: Vec<Warning> = self.0.iter().map(told).collect();
        warnings.sort_by_key(|warning| warning.rule);
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::{OF_VALUES, Rule};

    #[test]
    fn a_rule_has_one_name_everywhere() {
        for rule in [Rule::NewerVersion, Rule::AnnouncedCounts, Rule::DatabaseNumber, Rule::SlotImport]
            .into_iter()
            .chain(OF_VALUES)
            .chain([Rule::KeysNotCompared, Rule::ReplicationMark, Rule::SlotInfo])
        {
            assert_eq!(serde_json::to_value(rule).unwrap(), rule.name());
        }
    }
}
