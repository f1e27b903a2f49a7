//! What the keys of one file, or of all, come to.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use cachekeep_rdb::Verdict;
use cachekeep_rdb::keys::{About, Listener, Measured};
use cachekeep_rdb::memory::{Server, estimate, tables};
use cachekeep_rdb::write::Head;
use serde::Serialize;

use super::groups::{By, Group, Groups, Prefix};
use crate::commands::keys::type_of;
use crate::failure::Failure;
use crate::source::{Flow, Sink};

const HOUR: u64 = 3_600_000;
/// Until when keys expire that are counted together, in milliseconds from now.
const BOUNDS: [(&str, u64); 5] =
    [("1h", HOUR), ("1d", 24 * HOUR), ("7d", 7 * 24 * HOUR), ("30d", 30 * 24 * HOUR), ("later", u64::MAX)];
const EXPIRED: usize = BOUNDS.len();
const NEVER: usize = BOUNDS.len() + 1;

/// Keys and what they take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Sum {
    pub(crate) keys: u64,
    pub(crate) encoded: u64,
    pub(crate) estimated: u64,
    pub(crate) without_expiry: u64,
}

/// A key that takes much. It is larger than others by what it takes in memory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Large {
    pub(crate) estimated: u64,
    pub(crate) encoded: u64,
    pub(crate) db: u64,
    pub(crate) key: Vec<u8>,
    pub(crate) kind: String,
    pub(crate) elements: Option<u64>,
}

/// What keys come to.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    by: By,
    prefix: Prefix,
    top: usize,
    /// In milliseconds since 1970.
    now: u64,
    /// The server that the keys are estimated for: the one that wrote the file.
    server: Server,
    all: Sum,
    groups: Groups<Sum>,
    largest: BTreeSet<Reverse<Large>>,
    expiry: [Sum; NEVER + 1],
}

/// All of it, for people and JSON.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) all: Sum,
    pub(crate) tables: u64,
    /// The servers whose structures the estimate is of.
    pub(crate) estimated_for: &'static str,
    pub(crate) by: By,
    pub(crate) groups: Vec<(Group, Sum)>,
    pub(crate) others: Option<Sum>,
    pub(crate) largest: Vec<Large>,
    /// From the soonest on.
    pub(crate) expiry: Vec<(&'static str, Sum)>,
}

impl Sum {
    pub(super) fn add(&mut self, other: &Self) {
        self.keys += other.keys;
        self.encoded += other.encoded;
        self.estimated += other.estimated;
        self.without_expiry += other.without_expiry;
    }
}

impl Tally {
    pub(super) fn new(by: By, prefix: Prefix, top: usize, now: u64) -> Self {
        let (all, groups, largest) = (Sum::default(), Groups::default(), BTreeSet::new());
        let server = Server::of(&About::default());
        Self { by, prefix, top, now, server, all, groups, largest, expiry: [Sum::default(); NEVER + 1] }
    }

    /// One for another file, of which nothing was counted yet.
    pub(super) fn another(&self) -> Self {
        Self::new(self.by, self.prefix.clone(), self.top, self.now)
    }

    fn add(&mut self, head: Head, measured: &Measured) {
        let (encoded, estimated) = (measured.bytes, estimate(&head, measured, self.server));
        let without_expiry = u64::from(head.expires_at.is_none());
        let sum = Sum { keys: 1, encoded, estimated, without_expiry };
        self.all.add(&sum);
        self.groups.of(Group::of(self.by, &self.prefix, &head, measured)).add(&sum);
        self.expiry[self.place(head.expires_at)].add(&sum);
        if self.largest.len() < self.top
            || self.largest.last().is_some_and(|last| last.0.estimated < estimated)
        {
            let (kind, elements) = (type_of(&head, measured).to_owned(), measured.elements);
            self.keep(Large { estimated, encoded, db: head.db, key: head.key, kind, elements });
        }
    }

    fn place(&self, expires_at: Option<u64>) -> usize {
        let Some(at) = expires_at else { return NEVER };
        let left = at.checked_sub(self.now).filter(|left| *left > 0);
        left.map_or(EXPIRED, |left| {
            BOUNDS.iter().position(|(_, bound)| left <= *bound).unwrap_or(EXPIRED - 1)
        })
    }

    fn keep(&mut self, large: Large) {
        self.largest.insert(Reverse(large));
        if self.largest.len() > self.top {
            self.largest.pop_last();
        }
    }

    fn join(&mut self, other: Self) {
        self.all.add(&other.all);
        // One server wrote all shards of a backup.
        self.server = other.server;
        self.groups.join(other.groups);
        other.largest.into_iter().for_each(|large| self.keep(large.0));
        self.expiry.iter_mut().zip(&other.expiry).for_each(|(sum, other)| sum.add(other));
    }

    pub(super) fn report(self) -> Report {
        let (groups, others) = self.groups.largest(self.top);
        let [within @ .., expired, never] = self.expiry;
        let named = BOUNDS.iter().map(|(name, _)| *name).zip(within);
        let expiry = std::iter::once(("expired", expired)).chain(named).chain([("never", never)]).collect();
        Report {
            tables: tables(self.all.keys, self.all.keys - self.all.without_expiry, self.server),
            estimated_for: self.server.structures.name(),
            all: self.all,
            by: self.by,
            groups,
            others,
            largest: self.largest.into_iter().map(|large| large.0).collect(),
            expiry,
        }
    }
}

/// Counts the keys of one file, and adds them to those of the others.
pub(super) struct Taking<'a> {
    tally: Tally,
    all: &'a Mutex<Tally>,
    head: Option<Head>,
}

impl<'a> Taking<'a> {
    pub(super) fn new(tally: Tally, all: &'a Mutex<Tally>) -> Self {
        Self { tally, all, head: None }
    }
}

impl Listener for Taking<'_> {
    fn about(&mut self, about: &About) {
        self.tally.server = Server::of(about);
    }

    fn key(&mut self, head: Head) {
        self.head = Some(head);
    }

    fn function(&mut self) {}

    fn bytes(&mut self, _: &[u8]) {}

    fn measured(&mut self, measured: &Measured) {
        if let Some(head) = self.head.take() {
            self.tally.add(head, measured);
        }
    }

    fn end(&mut self) {
        self.head = None;
    }
}

impl Sink for Taking<'_> {
    type Done = ();

    fn flow(&mut self) -> Result<Flow, Failure> {
        Ok(Flow::On)
    }

    fn done(self, _: &Verdict) -> Result<(), Failure> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).join(self.tally);
        Ok(())
    }
}
