//! Rows of a table: lists, sets, sorted sets and hashes too large to be packed.

use super::{After, Element, Take, flat::score, text::text};
use crate::{
    broken::{Step, Stop, fault},
    input::Input,
    value::Columns,
};

/// Rows that are left.
#[derive(Debug)]
pub(super) struct Rows {
    columns: Columns,
    left: u64,
    /// The lowest expiry of a field, where rows count from it.
    lowest: u64,
}

impl Rows {
    /// Reads what stands before the rows.
    pub(super) fn start(columns: Columns, input: &mut Input) -> Step<Self> {
        let lowest = if columns == Columns::RedisExpiringHash { input.u64_le()? } else { 0 };
        Ok(Self { columns, left: input.length()?, lowest })
    }

    /// Reads a row.
    pub(super) fn step(&mut self, input: &mut Input, most: u64, take: Take<'_>) -> Step<After> {
        if self.left == 0 {
            return Ok(After::End);
        }
        match self.columns {
            Columns::List => take(Element::Item(&text(input, most)?)),
            Columns::Set => take(Element::Member(&text(input, most)?)),
            Columns::Zset => {
                let member = text(input, most)?;
                take(Element::Scored { member: &member, score: number(f64::from_bits(input.u64_le()?))? });
            }
            Columns::ZsetText => {
                let member = text(input, most)?;
                take(Element::Scored { member: &member, score: score_text(input)? });
            }
            Columns::Hash => field(input, most, take, None)?,
            Columns::RedisExpiringHash => {
                let distance = input.length()?;
                let expires_at = distance.checked_sub(1).map(|distance| self.lowest.saturating_add(distance));
                field(input, most, take, expires_at)?;
            }
            Columns::ExpiringHash => {
                let (field, value) = (text(input, most)?, text(input, most)?);
                let expires_at = u64::try_from(i64::from_le_bytes(input.array()?)).ok();
                take(Element::Field { field: &field, value: &value, expires_at });
            }
        }
        self.left -= 1;
        Ok(After::Again)
    }
}

fn field(input: &mut Input, most: u64, take: Take<'_>, expires_at: Option<u64>) -> Step<()> {
    let (field, value) = (text(input, most)?, text(input, most)?);
    take(Element::Field { field: &field, value: &value, expires_at });
    Ok(())
}

/// A score in decimal after its length, where three lengths stand for what is not finite (rdb.c, `rdbLoadDoubleValue`).
fn score_text(input: &mut Input) -> Step<f64> {
    match input.byte()? {
        255 => Ok(f64::NEG_INFINITY),
        254 => Ok(f64::INFINITY),
        253 => number(f64::NAN),
        length => {
            let text = input.rest().get(..usize::from(length)).ok_or(Stop::Starved)?;
            input.skip(text.len());
            score(text)
        }
    }
}

fn number(score: f64) -> Step<f64> {
    if score.is_nan() { Err(fault("a sorted set with a score that is not a number")) } else { Ok(score) }
}
