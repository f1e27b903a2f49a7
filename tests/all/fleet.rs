//! What a backup costs in calls of AWS follows what is due, and not the square of the fleet.

use cachekeep_core::backup::Backup;
use cachekeep_lab::{Delivery, Lab, Options, fleet};
use chrono::TimeDelta;

use crate::stage::{directory, lab_with};

/// What one day of a fleet came to.
#[derive(Debug)]
struct Day {
    snapshots: f64,
    calls: f64,
    describing: f64,
}

impl Day {
    fn calls_a_snapshot(&self) -> f64 {
        self.calls / self.snapshots
    }

    fn describing_a_snapshot(&self) -> f64 {
        self.describing / self.snapshots
    }
}

/// A day of a fleet as `cachekeep sandbox run` has it, deployed.
async fn a_day(caches: usize, delivery: Delivery) -> (Lab, Day) {
    let options = Options::new("2027-03-01T00:00:00Z".parse().unwrap(), 1, directory());
    let lab = lab_with(options, fleet::fleet(caches), fleet::PLANS).await;
    lab.deploy_with(delivery).await.unwrap();
    lab.sandbox.calls().reset();
    lab.sandbox.run_until(lab.now() + TimeDelta::days(1)).await;
    let counts = lab.sandbox.calls().counts();
    let sum = |wanted: fn(&str) -> bool| {
        let counts = counts.iter().filter(|((_, action), _)| wanted(action)).map(|(_, count)| *count);
        counts.sum::<u64>()
    };
    let exact = |count: u64| f64::from(u32::try_from(count).unwrap());
    let taken = exact(sum(|action| matches!(action, "CreateSnapshot" | "CreateServerlessCacheSnapshot")));
    let describing =
        exact(sum(|action| matches!(action, "DescribeSnapshots" | "DescribeServerlessCacheSnapshots")));
    let calls = exact(sum(|_| true));
    (lab, Day { snapshots: taken, calls, describing })
}

async fn history(lab: &Lab) -> Vec<Backup> {
    let mut all = Vec::new();
    for cache in lab.context.ledger.caches().await.unwrap() {
        all.extend(lab.context.ledger.history(&cache).await.unwrap());
    }
    all
}

/// A fleet of 60 is six times one of 10, cache for cache.
#[tokio::test(start_paused = true)]
async fn a_snapshot_of_a_larger_fleet_costs_no_more_calls() {
    let (_, small) = a_day(10, Delivery::Once).await;
    let (lab, large) = a_day(60, Delivery::Once).await;
    assert!(large.snapshots > 5.0 * small.snapshots, "{small:?} {large:?}");
    assert!(large.calls_a_snapshot() <= small.calls_a_snapshot(), "{small:?} {large:?}");
    assert!(large.describing_a_snapshot() <= small.describing_a_snapshot(), "{small:?} {large:?}");
    assert!(large.calls_a_snapshot() <= 22.0, "{large:?}");
    assert!(large.describing_a_snapshot() <= 2.5, "{large:?}");
    let good = history(&lab).await.iter().filter(|backup| backup.is_good()).count();
    assert!(good > 60, "{good} are good");
}

#[tokio::test(start_paused = true)]
async fn lost_doubled_and_late_events_cost_no_backup_and_few_calls() {
    let (once, on_time) = a_day(10, Delivery::Once).await;
    let good = |history: Vec<Backup>| history.iter().filter(|backup| backup.is_good()).count();
    let expected = good(history(&once).await);
    for delivery in [Delivery::Lost, Delivery::Twice, Delivery::Late(TimeDelta::hours(1))] {
        let (lab, day) = a_day(10, delivery).await;
        assert_eq!(good(history(&lab).await), expected, "{delivery:?}");
        assert!(
            day.calls_a_snapshot() <= 1.5 * on_time.calls_a_snapshot(),
            "{delivery:?}: {day:?}, and {on_time:?}"
        );
    }
}
