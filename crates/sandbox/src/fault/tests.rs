//! Faults without any service behind them.

use super::*;
use bytes::Bytes;
use chrono::TimeDelta;

fn now() -> DateTime<Utc> {
    "2027-03-01T00:00:00Z".parse().unwrap()
}

fn call(action: &str) -> (Call, Request) {
    let call = Call {
        service: ServiceName::ElastiCache,
        action: action.into(),
        caller: "test".into(),
        region: String::new(),
    };
    (call, http::Request::new(Bytes::from(format!("Action={action}&SnapshotName=a"))))
}

/// What happens to `n` calls in a row: `.` proceeds, `T` throttled, `D` denied, `X` cut.
fn outcomes(faults: &Faults, action: &str, n: usize) -> String {
    (0..n).map(|_| outcome(faults, action, now())).collect()
}

fn outcome(faults: &Faults, action: &str, at: DateTime<Utc>) -> char {
    let (call, request) = call(action);
    match faults.before(&call, &request, at) {
        Ok(Before::Proceed { .. }) => faults.after(&call).map_or('x', |()| '.'),
        Ok(Before::Refuse(Refusal::Throttled)) => 'T',
        Ok(Before::Refuse(_)) => 'D',
        Ok(Before::ProceedThenTimeOut) => 'x',
        Err(_) => 'X',
    }
}

fn rule(fault: Fault) -> Rule {
    Rule::new(ServiceName::ElastiCache, "CreateSnapshot", fault)
}

#[test]
fn a_rule_strikes_the_calls_that_it_names() {
    let faults = Faults::new(Seed(1));
    faults.inject(rule(Fault::Throttle).when(When::Nth(2)));
    assert_eq!(outcomes(&faults, "DescribeSnapshots", 2), "..");
    assert_eq!(outcomes(&faults, "CreateSnapshot", 4), ".T..");
    faults.reset();
    faults.inject(rule(Fault::AccessDenied).when(When::First(2)).with("SnapshotName", "a"));
    assert_eq!(outcomes(&faults, "CreateSnapshot", 3), "DD.");
    faults.reset();
    faults.inject(rule(Fault::AccessDenied).with("SnapshotName", "b"));
    assert_eq!(outcomes(&faults, "CreateSnapshot", 1), ".");
}

#[test]
fn a_probability_is_drawn_from_the_seed() {
    let draws = |seed| {
        let faults = Faults::new(Seed(seed));
        faults.inject(rule(Fault::TimeoutAfterEffect).when(When::Probability(0.5)));
        outcomes(&faults, "CreateSnapshot", 64)
    };
    assert_eq!(draws(1), draws(1));
    assert_ne!(draws(1), draws(2));
    assert!(draws(1).contains('x') && draws(1).contains('.'));
}

#[test]
fn a_bucket_admits_its_burst_and_then_its_rate() {
    let faults = Faults::new(Seed(1));
    faults.limit(ServiceName::ElastiCache, None, Rate { per_second: 5.0, burst: 3 });
    assert_eq!(outcomes(&faults, "CreateSnapshot", 5), "...TT");
    let later = now() + TimeDelta::milliseconds(400);
    let after: String = (0..3).map(|_| outcome(&faults, "DescribeSnapshots", later)).collect();
    assert_eq!(after, "..T");
}

#[test]
fn a_cut_lets_k_calls_take_effect_and_none_after() {
    let faults = Faults::new(Seed(1));
    faults.cut_after(3);
    assert_eq!(outcomes(&faults, "CreateSnapshot", 5), "..xXX");
    faults.reset();
    assert_eq!(outcomes(&faults, "CreateSnapshot", 1), ".");
    faults.cut_after(0);
    assert_eq!(outcomes(&faults, "CreateSnapshot", 1), "X");
    faults.reset();
    faults.inject(rule(Fault::Throttle).when(When::First(1)));
    faults.cut_after(1);
    assert_eq!(outcomes(&faults, "CreateSnapshot", 3), "TxX");
}

#[test]
fn a_hook_sees_each_call_twice_and_may_cut_it() {
    let faults = Faults::new(Seed(1));
    faults.hook(Arc::new(|call, moment| match (call.action.as_str(), moment) {
        ("CreateSnapshot", Moment::After) => Err(Cut::TimedOut),
        ("DeleteSnapshot", Moment::Before) => Err(Cut::Closed),
        _ => Ok(()),
    }));
    assert_eq!(outcomes(&faults, "CreateSnapshot", 1), "x");
    assert_eq!(outcomes(&faults, "DeleteSnapshot", 1), "X");
    assert_eq!(outcomes(&faults, "DescribeSnapshots", 1), ".");
}
