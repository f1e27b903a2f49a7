//! What is asked of the elements of a packed encoding while it is walked.

use crate::{
    broken::{Step, fault},
    packed::Meaning,
    seen::{Decimal, Fingerprint, Mark, Seen},
    warning::{Odd, Rule},
};

/// Takes the elements of a packed encoding in order. Text comes in one or more parts.
pub(crate) trait Visit {
    /// An element that is a number.
    fn integer(&mut self, value: i64) -> Step<()>;
    /// The next part of an element that is text; `last` where the element ends with it.
    fn text(&mut self, part: &[u8], last: bool) -> Step<()>;
    /// That a rule applies to the elements.
    fn odd(&mut self, rule: Rule);
    /// That their encoding says other than so many elements.
    fn miscounted(&mut self, said: u64, elements: u64) -> Step<()> {
        Err(fault(format!("a listpack that says {said} elements and has {elements}")))
    }
}

/// What a packed string came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ended {
    /// How many elements it has; of a stream's node, how many entries that were not deleted.
    pub(crate) elements: u64,
    /// What is odd about it.
    pub(crate) odd: Odd,
}

/// Counts elements; that their number fits the meaning is checked at the end.
#[derive(Debug, Default)]
pub(crate) struct Count {
    elements: u64,
    odd: Odd,
}

impl Count {
    /// The elements counted, which must be whole tuples of the meaning.
    pub(crate) fn end(&self, meaning: Meaning) -> Step<Ended> {
        if !self.elements.is_multiple_of(meaning.tuple()) {
            return Err(fault(format!("{} elements are not whole {}s", self.elements, meaning.tuple_name())));
        }
        Ok(Ended { elements: self.elements, odd: self.odd })
    }
}

impl Visit for Count {
    #[inline]
    fn integer(&mut self, _: i64) -> Step<()> {
        self.elements += 1;
        Ok(())
    }

    #[inline]
    fn text(&mut self, _: &[u8], last: bool) -> Step<()> {
        self.elements += u64::from(last);
        Ok(())
    }

    fn odd(&mut self, rule: Rule) {
        self.odd.add(rule);
    }
}

/// The longest text that a score is written in, with room: `%.17g` takes at most 24.
const SCORE: usize = 40;

/// Checks what a server's sanitiser checks beyond the framing: that the first of each tuple comes once, and that
/// scores are numbers.
#[derive(Debug)]
pub(crate) struct Distinct {
    count: Count,
    meaning: Meaning,
    element: Fingerprint,
    score: Vec<u8>,
}

impl Distinct {
    pub(crate) fn new(meaning: Meaning) -> Self {
        Self { count: Count::default(), meaning, element: Fingerprint::default(), score: Vec::new() }
    }

    pub(crate) fn end(&self) -> Step<Ended> {
        self.count.end(self.meaning)
    }

    /// The visitor, with the memory that it shares with others.
    pub(crate) fn with<'a>(&'a mut self, seen: &'a mut Seen) -> DistinctVisit<'a> {
        DistinctVisit { state: self, seen }
    }
}

/// A `Distinct` at work.
pub(crate) struct DistinctVisit<'a> {
    state: &'a mut Distinct,
    seen: &'a mut Seen,
}

impl DistinctVisit<'_> {
    fn column(&self) -> u64 {
        self.state.count.elements % self.state.meaning.tuple()
    }

    fn first(&mut self, element: Mark) -> Step<()> {
        if self.state.meaning != Meaning::List && !self.seen.insert(element) {
            return Err(fault(format!(
                "a {} with a duplicate element",
                self.state.meaning.counts_as().name()
            )));
        }
        Ok(())
    }

    fn is_score(&self) -> bool {
        self.state.meaning == Meaning::Zset && self.column() == 1
    }
}

impl Visit for DistinctVisit<'_> {
    fn integer(&mut self, value: i64) -> Step<()> {
        if self.column() == 0 {
            self.first(Mark::of_integer(value))?;
        }
        self.state.count.integer(value)
    }

    fn text(&mut self, part: &[u8], last: bool) -> Step<()> {
        if self.column() == 0 {
            if last && self.state.element == Fingerprint::default() {
                self.first(Mark::of(part))?;
            } else {
                self.state.element.push(part);
                if last {
                    let element = std::mem::take(&mut self.state.element);
                    self.first(element.mark())?;
                }
            }
        } else if self.is_score() {
            self.state.score.extend_from_slice(&part[..part.len().min(SCORE)]);
            if last {
                if Score::of(&self.state.score) != Score::Number {
                    self.state.count.odd(Rule::OddScore);
                }
                self.state.score.clear();
            }
            self.state.score.truncate(SCORE);
        }
        self.state.count.text(part, last)
    }

    fn odd(&mut self, rule: Rule) {
        self.state.count.odd(rule);
    }
}

/// What the text of a score is to a server, which reads it as C does: spaces before it and what follows it are passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Score {
    Number,
    NotANumber,
    /// No number begins it.
    Other,
}

impl Score {
    pub(crate) fn of(text: &[u8]) -> Self {
        let text = text.trim_ascii_start();
        let unsigned = text.strip_prefix(b"-").or(text.strip_prefix(b"+")).unwrap_or(text);
        let begins =
            |word: &[u8]| unsigned.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
        if begins(b"nan") {
            return Self::NotANumber;
        }
        // A hexadecimal number begins with the digit 0.
        let digits = unsigned.strip_prefix(b".").unwrap_or(unsigned);
        if begins(b"inf") || digits.first().is_some_and(u8::is_ascii_digit) {
            Self::Number
        } else {
            Self::Other
        }
    }
}

/// Which element of a stream's listpack comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Entries,
    Deleted,
    MasterFields,
    MasterField(i64),
    MasterEnd,
    Flags,
    Milliseconds {
        same: bool,
    },
    Sequence {
        same: bool,
    },
    Fields,
    /// Names and values of the entry, how many of them are left, and what its last element must be.
    Pairs {
        left: i64,
        parts: i64,
    },
    Parts(i64),
}

/// Set in an entry's flags when it was deleted, and when it has the fields of the master entry (stream.h,
/// `STREAM_ITEM_FLAG_DELETED` and `STREAM_ITEM_FLAG_SAMEFIELDS`).
pub(crate) const DELETED: i64 = 1;
pub(crate) const SAME_FIELDS: i64 = 2;
/// Flags, milliseconds and sequence: what every entry begins with.
const ENTRY_HEAD: i64 = 3;

/// Checks that the elements of a stream's listpack are a master entry and as many entries as it says, each with its
/// own count right.
#[derive(Debug)]
pub(crate) struct Entries {
    place: Place,
    left: i64,
    /// How many of the entries are deleted: as the master entry says, and as their own flags do.
    deleted: (i64, i64),
    /// How many are not.
    live: u64,
    odd: Odd,
    master_fields: i64,
    text: Decimal,
    text_length: u64,
}

impl Entries {
    pub(crate) fn new() -> Self {
        Self {
            place: Place::Entries,
            left: 0,
            deleted: (0, 0),
            live: 0,
            odd: Odd::default(),
            master_fields: 0,
            text: Decimal::Empty,
            text_length: 0,
        }
    }

    pub(crate) fn end(&self) -> Step<Ended> {
        if self.place != Place::Flags || self.left != 0 {
            return Err(fault("a stream node that ends before its last entry"));
        }
        let mut odd = self.odd;
        if self.deleted.0 != self.deleted.1 {
            odd.add(Rule::StreamNodeCounts);
        }
        Ok(Ended { elements: self.live, odd })
    }

    fn next(&mut self, number: Option<i64>) -> Step<()> {
        let needed =
            |what: &str| number.ok_or_else(|| fault(format!("a stream node whose {what} is not a number")));
        self.place = match self.place {
            Place::Entries => {
                self.left = count(needed("count of entries")?)?;
                Place::Deleted
            }
            Place::Deleted => {
                self.deleted.0 = count(needed("count of deleted entries")?)?;
                self.left = count(self.left.saturating_add(self.deleted.0))?;
                Place::MasterFields
            }
            Place::MasterFields => {
                self.master_fields = count(needed("count of fields")?)?;
                master_field(self.master_fields)
            }
            Place::MasterField(left) => master_field(left - 1),
            Place::MasterEnd if number == Some(0) => Place::Flags,
            Place::MasterEnd => return Err(fault("a stream node whose master entry does not end in zero")),
            Place::Flags => self.flags(needed("flags")?)?,
            Place::Milliseconds { same } => needed("entry id").map(|_| Place::Sequence { same })?,
            Place::Sequence { same: false } => needed("entry id").map(|_| Place::Fields)?,
            Place::Sequence { same: true } => {
                needed("entry id")?;
                pairs(self.master_fields, self.master_fields.saturating_add(ENTRY_HEAD))
            }
            Place::Fields => {
                let fields = count(needed("count of an entry's fields")?)?;
                let both = count(fields.saturating_mul(2))?;
                pairs(both, both.saturating_add(ENTRY_HEAD + 1))
            }
            Place::Pairs { left, parts } => pairs(left - 1, parts),
            Place::Parts(parts) if number == Some(parts) => Place::Flags,
            Place::Parts(_) => return Err(fault("a stream entry whose own count of parts is wrong")),
        };
        Ok(())
    }

    fn flags(&mut self, flags: i64) -> Step<Place> {
        if self.left == 0 {
            return Err(fault("a stream node with more entries than it says"));
        }
        self.left -= 1;
        if flags & DELETED == 0 {
            self.live += 1;
        } else {
            self.deleted.1 += 1;
        }
        Ok(Place::Milliseconds { same: flags & SAME_FIELDS != 0 })
    }
}

fn master_field(left: i64) -> Place {
    if left == 0 { Place::MasterEnd } else { Place::MasterField(left) }
}

fn pairs(left: i64, parts: i64) -> Place {
    if left == 0 { Place::Parts(parts) } else { Place::Pairs { left, parts } }
}

fn count(number: i64) -> Step<i64> {
    if (0..i64::MAX).contains(&number) {
        Ok(number)
    } else {
        Err(fault("a stream node with an impossible count"))
    }
}

impl Visit for Entries {
    #[inline]
    fn integer(&mut self, value: i64) -> Step<()> {
        self.next(Some(value))
    }

    #[inline]
    fn text(&mut self, part: &[u8], last: bool) -> Step<()> {
        // Names and values may be long; only what can be a number is looked at.
        if self.text_length <= 20 {
            for byte in part.iter().take(21) {
                self.text.push(*byte, self.text_length);
                self.text_length += 1;
            }
        }
        if last {
            let number = std::mem::take(&mut self.text).value();
            self.text_length = 0;
            self.next(number)?;
        }
        Ok(())
    }

    fn odd(&mut self, rule: Rule) {
        self.odd.add(rule);
    }

    /// Redis looks at the master entry's counts only.
    fn miscounted(&mut self, _: u64, _: u64) -> Step<()> {
        self.odd.add(Rule::StreamListpackCount);
        Ok(())
    }
}
