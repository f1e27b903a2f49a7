//! Retention against restic's own test history and against a second reading of its rules.

use std::fmt::Write;

use cachekeep_core::retention::{Count, Kept, Period, Policy, Rules, Span};
use chrono::{DateTime, Datelike, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;

/// The 103 instants of restic's `TestApplyPolicy`, in its order.
const HISTORY: &str = include_str!("../data/restic-history.txt");

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn policy(text: &str) -> Policy {
    text.parse().unwrap()
}

fn numbered(instants: impl IntoIterator<Item = DateTime<Utc>>) -> Vec<(DateTime<Utc>, usize)> {
    instants.into_iter().enumerate().map(|(index, at)| (at, index)).collect()
}

fn restic_history() -> Vec<(DateTime<Utc>, usize)> {
    numbered(HISTORY.lines().map(at))
}

/// What stays: one line for each, with restic's words.
fn kept<T>(decisions: &[Kept<T>]) -> String {
    let mut text = String::new();
    for line in decisions.iter().map(Kept::line).filter(|line| line.keep) {
        writeln!(text, "{} {}", line.at, line.reasons.join(", ")).unwrap();
    }
    text
}

#[test]
fn restics_golden_counts_come_out() {
    // docs/retention.md; `unlimited` is what restic's tests write as -1.
    let golden = [
        ("last=10", 10),
        ("last=15", 15),
        ("last=99", 99),
        ("last=200", 103),
        ("hourly=20", 20),
        ("daily=3", 3),
        ("last=5,daily=5", 6),
        ("last=2,daily=10", 10),
        ("weekly=4", 4),
        ("daily=3,weekly=4", 4),
        ("daily=2,weekly=2,monthly=6", 7),
        ("yearly=10", 4),
        ("daily=7,weekly=2,monthly=3,yearly=10", 11),
        ("within=1d", 1),
        ("within=7d", 3),
        ("within=1m", 19),
        ("within=1y1d1m", 63),
        ("within=13d23h", 9),
        ("within=2m2h", 23),
        ("within=1y2m3d3h", 68),
        ("within-hourly=1y2m3d3h", 57),
        ("within-daily=1y2m3d3h", 53),
        ("within-weekly=1y2m3d3h", 19),
        ("within-monthly=1y2m3d3h", 6),
        ("within-yearly=1y2m3d3h", 3),
        ("last=unlimited", 103),
        ("last=unlimited,hourly=unlimited", 103),
        ("hourly=unlimited", 90),
        ("daily=3,weekly=2,monthly=unlimited,yearly=unlimited", 12),
    ];
    for (text, count) in golden {
        let decisions = policy(text).apply(restic_history(), Tz::UTC, at("2026-01-01T00:00:00Z"));
        assert_eq!(decisions.len(), 103);
        assert_eq!(decisions.iter().filter(|kept| kept.keep()).count(), count, "{text}");
    }
}

#[test]
fn restics_golden_file_39_comes_out_word_by_word() {
    let decisions = policy("daily=3,weekly=2,monthly=unlimited,yearly=unlimited").apply(
        restic_history(),
        Tz::UTC,
        at("2026-01-01T00:00:00Z"),
    );
    assert_eq!(
        kept(&decisions),
        "\
2016-01-18T12:02:03Z daily snapshot, weekly snapshot, monthly snapshot, yearly snapshot
2016-01-12T21:08:03Z daily snapshot, weekly snapshot
2016-01-09T21:02:03Z daily snapshot
2015-11-22T10:20:30Z monthly snapshot, yearly snapshot
2015-10-22T10:20:30Z monthly snapshot
2015-09-22T10:20:30Z monthly snapshot
2015-08-22T10:20:30Z monthly snapshot
2014-11-22T10:20:30Z monthly snapshot, yearly snapshot
2014-10-22T10:20:30Z monthly snapshot
2014-09-22T10:20:30Z monthly snapshot
2014-08-22T10:20:30Z monthly snapshot
2014-08-08T10:20:30Z oldest monthly snapshot, oldest yearly snapshot
"
    );
}

#[test]
fn restics_golden_file_33_comes_out_word_by_word() {
    let decisions =
        policy("within-monthly=1y2m3d3h").apply(restic_history(), Tz::UTC, at("2026-01-01T00:00:00Z"));
    assert_eq!(
        kept(&decisions),
        "\
2016-01-18T12:02:03Z monthly within 1y2m3d3h
2015-11-22T10:20:30Z monthly within 1y2m3d3h
2015-10-22T10:20:30Z monthly within 1y2m3d3h
2015-09-22T10:20:30Z monthly within 1y2m3d3h
2015-08-22T10:20:30Z monthly within 1y2m3d3h
2014-11-22T10:20:30Z monthly within 1y2m3d3h
"
    );
}

#[test]
fn what_goes_has_no_reasons_and_what_stays_has_at_least_one() {
    let decisions = policy("last=1").apply(restic_history(), Tz::UTC, at("2026-01-01T00:00:00Z"));
    let lines: Vec<String> =
        decisions.iter().take(2).map(|kept| serde_json::to_string(&kept.line()).unwrap()).collect();
    assert_eq!(
        lines,
        [
            r#"{"at":"2016-01-18T12:02:03Z","keep":true,"reasons":["last snapshot"]}"#,
            r#"{"at":"2016-01-12T21:08:03Z","keep":false,"reasons":[]}"#
        ]
    );
}

/// A second, deliberately plain reading of docs/retention.md: for every rule it lists the instants that the rule
/// looks at, then picks, instead of walking once with counters.
mod naive {
    use super::*;

    const PERIODS: [Period; 5] =
        [Period::Hourly, Period::Daily, Period::Weekly, Period::Monthly, Period::Yearly];

    fn label(period: Period, at: DateTime<Utc>, zone: Tz) -> String {
        let wall = at.with_timezone(&zone).naive_local();
        let format = match period {
            Period::Hourly => "%Y-%m-%d %H",
            Period::Daily => "%Y-%m-%d",
            Period::Weekly => "%G week %V",
            Period::Monthly => "%Y-%m",
            Period::Yearly => "%Y",
        };
        wall.format(format).to_string()
    }

    /// The indexes that one bucket rule keeps out of `visible` (newest first), with its words.
    fn bucket_rule(
        labels: &[String],
        visible: &[usize],
        limit: Option<usize>,
        words: &str,
    ) -> Vec<(usize, String)> {
        let mut picks: Vec<(usize, String)> = Vec::new();
        for (n, &index) in visible.iter().enumerate() {
            let opens_bucket = n == 0 || labels[visible[n - 1]] != labels[index];
            if opens_bucket {
                picks.push((index, words.to_owned()));
            } else if index + 1 == labels.len() {
                picks.push((index, format!("oldest {words}")));
            }
        }
        picks.truncate(limit.unwrap_or(usize::MAX));
        picks
    }

    fn limit(count: Count) -> Option<usize> {
        match count {
            Count::Limited(count) => Some(count as usize),
            Count::Unlimited => None,
        }
    }

    /// Spans of days and hours only, in UTC, where subtraction is plain.
    fn inside(times: &[DateTime<Utc>], span: Span, now: DateTime<Utc>) -> Vec<usize> {
        let newest = times.iter().copied().filter(|at| *at < now).max();
        let length = TimeDelta::days(span.days.into()) + TimeDelta::hours(span.hours.into());
        let young = |at: DateTime<Utc>| newest.is_none_or(|newest| newest - at < length);
        (0..times.len()).filter(|index| young(times[*index])).collect()
    }

    pub(super) fn reasons(
        rules: &Rules,
        times: &[DateTime<Utc>],
        zone: Tz,
        now: DateTime<Utc>,
    ) -> Vec<Vec<String>> {
        let mut found = vec![Vec::new(); times.len()];
        let everything: Vec<usize> = (0..times.len()).collect();
        let mut add = |picks: Vec<(usize, String)>| {
            for (index, words) in picks {
                found[index].push(words);
            }
        };
        if !rules.within.is_zero() {
            let words = format!("within {}", rules.within);
            add(inside(times, rules.within, now).into_iter().map(|index| (index, words.clone())).collect());
        }
        let last = everything.iter().take(limit(rules.last).unwrap_or(usize::MAX));
        add(last.map(|index| (*index, "last snapshot".to_owned())).collect());
        let counts = [rules.hourly, rules.daily, rules.weekly, rules.monthly, rules.yearly];
        let spans = [
            rules.within_hourly,
            rules.within_daily,
            rules.within_weekly,
            rules.within_monthly,
            rules.within_yearly,
        ];
        let labels = |period| times.iter().map(|at| label(period, *at, zone)).collect::<Vec<_>>();
        for (period, count) in PERIODS.into_iter().zip(counts) {
            add(bucket_rule(&labels(period), &everything, limit(count), &format!("{period} snapshot")));
        }
        for (period, span) in PERIODS.into_iter().zip(spans).filter(|(_, span)| !span.is_zero()) {
            let words = format!("{period} within {span}");
            add(bucket_rule(&labels(period), &inside(times, span, now), None, &words));
        }
        found
    }
}

fn counts() -> impl Strategy<Value = Count> {
    prop_oneof![
        3 => Just(Count::Limited(0)),
        4 => (1u32..12).prop_map(Count::Limited),
        1 => Just(Count::Unlimited),
    ]
}

fn spans() -> impl Strategy<Value = Span> {
    prop_oneof![
        2 => Just(Span::default()),
        2 => (0u32..60, 0u32..30).prop_map(|(days, hours)| Span { days, hours, ..Span::default() }),
    ]
}

fn any_rules() -> impl Strategy<Value = Rules> {
    (prop::array::uniform6(counts()), prop::array::uniform6(spans())).prop_map(|(count, span)| Rules {
        last: count[0],
        hourly: count[1],
        daily: count[2],
        weekly: count[3],
        monthly: count[4],
        yearly: count[5],
        within: span[0],
        within_hourly: span[1],
        within_daily: span[2],
        within_weekly: span[3],
        within_monthly: span[4],
        within_yearly: span[5],
    })
}

/// Histories of mixed density over four years, with repeats; `now` falls among them.
fn histories() -> impl Strategy<Value = Vec<DateTime<Utc>>> {
    let start = at("2023-11-20T00:00:00Z");
    let minutes = prop_oneof![0i64..3_000, 0i64..60_000, 0i64..2_000_000];
    prop::collection::vec(minutes.prop_map(move |n| start + TimeDelta::minutes(n * 7)), 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_second_reading_of_the_rules_gives_the_same_reasons(
        rules in any_rules(), history in histories(), ahead in -40i64..400,
    ) {
        let Ok(policy) = Policy::new(rules) else { return Ok(()) };
        let now = at("2024-01-01T00:00:00Z") + TimeDelta::days(ahead);
        let decisions = policy.apply(numbered(history), Tz::UTC, now);
        let times: Vec<DateTime<Utc>> = decisions.iter().map(|kept| kept.at).collect();
        prop_assert!(times.is_sorted_by(|newer, older| newer >= older));
        let ours: Vec<Vec<String>> = decisions.iter().map(|kept| kept.line().reasons).collect();
        prop_assert_eq!(ours, naive::reasons(policy.rules(), &times, Tz::UTC, now));
    }

    #[test]
    fn buckets_are_cut_where_the_zone_says(
        rules in any_rules(), history in histories(), zone in zones(),
    ) {
        let counts_only = Rules { within: Span::default(), within_hourly: Span::default(),
            within_daily: Span::default(), within_weekly: Span::default(),
            within_monthly: Span::default(), within_yearly: Span::default(), ..rules };
        let Ok(policy) = Policy::new(counts_only) else { return Ok(()) };
        let now = at("2026-01-01T00:00:00Z");
        let decisions = policy.apply(numbered(history), zone, now);
        let times: Vec<DateTime<Utc>> = decisions.iter().map(|kept| kept.at).collect();
        let ours: Vec<Vec<String>> = decisions.iter().map(|kept| kept.line().reasons).collect();
        prop_assert_eq!(ours, naive::reasons(policy.rules(), &times, zone, now));
    }

    #[test]
    fn the_order_in_which_a_history_is_handed_in_decides_nothing(
        rules in any_rules(), history in histories(),
    ) {
        let Ok(policy) = Policy::new(rules) else { return Ok(()) };
        let now = at("2025-01-01T00:00:00Z");
        let lines = |history: Vec<DateTime<Utc>>| -> Vec<_> {
            policy.apply(numbered(history), Tz::UTC, now).iter().map(Kept::line).collect()
        };
        let reversed = history.iter().rev().copied().collect();
        prop_assert_eq!(lines(history), lines(reversed));
    }

    #[test]
    fn a_policy_never_empties_a_history(rules in any_rules(), history in histories(), ahead in -40i64..400) {
        let Ok(policy) = Policy::new(rules) else { return Ok(()) };
        let now = at("2024-01-01T00:00:00Z") + TimeDelta::days(ahead);
        let empty = history.is_empty();
        let decisions = policy.apply(numbered(history), Tz::UTC, now);
        prop_assert_eq!(decisions.iter().any(Kept::keep), !empty);
    }

    #[test]
    fn a_policy_survives_being_printed_and_read(rules in any_rules()) {
        let Ok(policy) = Policy::new(rules) else { return Ok(()) };
        prop_assert_eq!(policy.to_string().parse::<Policy>(), Ok(policy));
    }

    #[test]
    fn a_span_is_subtracted_as_go_subtracts_it(
        day in 0i64..20_000, months in 0u32..40, days in 0u32..400,
    ) {
        let from = at("1990-01-01T12:34:56Z") + TimeDelta::days(day);
        let span = Span { months, days, ..Span::default() };
        // Go normalises (year, month - months, day - days): whole months first, then days run over.
        let index = i64::from(from.year()) * 12 + i64::from(from.month0()) - i64::from(months);
        let year = i32::try_from(index.div_euclid(12)).unwrap();
        let month = u32::try_from(index.rem_euclid(12)).unwrap() + 1;
        let first = Utc.with_ymd_and_hms(year, month, 1, from.hour(), from.minute(), from.second()).unwrap();
        let expected = first + TimeDelta::days(i64::from(from.day()) - 1 - i64::from(days));
        prop_assert_eq!(span.before(from, Tz::UTC), expected);
    }
}

fn zones() -> impl Strategy<Value = Tz> {
    prop::sample::select(vec![
        Tz::Europe__Zurich,
        Tz::America__St_Johns,
        Tz::Asia__Kathmandu,
        Tz::Pacific__Auckland,
        Tz::Pacific__Kiritimati,
        Tz::Australia__Lord_Howe,
        Tz::Africa__Casablanca,
    ])
}
