//! What changed: counted by prefix, named up to a limit, or printed line by line.

use serde::Serialize;

use super::record::Record;
use crate::commands::memory::{Count, Group, Groups, Prefix};
use crate::failure::Failure;
use crate::render::{self, keys::Name};
use crate::source::Flow;

/// How many prefixes are told.
const TOLD: usize = 50;

/// One of the two that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Before,
    After,
}

/// How a key changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Change {
    /// It was not there before.
    Added,
    /// It is not there any more.
    Removed,
    /// It has another value.
    Changed,
    /// It has the same value, and expires at another time.
    Expiry,
}

/// How many keys changed how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    pub(crate) added: u64,
    pub(crate) removed: u64,
    pub(crate) changed: u64,
    pub(crate) expiry: u64,
}

/// A key that changed.
#[derive(Debug)]
pub(crate) struct Changed {
    pub(crate) change: Change,
    pub(crate) db: u64,
    pub(crate) key: Vec<u8>,
}

/// Takes what changed.
pub(super) struct Changes {
    prefix: Prefix,
    limit: usize,
    lines: Option<String>,
    counts: Counts,
    same: u64,
    groups: Groups<Counts>,
    named: Vec<Changed>,
}

/// All that changed.
#[derive(Debug)]
pub(crate) struct Summary {
    pub(crate) counts: Counts,
    pub(crate) same: u64,
    pub(crate) prefixes: Vec<(Group, Counts)>,
    pub(crate) others: Option<Counts>,
    pub(crate) named: Vec<Changed>,
}

#[derive(Serialize)]
struct Line<'a> {
    change: Change,
    db: u64,
    #[serde(flatten)]
    name: Name<'a>,
    before: Option<State>,
    after: Option<State>,
}

#[derive(Serialize)]
struct State {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(serialize_with = "render::keys::instant")]
    expires_at: Option<u64>,
}

impl Change {
    /// How one key differs from the other.
    pub(super) fn between(before: &Record, after: &Record) -> Option<Self> {
        if (before.kind, before.digest) != (after.kind, after.digest) {
            return Some(Self::Changed);
        }
        (before.expires_at != after.expires_at).then_some(Self::Expiry)
    }
}

impl Counts {
    fn one(&mut self, change: Change) {
        *match change {
            Change::Added => &mut self.added,
            Change::Removed => &mut self.removed,
            Change::Changed => &mut self.changed,
            Change::Expiry => &mut self.expiry,
        } += 1;
    }
}

impl Count for Counts {
    fn join(&mut self, other: &Self) {
        self.added += other.added;
        self.removed += other.removed;
        self.changed += other.changed;
        self.expiry += other.expiry;
    }

    fn weight(&self) -> u64 {
        self.added + self.removed + self.changed + self.expiry
    }
}

impl Changes {
    pub(super) fn new(prefix: Prefix, limit: usize, lines: bool) -> Self {
        let (counts, groups, named) = (Counts::default(), Groups::default(), Vec::new());
        Self { prefix, limit, lines: lines.then(String::new), counts, same: 0, groups, named }
    }

    pub(super) fn same(&mut self) {
        self.same += 1;
    }

    pub(super) fn add(&mut self, change: Change, before: Option<&Record>, after: Option<&Record>) {
        let Some(record) = after.or(before) else { return };
        let (db, key) = (record.db, record.key);
        self.counts.one(change);
        self.groups.of(Group::Prefix(self.prefix.of(key).to_vec())).one(change);
        if let Some(lines) = &mut self.lines {
            let state = |record: &Record| State { kind: record.kind, expires_at: record.expires_at };
            let (before, after) = (before.map(state), after.map(state));
            render::push_json_line(lines, &Line { change, db, name: Name::of(key), before, after });
        } else if self.named.len() < self.limit {
            self.named.push(Changed { change, db, key: key.to_vec() });
        }
    }

    /// Prints what is to be printed, and says whether anybody still reads.
    pub(super) fn flow(&mut self) -> Result<Flow, Failure> {
        let Some(lines) = &mut self.lines else { return Ok(Flow::On) };
        let heard = render::more(lines)?;
        lines.clear();
        Ok(if heard { Flow::On } else { Flow::Enough })
    }

    pub(super) fn summary(self) -> Summary {
        let (prefixes, others) = self.groups.largest(TOLD);
        Summary { counts: self.counts, same: self.same, prefixes, others, named: self.named }
    }
}

impl Serialize for Summary {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct One {
            prefix: String,
            #[serde(flatten)]
            counts: Counts,
        }
        #[derive(Serialize)]
        struct All<'a> {
            #[serde(flatten)]
            counts: Counts,
            same: u64,
            prefixes: Vec<One>,
            others: &'a Option<Counts>,
        }
        let one = |(group, counts): &(Group, Counts)| One { prefix: group.shown(), counts: *counts };
        let prefixes = self.prefixes.iter().map(one).collect();
        All { counts: self.counts, same: self.same, prefixes, others: &self.others }.serialize(serializer)
    }
}
