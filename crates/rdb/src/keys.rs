//! Keys one by one, with the bytes of their values, while a file is read and checked.

use std::fmt;

use crate::{Dialect, write::Head};

/// Takes the keys of a file in its order. Those whose names are not wanted are read past.
pub trait Listener {
    /// What is known of the file, before its first key; more than once where more becomes known.
    fn about(&mut self, _: &About) {}
    /// A key begins.
    fn key(&mut self, head: Head);
    /// A function library begins, whose code follows as a string's bytes do.
    fn function(&mut self);
    /// The next bytes of its value, or of the library's code, as they stand in the file.
    fn bytes(&mut self, piece: &[u8]);
    /// What its value came to, once all of it was passed on. Servers skip values without elements, which come to nothing.
    fn measured(&mut self, _: &Measured) {}
    /// It was whole.
    fn end(&mut self);
}

/// What a value came to, as it stands in the file and without opening it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Measured {
    /// Where in the file the key begins, with its expiry.
    pub offset: u64,
    /// How many bytes its value takes in the file.
    pub bytes: u64,
    /// How many bytes more it would take if nothing in it were compressed.
    pub inflated: u64,
    /// How many elements it has; nothing for a string and for a module's value.
    pub elements: Option<u64>,
    /// The name of its type, where that is a module's.
    pub module: Option<String>,
}

/// What a file says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// Who wrote it: `redis 7.1.0`.
    pub writer: Option<String>,
    /// When, in seconds since 1970.
    pub created: Option<i64>,
}

/// Takes nothing.
pub(crate) struct Nobody;

impl Listener for Nobody {
    fn key(&mut self, _: Head) {}
    fn function(&mut self) {}
    fn bytes(&mut self, _: &[u8]) {}
    fn end(&mut self) {}
}

/// Says whether a key is wanted, by its database and its name.
pub type Wanted = Box<dyn Fn(u64, &[u8]) -> bool + Send>;

/// What a walk notes of the keys that are wanted; the reader passes it on with the bytes between.
pub(crate) struct Tap {
    wanted: Wanted,
    /// Whether function libraries are wanted.
    functions: bool,
    pub(crate) noted: Noted,
    /// The whole name of the key that was read last.
    pub(crate) name: Vec<u8>,
}

/// A key with a string that is all at hand.
pub(crate) struct StringRead<'a> {
    pub(crate) key: &'a [u8],
    pub(crate) expires_at: Option<u64>,
    /// Where it begins, and where its value ends.
    pub(crate) offset: u64,
    pub(crate) end: u64,
    /// Of its value.
    pub(crate) bytes: u64,
    pub(crate) inflated: u64,
}

/// What was noted and not passed on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Noted {
    events: Vec<Event>,
    /// Where what belongs to the next key begins.
    pub(crate) offset: Option<u64>,
    /// What its value came to.
    pub(crate) measured: Option<Measured>,
    /// What stood before the next key.
    pub(crate) expires_at: Option<u64>,
    pub(crate) idle: Option<u64>,
    pub(crate) frequency: Option<u8>,
    /// The type of its value.
    pub(crate) kind: u8,
    /// Whether a wanted key or library is being read.
    open: bool,
}

#[derive(Debug, Clone)]
enum Event {
    About(About),
    Key(u64, Head),
    Function(u64),
    End(u64, Option<Measured>),
}

impl Tap {
    pub(crate) fn new(wanted: Wanted, functions: bool) -> Self {
        Self { wanted, functions, noted: Noted::default(), name: Vec::new() }
    }

    pub(crate) fn wants(&self, db: u64, key: &[u8]) -> bool {
        (self.wanted)(db, key)
    }

    /// More is known of the file.
    pub(crate) fn about(&mut self, about: About) {
        self.noted.events.push(Event::About(about));
    }

    /// A key was read, whose value begins at offset `at`.
    pub(crate) fn key(&mut self, at: u64, db: u64, dialect: Dialect) {
        let Noted { expires_at, idle, frequency, kind, .. } = self.noted.without_events();
        if self.wants(db, &self.name) {
            let head = Head { db, key: self.name.clone(), kind, dialect, expires_at, idle, frequency };
            self.noted.events.push(Event::Key(at, head));
            self.noted.open = true;
        }
    }

    /// A key with a string was read, all of it at hand.
    #[inline]
    pub(crate) fn string(&mut self, db: u64, dialect: Dialect, string: &StringRead<'_>) {
        let Noted { expires_at, idle, frequency, offset, .. } = self.noted.without_events();
        let expires_at = string.expires_at.or(expires_at);
        let key = string.key.to_vec();
        let head = Head { db, key, kind: 0, dialect, expires_at, idle, frequency };
        let measured = Measured {
            offset: offset.unwrap_or(string.offset),
            bytes: string.bytes,
            inflated: string.inflated,
            elements: None,
            module: None,
        };
        self.noted.offset = None;
        self.noted.events.push(Event::Key(string.end - string.bytes, head));
        self.noted.events.push(Event::End(string.end, Some(measured)));
    }

    /// The value of the key ended, and came to this.
    pub(crate) fn measured(&mut self, mut measured: Measured) {
        let offset = self.noted.offset.take();
        if self.noted.open {
            measured.offset = offset.unwrap_or_default();
            self.noted.measured = Some(measured);
        }
    }

    /// A library's code begins at `at`.
    pub(crate) fn function(&mut self, at: u64) {
        if self.functions {
            self.noted.events.push(Event::Function(at));
            self.noted.open = true;
        }
    }

    /// What was open, if anything, ended at `at`.
    pub(crate) fn end(&mut self, at: u64) {
        if std::mem::take(&mut self.noted.open) {
            let measured = self.noted.measured.take();
            self.noted.events.push(Event::End(at, measured));
        }
    }
}

impl Noted {
    /// Forgets what stood before a key, and gives it.
    fn without_events(&mut self) -> Self {
        Self {
            events: Vec::new(),
            offset: self.offset,
            measured: None,
            expires_at: self.expires_at.take(),
            idle: self.idle.take(),
            frequency: self.frequency.take(),
            kind: self.kind,
            open: false,
        }
    }

    /// Forgets what stood before a key that was read past.
    pub(crate) fn pass(&mut self) {
        self.without_events();
        self.offset = None;
    }
}

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tap").field("noted", &self.noted).finish_non_exhaustive()
    }
}

/// Passes on what was noted while `bytes` were read, which begin at offset `start`. `open` is whether a key was being passed
/// on before, and whether one is now.
pub(crate) fn pass_on(noted: &mut Noted, bytes: &[u8], start: u64, open: &mut bool, to: &mut dyn Listener) {
    let part = |from: u64, to: u64| {
        let place = |offset: u64| usize::try_from(offset.saturating_sub(start)).unwrap_or(usize::MAX);
        bytes.get(place(from)..place(to)).unwrap_or_default()
    };
    let mut from = start;
    for event in noted.events.drain(..) {
        match event {
            Event::About(about) => to.about(&about),
            Event::Key(at, head) => {
                to.key(head);
                (from, *open) = (at, true);
            }
            Event::Function(at) => {
                to.function();
                (from, *open) = (at, true);
            }
            Event::End(at, measured) => {
                to.bytes(part(from, at));
                if let Some(measured) = &measured {
                    to.measured(measured);
                }
                to.end();
                *open = false;
            }
        }
    }
    let rest = part(from, start + bytes.len() as u64);
    if *open && !rest.is_empty() {
        to.bytes(rest);
    }
}
