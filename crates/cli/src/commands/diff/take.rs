//! From the keys of one file to records on disk.

use std::hash::Hasher as _;

use cachekeep_rdb::Verdict;
use cachekeep_rdb::keys::{Listener, Measured};
use cachekeep_rdb::open::{Digest, OpenError, Opener};
use cachekeep_rdb::write::Head;
use siphasher::sip::SipHasher13;

use super::Side;
use super::record::Record;
use super::scratch::{PARTS, Scratch, Spill};
use crate::failure::Failure;
use crate::render::keys::Name;
use crate::source::{Flow, Sink};

/// Takes the keys of one file.
pub(super) struct Taking<'a> {
    scratch: &'a Scratch,
    side: Side,
    spill: Spill<'a>,
    /// The key at hand.
    open: Option<Open>,
    failed: Option<Failure>,
}

/// A key whose value is being read.
struct Open {
    head: Head,
    opener: Opener,
    digest: Digest,
    whole: bool,
}

impl<'a> Taking<'a> {
    pub(super) fn new(scratch: &'a Scratch, side: Side) -> Self {
        Self { scratch, side, spill: Spill::new(scratch, side), open: None, failed: None }
    }

    /// Does something unless something went wrong before.
    fn unless_failed(&mut self, work: impl FnOnce(&mut Self) -> Result<(), Failure>) {
        if self.failed.is_none() {
            self.failed = work(self).err();
        }
    }

    fn close(&mut self, open: Open) -> Result<(), Failure> {
        let Open { head, opener, digest, .. } = open;
        opener.finish().map_err(|source| unopened(&head, source))?;
        let record = Record {
            db: head.db,
            key: &head.key,
            kind: Record::type_of(head.type_name()),
            digest: digest.value(),
            expires_at: head.expires_at,
        };
        self.spill.add(part(head.db, &head.key), |out| record.write(out))
    }
}

fn unopened(head: &Head, source: OpenError) -> Failure {
    Failure::Unopened { key: Name::of(&head.key).shown(), source }
}

/// The part that a key belongs to.
fn part(db: u64, key: &[u8]) -> usize {
    let mut hasher = SipHasher13::new();
    hasher.write_u64(db);
    hasher.write(key);
    usize::try_from(hasher.finish() % PARTS as u64).unwrap_or_default()
}

impl Listener for Taking<'_> {
    fn key(&mut self, head: Head) {
        self.unless_failed(|taking| {
            let opener = Opener::new(head.kind, head.dialect).map_err(|source| unopened(&head, source))?;
            taking.open = Some(Open { head, opener, digest: Digest::new(), whole: false });
            Ok(())
        });
    }

    fn function(&mut self) {}

    fn bytes(&mut self, piece: &[u8]) {
        self.unless_failed(|taking| {
            let Some(Open { head, opener, digest, .. }) = &mut taking.open else { return Ok(()) };
            opener.push(piece, &mut |element| digest.add(&element)).map_err(|source| unopened(head, source))
        });
    }

    fn measured(&mut self, _: &Measured) {
        if let Some(open) = &mut self.open {
            open.whole = true;
        }
    }

    fn end(&mut self) {
        // Servers skip keys without elements.
        let open = self.open.take().filter(|open| open.whole);
        self.unless_failed(|taking| open.map_or(Ok(()), |open| taking.close(open)));
    }
}

impl Sink for Taking<'_> {
    type Done = ();

    fn took(&mut self, bytes: usize) {
        self.scratch.has_read(self.side, bytes as u64);
    }

    fn flow(&mut self) -> Result<Flow, Failure> {
        self.failed.take().map_or(Ok(Flow::On), Err)
    }

    fn done(self, _: &Verdict) -> Result<(), Failure> {
        self.spill.finish()
    }
}
