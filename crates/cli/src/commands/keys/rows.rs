//! What becomes of the keys of one file: lines, or counts.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use cachekeep_rdb::keys::{Listener, Measured};
use cachekeep_rdb::write::Head;
use cachekeep_rdb::{Verdict, slot};
use serde::Serialize;

use super::filter::{Filter, type_of};
use crate::failure::Failure;
use crate::render;
use crate::source::{Flow, Sink};

/// Prints a line a key.
pub(super) struct Rows<'a> {
    filter: &'a Filter,
    /// How many are listed, of all files.
    listed: &'a AtomicU64,
    limit: Option<u64>,
    json: bool,
    shard: usize,
    head: Option<Head>,
    /// Lines not printed yet.
    lines: String,
}

impl<'a> Rows<'a> {
    pub(super) fn new(
        filter: &'a Filter,
        listed: &'a AtomicU64,
        limit: Option<u64>,
        json: bool,
        shard: usize,
    ) -> Self {
        Self { filter, listed, limit, json, shard, head: None, lines: String::new() }
    }

    fn is_full(&self) -> bool {
        self.limit.is_some_and(|limit| self.listed.load(Ordering::Relaxed) >= limit)
    }

    fn add(&mut self, head: &Head, measured: &Measured) {
        if self.limit.is_some_and(|limit| self.listed.fetch_add(1, Ordering::Relaxed) >= limit) {
            return;
        }
        let row = Row::new(head, measured, self.shard);
        if self.json {
            render::push_json_line(&mut self.lines, &row);
        } else {
            self.lines.push_str(&render::keys::row(&row));
        }
    }
}

impl Listener for Rows<'_> {
    fn key(&mut self, head: Head) {
        self.head = Some(head);
    }

    fn function(&mut self) {}

    fn bytes(&mut self, _: &[u8]) {}

    fn measured(&mut self, measured: &Measured) {
        if let Some(head) = self.head.take().filter(|head| self.filter.takes(head, measured)) {
            self.add(&head, measured);
        }
    }

    fn end(&mut self) {
        self.head = None;
    }
}

impl Sink for Rows<'_> {
    type Done = ();

    fn flow(&mut self) -> Result<Flow, Failure> {
        let heard = render::more(&std::mem::take(&mut self.lines))?;
        Ok(if heard && !self.is_full() { Flow::On } else { Flow::Enough })
    }

    fn done(mut self, _: &Verdict) -> Result<(), Failure> {
        self.flow().map(|_| ())
    }
}

/// One key.
#[derive(Debug, Serialize)]
pub(crate) struct Row<'a> {
    pub(crate) db: u64,
    #[serde(flatten)]
    pub(crate) name: render::keys::Name<'a>,
    #[serde(rename = "type")]
    pub(crate) kind: &'a str,
    pub(crate) elements: Option<u64>,
    pub(crate) bytes: u64,
    #[serde(serialize_with = "render::keys::instant")]
    pub(crate) expires_at: Option<u64>,
    pub(crate) idle_seconds: Option<u64>,
    pub(crate) frequency: Option<u8>,
    pub(crate) slot: u16,
    pub(crate) shard: usize,
    pub(crate) offset: u64,
}

impl<'a> Row<'a> {
    fn new(head: &'a Head, measured: &'a Measured, shard: usize) -> Self {
        Self {
            db: head.db,
            name: render::keys::Name::of(&head.key),
            kind: type_of(head, measured),
            elements: measured.elements,
            bytes: measured.bytes,
            expires_at: head.expires_at,
            idle_seconds: head.idle,
            frequency: head.frequency,
            slot: slot(&head.key),
            shard,
            offset: measured.offset,
        }
    }
}

/// How many keys there are.
#[derive(Debug, Default, Serialize)]
pub(super) struct Counts {
    pub(super) keys: u64,
    types: BTreeMap<String, u64>,
}

impl Counts {
    fn add(&mut self, kind: &str, keys: u64) {
        self.keys += keys;
        match self.types.get_mut(kind) {
            Some(count) => *count += keys,
            None => _ = self.types.insert(kind.to_owned(), keys),
        }
    }
}

/// Counts the keys of one file, and adds them to those of the others once it is read.
pub(super) struct Counter<'a> {
    filter: &'a Filter,
    all: &'a Mutex<Counts>,
    counts: Counts,
    head: Option<Head>,
}

impl<'a> Counter<'a> {
    pub(super) fn new(filter: &'a Filter, all: &'a Mutex<Counts>) -> Self {
        Self { filter, all, counts: Counts::default(), head: None }
    }
}

impl Listener for Counter<'_> {
    fn key(&mut self, head: Head) {
        self.head = Some(head);
    }

    fn function(&mut self) {}

    fn bytes(&mut self, _: &[u8]) {}

    fn measured(&mut self, measured: &Measured) {
        if let Some(head) = self.head.take().filter(|head| self.filter.takes(head, measured)) {
            self.counts.add(type_of(&head, measured), 1);
        }
    }

    fn end(&mut self) {
        self.head = None;
    }
}

impl Sink for Counter<'_> {
    type Done = ();

    fn flow(&mut self) -> Result<Flow, Failure> {
        Ok(Flow::On)
    }

    fn done(mut self, verdict: &Verdict) -> Result<(), Failure> {
        if self.filter.is_counted() {
            for database in verdict.databases.iter().filter(|one| self.filter.takes_database(one.db)) {
                let wanted = database.types.iter().filter(|(kind, _)| self.filter.takes_type(kind));
                wanted.for_each(|(kind, keys)| self.counts.add(kind, *keys));
            }
        }
        let mut all = self.all.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.counts.types.iter().for_each(|(kind, keys)| all.add(kind, *keys));
        Ok(())
    }
}
