//! Lengths of time in a plan: `30m`, `1h`, `2d`.

use std::fmt;
use std::str::FromStr;

use chrono::TimeDelta;
use serde::{Serialize, Serializer};

const UNITS: [(char, u32); 4] = [('w', 7 * 24 * 60), ('d', 24 * 60), ('h', 60), ('m', 1)];
/// The longest length, in minutes: a hundred years, longer than which nothing here can be meant.
const MINUTES_MAX: u32 = 100 * 366 * 24 * 60;

/// A length of elapsed time in whole minutes, never zero. Here `m` is a minute; the spans of `keep` are
/// restic's, where `m` is a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Length {
    minutes: u32,
}

/// Why a text is not a length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LengthError {
    /// It is written as none is.
    #[error(
        "`{text}` is not a length of time: write a number and m (minutes), h (hours), d (days) or w (weeks), as in `1h30m`"
    )]
    Malformed {
        /// What was written.
        text: String,
    },
    /// It is nothing, or longer than anything here can be meant.
    #[error("`{text}` is no length that can be meant: write at least 1m and at most 36600d")]
    OutOfRange {
        /// What was written.
        text: String,
    },
}

impl Length {
    /// One hour.
    pub const HOUR: Self = Self { minutes: 60 };

    /// A day.
    pub const DAY: Self = Self { minutes: 24 * 60 };

    /// Thirty days.
    pub const MONTH: Self = Self { minutes: 30 * 24 * 60 };

    /// As a time difference.
    #[must_use]
    pub fn delta(self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.minutes))
    }

    /// In whole minutes.
    #[must_use]
    pub fn minutes(self) -> u32 {
        self.minutes
    }
}

impl FromStr for Length {
    type Err = LengthError;

    fn from_str(text: &str) -> Result<Self, LengthError> {
        let text = text.trim();
        let minutes = minutes(text).filter(|_| !text.is_empty());
        let minutes = minutes.ok_or_else(|| LengthError::Malformed { text: text.to_owned() })?;
        if (1..=MINUTES_MAX).contains(&minutes) {
            Ok(Self { minutes })
        } else {
            Err(LengthError::OutOfRange { text: text.to_owned() })
        }
    }
}

/// Adds up `number unit` pairs, largest unit first.
fn minutes(text: &str) -> Option<u32> {
    let mut rest = text;
    let mut total: u32 = 0;
    let mut previous = u32::MAX;
    while !rest.is_empty() {
        let (digits, tail) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let (_, minutes) = UNITS.into_iter().find(|(unit, _)| tail.starts_with(*unit))?;
        if minutes >= previous {
            return None;
        }
        previous = minutes;
        total = total.checked_add(digits.parse::<u32>().ok()?.checked_mul(minutes)?)?;
        rest = &tail[1..];
    }
    Some(total)
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = self.minutes;
        // Days rather than weeks: people who write 30d do not want to read 4w2d.
        for (unit, minutes) in &UNITS[1..] {
            if left >= *minutes {
                write!(f, "{}{unit}", left / minutes)?;
                left %= minutes;
            }
        }
        Ok(())
    }
}

impl Serialize for Length {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_that_is_nothing_is_told_apart_from_what_is_no_length() {
        for nothing in ["0m", "0d0h", "99999d"] {
            assert!(matches!(nothing.parse::<Length>(), Err(LengthError::OutOfRange { .. })), "{nothing}");
        }
        for malformed in ["", " ", "5", "m", "1m1h", "-1m", "1.5h", "99999999999999m"] {
            assert!(matches!(malformed.parse::<Length>(), Err(LengthError::Malformed { .. })), "{malformed}");
        }
    }
}
