//! Schedules: fields, zones, and the hours that come twice or never.

use chrono::TimeDelta;

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn zone(name: &str) -> Tz {
    name.parse().unwrap()
}

/// The slots of `expression` in `zone_name`, after `after` and up to `until`, one a line.
fn slots(expression: &str, zone_name: &str, after: &str, until: &str) -> Vec<String> {
    let schedule = Schedule::parse(expression).unwrap();
    schedule.slots(zone(zone_name), at(after), at(until)).map(|slot| slot.to_string()).collect()
}

fn refusal(expression: &str) -> String {
    Schedule::parse(expression).unwrap_err().to_string()
}

#[test]
fn the_start_is_exclusive_and_the_end_inclusive() {
    let found = slots("0 */6 * * *", "UTC", "2026-11-21T00:00:00Z", "2026-11-21T12:00:00Z");
    assert_eq!(found, ["2026-11-21T06:00:00Z", "2026-11-21T12:00:00Z"]);
}

#[test]
fn a_slot_in_the_gap_moves_to_its_end() {
    let found = slots("30 2 * * *", "Europe/Zurich", "2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z");
    assert_eq!(found, ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]);
}

#[test]
fn slots_that_move_onto_another_slot_are_one() {
    let found = slots("*/20 2,3 * * *", "Europe/Zurich", "2026-03-29T00:00:00Z", "2026-03-29T02:00:00Z");
    assert_eq!(found, ["2026-03-29T01:00:00Z", "2026-03-29T01:20:00Z", "2026-03-29T01:40:00Z"]);
}

#[test]
fn a_time_that_comes_twice_gives_the_first_slot_only() {
    let found = slots("30 2 * * *", "Europe/Zurich", "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z");
    assert_eq!(found, ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]);
}

#[test]
fn asking_from_within_the_repeated_hour_does_not_take_its_slots_again() {
    let found = slots("*/30 * * * *", "Europe/Zurich", "2026-10-25T01:10:00Z", "2026-10-25T02:30:00Z");
    assert_eq!(found, ["2026-10-25T02:00:00Z", "2026-10-25T02:30:00Z"]);
}

#[test]
fn the_longest_pause_is_found_however_many_slots_a_day_has() {
    let longest = |expression| Schedule::parse(expression).unwrap().longest_pause(zone("Europe/Zurich"));
    assert_eq!(longest("*/30 9-17 * * 1-5"), TimeDelta::minutes((2 * 24 + 15) * 60 + 30), "over a weekend");
    assert_eq!(longest("0 4 1 * *"), TimeDelta::days(31));
    assert_eq!(longest("rate(80 minutes)"), TimeDelta::minutes(80));
    assert_eq!(longest("cron(0 6 1 1 ? 2027-2028)"), TimeDelta::days(365));
    assert_eq!(longest("cron(0 6 1 1 ? 2027)"), TimeDelta::zero(), "one slot has no pause behind it");
}

#[test]
fn a_day_that_a_zone_skips_still_gives_its_slot() {
    // Samoa left out 30 December 2011 altogether.
    let found = slots("0 6 * * *", "Pacific/Apia", "2011-12-29T10:00:00Z", "2011-12-31T00:00:00Z");
    assert_eq!(found, ["2011-12-29T16:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T16:00:00Z"]);
}

#[test]
fn a_half_hour_clock_change_moves_by_half_an_hour() {
    // Lord Howe Island: 02:00 becomes 02:30.
    let found = slots("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00Z", "2026-10-04T00:00:00Z");
    assert_eq!(found, ["2026-10-03T15:30:00Z"]);
}

#[test]
fn two_restricted_day_fields_match_either() {
    let found = slots("0 0 13 * 5", "UTC", "2026-11-01T00:00:00Z", "2026-11-21T00:00:00Z");
    assert_eq!(
        found,
        ["2026-11-06T00:00:00Z", "2026-11-13T00:00:00Z", "2026-11-20T00:00:00Z"],
        "the 13th is itself a Friday and comes once"
    );
}

#[test]
fn zero_seven_and_sun_are_all_sunday() {
    let week = |expression| slots(expression, "UTC", "2026-11-21T00:00:00Z", "2026-12-01T00:00:00Z");
    assert_eq!(week("0 0 * * 0"), ["2026-11-22T00:00:00Z", "2026-11-29T00:00:00Z"]);
    assert_eq!(week("0 0 * * 7"), week("0 0 * * 0"));
    assert_eq!(week("0 0 * * Sun"), week("0 0 * * 0"));
    assert_eq!(week("0 0 * * 5-7"), week("0 0 * * fri-sun"));
    assert_eq!(week("0 0 * * 5-7").len(), 4);
}

#[test]
fn aws_counts_weekdays_from_one_and_has_a_year() {
    let found = slots("cron(0 0 ? * 1 2026)", "UTC", "2026-11-21T00:00:00Z", "2027-12-01T00:00:00Z");
    assert_eq!(found.first().map(String::as_str), Some("2026-11-22T00:00:00Z"));
    assert_eq!(found.last().map(String::as_str), Some("2026-12-27T00:00:00Z"));
}

#[test]
fn a_schedule_whose_years_are_over_has_no_next_slot() {
    let schedule = Schedule::parse("cron(0 0 1 1 ? 2020)").unwrap();
    assert_eq!(schedule.next_after(Tz::UTC, at("2026-01-01T00:00:00Z")), None);
}

#[test]
fn a_rate_counts_from_the_epoch_whatever_the_zone() {
    let found = slots("rate(6 hours)", "Asia/Kathmandu", "2026-11-21T01:00:00Z", "2026-11-21T12:00:00Z");
    assert_eq!(found, ["2026-11-21T06:00:00Z", "2026-11-21T12:00:00Z"]);
    let weekly = slots("rate(7 days)", "UTC", "1970-01-01T00:00:00Z", "1970-01-15T00:00:00Z");
    assert_eq!(weekly, ["1970-01-08T00:00:00Z", "1970-01-15T00:00:00Z"]);
}

#[test]
fn the_29th_of_february_comes_every_four_years() {
    let found = slots("0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", "2033-01-01T00:00:00Z");
    assert_eq!(found, ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"]);
}

#[test]
fn a_date_that_never_comes_is_refused() {
    for never in ["0 0 30 2 *", "0 0 31 4,6,9,11 *", "cron(0 0 29 2 ? 2027)", "cron(0 0 1 1 ? 2150)"] {
        assert!(refusal(never).contains("never comes"), "{never}: {}", refusal(never));
    }
    assert!(Schedule::parse("0 0 30 2 1").is_ok(), "Mondays in February remain");
}

#[test]
fn what_the_cron_crate_cannot_say_is_refused_by_field_with_an_alternative() {
    let cases = [
        ("0 0 L * *", "day-of-month: `L` (the last day) is not supported: use day 1 of the next month"),
        ("0 0 15W * *", "day-of-month: `15W` (the nearest working day)"),
        ("0 0 L-3 * *", "day-of-month: `L-3` (the last day)"),
        ("0 0 * * 5L", "day-of-week: `5L` (the last day)"),
        ("0 0 * * MON#2", "day-of-week: `MON#2` (the nth weekday of a month)"),
        ("cron(0 0 LW * ? *)", "day-of-month: `LW` (the nearest working day)"),
    ];
    for (expression, start) in cases {
        assert!(refusal(expression).starts_with(start), "{expression}: {}", refusal(expression));
    }
}

#[test]
fn each_mistake_has_its_remedy() {
    let cases = [
        ("", "the schedule is empty"),
        ("@daily", "write the five fields, such as `0 0 * * *`"),
        ("@hourly", "`0 * * * *`"),
        ("at(2026-11-21T00:00:00)", "fires once"),
        ("0 0 * *", "expected five fields"),
        ("0 0 0 * * *", "but found 6"),
        ("60 * * * *", "minute: `60` is not a value: use 0-59"),
        ("0 24 * * *", "hour: `24` is not a value: use 0-23"),
        ("0 0 0 * *", "day-of-month: `0` is not a value: use 1-31"),
        ("0 0 * foo *", "month: `foo` is not a value: use 1-12 or JAN-DEC"),
        ("0 0 * * 8", "day-of-week: `8` is not a value: use 0-7"),
        ("0 -1 * * *", "hour: `-1` is not a value"),
        ("0 ? * * *", "hour: `?` may only stand alone"),
        ("0 22-2 * * *", "hour: the range `22-2` runs backwards"),
        ("*/0 * * * *", "the step in `*/0` must be a number from 1 to 60"),
        ("*/90 * * * *", "use rate(...)"),
        ("*/x * * * *", "the step in `*/x`"),
        ("1,,2 * * * *", "minute: `` is not a value"),
        ("cron(0 6 * * *)", "cron(...) takes six fields"),
        ("cron(0 6 * * * *)", "needs `?` in exactly one"),
        ("cron(0 6 ? * ? *)", "needs `?` in exactly one"),
        ("cron(0 6 ? * 0 *)", "day-of-week: `0` is not a value: use 1-7 (1 is Sunday)"),
        ("rate(6)", "takes a number and a unit"),
        ("rate(6 weeks)", "`weeks` is not a unit"),
        ("rate(1 hours)", "write `rate(1 hour)`"),
        ("rate(2 hour)", "write `rate(2 hours)`"),
        ("rate(0 hours)", "`0` must be a number from 1 to 8784"),
        ("rate(99999999999 days)", "must be a number from 1 to 366"),
    ];
    for (expression, part) in cases {
        assert!(refusal(expression).contains(part), "{expression}: {}", refusal(expression));
    }
}

#[test]
fn a_schedule_prints_as_it_was_written() {
    for text in ["0 */6 * * *", "cron(0 6 ? * MON-FRI *)", "rate(1 day)"] {
        assert_eq!(Schedule::parse(text).unwrap().to_string(), text);
    }
}

fn ten_to(slots_until: &str) -> Vec<Slot> {
    let schedule = Schedule::parse("*/10 * * * *").unwrap();
    schedule.slots(Tz::UTC, at("2026-11-21T00:00:00Z"), at(slots_until)).collect()
}

#[test]
fn the_newest_due_slot_is_taken_and_the_older_ones_are_missed() {
    let found = due(ten_to("2026-11-21T02:00:00Z"), at("2026-11-21T00:35:00Z"), TimeDelta::hours(1));
    assert_eq!(found.take.unwrap().to_string(), "2026-11-21T00:30:00Z");
    let missed: Vec<String> = found.missed.iter().map(Slot::to_string).collect();
    assert_eq!(missed, ["2026-11-21T00:10:00Z", "2026-11-21T00:20:00Z"]);
}

#[test]
fn a_slot_is_taken_up_to_start_within_and_missed_a_second_later() {
    let slots = ten_to("2026-11-21T00:10:00Z");
    let limit = TimeDelta::minutes(5);
    let in_time = due(slots.clone(), at("2026-11-21T00:15:00Z"), limit);
    assert_eq!((in_time.take, in_time.missed), (Some(slots[0]), vec![]));
    let late = due(slots.clone(), at("2026-11-21T00:15:01Z"), limit);
    assert_eq!((late.take, late.missed), (None, slots));
}

#[test]
fn nothing_due_is_nothing_to_do() {
    assert_eq!(due([], at("2026-11-21T00:00:00Z"), TimeDelta::hours(1)), Due::default());
}

#[test]
fn the_list_of_missed_slots_is_bounded_and_the_rest_is_counted() {
    let schedule = Schedule::parse("rate(1 minute)").unwrap();
    let (from, now) = (at("2026-11-01T00:00:00Z"), at("2026-11-03T00:00:00Z"));
    let found = due(schedule.slots(Tz::UTC, from, now), now, TimeDelta::minutes(10));
    assert_eq!(found.take.map(Slot::instant), Some(now));
    assert_eq!(found.missed.len(), MISSED_LISTED_MAX);
    assert_eq!(found.missed_before, 2 * 24 * 60 - 1 - MISSED_LISTED_MAX);
    assert_eq!(found.missed.last().map(|slot| slot.instant()), Some(now - TimeDelta::minutes(1)));
}
