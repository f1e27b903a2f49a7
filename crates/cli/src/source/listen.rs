//! A reader of RDB files at work on a source.

use cachekeep_rdb::keys::{Listener, Wanted};
use cachekeep_rdb::{Broken, Level, Reader, Verdict};

use super::Shard;
use super::read::{Flow, Work};
use crate::failure::Failure;

/// Takes the keys of one file.
pub(crate) trait Sink: Listener + Send {
    /// What comes of it.
    type Done: Send;
    /// So many bytes were read of the file.
    fn took(&mut self, _: usize) {}
    /// Whether it wants more; asked after each piece of the file.
    fn flow(&mut self) -> Result<Flow, Failure>;
    /// The file was read, whole unless nobody wanted more.
    fn done(self, verdict: &Verdict) -> Result<Self::Done, Failure>;
}

/// Reads one file for a sink.
pub(crate) struct Listening<S> {
    name: String,
    reader: Reader,
    sink: S,
    broken: Option<Broken>,
}

impl<S: Sink> Listening<S> {
    /// Passes on those keys that are wanted.
    pub(crate) fn new(shard: &Shard, wanted: Wanted, sink: S) -> Self {
        Self::with_functions(shard, wanted, false, sink)
    }

    /// The same, and function libraries if they are wanted.
    pub(crate) fn with_functions(shard: &Shard, wanted: Wanted, functions: bool, sink: S) -> Self {
        let reader = Reader::listening(Level::Structure, wanted, functions);
        Self { name: shard.name().to_owned(), reader, sink, broken: None }
    }

    fn broken(name: String, source: Broken) -> Failure {
        Failure::BrokenSource { name, source }
    }
}

impl<S: Sink> Work for Listening<S> {
    type Done = S::Done;

    fn take(&mut self, bytes: &[u8]) -> Result<Flow, Failure> {
        let read = self.reader.push_to(bytes, &mut self.sink);
        self.sink.took(bytes.len());
        // What came before a fault stands.
        let flow = self.sink.flow()?;
        self.broken = read.err();
        Ok(if self.broken.is_some() { Flow::Past } else { flow })
    }

    fn whole(self) -> Result<S::Done, Failure> {
        let verdict = self.reader.finish();
        let done = self.sink.done(&verdict)?;
        verdict.error.map_or(Ok(done), |broken| Err(Self::broken(self.name, broken)))
    }

    fn enough(self) -> Result<S::Done, Failure> {
        let done = self.sink.done(&self.reader.finish())?;
        self.broken.map_or(Ok(done), |broken| Err(Self::broken(self.name, broken)))
    }
}
