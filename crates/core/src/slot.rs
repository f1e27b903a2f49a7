//! `Slot`, because one scheduled instant has one spelling everywhere: in names, keys, tags and messages.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, DurationRound, NaiveDateTime, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The spelling for names: snapshot names take lower-case letters, digits and hyphens only.
const COMPACT: &str = "%Y%m%dt%H%M%Sz";
/// The spelling for people and documents, RFC 3339 in UTC to the second.
const RFC3339: &str = "%Y-%m-%dT%H:%M:%SZ";

/// One scheduled instant, in UTC and on a whole minute. Schedules never go below a minute, so a slot
/// that carried seconds could only be a mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(DateTime<Utc>);

/// Why a text is not a slot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a slot: write a whole minute in UTC, such as 2026-11-21T06:00:00Z")]
pub struct SlotError {
    text: String,
}

impl Slot {
    /// The slot of the minute that `instant` falls in (seconds are cut off).
    #[must_use]
    pub fn containing(instant: DateTime<Utc>) -> Self {
        // Truncation to a minute fails only outside the years 1677 to 2262.
        Self(instant.duration_trunc(TimeDelta::minutes(1)).unwrap_or(instant))
    }

    /// The instant itself.
    #[must_use]
    pub fn instant(self) -> DateTime<Utc> {
        self.0
    }

    /// `20261121t060000z`: for names in which only lower-case letters, digits and hyphens may stand.
    #[must_use]
    pub fn compact(self) -> String {
        self.0.format(COMPACT).to_string()
    }

    /// Reads what [`Slot::compact`] wrote.
    pub fn from_compact(text: &str) -> Result<Self, SlotError> {
        let naive = NaiveDateTime::parse_from_str(text, COMPACT).map_err(|_| SlotError::of(text))?;
        Self::exact(naive.and_utc(), text)
    }

    fn exact(instant: DateTime<Utc>, text: &str) -> Result<Self, SlotError> {
        let slot = Self::containing(instant);
        if slot.0 == instant { Ok(slot) } else { Err(SlotError::of(text)) }
    }
}

impl SlotError {
    fn of(text: &str) -> Self {
        Self { text: text.to_owned() }
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.format(RFC3339).fmt(f)
    }
}

impl FromStr for Slot {
    type Err = SlotError;

    fn from_str(text: &str) -> Result<Self, SlotError> {
        let instant = DateTime::parse_from_rfc3339(text).map_err(|_| SlotError::of(text))?;
        Self::exact(instant.to_utc(), text)
    }
}

impl Serialize for Slot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Slot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(text: &str) -> Slot {
        text.parse().unwrap()
    }

    #[test]
    fn a_slot_is_spelt_as_rfc3339_and_as_a_name() {
        let six = slot("2026-11-21T06:00:00Z");
        assert_eq!(six.to_string(), "2026-11-21T06:00:00Z");
        assert_eq!(six.compact(), "20261121t060000z");
        assert_eq!(Slot::from_compact("20261121t060000z"), Ok(six));
        assert_eq!(serde_json::to_string(&six).unwrap(), "\"2026-11-21T06:00:00Z\"");
        assert_eq!(serde_json::from_str::<Slot>("\"2026-11-21T06:00:00Z\"").unwrap(), six);
    }

    #[test]
    fn another_offset_names_the_same_slot() {
        assert_eq!(slot("2026-11-21T07:00:00+01:00"), slot("2026-11-21T06:00:00Z"));
    }

    #[test]
    fn what_is_no_whole_minute_is_refused_when_read_and_cut_off_when_made() {
        assert!("2026-11-21T06:00:30Z".parse::<Slot>().is_err());
        assert!("yesterday".parse::<Slot>().unwrap_err().to_string().contains("whole minute"));
        assert!(Slot::from_compact("20261121t060001z").is_err());
        let made = Slot::containing("2026-11-21T06:00:59Z".parse().unwrap());
        assert_eq!(made, slot("2026-11-21T06:00:00Z"));
    }

    #[test]
    fn slots_order_by_time() {
        assert!(slot("2026-11-21T06:00:00Z") < slot("2026-11-21T06:01:00Z"));
    }
}
