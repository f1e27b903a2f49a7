//! Packed encodings: strings that hold all elements of a small value, each walked to its own end.

mod intset;
mod listpack;
mod ziplist;
mod zipmap;

use serde::{Deserialize, Serialize};

use self::{intset::Intset, listpack::Listpack, ziplist::Ziplist, zipmap::Zipmap};
use crate::{
    broken::{Step, fault},
    kind::Type,
    seen::Seen,
    visit::{Count, Distinct, Ended, Entries, Visit},
};

/// Which packed encoding a string is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Format {
    Listpack,
    Ziplist,
    Intset,
    Zipmap,
}

/// What the elements of a packed string are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Meaning {
    /// Elements of a list; a node of one may be empty.
    List,
    /// Members.
    Set,
    /// Members, each with its score.
    Zset,
    /// Fields, each with its value.
    Hash,
    /// Fields, each with its value and its expiry.
    ExpiringHash,
    /// A stream's master entry and the entries after it.
    Stream,
}

impl Meaning {
    /// How many elements belong together.
    pub(crate) fn tuple(self) -> u64 {
        match self {
            Self::List | Self::Set | Self::Stream => 1,
            Self::Zset | Self::Hash => 2,
            Self::ExpiringHash => 3,
        }
    }

    /// What those that belong together are called.
    pub(crate) fn tuple_name(self) -> &'static str {
        match self {
            Self::List | Self::Set | Self::Stream => "element",
            Self::Zset | Self::Hash => "pair",
            Self::ExpiringHash => "triple",
        }
    }

    pub(crate) fn counts_as(self) -> Type {
        match self {
            Self::List => Type::List,
            Self::Set => Type::Set,
            Self::Zset => Type::Zset,
            Self::Hash | Self::ExpiringHash => Type::Hash,
            Self::Stream => Type::Stream,
        }
    }
}

/// A packed string that is being walked.
#[derive(Debug)]
pub(crate) struct Packed {
    walker: Walker,
    visitor: Visitor,
    meaning: Meaning,
}

/// A packed encoding that is being walked, whatever its elements mean.
#[derive(Debug)]
pub(crate) enum Walker {
    Listpack(Listpack),
    Ziplist(Ziplist),
    Intset(Intset),
    Zipmap(Zipmap),
}

#[derive(Debug)]
enum Visitor {
    Count(Count),
    Distinct(Distinct),
    Entries(Entries),
}

impl Packed {
    /// A walk over `size` bytes of packed string.
    pub(crate) fn new(format: Format, meaning: Meaning, size: u64, deep: bool) -> Self {
        let walker = Walker::new(format, size);
        let visitor = match meaning {
            Meaning::Stream => Visitor::Entries(Entries::new()),
            Meaning::Set | Meaning::Zset | Meaning::Hash | Meaning::ExpiringHash if deep => {
                Visitor::Distinct(Distinct::new(meaning))
            }
            Meaning::List | Meaning::Set | Meaning::Zset | Meaning::Hash | Meaning::ExpiringHash => {
                Visitor::Count(Count::default())
            }
        };
        Self { walker, visitor, meaning }
    }

    /// Walks the next bytes. `at` goes on by what was taken; what is left is the beginning of an item that is not
    /// whole yet (less than [`crate::walk::TOKEN`] bytes).
    pub(crate) fn walk(&mut self, bytes: &[u8], at: &mut usize, seen: &mut Seen) -> Step<()> {
        match &mut self.visitor {
            Visitor::Count(count) => self.walker.walk(bytes, at, count),
            Visitor::Entries(entries) => self.walker.walk(bytes, at, entries),
            Visitor::Distinct(distinct) => self.walker.walk(bytes, at, &mut distinct.with(seen)),
        }
    }

    /// Checks that the string ended where its contents do, and says what they came to.
    pub(crate) fn end(&self) -> Step<Ended> {
        if !self.walker.is_done() {
            return Err(fault(format!("a {} that ends before its end marker", self.walker.name())));
        }
        match &self.visitor {
            Visitor::Count(count) => self.filled(count.end(self.meaning)?),
            Visitor::Distinct(distinct) => self.filled(distinct.end()?),
            Visitor::Entries(entries) => entries.end(),
        }
    }

    /// Servers skip a key whose listpack or ziplist is empty, but take an intset or a zipmap without elements for broken.
    fn filled(&self, ended: Ended) -> Step<Ended> {
        match self.walker {
            Walker::Intset(_) | Walker::Zipmap(_) if ended.elements == 0 => {
                Err(fault(format!("{} without elements", self.walker.name())))
            }
            Walker::Intset(_) | Walker::Zipmap(_) | Walker::Listpack(_) | Walker::Ziplist(_) => Ok(ended),
        }
    }
}

impl Walker {
    /// A walk over `size` bytes.
    pub(crate) fn new(format: Format, size: u64) -> Self {
        match format {
            Format::Listpack => Self::Listpack(Listpack::new(size)),
            Format::Ziplist => Self::Ziplist(Ziplist::new(size)),
            Format::Intset => Self::Intset(Intset::new(size)),
            Format::Zipmap => Self::Zipmap(Zipmap::new(size)),
        }
    }

    /// Walks the next bytes, as [`Packed::walk`] does.
    pub(crate) fn walk(&mut self, bytes: &[u8], at: &mut usize, visit: &mut impl Visit) -> Step<()> {
        match self {
            Self::Listpack(listpack) => listpack.walk(bytes, at, visit),
            Self::Ziplist(ziplist) => ziplist.walk(bytes, at, visit),
            Self::Intset(intset) => intset.walk(bytes, at, visit),
            Self::Zipmap(zipmap) => zipmap.walk(bytes, at, visit),
        }
    }

    /// Whether it has come to its own end.
    pub(crate) fn is_done(&self) -> bool {
        match self {
            Self::Listpack(listpack) => listpack.is_done(),
            Self::Ziplist(ziplist) => ziplist.is_done(),
            Self::Intset(intset) => intset.is_done(),
            Self::Zipmap(zipmap) => zipmap.is_done(),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Listpack(_) => "listpack",
            Self::Ziplist(_) => "ziplist",
            Self::Intset(_) => "intset",
            Self::Zipmap(_) => "zipmap",
        }
    }
}

/// The body of an element that is longer than the bytes at hand: passes its next part on, and says whether it ended.
fn body(bytes: &[u8], at: &mut usize, left: &mut u64, visit: &mut impl Visit) -> Step<bool> {
    let rest = &bytes[*at..];
    let part = usize::try_from(*left).map_or(rest.len(), |left| left.min(rest.len()));
    *left -= part as u64;
    visit.text(&rest[..part], *left == 0)?;
    *at += part;
    Ok(*left == 0)
}

#[cfg(test)]
mod tests;
