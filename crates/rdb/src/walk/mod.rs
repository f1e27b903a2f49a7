//! The walk over a file's structure: which item comes next, and what it changes.

mod opcodes;

use serde::{Deserialize, Serialize};

use self::opcodes::Aux;

use crate::{
    broken::{Step, Stop, fault},
    context::{Context, Size},
    input::Input,
    keys::{Measured, Noted, Tap},
    kind::Layout,
    magic::{Dialect, Magic},
    packed::{Format, Meaning},
    presence::REPLICATION_MARK,
    quick,
    seen::{MOST_KEYS, Mark, Seen},
    string::{Role, SavedString, StringWalk},
    tally::{Counted, Tally},
    text::Text,
    value::{After, Module, Value},
    warning::{Rule, Warnings},
};

/// Every item that is read as one is shorter than this many bytes (the longest is a stream's summary: nine lengths),
/// so this much is carried from one piece of input to the next.
pub(crate) const TOKEN: usize = 128;

/// How many bytes of a value a resumed walk reads again at most, so that its elements are compared with each other: a
/// second of a Lambda's network.
const READ_AGAIN: u64 = 64 << 20;

/// What is wrong with a file that goes on behind its end.
pub(crate) const TRAILING: &str = "trailing bytes after the end of the file";

/// What the file must hold next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Next {
    Header,
    Opcode,
    /// The name of a fact was noted.
    AuxName,
    /// The value of a fact was noted.
    AuxValue(Aux),
    /// Module data outside of a value.
    ModuleAux(Module),
    /// The name of a job that imports slots was read.
    SlotImport,
    SlotRanges {
        left: u64,
    },
    /// A key was noted.
    Key(Layout),
    Value(Layout, Value),
    Trailer,
    Done,
}

impl Facts {
    /// The family of the file, or before the header the one that is taken for it.
    pub(crate) fn dialect(&self) -> Dialect {
        self.magic.map_or(Dialect::Redis, |magic| magic.dialect)
    }
}

/// Everything that a walk knows and needs to go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Facts {
    next: Next,
    pub(crate) magic: Option<Magic>,
    pub(crate) writer: Option<String>,
    pub(crate) created: Option<i64>,
    pub(crate) tally: Tally,
    /// The key whose value is being read, where its value begins, and the module type of that value.
    key: Text,
    value_start: u64,
    module: Option<u64>,
    /// What the key is told by among all keys, where they are compared.
    mark: Option<Mark>,
    /// Whether keys were read by another reader, so that not all are compared with each other.
    keys_apart: bool,
    /// Whether the next key expires.
    pub(crate) expires: bool,
    /// The checksum that the file ends in, once it was read.
    pub(crate) trailer: Option<u64>,
    /// Offset after the last byte of the file, once that was read.
    pub(crate) end: Option<u64>,
    /// What is odd without being wrong.
    pub(crate) warnings: Warnings,
}

/// A walk at work.
#[derive(Debug)]
pub(crate) struct Walk {
    facts: Facts,
    string: Option<StringWalk>,
    context: Context,
}

impl Walk {
    pub(crate) fn new(deep: bool) -> Self {
        let facts = Facts {
            next: Next::Header,
            magic: None,
            writer: None,
            created: None,
            tally: Tally::default(),
            key: Text::default(),
            value_start: 0,
            module: None,
            mark: None,
            keys_apart: false,
            expires: false,
            trailer: None,
            end: None,
            warnings: Warnings::default(),
        };
        Self::resume(deep, facts, None, 0)
    }

    /// A saved walk, which goes on at offset `at`.
    pub(crate) fn resume(deep: bool, facts: Facts, string: Option<SavedString>, at: u64) -> Self {
        let string = string.map(|saved| StringWalk::resume(saved, at));
        let keys = deep.then(|| Seen::of(MOST_KEYS));
        Self { facts, string, context: Context { deep, keys, ..Context::default() } }
    }

    /// What a saved walk must know, and at which offset it goes on; this one stands at `now`.
    pub(crate) fn save(&self, now: u64) -> (Facts, Option<SavedString>, u64) {
        let mut facts = self.facts.clone();
        facts.keys_apart |= self.context.keys.as_ref().is_some_and(|keys| !keys.is_empty());
        if let Some(layout) = self.begins_again(now) {
            facts.next = Next::Value(layout, Value::Start(layout));
            return (facts, None, self.facts.value_start);
        }
        if let Next::Value(_, value) = &mut facts.next {
            value.give_up_comparing();
        }
        let saved = self.string.as_ref().map(|string| string.save(now));
        (facts, saved.map(|(string, _)| string), saved.map_or(now, |(_, at)| at))
    }

    /// The offset at which a walk that is saved now goes on; this one stands at `now`.
    pub(crate) fn resumes_at(&self, now: u64) -> u64 {
        if self.begins_again(now).is_some() {
            return self.facts.value_start;
        }
        self.string.as_ref().map_or(now, |string| string.save(now).1)
    }

    /// The layout of the value at hand, where a walk that is saved now begins with it again: its elements are compared
    /// with each other, which takes more than can be saved, and no more of it was read than is soon read again.
    fn begins_again(&self, now: u64) -> Option<Layout> {
        match &self.facts.next {
            Next::Value(layout, value)
                if value.compares() && now.saturating_sub(self.facts.value_start) <= READ_AGAIN =>
            {
                Some(*layout)
            }
            Next::Value(..)
            | Next::Header
            | Next::Opcode
            | Next::AuxName
            | Next::AuxValue(_)
            | Next::ModuleAux(_)
            | Next::SlotImport
            | Next::SlotRanges { .. }
            | Next::Key(_)
            | Next::Trailer
            | Next::Done => None,
        }
    }

    /// Whether a key that comes twice may have been missed, because not all keys were compared with each other.
    pub(crate) fn compared_some_keys(&self) -> bool {
        self.context.keys.as_ref().is_some_and(|keys| self.facts.keys_apart || keys.is_full())
    }

    /// Notes the keys that are wanted from now on.
    pub(crate) fn listen(&mut self, tap: Tap) {
        self.context.tap = Some(tap);
    }

    /// What was noted of keys, where that was asked for.
    pub(crate) fn noted(&mut self) -> Option<&mut Noted> {
        self.context.tap.as_mut().map(|tap| &mut tap.noted)
    }

    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The key whose value is being read.
    pub(crate) fn key(&self) -> Option<String> {
        matches!(self.facts.next, Next::Value(..)).then(|| self.facts.key.shown())
    }

    /// The offset of what is wrong, where the walk stopped at `now`.
    pub(crate) fn wrong_at(&self, now: u64) -> u64 {
        self.string.as_ref().map_or(now, |string| string.wrong_at(now))
    }

    /// What is missing where the file ends here.
    pub(crate) fn missing(&self) -> &'static str {
        match self.facts.next {
            Next::Header => "the header",
            Next::Opcode => "the end marker",
            Next::AuxName | Next::AuxValue(_) => "an auxiliary field",
            Next::ModuleAux(_) => "module data",
            Next::SlotImport | Next::SlotRanges { .. } => "a slot import",
            Next::Key(_) => "a key",
            Next::Value(..) => "a value",
            Next::Trailer => "the checksum",
            Next::Done => "nothing",
        }
    }

    /// Reads all items that are whole. What the input has left is the beginning of one that is not.
    pub(crate) fn run(&mut self, input: &mut Input) -> Step<()> {
        let result = self.finish_string(input).and_then(|()| self.run_items(input));
        match result {
            Ok(()) | Err(Stop::Starved) => Ok(()),
            Err(stop @ Stop::Fault(_)) => Err(stop),
        }
    }

    /// Reads items with the check of compressed strings put off to the end. Where one is wrong, everything is read again
    /// without that, to see where.
    fn run_items(&mut self, input: &mut Input) -> Step<()> {
        if self.context.deep {
            return self.items(input);
        }
        let (facts, note) = (self.facts.clone(), self.context.note.clone());
        let (elements, size) = (self.context.elements, self.context.size);
        let start = *input;
        let tapped = self.context.tap.as_ref().map(|tap| (tap.noted.clone(), tap.name.clone()));
        self.context.later.on = true;
        let result = self.items(input);
        self.context.later.on = false;
        if self.context.later.settle(input.piece()) {
            return result;
        }
        *input = start;
        (self.facts, self.context.note, self.string) = (facts, note, None);
        (self.context.elements, self.context.size) = (elements, size);
        if let (Some(tap), Some(tapped)) = (&mut self.context.tap, tapped) {
            (tap.noted, tap.name) = tapped;
        }
        self.context.again = true;
        self.items(input)
    }

    fn items(&mut self, input: &mut Input) -> Step<()> {
        loop {
            self.item(input)?;
            self.finish_string(input)?;
        }
    }

    fn finish_string(&mut self, input: &mut Input) -> Step<()> {
        if let Some(string) = &mut self.string {
            string.run(input, &mut self.context)?;
            self.string = None;
            self.notice()?;
        }
        Ok(())
    }

    /// Notes what was odd about the string or the part of a value that was read.
    #[inline]
    fn notice(&mut self) -> Step<()> {
        if self.context.odd.is_empty() { Ok(()) } else { self.note_odd() }
    }

    #[cold]
    fn note_odd(&mut self) -> Step<()> {
        let (dialect, numbers) = (self.facts.dialect(), std::mem::take(&mut self.context.numbers));
        for rule in std::mem::take(&mut self.context.odd).rules() {
            if rule.is_fault(dialect) {
                return Err(fault(rule.message(numbers)));
            }
            let Facts { warnings, key, value_start, .. } = &mut self.facts;
            warnings.add(rule, Some(key), *value_start, numbers);
        }
        Ok(())
    }

    /// Begins a string, after which the walk goes on with `next`.
    fn string(&mut self, role: Role, next: Next, input: &mut Input) -> Step<()> {
        self.facts.next = next;
        self.read_string(role, input)
    }

    fn read_string(&mut self, role: Role, input: &mut Input) -> Step<()> {
        let mut string = StringWalk::new(role, input.offset());
        string.run(input, &mut self.context).inspect_err(|_| self.string = Some(string))?;
        self.notice()
    }

    fn item(&mut self, input: &mut Input) -> Step<()> {
        match &mut self.facts.next {
            Next::Value(layout, value) => {
                let layout = *layout;
                let after = value.step(input, &mut self.context)?;
                if let Value::Module(module) = value {
                    self.facts.module = Some(module.id);
                }
                self.notice()?;
                self.after(after, layout, input)
            }
            Next::Opcode => {
                if let Some(tap) = &mut self.context.tap {
                    tap.end(input.offset());
                }
                quick::strings(input, &mut self.facts, &mut self.context);
                self.opcode(input)
            }
            Next::Key(layout) => {
                let layout = *layout;
                std::mem::swap(&mut self.facts.key, &mut self.context.note);
                self.facts.mark = self.context.mark.take();
                self.facts.value_start = input.offset();
                self.facts.next = Next::Value(layout, Value::Start(layout));
                self.context.size = Size::default();
                if let Some(tap) = &mut self.context.tap {
                    tap.key(input.offset(), self.facts.tally.current(), self.facts.dialect());
                }
                Ok(())
            }
            Next::Header => {
                let magic = input.token(|input| Magic::read(input.array()?))?;
                self.header(magic);
                Ok(())
            }
            Next::AuxName => {
                let aux = Aux::named(self.context.note.whole());
                self.string(Role::Noted, Next::AuxValue(aux), input)
            }
            Next::AuxValue(aux) => {
                let aux = *aux;
                self.aux(aux, input.offset());
                self.facts.next = Next::Opcode;
                Ok(())
            }
            Next::ModuleAux(module) => match module.step(input)? {
                After::Again => Ok(()),
                After::String(role) => self.read_string(role, input),
                After::End | After::Empty => {
                    self.facts.next = Next::Opcode;
                    Ok(())
                }
            },
            Next::SlotImport => {
                let left = input.length()?;
                opcodes::check_job(self.context.note.len())?;
                self.facts.next = Next::SlotRanges { left };
                Ok(())
            }
            Next::SlotRanges { left: 0 } => {
                self.facts.next = Next::Opcode;
                Ok(())
            }
            Next::SlotRanges { left } => {
                opcodes::check_slots(input.token(|input| Ok(input.length()?..=input.length()?))?)?;
                *left -= 1;
                Ok(())
            }
            Next::Trailer => {
                self.facts.trailer = Some(input.u64_le()?);
                self.end(input);
                Ok(())
            }
            // What may be the mark of a replication is looked at when the file ends.
            Next::Done if input.rest().len() <= REPLICATION_MARK => Err(Stop::Starved),
            Next::Done => Err(fault(TRAILING)),
        }
    }

    fn header(&mut self, magic: Magic) {
        self.facts.warnings.add_version(magic);
        self.facts.magic = Some(magic);
        self.facts.next = Next::Opcode;
    }

    fn end(&mut self, input: &Input) {
        self.facts.end = Some(input.offset());
        self.facts.next = Next::Done;
    }

    /// What a value's step asks for.
    fn after(&mut self, after: After, layout: Layout, input: &mut Input) -> Step<()> {
        match after {
            After::Again => Ok(()),
            After::String(role) => self.read_string(role, input),
            After::Empty => {
                let Facts { warnings, tally, key, value_start, expires, .. } = &mut self.facts;
                warnings.add(Rule::EmptyValue, Some(key), *value_start, [0; 2]);
                tally.skip(std::mem::take(expires));
                if let Some(tap) = &mut self.context.tap {
                    tap.noted.offset = None;
                }
                self.facts.next = Next::Opcode;
                Ok(())
            }
            After::End => {
                let facts = &mut self.facts;
                if let (Some(keys), Some(mark)) = (&mut self.context.keys, facts.mark.take()) {
                    let db = facts.tally.current();
                    if !keys.insert(mark.within(db)) {
                        return Err(fault(format!("a key that comes twice in database {db}")));
                    }
                }
                let counted = layout
                    .counts_as()
                    .map_or_else(|| Counted::Module(facts.module.unwrap_or_default()), Counted::Type);
                let bytes = input.offset() - facts.value_start;
                if let Some(tap) = &mut self.context.tap {
                    tap.measured(measured(layout, counted, bytes, self.context.size));
                }
                facts.tally.value(counted, &facts.key, std::mem::take(&mut facts.expires), bytes)?;
                self.facts.next = Next::Opcode;
                Ok(())
            }
        }
    }
}

/// What a value came to, for who listens.
fn measured(layout: Layout, counted: Counted, bytes: u64, size: Size) -> Measured {
    let elements = match layout {
        Layout::String | Layout::Module => None,
        Layout::Table(_)
        | Layout::Quicklist
        | Layout::Quicklist2
        | Layout::Packed(Format::Ziplist, Meaning::List)
        | Layout::Stream(_) => Some(size.elements),
        Layout::Packed(_, meaning) => Some(size.elements / meaning.tuple()),
        Layout::ExpiringListpack => Some(size.elements / Meaning::ExpiringHash.tuple()),
    };
    let module = match counted {
        Counted::Module(_) => Some(counted.name()),
        Counted::Type(_) => None,
    };
    Measured { offset: 0, bytes, inflated: size.inflated, elements, module }
}
