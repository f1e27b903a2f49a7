//! How many backups a rule keeps.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The word for "as many as there are".
const UNLIMITED: &str = "unlimited";

/// How many backups a rule keeps. Zero switches the rule off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// This many.
    Limited(u32),
    /// Every one.
    Unlimited,
}

/// Why a text is not a count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a count: write a number from 0 to {max}, or `{UNLIMITED}`", max = u32::MAX)]
pub struct CountError {
    text: String,
}

impl Count {
    /// Whether the rule does anything.
    #[must_use]
    pub fn is_off(self) -> bool {
        self == Self::Limited(0)
    }

    /// What is left after one more backup was kept.
    pub(super) fn after_one(self) -> Self {
        match self {
            Self::Limited(left) => Self::Limited(left.saturating_sub(1)),
            Self::Unlimited => Self::Unlimited,
        }
    }
}

impl Default for Count {
    fn default() -> Self {
        Self::Limited(0)
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limited(count) => count.fmt(f),
            Self::Unlimited => f.write_str(UNLIMITED),
        }
    }
}

impl FromStr for Count {
    type Err = CountError;

    /// `-1` is restic's own inner spelling of `unlimited`; other negative numbers are refused, as there.
    fn from_str(text: &str) -> Result<Self, CountError> {
        match text.trim() {
            UNLIMITED | "-1" => Ok(Self::Unlimited),
            number => match number.parse() {
                Ok(count) if !number.starts_with('+') => Ok(Self::Limited(count)),
                _ => Err(CountError { text: text.to_owned() }),
            },
        }
    }
}

impl Serialize for Count {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Limited(count) => serializer.serialize_u32(*count),
            Self::Unlimited => serializer.serialize_str(UNLIMITED),
        }
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CountVisitor)
    }
}

struct CountVisitor;

impl Visitor<'_> for CountVisitor {
    type Value = Count;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a number from 0 to {} or `{UNLIMITED}`", u32::MAX)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Count, E> {
        value.to_string().parse().map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Count, E> {
        value.to_string().parse().map_err(E::custom)
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Count, E> {
        value.parse().map_err(E::custom)
    }
}
