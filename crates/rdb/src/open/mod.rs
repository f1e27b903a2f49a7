//! Opened values: what a value is made of, element by element, whatever encoding it is written in.
//!
//! [`Opener`] takes the bytes of one value in pieces of any size and passes on its [`Element`]s in the order of the file.
//! It holds at most one string or packed encoding at a time, so that a hash of a gigabyte takes no more memory than its
//! longest field. [`Digest`] tells whether two values are the same, however each is encoded.

mod digest;
mod element;
mod flat;
mod list;
mod stream;
mod table;
mod text;

pub use self::{
    digest::Digest,
    element::{Element, StreamId, StreamState},
};
use self::{flat::Flat, list::Nodes, stream::Parts, table::Rows, text::text};
use crate::{
    Dialect,
    broken::{Step, Stop, fault},
    input::Input,
    kind::Layout,
    packed::{Format, Meaning},
    value::Columns,
};

/// The most bytes of a value that are held at a time, in bytes: the longest string that servers take by default (their
/// `proto-max-bulk-len`), and room for what stands around it.
pub const MOST_HELD: usize = (512 << 20) + (1 << 20);

/// Why a value could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// A string or packed encoding in it is too large to be held.
    #[error(
        "it holds a string of more than {MOST_HELD} bytes, which is more than a server takes in a command"
    )]
    TooLarge,
    /// It ends early, goes on behind its end, or is wrong inside.
    #[error("it cannot be opened: {0}")]
    Broken(String),
}

/// Opens one value.
#[derive(Debug)]
pub struct Opener {
    state: State,
    /// The beginning of an item that is not whole yet.
    held: Vec<u8>,
    most: usize,
    flat: Flat,
}

/// What comes next.
#[derive(Debug)]
enum State {
    Whole(Layout),
    Table(Columns),
    Rows(Rows),
    Nodes(Nodes),
    NodeCount(list::Kind),
    Stream(Box<Parts>),
    Module,
    Done,
}

/// Whether a step was the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    Again,
    End,
}

type Take<'t> = &'t mut dyn FnMut(Element<'_>);

impl Opener {
    /// Opens a value of the type that this byte stands for in a file of this family.
    pub fn new(kind: u8, dialect: Dialect) -> Result<Self, OpenError> {
        Layout::of(kind, dialect).map(Self::of).map_err(|stop| OpenError::from_stop(stop, MOST_HELD))
    }

    pub(crate) fn of(layout: Layout) -> Self {
        let state = match layout {
            Layout::Packed(Format::Ziplist, Meaning::List) => State::Nodes(Nodes::single()),
            Layout::String | Layout::ExpiringListpack | Layout::Packed(..) => State::Whole(layout),
            Layout::Table(columns) => State::Table(columns),
            Layout::Quicklist => State::NodeCount(list::Kind::Ziplist),
            Layout::Quicklist2 => State::NodeCount(list::Kind::Marked),
            Layout::Stream(version) => State::Stream(Box::new(Parts::new(version))),
            Layout::Module => State::Module,
        };
        Self { state, held: Vec::new(), most: MOST_HELD, flat: Flat::default() }
    }

    /// Holds at most so many bytes at a time.
    #[must_use]
    pub fn holding_at_most(mut self, bytes: usize) -> Self {
        self.most = bytes;
        self
    }

    /// Takes the next bytes of the value, without its type and its key, and passes on the elements that are whole.
    pub fn push(&mut self, bytes: &[u8], take: Take<'_>) -> Result<(), OpenError> {
        if matches!(self.state, State::Module) {
            take(Element::Module(bytes));
            return Ok(());
        }
        if self.held.is_empty() {
            let used = self.read(bytes, take)?;
            return self.hold(bytes.get(used..).unwrap_or_default());
        }
        self.hold(bytes)?;
        let held = std::mem::take(&mut self.held);
        let used = self.read(&held, take);
        self.held = held;
        self.held.drain(..used?);
        Ok(())
    }

    /// Says whether the value was whole.
    pub fn finish(self) -> Result<(), OpenError> {
        match self.state {
            State::Module => Ok(()),
            State::Done if self.held.is_empty() => Ok(()),
            State::Done => Err(OpenError::Broken("it goes on behind its end".to_owned())),
            State::Whole(_)
            | State::Table(_)
            | State::Rows(_)
            | State::Nodes(_)
            | State::NodeCount(_)
            | State::Stream(_) => Err(OpenError::Broken("it ends early".to_owned())),
        }
    }

    fn hold(&mut self, bytes: &[u8]) -> Result<(), OpenError> {
        if bytes.len() > self.most.saturating_sub(self.held.len()) {
            return Err(OpenError::TooLarge);
        }
        self.held.extend_from_slice(bytes);
        Ok(())
    }

    /// Reads all items that are whole, and says how many bytes they took.
    fn read(&mut self, bytes: &[u8], take: Take<'_>) -> Result<usize, OpenError> {
        let mut input = Input::new(bytes, 0);
        while !matches!(self.state, State::Done) {
            let before = input;
            match self.step(&mut input, take) {
                Ok(()) => {}
                Err(Stop::Starved) => return Ok(before.consumed()),
                Err(stop @ Stop::Fault(_)) => return Err(OpenError::from_stop(stop, self.most)),
            }
        }
        Ok(input.consumed())
    }

    /// Reads one item. Starved, nothing of it was passed on and the state is as before.
    fn step(&mut self, input: &mut Input, take: Take<'_>) -> Step<()> {
        let (most, flat) = (self.most as u64, &mut self.flat);
        let after = match &mut self.state {
            State::Whole(layout) => whole(*layout, input, most, flat, take)?,
            State::Table(columns) => {
                self.state = State::Rows(Rows::start(*columns, input)?);
                After::Again
            }
            State::Rows(rows) => rows.step(input, most, take)?,
            State::NodeCount(kind) => {
                self.state = State::Nodes(Nodes::new(*kind, input.length()?));
                After::Again
            }
            State::Nodes(nodes) => nodes.step(input, most, flat, take)?,
            State::Stream(parts) => parts.step(input, most, flat, take)?,
            State::Module | State::Done => After::End,
        };
        if after == After::End {
            self.state = State::Done;
        }
        Ok(())
    }
}

/// Reads a value that is one string.
fn whole(layout: Layout, input: &mut Input, most: u64, flat: &mut Flat, take: Take<'_>) -> Step<After> {
    match layout {
        Layout::String => take(Element::String(&text(input, most)?)),
        Layout::Packed(format, meaning) => {
            flat.read(format, &text(input, most)?)?;
            flat.tuples(meaning, take)?;
        }
        Layout::ExpiringListpack => {
            input.u64_le()?;
            flat.read(Format::Listpack, &text(input, most)?)?;
            flat.tuples(Meaning::ExpiringHash, take)?;
        }
        Layout::Table(_) | Layout::Quicklist | Layout::Quicklist2 | Layout::Stream(_) | Layout::Module => {
            return Err(fault("a value that is not one string"));
        }
    }
    Ok(After::End)
}

impl OpenError {
    fn from_stop(stop: Stop, most: usize) -> Self {
        match stop {
            Stop::Fault(message) if message == text::TOO_LARGE => Self::TooLarge,
            Stop::Fault(message) => Self::Broken(message.into_owned()),
            Stop::Starved => Self::Broken(format!("an item that is not whole within {most} bytes")),
        }
    }
}
