//! A value as commands of Redis 6.2 and later, and what came after where a value needs it.
//!
//! A string is one command. Everything else is built under a temporary name and renamed when it is whole, so that a value
//! is never there in part, never mixed with one that is there already, and takes its place at once.

use super::{
    Conflict, Head,
    resp::{argument, begin, command},
};
use crate::open::{Element, StreamId, StreamState};

/// The most elements that one command adds, and the most bytes after which it is sent: few enough that no command blocks
/// a server for long.
const BATCH: usize = 256;
const BATCH_BYTES: usize = 64 << 10;

/// Makes commands of one value's elements.
#[derive(Debug)]
pub struct Commands {
    key: Vec<u8>,
    temporary: Vec<u8>,
    expires_at: Option<u64>,
    conflict: Conflict,
    ready: Batched,
    batch: Batch,
    /// Fields that expire at one time.
    expiring: (u64, Vec<Vec<u8>>),
    stream: Stream,
    begun: bool,
}

/// Elements that go into one command.
#[derive(Debug, Default)]
struct Batch {
    name: &'static str,
    parts: Vec<u8>,
    count: usize,
    elements: usize,
}

/// What of a stream later commands need.
#[derive(Debug, Default)]
struct Stream {
    entries: u64,
    last: StreamId,
    group: Vec<u8>,
    consumer: Vec<u8>,
}

/// Commands that were not sent yet.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Batched {
    /// The commands, on the wire.
    pub bytes: Vec<u8>,
    /// Where each of them ends: so many answers follow.
    pub ends: Vec<usize>,
}

impl Batched {
    /// Each command by itself.
    pub fn each(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).filter_map(|(start, end)| self.bytes.get(start..*end))
    }
}

impl Commands {
    /// Begins the commands of a key's value. Under the temporary name it is built, which must be in the same slot.
    #[must_use]
    pub fn new(head: &Head, temporary: Vec<u8>, conflict: Conflict) -> Self {
        Self {
            key: head.key.clone(),
            temporary,
            expires_at: head.expires_at,
            conflict,
            ready: Batched::default(),
            batch: Batch::default(),
            expiring: (0, Vec::new()),
            stream: Stream::default(),
            begun: false,
        }
    }

    /// The name under which a key's value can be built: in the slot of the key, and under every prefix that it is under.
    /// `slot` says which slot a name is in, where that matters.
    #[must_use]
    pub fn temporary(key: &[u8], slot: Option<fn(&[u8]) -> u16>) -> Vec<u8> {
        let name = [key, b":cachekeep-extract"].concat();
        let Some(slot) = slot else { return name };
        // A key with a hash tag keeps its slot; one without has it back after some thousand tries.
        let mut numbered = (0_u64..).map(|number| [&name[..], number.to_string().as_bytes()].concat());
        numbered.find(|name| slot(name) == slot(key)).unwrap_or(name)
    }

    /// Adds the next element.
    pub fn take(&mut self, element: &Element<'_>) {
        match element {
            Element::String(text) => self.set(text),
            Element::Item(text) => self.add("RPUSH", &[text]),
            Element::Member(text) => self.add("SADD", &[text]),
            Element::Scored { member, score } => self.add("ZADD", &[text_of(*score).as_bytes(), member]),
            Element::Field { field, value, expires_at } => {
                self.add("HSET", &[field, value]);
                if let Some(at) = expires_at {
                    self.expire_field(field, *at);
                }
            }
            Element::Entry { id, fields } => self.entry(*id, fields),
            Element::Stream(state) => self.state(state),
            Element::Group { name, last_id, entries_read } => self.group(name, *last_id, *entries_read),
            Element::Consumer { name, .. } => {
                self.stream.consumer = name.to_vec();
                let (temporary, group) = (self.temporary.clone(), self.stream.group.clone());
                self.command(&[b"XGROUP", b"CREATECONSUMER", &temporary, &group, name]);
            }
            Element::Pending { id, delivered_at, deliveries } => {
                self.pending(*id, *delivered_at, *deliveries);
            }
            // A module's value goes as a payload only.
            Element::Module(_) => {}
        }
    }

    /// Ends the value: it gets its expiry and its name.
    pub fn end(&mut self) {
        self.flush();
        if !self.begun {
            return;
        }
        let (temporary, key) = (self.temporary.clone(), self.key.clone());
        if let Some(at) = self.expires_at {
            self.command(&[b"PEXPIREAT", &temporary, at.to_string().as_bytes()]);
        }
        match self.conflict {
            Conflict::Replace => self.command(&[b"RENAME", &temporary, &key]),
            Conflict::Keep => {
                self.command(&[b"RENAMENX", &temporary, &key]);
                self.command(&[b"UNLINK", &temporary]);
            }
        }
    }

    /// Gives the commands that are ready to be sent.
    pub fn drain(&mut self) -> Batched {
        std::mem::take(&mut self.ready)
    }

    /// The temporary name, once something stands under it: what is left if the value does not end.
    #[must_use]
    pub fn built_under(&self) -> Option<&[u8]> {
        self.begun.then_some(self.temporary.as_slice())
    }

    fn set(&mut self, text: &[u8]) {
        let (key, at) = (self.key.clone(), self.expires_at.map(|at| at.to_string()));
        let mut parts: Vec<&[u8]> = vec![b"SET", &key, text];
        if let Some(at) = &at {
            parts.extend([b"PXAT", at.as_bytes()]);
        }
        match self.conflict {
            Conflict::Keep => parts.push(b"NX"),
            Conflict::Replace => {}
        }
        self.command(&parts);
    }

    /// Adds the parts of an element to a command.
    fn add(&mut self, name: &'static str, parts: &[&[u8]]) {
        if self.batch.elements == BATCH || self.batch.parts.len() >= BATCH_BYTES {
            self.flush_batch();
        }
        self.batch.name = name;
        self.batch.elements += 1;
        self.batch.count += parts.len();
        for part in parts {
            argument(&mut self.batch.parts, part);
        }
    }

    fn expire_field(&mut self, field: &[u8], at: u64) {
        if self.expiring.0 != at || self.expiring.1.len() == BATCH {
            self.flush();
        }
        self.expiring.0 = at;
        self.expiring.1.push(field.to_vec());
    }

    fn entry(&mut self, id: StreamId, fields: &[(&[u8], &[u8])]) {
        let (temporary, id_text) = (self.temporary.clone(), id.to_string());
        let mut parts: Vec<&[u8]> = vec![b"XADD", &temporary, id_text.as_bytes()];
        parts.extend(fields.iter().flat_map(|(field, value)| [*field, *value]));
        self.command(&parts);
        self.stream.entries += 1;
        self.stream.last = id;
    }

    /// The last id, and what else is not as the entries alone would have it.
    fn state(&mut self, state: &StreamState) {
        let temporary = self.temporary.clone();
        if self.stream.entries == 0 {
            // A stream without entries can only be made by adding one that does not stay.
            self.command(&[b"XADD", &temporary, b"MAXLEN", b"0", b"0-1", b"x", b"y"]);
        }
        let (last, added) = (state.last_id.to_string(), state.entries_added.map(|added| added.to_string()));
        let deleted = state.deleted_id.unwrap_or_default();
        let plain = deleted == StreamId::default()
            && state.entries_added.is_none_or(|added| added == self.stream.entries);
        if !plain || self.stream.entries == 0 {
            let deleted = deleted.to_string();
            let mut parts: Vec<&[u8]> = vec![b"XSETID", &temporary, last.as_bytes()];
            if let Some(added) = &added {
                parts.extend([b"ENTRIESADDED", added.as_bytes(), b"MAXDELETEDID", deleted.as_bytes()]);
            }
            self.command(&parts);
        } else if state.last_id != self.stream.last {
            self.command(&[b"XSETID", &temporary, last.as_bytes()]);
        }
    }

    fn group(&mut self, name: &[u8], last_id: StreamId, entries_read: Option<u64>) {
        self.stream.group = name.to_vec();
        let (temporary, last_id) = (self.temporary.clone(), last_id.to_string());
        let read = entries_read.map(|read| read.to_string());
        let mut parts: Vec<&[u8]> = vec![b"XGROUP", b"CREATE", &temporary, name, last_id.as_bytes()];
        if let Some(read) = &read {
            parts.extend([b"ENTRIESREAD", read.as_bytes()]);
        }
        self.command(&parts);
    }

    /// A delivery. Servers forget one whose entry was deleted.
    fn pending(&mut self, id: StreamId, delivered_at: u64, deliveries: u64) {
        let [id, at, deliveries] = [id.to_string(), delivered_at.to_string(), deliveries.to_string()];
        let temporary = self.temporary.clone();
        let (group, consumer) = (self.stream.group.clone(), self.stream.consumer.clone());
        let times: [&[u8]; 6] =
            [b"TIME", at.as_bytes(), b"RETRYCOUNT", deliveries.as_bytes(), b"FORCE", b"JUSTID"];
        self.command(
            &[&[b"XCLAIM", &temporary[..], &group, &consumer, b"0", id.as_bytes()], &times[..]].concat(),
        );
    }

    /// Makes commands of the elements that were gathered, and then of the expiries of fields among them.
    pub fn flush(&mut self) {
        self.flush_batch();
        let (at, fields) = std::mem::take(&mut self.expiring);
        if !fields.is_empty() {
            let (temporary, at, count) = (self.temporary.clone(), at.to_string(), fields.len().to_string());
            let mut parts: Vec<&[u8]> =
                vec![b"HPEXPIREAT", &temporary, at.as_bytes(), b"FIELDS", count.as_bytes()];
            parts.extend(fields.iter().map(Vec::as_slice));
            self.command(&parts);
        }
    }

    fn flush_batch(&mut self) {
        let Batch { name, parts, count, elements } = std::mem::take(&mut self.batch);
        if elements > 0 {
            self.begin();
            begin(&mut self.ready.bytes, count + 2);
            argument(&mut self.ready.bytes, name.as_bytes());
            argument(&mut self.ready.bytes, &self.temporary);
            self.ready.bytes.extend(parts);
            self.ready.ends.push(self.ready.bytes.len());
        }
    }

    /// Makes sure that nothing is left under the temporary name.
    fn begin(&mut self) {
        if !std::mem::replace(&mut self.begun, true) {
            command(&mut self.ready.bytes, &[b"UNLINK", &self.temporary]);
            self.ready.ends.push(self.ready.bytes.len());
        }
    }

    fn command(&mut self, parts: &[&[u8]]) {
        if parts.get(1).is_some_and(|name| *name != self.key) {
            self.begin();
        }
        command(&mut self.ready.bytes, parts);
        self.ready.ends.push(self.ready.bytes.len());
    }
}

/// A score in the shortest decimals that give it again.
#[must_use]
pub fn text_of(score: f64) -> String {
    if score.is_infinite() {
        return if score > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    format!("{score:?}")
}
