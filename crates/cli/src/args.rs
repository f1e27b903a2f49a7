//! Values of flags that several commands take, read once at the edge into the types of `core`.

use std::time::Duration;

use cachekeep_aws::{Clients, caller, with_causes};
use cachekeep_core::backup::Status;
pub(crate) use cachekeep_core::ids::CacheName;
use cachekeep_core::plan;
use cachekeep_core::remark::Remark;
use cachekeep_core::retention::Policy;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;

use crate::failure::Failure;
use crate::input::Input;

/// `-` or a path.
#[expect(clippy::unnecessary_wraps, reason = "clap's parsers may fail; every text is a path")]
pub(crate) fn input(text: &str) -> Result<Input, String> {
    Ok(Input::of(text))
}

/// An RFC 3339 instant, or a date, which means its midnight in UTC.
pub(crate) fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    let date = || text.parse::<NaiveDate>().ok().map(|date| date.and_time(NaiveTime::MIN).and_utc());
    let instant = DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc());
    instant.or_else(date).ok_or_else(|| "write an instant such as 2026-11-21T06:00:00Z, or a date".to_owned())
}

/// The address of an endpoint. Anything else would be told as a network that is down.
pub(crate) fn endpoint(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    match rest {
        Some(rest) if !rest.is_empty() && !rest.starts_with('/') => Ok(text.to_owned()),
        Some(_) | None => Err("write an address such as http://127.0.0.1:4566".to_owned()),
    }
}

/// A time such as `10s` or `2m`, at least a second.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let wrong = || "write a time from one second to one hour, such as 10s or 2m".to_owned();
    let (number, unit) = match text.strip_suffix('m') {
        Some(minutes) => (minutes, 60),
        None => (text.strip_suffix('s').unwrap_or(text), 1),
    };
    let seconds = number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit)).ok_or_else(wrong)?;
    if (1..=3600).contains(&seconds) { Ok(Duration::from_secs(seconds)) } else { Err(wrong()) }
}

/// A time such as `90m` or `3h`, at least a minute and at most a week.
pub(crate) fn minutes(text: &str) -> Result<Duration, String> {
    let wrong = || "write a time from one minute to seven days, such as 90m or 3h".to_owned();
    let units = [('m', 1), ('h', 60), ('d', 24 * 60)];
    let found = units.iter().find_map(|(unit, minutes)| Some((text.strip_suffix(*unit)?, *minutes)));
    let (number, unit) = found.ok_or_else(wrong)?;
    let minutes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit)).ok_or_else(wrong)?;
    if (1..=7 * 24 * 60).contains(&minutes) { Ok(Duration::from_secs(minutes * 60)) } else { Err(wrong()) }
}

/// A number of bytes, such as `4096`, `64KiB` or `10MB`.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let wrong = || "write a number of bytes such as 4096, 64KiB or 10MB".to_owned();
    let digits = text.len() - text.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let unit: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        _ => return Err(wrong()),
    };
    number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit)).ok_or_else(wrong)
}

/// Who gives the command, as its record is to say. A name that is too long for it is left out.
pub(crate) async fn caller(clients: &Clients) -> Result<Option<Remark>, Failure> {
    let arn = caller::arn(clients).await;
    let arn = arn.map_err(|source| Failure::Aws { doing: "find out who asks".to_owned(), source })?;
    Ok(arn.and_then(|arn| arn.parse().ok()))
}

/// An IANA time zone.
pub(crate) fn timezone(text: &str) -> Result<Tz, String> {
    plan::timezone(text).map_err(|error| with_causes(&error))
}

/// A retention policy such as `last=4,daily=7`.
pub(crate) fn policy(text: &str) -> Result<Policy, String> {
    text.parse().map_err(|error| with_causes(&error))
}

/// How a backup stands, by its word.
pub(crate) fn status(text: &str) -> Result<Status, String> {
    serde_json::from_value(text.into()).map_err(|_| {
        "write one of waiting, snapshotting, exporting, verifying, good, corrupt, failed, missed, skipped, lost, \
         expiring, pruned"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_read_with_any_offset_and_a_date_is_its_midnight() {
        let six = "2026-11-21T06:00:00Z".parse::<DateTime<Utc>>().unwrap();
        assert_eq!(instant("2026-11-21T07:00:00+01:00"), Ok(six));
        assert_eq!(instant("2026-11-21").unwrap().to_rfc3339(), "2026-11-21T00:00:00+00:00");
        assert!(instant("tomorrow").unwrap_err().contains("2026-11-21T06:00:00Z"));
    }

    #[test]
    fn a_time_to_wait_has_a_unit_and_is_neither_nothing_nor_for_ever() {
        assert_eq!(seconds("10s"), Ok(Duration::from_secs(10)));
        assert_eq!(seconds("2m"), Ok(Duration::from_mins(2)));
        assert_eq!(seconds("5"), Ok(Duration::from_secs(5)));
        for wrong in ["0s", "", "s", "m", "2h", "-1s", "61m", "18446744073709551615m"] {
            assert!(seconds(wrong).unwrap_err().contains("such as 10s"), "{wrong}");
        }
    }

    #[test]
    fn an_age_is_of_minutes_hours_or_days() {
        assert_eq!(minutes("60m"), Ok(Duration::from_hours(1)));
        assert_eq!(minutes("3h"), minutes("180m"));
        assert_eq!(minutes("7d"), Ok(Duration::from_hours(168)));
        for wrong in ["0m", "60", "", "h", "8d", "-1m", "1s"] {
            assert!(minutes(wrong).unwrap_err().contains("such as 90m"), "{wrong}");
        }
    }

    #[test]
    fn a_size_has_a_unit_or_none() {
        assert_eq!(
            [size("4096"), size("64KiB"), size("10 MB"), size("1g")],
            [Ok(4096), Ok(65_536), Ok(10_000_000), Ok(1 << 30)]
        );
        for wrong in ["", "MB", "-1", "1.5GB", "9TB", "18446744073709551615k"] {
            assert!(size(wrong).unwrap_err().contains("64KiB"), "{wrong}");
        }
    }

    #[test]
    fn an_endpoint_is_an_address_with_a_host() {
        assert_eq!(endpoint("http://127.0.0.1:4566"), Ok("http://127.0.0.1:4566".to_owned()));
        for wrong in ["127.0.0.1:4566", "http://", "https:///x", "ftp://x"] {
            assert!(endpoint(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_wrong_policy_is_told_with_its_cause() {
        let error = policy("last=4,daily=many").unwrap_err();
        assert!(error.starts_with("failed to read the rule `daily`: "), "{error}");
    }
}
