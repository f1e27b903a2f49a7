//! A string: plain bytes, a number, or compressed; passed over, noted, remembered or walked as a packed encoding.

use serde::{Deserialize, Serialize};

use crate::{
    broken::{Step, Stop, fault},
    context::Context,
    input::Input,
    later::Compressed,
    length::StringHead,
    lzf::{self, Lzf},
    packed::{Format, Meaning, Packed},
    seen::{Fingerprint, Mark, Seen},
};

/// What a string is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Role {
    /// Only that it is there.
    Opaque,
    /// That it is there and not empty.
    Filled,
    /// Its first bytes, for the step that follows.
    Noted,
    /// The same of a key, and what it is told by among all keys.
    Key,
    /// That it comes once among the members of its value.
    Member,
    /// That it comes once among the consumer groups of its stream.
    Group,
    /// That it comes once among the consumers of its group.
    Consumer,
    /// The elements that it packs.
    Packed(Format, Meaning),
}

/// A string that is being read.
#[derive(Debug)]
pub(crate) struct StringWalk {
    role: Role,
    start: u64,
    state: State,
}

/// Where a saved walk goes on with a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SavedString {
    /// At its first byte: what was learnt of it is larger than a saved walk may be.
    Again(Role),
    /// Within its bytes, of which so many are left.
    Left(u64),
}

#[derive(Debug)]
enum State {
    Head,
    Plain { left: u64, content: Content },
    Lzf { lzf: Lzf, content: Content },
}

#[derive(Debug)]
enum Content {
    Opaque,
    Noted,
    Key(Fingerprint),
    Once(Fingerprint, Among),
    Packed(Packed),
}

/// What an element must be told apart from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Among {
    Members,
    Groups,
    Consumers,
}

impl StringWalk {
    /// A string whose head begins at offset `start`.
    pub(crate) fn new(role: Role, start: u64) -> Self {
        Self { role, start, state: State::Head }
    }

    /// A string of a saved walk that goes on at offset `at`.
    pub(crate) fn resume(saved: SavedString, at: u64) -> Self {
        match saved {
            SavedString::Again(role) => Self::new(role, at),
            SavedString::Left(left) => {
                Self { role: Role::Opaque, start: at, state: State::Plain { left, content: Content::Opaque } }
            }
        }
    }

    /// How a saved walk goes on with this string, and at which offset; the walk itself stands at `now`.
    pub(crate) fn save(&self, now: u64) -> (SavedString, u64) {
        match self.state {
            State::Plain { left, content: Content::Opaque } => (SavedString::Left(left), now),
            State::Head | State::Plain { .. } | State::Lzf { .. } => {
                (SavedString::Again(self.role), self.start)
            }
        }
    }

    /// The offset of what is wrong, where the walk stopped at `now`: of compressed data, its beginning.
    pub(crate) fn wrong_at(&self, now: u64) -> u64 {
        match self.state {
            State::Lzf { .. } => self.start,
            State::Head | State::Plain { .. } => now,
        }
    }

    /// Passes over compressed bytes of which only the check is wanted, where they are at hand and it can wait.
    fn put_off(&self, compressed: u64, size: u64, input: &mut Input, context: &mut Context) -> bool {
        let opaque = match self.role {
            Role::Opaque | Role::Filled => context.later.on,
            Role::Noted | Role::Key | Role::Member | Role::Group | Role::Consumer | Role::Packed(..) => false,
        };
        let bytes = usize::try_from(compressed).ok().filter(|bytes| opaque && *bytes <= input.rest().len());
        let Some(bytes) = bytes else { return false };
        let start = input.consumed();
        context.later.put_off(Compressed { start, end: start + bytes, size }, input.piece());
        input.skip(bytes);
        true
    }

    /// Reads on, and returns once the string is read. Starved, it has taken all that it could.
    pub(crate) fn run(&mut self, input: &mut Input, context: &mut Context) -> Step<()> {
        if matches!(self.state, State::Head) {
            match input.token(Input::string_head)? {
                StringHead::Plain(0) if self.role == Role::Filled => return Err(fault("an empty list node")),
                StringHead::Plain(left) => {
                    self.state = State::Plain { left, content: Content::new(self.role, left, context) };
                }
                StringHead::Lzf(compressed, size) => {
                    context.size.inflated += size.saturating_sub(compressed);
                    let lzf = Lzf::new(compressed, size)?;
                    if self.put_off(compressed, size, input, context) {
                        return Ok(());
                    }
                    context.window.clear();
                    self.state = State::Lzf { lzf, content: Content::new(self.role, size, context) };
                }
                StringHead::Integer(value) => {
                    return Content::new(self.role, 0, context).integer(value, context);
                }
            }
        }
        match &mut self.state {
            State::Plain { left, content } => plain(left, content, input, context),
            State::Lzf { lzf, content } => compressed(lzf, content, input, context),
            State::Head => Err(Stop::Starved),
        }
    }
}

fn plain(left: &mut u64, sink: &mut Content, input: &mut Input, context: &mut Context) -> Step<()> {
    let rest = input.rest();
    let part = usize::try_from(*left).map_or(rest, |left| &rest[..left.min(rest.len())]);
    let mut used = 0;
    let result = sink.feed(part, &mut used, context);
    input.skip(used);
    *left -= used as u64;
    result?;
    // What a packed string leaves over although all of it is at hand is not an item; its end says so.
    if *left == 0 || part.len() as u64 == *left + used as u64 {
        sink.end(context)
    } else {
        Err(Stop::Starved)
    }
}

fn compressed(lzf: &mut Lzf, sink: &mut Content, input: &mut Input, context: &mut Context) -> Step<()> {
    loop {
        let rest = input.rest();
        let part = usize::try_from(lzf.left).map_or(rest, |left| &rest[..left.min(rest.len())]);
        let used = match sink {
            Content::Opaque if !context.deep => lzf.measure(rest, part.len())?,
            Content::Opaque | Content::Noted | Content::Key(_) | Content::Once(..) | Content::Packed(_) => {
                let used = lzf.expand(rest, part.len(), &mut context.window)?;
                sink.feed_window(context)?;
                used
            }
        };
        input.skip(used);
        lzf.left -= used as u64;
        if lzf.left == 0 {
            lzf.end()?;
            return sink.end(context);
        }
        if used == 0 && part.len() as u64 == lzf.left {
            return Err(fault(lzf::CUT));
        }
        if used == 0 {
            return Err(Stop::Starved);
        }
    }
}

impl Content {
    fn new(role: Role, size: u64, context: &mut Context) -> Self {
        let once = |among| Self::Once(Fingerprint::default(), among);
        match role {
            Role::Opaque | Role::Filled => Self::Opaque,
            Role::Noted => {
                context.begin_note();
                Self::Noted
            }
            Role::Key => {
                context.begin_note();
                Self::Key(Fingerprint::default())
            }
            Role::Member => once(Among::Members),
            Role::Group => once(Among::Groups),
            Role::Consumer => once(Among::Consumers),
            Role::Packed(format, meaning) => {
                context.members.begin(0);
                Self::Packed(Packed::new(format, meaning, size, context.deep))
            }
        }
    }

    /// Takes bytes of the string; `at` says how many.
    fn feed(&mut self, bytes: &[u8], at: &mut usize, context: &mut Context) -> Step<()> {
        match self {
            Self::Opaque => {}
            Self::Noted => context.push_note(bytes),
            Self::Key(fingerprint) => {
                context.push_note(bytes);
                fingerprint.push(bytes);
            }
            Self::Once(fingerprint, _) => fingerprint.push(bytes),
            Self::Packed(packed) => return packed.walk(bytes, at, &mut context.members),
        }
        *at = bytes.len();
        Ok(())
    }

    /// Takes what came out of compressed data.
    fn feed_window(&mut self, context: &mut Context) -> Step<()> {
        let mut window = std::mem::take(&mut context.window);
        let mut used = 0;
        let result = self.feed(window.fresh(), &mut used, context);
        window.walk(used);
        context.window = window;
        result
    }

    fn integer(self, value: i64, context: &mut Context) -> Step<()> {
        match self {
            Self::Opaque => Ok(()),
            Self::Noted => {
                context.push_note(value.to_string().as_bytes());
                Ok(())
            }
            Self::Key(_) => {
                context.push_note(value.to_string().as_bytes());
                context.mark = Some(Mark::of_integer(value));
                Ok(())
            }
            Self::Once(_, among) => among.insert(Mark::of_integer(value), context),
            Self::Packed(_) => Err(fault("a number where packed elements must be")),
        }
    }

    fn end(&mut self, context: &mut Context) -> Step<()> {
        match self {
            Self::Opaque | Self::Noted => Ok(()),
            Self::Key(fingerprint) => {
                context.mark = Some(fingerprint.mark());
                Ok(())
            }
            Self::Once(fingerprint, among) => among.insert(fingerprint.mark(), context),
            Self::Packed(packed) => {
                let ended = packed.end()?;
                context.elements = ended.elements;
                context.odd.join(ended.odd);
                Ok(())
            }
        }
    }
}

impl Among {
    pub(crate) fn insert(self, element: Mark, context: &mut Context) -> Step<()> {
        let (seen, what): (&mut Seen, _) = match self {
            Self::Members => (&mut context.members, "a duplicate element"),
            Self::Groups => (&mut context.groups, "a duplicate consumer group"),
            Self::Consumers => (&mut context.consumers, "a duplicate consumer"),
        };
        if seen.insert(element) || context.again { Ok(()) } else { Err(fault(what)) }
    }
}
