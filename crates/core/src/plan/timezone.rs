//! IANA time zones by name, with the nearest name for a mistyped one.

use chrono_tz::{TZ_VARIANTS, Tz};

use super::suggest;

/// Why a text names no time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no time zone: write an IANA name such as `Europe/Zurich` or `UTC`{hint}")]
pub struct TimezoneError {
    name: String,
    hint: String,
}

/// The time zone of this IANA name.
pub fn timezone(name: &str) -> Result<Tz, TimezoneError> {
    name.parse().map_err(|_| {
        let names = TZ_VARIANTS.iter().map(|zone| zone.name());
        TimezoneError { name: name.to_owned(), hint: suggest::hint(name, names) }
    })
}
