//! Times for people: always with their zone, so that nobody has to guess.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// `2026-11-21 07:00 CET`: to the minute, which is what slots need.
pub(super) fn minute(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%Y-%m-%d %H:%M %Z").to_string()
}

/// `2026-11-21 07:00:00 CET`, with a fraction where there is one.
pub(super) fn second(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S%.f %Z").to_string()
}

/// How long ago, in the two largest units: `3d 4h`, `25m`, `40s`.
pub(super) fn age(seconds: i64) -> String {
    let units = [(86_400, 'd'), (3_600, 'h'), (60, 'm'), (1, 's')];
    let parts = units.iter().scan(seconds.max(0), |left, (size, unit)| {
        let count = *left / size;
        *left %= size;
        Some((count, unit))
    });
    let parts: Vec<String> = parts
        .skip_while(|(count, _)| *count == 0)
        .take(2)
        .map(|(count, unit)| format!("{count}{unit}"))
        .collect();
    if parts.is_empty() { "0s".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_shows_its_two_largest_units() {
        assert_eq!(age(0), "0s");
        assert_eq!(age(40), "40s");
        assert_eq!(age(3 * 86_400 + 4 * 3_600 + 59), "3d 4h");
        assert_eq!(age(25 * 60), "25m 0s");
    }

    #[test]
    fn a_time_names_its_zone_on_both_sides_of_a_clock_change() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(minute(at("2026-10-25T00:30:00Z"), Tz::Europe__Zurich), "2026-10-25 02:30 CEST");
        assert_eq!(minute(at("2026-10-25T01:30:00Z"), Tz::Europe__Zurich), "2026-10-25 02:30 CET");
        assert_eq!(second(at("2026-10-25T01:30:00.5Z"), Tz::UTC), "2026-10-25 01:30:00.500 UTC");
    }
}
