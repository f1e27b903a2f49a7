//! Counts what a file holds, by database.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    broken::{Step, fault},
    kind::Type,
    text::Text,
    value::module_name,
    verdict::Database,
    warning::{Rule, Warning},
};

/// More databases than any server is configured for (ElastiCache's parameter `databases` goes up to 10,000), few
/// enough that counting them stays within a few megabytes.
const MOST_DATABASES: usize = 16_384;
/// More kinds of module value, over all databases, than anybody uses; a limit against files made to exhaust memory.
const MOST_MODULE_TYPES: u64 = 4_096;

/// The longest key of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LongestKey {
    /// The database that it is in.
    pub db: u64,
    /// The key: escaped, and cut after 64 bytes.
    pub key: String,
    /// Its length in bytes.
    pub bytes: u64,
}

/// The value that takes the most bytes in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LargestValue {
    /// The database that it is in.
    pub db: u64,
    /// Its key: escaped, and cut after 64 bytes.
    pub key: String,
    /// What `TYPE` answers for it.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its encoded size in bytes, without the key.
    pub bytes: u64,
}

/// What a value counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Counted {
    Type(Type),
    Module(u64),
}

impl Counted {
    pub(crate) fn name(self) -> String {
        match self {
            Self::Type(kind) => kind.name().to_owned(),
            Self::Module(id) => module_name(id),
        }
    }
}

/// A place in the file that holds a record: the longest key or the largest value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    db: u64,
    key: Text,
    bytes: u64,
    counted: Counted,
}

/// What one database holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Counts {
    expires: u64,
    types: [u64; Type::ALL.len()],
    modules: BTreeMap<u64, u64>,
    /// Keys and expiries that the file announced.
    hint: Option<(u64, u64)>,
    /// Keys that servers skip because their values are empty, and how many of them expire.
    skipped: (u64, u64),
}

/// What a file holds, as far as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tally {
    /// The database that keys are counted in; none before the first.
    db: Option<u64>,
    counts: Counts,
    others: BTreeMap<u64, Counts>,
    module_types: u64,
    longest: Option<Record>,
    largest: Option<Record>,
}

impl Tally {
    /// Counts what follows in database `db`.
    pub(crate) fn select(&mut self, db: u64) -> Step<()> {
        // Keys before the first selection are in database 0, as a server takes it.
        let keyed = (self.counts != Counts::default()).then_some(0);
        if let Some(before) = self.db.replace(db).or(keyed) {
            self.others.insert(before, std::mem::take(&mut self.counts));
            if self.others.len() >= MOST_DATABASES {
                return Err(fault(format!("more than {MOST_DATABASES} databases")));
            }
        }
        self.counts = self.others.remove(&db).unwrap_or_default();
        Ok(())
    }

    /// Remembers how many keys and expiries the file announces for the database.
    pub(crate) fn hint(&mut self, keys: u64, expires: u64) {
        self.counts.hint = Some((keys, expires));
    }

    /// Counts a key whose value was read.
    pub(crate) fn value(&mut self, counted: Counted, key: &Text, expires: bool, bytes: u64) -> Step<()> {
        if beats(key.len(), self.longest.as_ref()) {
            self.longest = Some(Record { db: self.current(), key: key.clone(), bytes: key.len(), counted });
        }
        if beats(bytes, self.largest.as_ref()) {
            self.largest = Some(Record { db: self.current(), key: key.clone(), bytes, counted });
        }
        self.counts.expires += u64::from(expires);
        match counted {
            Counted::Type(kind) => self.counts.types[kind as usize] += 1,
            Counted::Module(id) => self.module(id)?,
        }
        Ok(())
    }

    /// Counts a key that servers skip, because nothing is in its value.
    pub(crate) fn skip(&mut self, expires: bool) {
        self.counts.skipped.0 += 1;
        self.counts.skipped.1 += u64::from(expires);
    }

    /// Counts a string whose key and value are at hand.
    #[inline]
    pub(crate) fn string(&mut self, key: &[u8], expires: bool, bytes: u64) {
        if beats(key.len() as u64, self.longest.as_ref()) || beats(bytes, self.largest.as_ref()) {
            // Cannot fail: only module types are limited.
            let _ = self.value(Counted::Type(Type::String), &Text::of(key), expires, bytes);
        } else {
            self.counts.expires += u64::from(expires);
            self.counts.types[Type::String as usize] += 1;
        }
    }

    fn module(&mut self, id: u64) -> Step<()> {
        let count = self.counts.modules.entry(id).or_default();
        *count += 1;
        self.module_types += u64::from(*count == 1);
        if self.module_types > MOST_MODULE_TYPES {
            return Err(fault(format!("more than {MOST_MODULE_TYPES} types of module value")));
        }
        Ok(())
    }

    /// The database that keys are in: the first where none was selected, as a server takes it.
    pub(crate) fn current(&self) -> u64 {
        self.db.unwrap_or_default()
    }

    fn all(&self) -> BTreeMap<u64, &Counts> {
        let mut all: BTreeMap<u64, &Counts> = self.others.iter().map(|(db, counts)| (*db, counts)).collect();
        if self.db.is_some() || self.counts != Counts::default() {
            all.insert(self.current(), &self.counts);
        }
        all
    }

    /// Per database, in order.
    pub(crate) fn databases(&self) -> Vec<Database> {
        self.all().into_iter().map(|(db, counts)| counts.database(db)).collect()
    }

    /// Where the file's own announcements differ from what it holds, which servers take for a hint: the first database of
    /// which they do, and how many there are.
    pub(crate) fn announced(&self) -> Option<Warning> {
        let all = self.all();
        let mut differing = all.iter().filter_map(|(db, counts)| Some((db, counts, counts.announced()?)));
        let (db, counts, (keys, expires)) = differing.next()?;
        Some(Warning {
            rule: Rule::AnnouncedCounts,
            key: None,
            offset: 0,
            message: format!(
                "database {db} announces {keys} keys and {expires} expiries, and holds {} and {}",
                counts.keys(),
                counts.expires
            ),
            refused_by: None,
            count: 1 + differing.count() as u64,
        })
    }

    pub(crate) fn longest_key(&self) -> Option<LongestKey> {
        let longest =
            |record: &Record| LongestKey { db: record.db, key: record.key.shown(), bytes: record.bytes };
        self.longest.as_ref().map(longest)
    }

    pub(crate) fn largest_value(&self) -> Option<LargestValue> {
        self.largest.as_ref().map(|Record { db, key, bytes, counted }| LargestValue {
            db: *db,
            key: key.shown(),
            kind: counted.name(),
            bytes: *bytes,
        })
    }
}

#[inline]
fn beats(bytes: u64, record: Option<&Record>) -> bool {
    record.is_none_or(|record| bytes > record.bytes)
}

impl Counts {
    /// What was announced, where it differs from what was held, with or without the keys that servers skip.
    fn announced(&self) -> Option<(u64, u64)> {
        let with = (self.keys() + self.skipped.0, self.expires + self.skipped.1);
        self.hint.filter(|hint| *hint != with && *hint != (self.keys(), self.expires))
    }

    fn keys(&self) -> u64 {
        self.types.iter().chain(self.modules.values()).sum()
    }

    fn database(&self, db: u64) -> Database {
        let types = Type::ALL.iter().zip(self.types).map(|(kind, count)| (kind.name().to_owned(), count));
        let modules = self.modules.iter().map(|(id, count)| (module_name(*id), *count));
        let mut by_name = BTreeMap::new();
        for (name, count) in types.chain(modules).filter(|(_, count)| *count > 0) {
            // Two versions of a module type have one name.
            *by_name.entry(name).or_default() += count;
        }
        Database { db, keys: self.keys(), expires: self.expires, types: by_name }
    }
}
