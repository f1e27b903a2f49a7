//! Hash slots of shards: read, checked to be complete and disjoint, and spread over another number of shards.

use std::ops::RangeInclusive;

/// How many hash slots a cache with cluster mode enabled has.
pub const SLOTS: u16 = 16_384;

/// What is wrong with the slots of all shards together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SlotsError {
    /// A text that is no list of ranges.
    #[error("`{0}` is no range of slots such as 0-5461")]
    Unreadable(String),
    /// A slot that nobody has.
    #[error("slot {0} belongs to no shard")]
    Gap(u16),
    /// A slot that several have.
    #[error("slot {0} belongs to more than one shard")]
    Overlap(u16),
}

/// Whether these texts (`0-5461`, or several ranges with commas between) hold every slot exactly once.
///
/// # Errors
/// The first thing that is wrong.
pub fn check<'a>(shards: impl IntoIterator<Item = &'a str>) -> Result<(), SlotsError> {
    let mut ranges = Vec::new();
    for text in shards {
        for range in text.split(',') {
            ranges.push(read(range.trim())?);
        }
    }
    ranges.sort_by_key(|range| *range.start());
    let mut next = 0;
    for range in ranges {
        if *range.start() < next {
            return Err(SlotsError::Overlap(*range.start()));
        }
        if *range.start() > next {
            return Err(SlotsError::Gap(next));
        }
        next = range.end() + 1;
    }
    if next == SLOTS { Ok(()) } else { Err(SlotsError::Gap(next)) }
}

fn read(text: &str) -> Result<RangeInclusive<u16>, SlotsError> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let slot = |text: &str| text.trim().parse::<u16>().ok().filter(|slot| *slot < SLOTS);
    match (slot(first), slot(last)) {
        (Some(first), Some(last)) if first <= last => Ok(first..=last),
        _ => Err(SlotsError::Unreadable(text.to_owned())),
    }
}

/// All slots, spread as evenly as they go over so many shards.
#[must_use]
pub fn spread(shards: u16) -> Vec<String> {
    let shards = shards.clamp(1, SLOTS);
    let at = |shard: u16| {
        let slot = u32::from(shard) * u32::from(SLOTS) / u32::from(shards);
        u16::try_from(slot).unwrap_or(SLOTS)
    };
    (0..shards).map(|shard| format!("{}-{}", at(shard), at(shard + 1) - 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_complete_or_the_first_fault_is_named() {
        assert_eq!(check(["5462-16383", "0-5461"]), Ok(()));
        assert_eq!(check(["0-100, 102-16383", "101"]), Ok(()));
        assert_eq!(check(["0-5461", "5463-16383"]), Err(SlotsError::Gap(5462)));
        assert_eq!(check(["0-5461", "5461-16383"]), Err(SlotsError::Overlap(5461)));
        assert_eq!(check(["0-16000"]), Err(SlotsError::Gap(16_001)));
        assert_eq!(check([]), Err(SlotsError::Gap(0)));
        for wrong in ["", "0-16384", "9-1", "a-b", "-", "0-1-2"] {
            assert_eq!(check([wrong]), Err(SlotsError::Unreadable(wrong.to_owned())), "{wrong}");
        }
    }

    #[test]
    fn slots_spread_over_any_number_of_shards_are_complete_and_even() {
        for shards in 1..=500 {
            let spread = spread(shards);
            assert_eq!(spread.len(), usize::from(shards));
            assert_eq!(check(spread.iter().map(String::as_str)), Ok(()), "{shards}");
        }
        assert_eq!(spread(3), ["0-5460", "5461-10921", "10922-16383"]);
    }
}
