//! JSON lines: an object a key.
//!
//! `{"db":0,"key":"orders:1","type":"hash","expires_at_ms":1790000000000,"value":…}`, without `expires_at_ms` where it does
//! not expire. A key that is not UTF-8 stands as `key_base64` instead of `key`, and any other string that is not as
//! `{"base64":"…"}` instead of a string. The value is
//!
//! - of a string, that string; of a list or set, an array of strings,
//! - of a sorted set, an array of `{"member":…,"score":1.5}`, with the scores `"inf"` and `"-inf"` as strings,
//! - of a hash, an array of `{"field":…,"value":…}`, with `expires_at_ms` where the field expires,
//! - of a stream, `{"entries":[{"id":"1-0","fields":[[name,value],…]}],"length":1,"last_id":"1-0","deleted_id":"0-0",
//!   "entries_added":1,"groups":[{"name":…,"last_id":"1-0","entries_read":1,"consumers":[{"name":…,"seen_at_ms":1,
//!   "active_at_ms":1,"pending":[{"id":"1-0","delivered_at_ms":1,"deliveries":1}]}]}]}`, with `null` for what the
//!   server's version did not write.
//!
//! A function library is a line `{"function":"…"}`.

use std::io::{self, Write};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::Serialize;

use super::{Head, WriteError, commands::text_of};
use crate::open::{Element, StreamId};

/// Writes lines.
#[derive(Debug)]
pub struct JsonLines<W> {
    to: W,
    /// What closes what is open.
    open: Vec<&'static str>,
    /// Whether something stands before the next element.
    second: bool,
    place: Place,
    failed: Option<io::Error>,
}

/// How far into a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Entries,
    Groups,
    Consumers,
    Pending,
}

impl<W: Write> JsonLines<W> {
    /// Writes to `to`.
    pub fn new(to: W) -> Self {
        Self { to, open: Vec::new(), second: false, place: Place::Entries, failed: None }
    }

    /// Begins the line of a key.
    pub fn key(&mut self, head: &Head) -> Result<(), WriteError> {
        let Some(kind) = head.type_name() else { return Err(WriteError::Refused(super::MODULE)) };
        self.raw(&format!("{{\"db\":{},", head.db));
        match std::str::from_utf8(&head.key) {
            Ok(key) => self.raw(&format!("\"key\":{}", quoted(key))),
            Err(_) => self.raw(&format!("\"key_base64\":\"{}\"", BASE64_STANDARD.encode(&head.key))),
        }
        self.raw(&format!(",\"type\":\"{kind}\""));
        if let Some(at) = head.expires_at {
            self.raw(&format!(",\"expires_at_ms\":{at}"));
        }
        self.raw(",\"value\":");
        self.open.clear();
        match kind {
            "string" => {}
            "stream" => {
                self.open("{\"entries\":", "}");
                self.open("[", "]");
            }
            _ => self.open("[", "]"),
        }
        self.place = Place::Entries;
        self.checked()
    }

    /// Adds the next element of the value.
    pub fn take(&mut self, element: &Element<'_>) {
        match element {
            Element::String(text) => self.text(text),
            Element::Item(text) | Element::Member(text) => {
                self.comma();
                self.text(text);
            }
            Element::Scored { member, score } => self.scored(member, *score),
            Element::Field { field, value, expires_at } => self.field(field, value, *expires_at),
            Element::Entry { id, fields } => self.entry(*id, fields),
            Element::Stream(state) => {
                self.close();
                self.raw(&format!(
                    ",\"length\":{},\"last_id\":\"{}\",\"deleted_id\":{},\"entries_added\":{},\"groups\":",
                    state.length,
                    state.last_id,
                    json(&state.deleted_id.map(|id| id.to_string())),
                    json(&state.entries_added)
                ));
                self.open("[", "]");
                self.place = Place::Groups;
            }
            Element::Group { name, last_id, entries_read } => {
                self.back_to(Place::Groups);
                self.named(name);
                self.raw(&format!(",\"last_id\":\"{last_id}\",\"entries_read\":{}", json(entries_read)));
                self.into("consumers", Place::Consumers);
            }
            Element::Consumer { name, seen_at, active_at } => {
                self.back_to(Place::Consumers);
                self.named(name);
                self.raw(&format!(",\"seen_at_ms\":{seen_at},\"active_at_ms\":{}", json(active_at)));
                self.into("pending", Place::Pending);
            }
            Element::Pending { id, delivered_at, deliveries } => {
                self.comma();
                self.raw(&format!(
                    "{{\"id\":\"{id}\",\"delivered_at_ms\":{delivered_at},\"deliveries\":{deliveries}}}"
                ));
            }
            // Refused before.
            Element::Module(_) => {}
        }
    }

    /// Ends the line, and says whether all of it could be written.
    pub fn end(&mut self) -> Result<(), WriteError> {
        while !self.open.is_empty() {
            self.close();
        }
        self.raw("}\n");
        self.checked()
    }

    /// Adds a function library.
    pub fn function(&mut self, code: &[u8]) -> Result<(), WriteError> {
        self.raw("{\"function\":");
        self.text(code);
        self.raw("}\n");
        self.checked()
    }

    /// Gives up the line at hand: what was written of it stays, for the caller to take back.
    pub fn abandon(&mut self) -> &mut W {
        self.open.clear();
        self.second = false;
        self.failed = None;
        &mut self.to
    }

    /// Gives back what it wrote to.
    pub fn into_inner(self) -> W {
        self.to
    }

    fn scored(&mut self, member: &[u8], score: f64) {
        self.comma();
        self.raw("{\"member\":");
        self.text(member);
        let score = text_of(score);
        let quote = if score.ends_with("inf") { "\"" } else { "" };
        self.raw(&format!(",\"score\":{quote}{score}{quote}}}"));
    }

    fn field(&mut self, field: &[u8], value: &[u8], expires_at: Option<u64>) {
        self.comma();
        self.raw("{\"field\":");
        self.text(field);
        self.raw(",\"value\":");
        self.text(value);
        if let Some(at) = expires_at {
            self.raw(&format!(",\"expires_at_ms\":{at}"));
        }
        self.raw("}");
    }

    fn entry(&mut self, id: StreamId, fields: &[(&[u8], &[u8])]) {
        self.comma();
        self.raw(&format!("{{\"id\":\"{id}\",\"fields\":"));
        self.open("[", "]");
        for (field, value) in fields {
            self.comma();
            self.raw("[");
            self.text(field);
            self.raw(",");
            self.text(value);
            self.raw("]");
        }
        self.close();
        self.raw("}");
        self.second = true;
    }

    /// Begins an object with a name.
    fn named(&mut self, name: &[u8]) {
        self.comma();
        self.open("{", "}");
        self.raw("\"name\":");
        self.text(name);
    }

    fn into(&mut self, what: &str, place: Place) {
        self.raw(&format!(",\"{what}\":"));
        self.open("[", "]");
        self.place = place;
    }

    /// Closes what is further inside a stream than `place`: an array, and the object that it is in.
    fn back_to(&mut self, place: Place) {
        while self.place > place {
            self.close();
            self.close();
            self.place = if self.place == Place::Pending { Place::Consumers } else { Place::Groups };
        }
    }

    fn open(&mut self, begin: &str, end: &'static str) {
        self.raw(begin);
        self.open.push(end);
        self.second = false;
    }

    fn close(&mut self) {
        if let Some(end) = self.open.pop() {
            self.raw(end);
        }
        self.second = true;
    }

    fn comma(&mut self) {
        if std::mem::replace(&mut self.second, true) {
            self.raw(",");
        }
    }

    /// A string, or what stands for one that is not UTF-8.
    fn text(&mut self, bytes: &[u8]) {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.raw(&quoted(text)),
            Err(_) => self.raw(&format!("{{\"base64\":\"{}\"}}", BASE64_STANDARD.encode(bytes))),
        }
    }

    fn raw(&mut self, text: &str) {
        if self.failed.is_none() {
            self.failed = self.to.write_all(text.as_bytes()).err();
        }
    }

    fn checked(&mut self) -> Result<(), WriteError> {
        self.failed.take().map_or(Ok(()), |error| Err(WriteError::Io(error)))
    }
}

fn quoted(text: &str) -> String {
    json(&text)
}

fn json(value: &impl Serialize) -> String {
    // Neither strings nor numbers can fail.
    serde_json::to_string(value).unwrap_or_default()
}
