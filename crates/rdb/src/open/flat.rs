//! A packed encoding laid out: its elements one after another, numbers in decimal as servers answer them.

use std::io::Write as _;

use super::{Element, Take};
use crate::{
    broken::{Step, fault},
    packed::{Format, Meaning, Walker},
    visit::Visit,
    warning::Rule,
};

/// The elements of the packed encoding that was read last.
#[derive(Debug, Default)]
pub(super) struct Flat {
    bytes: Vec<u8>,
    /// Where each element ends.
    ends: Vec<usize>,
}

impl Flat {
    /// Lays out a packed string.
    pub(super) fn read(&mut self, format: Format, packed: &[u8]) -> Step<()> {
        self.bytes.clear();
        self.ends.clear();
        let mut walker = Walker::new(format, packed.len() as u64);
        let mut at = 0;
        walker.walk(packed, &mut at, self)?;
        if walker.is_done() && at == packed.len() {
            Ok(())
        } else {
            Err(fault("a packed encoding that ends early"))
        }
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The element at a place.
    pub(super) fn get(&self, place: usize) -> Step<&[u8]> {
        let start = place.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        let text = start.zip(self.ends.get(place)).and_then(|(start, end)| self.bytes.get(start..*end));
        text.ok_or_else(|| fault("a packed encoding with too few elements"))
    }

    /// The element at a place as a number.
    pub(super) fn number(&self, place: usize) -> Step<i64> {
        let number = std::str::from_utf8(self.get(place)?).ok().and_then(|text| text.parse().ok());
        number.ok_or_else(|| fault("a packed element that is not a number"))
    }

    /// Passes on all elements as what they mean.
    pub(super) fn tuples(&self, meaning: Meaning, take: Take<'_>) -> Step<()> {
        let tuple = usize::try_from(meaning.tuple()).unwrap_or(1);
        if !self.len().is_multiple_of(tuple) {
            return Err(fault(format!("packed elements that are not whole {}s", meaning.tuple_name())));
        }
        for first in (0..self.len()).step_by(tuple) {
            let one = self.get(first)?;
            take(match meaning {
                Meaning::List => Element::Item(one),
                Meaning::Set => Element::Member(one),
                Meaning::Zset => Element::Scored { member: one, score: score(self.get(first + 1)?)? },
                Meaning::Hash => Element::Field { field: one, value: self.get(first + 1)?, expires_at: None },
                Meaning::ExpiringHash => {
                    let expires_at = u64::try_from(self.number(first + 2)?).ok().filter(|at| *at != 0);
                    Element::Field { field: one, value: self.get(first + 1)?, expires_at }
                }
                Meaning::Stream => return Err(fault("a stream's node where elements must be")),
            });
        }
        Ok(())
    }
}

impl Visit for Flat {
    fn integer(&mut self, value: i64) -> Step<()> {
        write!(self.bytes, "{value}").map_err(|_| fault("a number that cannot be written"))?;
        self.ends.push(self.bytes.len());
        Ok(())
    }

    fn text(&mut self, part: &[u8], last: bool) -> Step<()> {
        self.bytes.extend_from_slice(part);
        if last {
            self.ends.push(self.bytes.len());
        }
        Ok(())
    }

    fn odd(&mut self, _: Rule) {}

    /// Whether that is wrong was said by the walk over the file.
    fn miscounted(&mut self, _: u64, _: u64) -> Step<()> {
        Ok(())
    }
}

/// A score that is written as text.
pub(super) fn score(text: &[u8]) -> Step<f64> {
    let score = std::str::from_utf8(text).ok().and_then(|text| text.trim().parse::<f64>().ok());
    score
        .filter(|score| !score.is_nan())
        .ok_or_else(|| fault("a sorted set with a score that is not a number"))
}
