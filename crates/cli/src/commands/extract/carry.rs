//! From a source to a target: names and expiries change on the way.

use std::cell::Cell;

use cachekeep_rdb::keys::{About, Listener, Wanted};
use cachekeep_rdb::open::{Element, Opener};
use cachekeep_rdb::write::{Head, Lifetime};
use cachekeep_rdb::{Dialect, Verdict};

use super::Ttl;
use super::keys::{Stopped, Target};
use super::report::Report;
use super::target::{Rename, renamed};
use crate::failure::Failure;
use crate::source::{self, Flow, Listening, Sink, Source, Work};

/// Carries keys from a reader to a target.
pub(super) struct Carrier<'a> {
    target: &'a mut (dyn Target + 'a),
    report: &'a mut Report,
    renames: &'a [Rename],
    ttl: Ttl,
    /// In milliseconds since 1970.
    now: u64,
    about: About,
    /// The code of a library that is being read.
    library: Option<Vec<u8>>,
    stopped: Option<Failure>,
}

impl<'a> Carrier<'a> {
    pub(super) fn new(
        target: &'a mut (dyn Target + 'a),
        report: &'a mut Report,
        renames: &'a [Rename],
        ttl: Ttl,
        now: u64,
    ) -> Self {
        let (about, library, stopped) = (About::default(), None, None);
        Self { target, report, renames, ttl, now, about, library, stopped }
    }

    fn lifetime(&self) -> Result<Lifetime, Failure> {
        match self.ttl {
            Ttl::Keep => Ok(Lifetime::Keep),
            Ttl::Drop => Ok(Lifetime::Drop),
            Ttl::Shift => {
                let created = self.about.created.and_then(|created| u64::try_from(created).ok());
                let created = created.ok_or(Failure::NoTime)?;
                Ok(Lifetime::Later(self.now.saturating_sub(created.saturating_mul(1000))))
            }
        }
    }

    fn begin(&mut self, mut head: Head) -> Result<(), Failure> {
        let lifetime = self.lifetime()?;
        self.report.matched += 1;
        head.key = renamed(head.key, self.renames);
        head.expires_at = lifetime.of(head.expires_at);
        self.target.begin(head, lifetime, self.report).map_err(Failure::Extract)
    }

    fn add(&mut self, piece: &[u8]) -> Result<(), Stopped> {
        match &mut self.library {
            Some(code) => {
                code.extend_from_slice(piece);
                Ok(())
            }
            None => self.target.bytes(piece, self.report),
        }
    }

    fn ended(&mut self) -> Result<(), Failure> {
        let Some(code) = self.library.take() else {
            return self.target.end(self.report).map_err(Failure::Extract);
        };
        // A library's code is a string, which has the same type in both families.
        let mut text = Vec::new();
        let mut take = |element: Element<'_>| {
            if let Element::String(code) = element {
                text.extend_from_slice(code);
            }
        };
        let opened = Opener::new(0, Dialect::Redis).and_then(|mut opener| {
            opener.push(&code, &mut take)?;
            opener.finish()
        });
        opened.map_err(|source| Failure::Library { source })?;
        self.target.function(&text, self.report).map_err(Failure::Extract)
    }

    /// Does something unless something went wrong before.
    fn unless_stopped(&mut self, work: impl FnOnce(&mut Self) -> Result<(), Failure>) {
        if self.stopped.is_none() {
            self.stopped = work(self).err();
        }
    }
}

impl Listener for Carrier<'_> {
    fn about(&mut self, about: &About) {
        self.about = about.clone();
        self.target.about(about);
    }

    fn key(&mut self, head: Head) {
        self.unless_stopped(|carrier| carrier.begin(head));
    }

    fn function(&mut self) {
        self.library = Some(Vec::new());
    }

    fn bytes(&mut self, piece: &[u8]) {
        self.unless_stopped(|carrier| carrier.add(piece).map_err(Failure::Extract));
    }

    fn end(&mut self) {
        self.unless_stopped(Self::ended);
    }
}

impl Sink for Carrier<'_> {
    type Done = Self;

    fn flow(&mut self) -> Result<Flow, Failure> {
        self.stopped.take().map_or(Ok(Flow::On), Err)
    }

    fn done(self, _: &Verdict) -> Result<Self, Failure> {
        Ok(self)
    }
}

/// A carrier on its way through one file.
struct Leg<'a>(Option<Listening<Carrier<'a>>>);

impl<'a> Work for Leg<'a> {
    type Done = Option<Carrier<'a>>;

    fn take(&mut self, bytes: &[u8]) -> Result<Flow, Failure> {
        self.0.as_mut().map_or(Ok(Flow::Past), |listening| listening.take(bytes))
    }

    fn whole(self) -> Result<Self::Done, Failure> {
        self.0.map(Work::whole).transpose()
    }

    fn enough(self) -> Result<Self::Done, Failure> {
        self.0.map(Work::enough).transpose()
    }
}

/// Reads a source, one of its files after the other, and carries what is wanted of them. What is broken, or changed while it was
/// read, is an error.
pub(super) fn read(
    source: Source,
    wanted: impl Fn() -> Wanted,
    functions: bool,
    carrier: Carrier<'_>,
) -> Result<(), Failure> {
    let carrier = Cell::new(Some(carrier));
    for file in source.one_by_one() {
        let done = source::read(&[&file], |_, shard| {
            // There is one file, and so it begins once.
            let begun = |carrier| Listening::with_functions(shard, wanted(), functions, carrier);
            Leg(carrier.take().map(begun))
        })?;
        carrier.set(done.into_iter().flatten().next());
    }
    Ok(())
}
