//! How long what retention lets go is still there before it is deleted.

use std::fmt;
use std::str::FromStr;

use chrono::TimeDelta;
use serde::{Serialize, Serializer};

use super::length::{Length, LengthError};

/// The time between "goes" and "deleted"; a day where nobody says otherwise, so that a person who reads the daily digest can
/// still say no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grace {
    /// `None` for none at all.
    length: Option<Length>,
}

impl Grace {
    /// None: what goes is deleted at once.
    pub const NONE: Self = Self { length: None };

    /// As a time difference.
    #[must_use]
    pub fn delta(self) -> TimeDelta {
        self.length.map_or_else(TimeDelta::zero, Length::delta)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.length.is_none()
    }
}

impl Default for Grace {
    fn default() -> Self {
        Self { length: Some(Length::DAY) }
    }
}

impl FromStr for Grace {
    type Err = LengthError;

    fn from_str(text: &str) -> Result<Self, LengthError> {
        let number = text.trim().trim_end_matches(['m', 'h', 'd', 'w']);
        let is_zero = !number.is_empty() && number.bytes().all(|byte| byte == b'0');
        if is_zero { Ok(Self::NONE) } else { Ok(Self { length: Some(text.parse()?) }) }
    }
}

impl fmt::Display for Grace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.length {
            Some(length) => length.fmt(f),
            None => f.write_str("0"),
        }
    }
}

impl Serialize for Grace {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_grace_is_written_as_nought_of_any_unit_and_a_day_is_the_default() {
        let grace = |text: &str| text.parse::<Grace>().unwrap().delta();
        assert_eq!([grace("0"), grace("0h"), grace("0d")], [TimeDelta::zero(); 3]);
        assert_eq!((grace("36h"), Grace::default().delta()), (TimeDelta::hours(36), TimeDelta::days(1)));
        assert!(
            "soon".parse::<Grace>().is_err() && "".parse::<Grace>().is_err() && "h".parse::<Grace>().is_err()
        );
    }
}
