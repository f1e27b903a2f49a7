//! What passes rely on: however time is cut up between them, each slot is handed out once.

use cachekeep_core::schedule::Schedule;
use cachekeep_core::slot::Slot;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;

const EXPRESSIONS: [&str; 8] = [
    "*/15 * * * *",
    "30 2 * * *",
    "0 */6 * * *",
    "59 23 28-31 * *",
    "0 0 13 * fri",
    "cron(0/40 1-3 ? * SUN *)",
    "rate(7 hours)",
    "rate(1 minute)",
];

fn zones() -> impl Strategy<Value = Tz> {
    prop::sample::select(vec![
        Tz::UTC,
        Tz::Europe__Zurich,
        Tz::Europe__Dublin,
        Tz::America__Havana,
        Tz::Australia__Lord_Howe,
        Tz::Antarctica__Troll,
        Tz::Pacific__Apia,
    ])
}

/// Instants around the clock changes of 2011, the year in which Samoa left out a day.
fn instants() -> impl Strategy<Value = DateTime<Utc>> {
    let start: DateTime<Utc> = "2011-01-01T00:00:00Z".parse().unwrap();
    (0i64..370 * 24 * 3_600).prop_map(move |seconds| start + TimeDelta::seconds(seconds))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn slots_asked_for_in_two_parts_are_the_slots_asked_for_at_once(
        expression in prop::sample::select(&EXPRESSIONS[..]), zone in zones(), after in instants(),
        first in 0i64..3_000, second in 0i64..3_000,
    ) {
        let schedule = Schedule::parse(expression).unwrap();
        let (middle, until) = (after + TimeDelta::minutes(first), after + TimeDelta::minutes(first + second));
        let whole: Vec<Slot> = schedule.slots(zone, after, until).collect();
        let parts: Vec<Slot> =
            schedule.slots(zone, after, middle).chain(schedule.slots(zone, middle, until)).collect();
        prop_assert!(whole.is_sorted_by(|one, next| one < next), "each slot is later than the one before");
        prop_assert_eq!(whole, parts);
    }
}
