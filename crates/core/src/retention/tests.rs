//! Retention against the goldens of restic and an independent model.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn before(span: &str, instant: &str, zone: Tz) -> String {
    let earlier = span.parse::<Span>().unwrap().before(at(instant), zone);
    earlier.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// Applies `policy` to `history` and returns what stays: the item's number and restic's words.
fn kept(policy: &str, history: &[&str], zone: Tz, now: &str) -> Vec<(usize, String)> {
    let items = history.iter().enumerate().map(|(index, text)| (at(text), index)).collect();
    let decisions = policy.parse::<Policy>().unwrap().apply(items, zone, at(now));
    let stays = decisions.iter().filter(|kept| kept.keep());
    stays.map(|kept| (kept.item, kept.line().reasons.join(", "))).collect()
}

fn words(entries: &[(usize, &str)]) -> Vec<(usize, String)> {
    entries.iter().map(|(index, text)| (*index, (*text).to_owned())).collect()
}

const LATER: &str = "2027-01-01T00:00:00Z";

#[test]
fn a_day_that_its_month_lacks_runs_over_into_the_next_month() {
    assert_eq!(before("1m", "2026-03-31T10:00:00Z", Tz::UTC), "2026-03-03T10:00:00Z");
    assert_eq!(before("1m", "2024-03-31T10:00:00Z", Tz::UTC), "2024-03-02T10:00:00Z");
    assert_eq!(before("1y", "2024-02-29T10:00:00Z", Tz::UTC), "2023-03-01T10:00:00Z");
    assert_eq!(before("1y2m3d4h", "2026-11-21T10:00:00Z", Tz::UTC), "2025-09-18T06:00:00Z");
}

#[test]
fn days_keep_the_wall_clock_and_hours_do_not() {
    let noon_after_the_change = "2026-03-29T10:00:00Z";
    assert_eq!(before("1d", noon_after_the_change, Tz::Europe__Zurich), "2026-03-28T11:00:00Z");
    assert_eq!(before("24h", noon_after_the_change, Tz::Europe__Zurich), "2026-03-28T10:00:00Z");
}

#[test]
fn a_wall_clock_time_in_a_gap_is_read_as_go_reads_it() {
    // 02:30 on 29 March does not exist in Zurich. Go's time.Date takes the offset from before the change.
    assert_eq!(before("1d", "2026-03-30T00:30:00Z", Tz::Europe__Zurich), "2026-03-29T01:30:00Z");
}

#[test]
fn a_span_longer_than_the_calendar_reaches_its_beginning() {
    let span: Span = "99999y99999m".parse().unwrap();
    assert!(span.before(at(LATER), Tz::UTC).timestamp() < 0);
}

#[test]
fn units_come_in_any_order_and_a_repeated_one_replaces() {
    let span: Span = " 3h2d1y7d ".parse().unwrap();
    assert_eq!(span, Span { years: 1, months: 0, days: 7, hours: 3 });
    assert_eq!(span.to_string(), "1y7d3h");
    assert!("".parse::<Span>().unwrap().is_zero());
    assert!("0d0h".parse::<Span>().unwrap().is_zero());
}

#[test]
fn what_is_no_span_is_refused_with_the_units() {
    for (text, part) in [
        ("2w", "use the units"),
        ("7", "use the units"),
        ("-2d", "needs a number before it"),
        ("d", "needs a number before it"),
        ("1d2", "use the units"),
        ("123456d", "numbers go up to 99999"),
    ] {
        let message = text.parse::<Span>().unwrap_err().to_string();
        assert!(message.contains(part), "{text}: {message}");
    }
}

#[test]
fn the_edge_of_a_window_is_outside_it() {
    let history = ["2026-11-21T12:00:00Z", "2026-11-19T12:00:01Z", "2026-11-19T12:00:00Z"];
    let expected = words(&[(0, "within 2d"), (1, "within 2d")]);
    assert_eq!(kept("within=2d", &history, Tz::UTC, LATER), expected);
}

#[test]
fn the_oldest_backup_stays_while_count_is_left() {
    let history = ["2026-11-21T12:00:00Z", "2026-11-20T12:00:00Z", "2026-11-20T06:00:00Z"];
    let full = words(&[(0, "daily snapshot"), (1, "daily snapshot")]);
    assert_eq!(kept("daily=2", &history, Tz::UTC, LATER), full);
    let left = words(&[(0, "daily snapshot"), (1, "daily snapshot"), (2, "oldest daily snapshot")]);
    assert_eq!(kept("daily=3", &history, Tz::UTC, LATER), left);
}

#[test]
fn the_oldest_backup_stays_in_a_window_only_if_it_lies_in_it() {
    let history = ["2026-11-21T12:00:00Z", "2026-11-20T12:00:00Z", "2026-11-20T06:00:00Z"];
    let inside = kept("within-daily=7d", &history, Tz::UTC, LATER);
    assert_eq!(inside.last(), words(&[(2, "oldest daily within 7d")]).last());
    let outside = kept("within-daily=30h", &history, Tz::UTC, LATER);
    assert_eq!(outside, words(&[(0, "daily within 30h"), (1, "daily within 30h")]));
}

#[test]
fn one_backup_alone_is_kept_by_every_rule_without_being_called_the_oldest() {
    let all = "last=1,hourly=1,daily=1,weekly=1,monthly=1,yearly=1,within=1h,within-yearly=1y";
    let reasons = "within 1h, last snapshot, hourly snapshot, daily snapshot, weekly snapshot, \
                   monthly snapshot, yearly snapshot, yearly within 1y";
    assert_eq!(kept(all, &["2026-11-21T12:00:00Z"], Tz::UTC, LATER), words(&[(0, reasons)]));
    assert_eq!(kept(all, &[], Tz::UTC, LATER), vec![]);
}

#[test]
fn weeks_are_iso_weeks_across_new_year() {
    // 29 December 2025 to 4 January 2026 is one ISO week; 28 December is the week before.
    let history = ["2026-01-01T00:00:00Z", "2025-12-31T00:00:00Z", "2025-12-28T00:00:00Z"];
    assert_eq!(
        kept("weekly=5", &history, Tz::UTC, LATER),
        words(&[(0, "weekly snapshot"), (2, "weekly snapshot")])
    );
}

#[test]
fn days_begin_at_midnight_of_the_zone() {
    let history = ["2026-11-20T23:30:00Z", "2026-11-20T22:30:00Z"];
    let one = words(&[(0, "daily snapshot")]);
    assert_eq!(kept("daily=1", &history, Tz::UTC, LATER), one);
    assert_eq!(kept("daily=2", &history, Tz::Europe__Zurich, LATER).len(), 2, "00:30 and 23:30 in Zurich");
    assert_eq!(
        kept("daily=2", &history, Tz::UTC, LATER),
        words(&[(0, "daily snapshot"), (1, "oldest daily snapshot")])
    );
}

#[test]
fn the_repeated_hour_is_one_bucket_as_for_restic() {
    // 00:30Z and 01:30Z are both 02:30 on the wall in Zurich.
    let history = ["2026-10-25T01:30:00Z", "2026-10-25T00:30:00Z", "2026-10-24T00:30:00Z"];
    let expected = words(&[(0, "hourly snapshot"), (2, "hourly snapshot")]);
    assert_eq!(kept("hourly=9", &history, Tz::Europe__Zurich, LATER), expected);
}

#[test]
fn a_backup_from_the_future_takes_part_and_is_not_the_newest() {
    let history = ["2026-12-31T00:00:00Z", "2026-11-21T12:00:00Z", "2026-11-20T12:00:00Z"];
    let now = "2026-11-22T00:00:00Z";
    assert_eq!(kept("last=1", &history, Tz::UTC, now), words(&[(0, "last snapshot")]));
    assert_eq!(kept("within=6h", &history, Tz::UTC, now), words(&[(0, "within 6h"), (1, "within 6h")]));
}

#[test]
fn a_backup_taken_this_very_instant_is_not_the_newest_yet() {
    // restic compares with Before(now), strictly.
    let history = ["2026-11-22T00:00:00Z", "2026-11-21T12:00:00Z", "2026-11-21T09:00:00Z"];
    let expected = words(&[(0, "within 6h"), (1, "within 6h"), (2, "within 6h")]);
    assert_eq!(kept("within=6h", &history, Tz::UTC, "2026-11-22T00:00:00Z"), expected);
}

#[test]
fn where_all_backups_lie_in_the_future_windows_keep_them_all() {
    let history = ["2026-12-31T00:00:00Z", "2026-12-01T00:00:00Z"];
    assert_eq!(kept("within=1h", &history, Tz::UTC, "2026-11-22T00:00:00Z").len(), 2);
}

#[test]
fn of_backups_at_one_instant_the_first_handed_in_is_the_newer() {
    let history = ["2026-11-21T12:00:00Z", "2026-11-21T12:00:00Z"];
    assert_eq!(kept("last=1", &history, Tz::UTC, LATER), words(&[(0, "last snapshot")]));
}

#[test]
fn the_command_lines_policy_is_read_and_printed() {
    let policy: Policy = "daily=7, last=4 ,within=2d,within_daily=7d,monthly=-1".parse().unwrap();
    assert_eq!(policy.to_string(), "last=4,daily=7,monthly=unlimited,within=2d,within-daily=7d");
}

#[test]
fn a_policy_that_cannot_be_meant_is_refused_with_the_remedy() {
    for (text, part) in [
        ("", "would delete every backup"),
        ("last=0,within=", "would delete every backup"),
        ("daily", "write `rule=value` items"),
        ("dayly=7", "`dayly` is not a rule: use one of last, hourly"),
        ("daily=7,daily=8", "`daily` is given twice"),
    ] {
        let message = text.parse::<Policy>().unwrap_err().to_string();
        assert!(message.contains(part), "{text}: {message}");
    }
    for text in ["daily=-3", "daily=many", "daily=+3", "daily=99999999999"] {
        let error = text.parse::<Policy>().unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains("a number from 0 to 4294967295, or `unlimited`"), "{text}: {source}");
    }
}
