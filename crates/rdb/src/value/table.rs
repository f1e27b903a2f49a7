//! A count and that many rows: lists, sets, sorted sets and hashes too large to be packed.

use serde::{Deserialize, Serialize};

use super::After;
use crate::{
    broken::{Step, fault},
    context::Context,
    input::Input,
    kind::Type,
    seen::MOST_ELEMENTS,
    string::{Among, Role},
    visit::Score,
    warning::Rule,
};

/// The largest time that Redis takes for a field's expiry, in milliseconds: 48 bits (ebuckets.h, `EB_EXPIRE_TIME_MAX`).
const LATEST: u64 = (1 << 48) - 1;

const NOT_A_NUMBER: &str = "a sorted set with a score that is not a number";

/// What each row of a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Columns {
    List,
    Set,
    /// A score is text.
    ZsetText,
    Zset,
    Hash,
    /// Valkey 9: each field has an expiry, or -1.
    ExpiringHash,
    /// Redis 7.4: the lowest expiry stands before the rows, and each row begins with the distance from it.
    RedisExpiringHash,
}

#[derive(Debug, Clone, Copy)]
enum Column {
    /// A string that may come once.
    Member,
    /// Any string.
    Text,
    /// A floating-point number in eight bytes.
    Score,
    /// A floating-point number in decimal, after its length.
    ScoreText,
    /// Milliseconds, or -1.
    Expiry,
    /// One more than the distance from the lowest expiry, or 0.
    Distance,
}

impl Columns {
    fn columns(self) -> &'static [Column] {
        match self {
            Self::List => &[Column::Text],
            Self::Set => &[Column::Member],
            Self::ZsetText => &[Column::Member, Column::ScoreText],
            Self::Zset => &[Column::Member, Column::Score],
            Self::Hash => &[Column::Member, Column::Text],
            Self::ExpiringHash => &[Column::Member, Column::Text, Column::Expiry],
            Self::RedisExpiringHash => &[Column::Distance, Column::Member, Column::Text],
        }
    }

    /// Whether something in a row must come once.
    fn have_members(self) -> bool {
        self.columns().iter().any(|column| matches!(column, Column::Member))
    }

    pub(crate) fn counts_as(self) -> Type {
        match self {
            Self::List => Type::List,
            Self::Set => Type::Set,
            Self::ZsetText | Self::Zset => Type::Zset,
            Self::Hash | Self::ExpiringHash | Self::RedisExpiringHash => Type::Hash,
        }
    }
}

/// A table that is being read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Table {
    columns: Columns,
    /// Rows not complete yet.
    left: u64,
    /// Columns read of the first of them.
    column: u8,
    /// The lowest expiry, where there is one.
    lowest: u64,
    empty: bool,
    /// Whether there are more elements than are compared with each other; each is with the first of them.
    beyond: bool,
    /// Whether elements are not compared, because a part of them was read by another reader.
    uncompared: bool,
}

impl Table {
    pub(super) fn start(columns: Columns, input: &mut Input) -> Step<Self> {
        input.token(|input| {
            let lowest =
                if columns == Columns::RedisExpiringHash { check_lowest(input.u64_le()?)? } else { 0 };
            let left = input.length()?;
            Ok(Self {
                columns,
                left,
                column: 0,
                lowest,
                empty: left == 0,
                beyond: left > MOST_ELEMENTS as u64,
                uncompared: false,
            })
        })
    }

    /// Whether its elements are compared with each other, so that all of them must have been read by one reader.
    pub(super) fn compares(&self) -> bool {
        self.columns.have_members() && !self.uncompared
    }

    /// How many rows are left.
    pub(super) fn rows(&self) -> u64 {
        self.left
    }

    /// How many elements are to be compared with each other.
    pub(super) fn members(&self) -> u64 {
        if self.columns.have_members() { self.left } else { 0 }
    }

    /// Gives up to compare the elements: a part of them was read by another reader.
    pub(super) fn give_up(&mut self) {
        self.uncompared = self.columns.have_members();
    }

    pub(super) fn step(&mut self, input: &mut Input, context: &mut Context) -> Step<After> {
        self.rows_at_hand(input, context);
        let columns = self.columns.columns();
        while self.left > 0 {
            match columns[usize::from(self.column)] {
                Column::Member if !self.uncompared => {
                    let at_hand = input.string_at_hand();
                    if let Some(string) = at_hand {
                        Among::Members.insert(string.mark(), context)?;
                    } else {
                        self.advance(columns.len());
                        return Ok(After::String(Role::Member));
                    }
                }
                Column::Member | Column::Text => {
                    if !input.skip_string() {
                        self.advance(columns.len());
                        return Ok(After::String(Role::Opaque));
                    }
                }
                Column::Score => score(f64::from_bits(input.u64_le()?))?,
                Column::ScoreText => input.token(score_text)?,
                Column::Expiry => expiry(i64::from_le_bytes(input.array()?))?,
                Column::Distance => distance(self.lowest, input.length()?)?,
            }
            self.advance(columns.len());
        }
        if self.columns.have_members() && (self.beyond || self.uncompared) {
            context.odd.add(Rule::ElementsNotCompared);
            context.numbers = [MOST_ELEMENTS as u64, 0];
        }
        Ok(if self.empty { After::Empty } else { After::End })
    }

    /// Reads rows that are whole and at hand, and have nothing wrong: most are so. The next is left to the steps of its
    /// columns.
    fn rows_at_hand(&mut self, input: &mut Input, context: &mut Context) {
        if self.column != 0 || self.uncompared {
            return;
        }
        while self.left > 0 {
            let mut ahead = *input;
            let Some(member) = ahead.string_at_hand() else { return };
            let whole = match self.columns {
                Columns::Set => true,
                Columns::Hash => ahead.skip_string(),
                Columns::Zset => ahead.u64_le().is_ok_and(|bits| !f64::from_bits(bits).is_nan()),
                Columns::List | Columns::ZsetText | Columns::ExpiringHash | Columns::RedisExpiringHash => {
                    false
                }
            };
            if !whole || !context.members.insert(member.mark()) {
                return;
            }
            *input = ahead;
            self.left -= 1;
        }
    }

    #[inline]
    fn advance(&mut self, columns: usize) {
        self.column += 1;
        if usize::from(self.column) == columns {
            self.column = 0;
            self.left -= 1;
        }
    }
}

fn score(score: f64) -> Step<()> {
    if score.is_nan() { Err(fault(NOT_A_NUMBER)) } else { Ok(()) }
}

fn score_text(input: &mut Input) -> Step<()> {
    match input.byte()? {
        // Plus and minus infinity.
        254 | 255 => Ok(()),
        253 => score(f64::NAN),
        length => {
            let length = usize::from(length);
            let text = input.rest().get(..length).ok_or(crate::broken::Stop::Starved)?;
            if Score::of(text) != Score::Number {
                return Err(fault(NOT_A_NUMBER));
            }
            input.skip(length);
            Ok(())
        }
    }
}

fn expiry(milliseconds: i64) -> Step<()> {
    if milliseconds < -1 { Err(fault("a field that expires before 1970")) } else { Ok(()) }
}

/// Checks the lowest expiry of a hash.
pub(super) fn check_lowest(lowest: u64) -> Step<u64> {
    if lowest > LATEST + 1 { Err(fault("a hash whose lowest expiry is impossible")) } else { Ok(lowest) }
}

fn distance(lowest: u64, distance: u64) -> Step<()> {
    let latest = lowest.checked_add(distance.saturating_sub(1));
    if latest.is_some_and(|latest| distance == 0 || latest <= LATEST) {
        Ok(())
    } else {
        Err(fault("a field whose expiry is impossible"))
    }
}
