//! The calendar buckets: one key function a period, so that no two rules disagree about a date.

use std::fmt;

use chrono::{DateTime, Datelike, Timelike};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// A calendar period that a rule keeps one backup of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Period {
    /// An hour of the wall clock.
    Hourly,
    /// A calendar day.
    Daily,
    /// An ISO week, which starts on Monday and belongs to the year of its Thursday.
    Weekly,
    /// A calendar month.
    Monthly,
    /// A calendar year.
    Yearly,
}

/// What tells two buckets of one rule apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key(i32, u32, u32, u32);

impl Period {
    /// Every period, in the order in which reasons are listed.
    pub const ALL: [Self; 5] = [Self::Hourly, Self::Daily, Self::Weekly, Self::Monthly, Self::Yearly];

    pub(super) fn key(self, at: &DateTime<Tz>) -> Key {
        let (year, month, day) = (at.year(), at.month(), at.day());
        match self {
            Self::Hourly => Key(year, month, day, at.hour()),
            Self::Daily => Key(year, month, day, 0),
            Self::Weekly => Key(at.iso_week().year(), at.iso_week().week(), 0, 0),
            Self::Monthly => Key(year, month, 0, 0),
            Self::Yearly => Key(year, 0, 0, 0),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hourly => "hourly",
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::Yearly => "yearly",
        })
    }
}
