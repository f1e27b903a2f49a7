//! A throttled account: two hundred caches, none lost, in about the ideal time (docs/measured.md 3).

use std::time::Duration;

use cachekeep_aws::pacer::Pace;
use cachekeep_aws::snapshots::{self, SnapshotTarget};
use cachekeep_core::ids::{NodeId, SnapshotName};
use cachekeep_sandbox::door::call::ServiceName;
use cachekeep_sandbox::elasticache::CacheSpec;
use cachekeep_sandbox::fault::{Fault, Rate, Rule};
use futures_util::future::join_all;
use tokio::time::Instant;

use crate::support::{World, ours, pacer};

const CACHES: u32 = 200;

/// Snapshots every cache once under this limit, starting at `pace`; returns the seconds, the calls and what was learned.
async fn pass(rate: Rate, pace: Pace) -> (f64, u64, Pace) {
    let world = World::new();
    for n in 0..CACHES {
        world.sandbox.elasticache().create(CacheSpec::group(&format!("g{n}"), 0));
    }
    let faults = world.sandbox.faults();
    faults.limit(ServiceName::ElastiCache, Some("CreateSnapshot"), rate);
    let slow = Fault::Delay(Duration::from_millis(100));
    faults.inject(Rule::new(ServiceName::ElastiCache, "CreateSnapshot", slow));
    let (start, pacer) = (Instant::now(), pacer(pace));
    let work = (0..CACHES).map(|n| {
        let target = SnapshotTarget::Node(NodeId::new(&format!("g{n}-001")));
        let (clients, pacer) = (&world.clients, &pacer);
        async move {
            snapshots::create(clients, pacer, &target, &SnapshotName::new(&format!("ck-{n}")), &ours(), None)
                .await
        }
    });
    let lost: Vec<_> = join_all(work).await.into_iter().filter_map(Result::err).collect();
    assert!(lost.is_empty(), "{} lost: {}", lost.len(), lost[0]);
    assert_eq!(world.sandbox.elasticache().snapshots().len(), CACHES as usize);
    let calls = world.sandbox.calls().count(ServiceName::ElastiCache, "CreateSnapshot");
    (start.elapsed().as_secs_f64(), calls, pacer.learned())
}

#[tokio::test(start_paused = true)]
async fn two_hundred_snapshots_pass_a_throttled_account_in_the_ideal_time_and_faster_once_it_is_learned() {
    for (per_second, burst) in [(5.0, 20), (2.0, 10)] {
        let rate = Rate { per_second, burst };
        let ideal = f64::from(CACHES - burst) / per_second;
        let (seconds, calls, learned) = pass(rate, Pace::UNLIMITED).await;
        println!(
            "{per_second}/s burst {burst}: {seconds:.1} s of ideal {ideal}, {calls} calls, learned {learned}"
        );
        assert!(seconds <= 1.05 * ideal, "{seconds} s of ideal {ideal}");
        assert!(calls <= 240, "{calls} calls");
        let (seconds, again, _) = pass(rate, learned).await;
        println!("   learned: {seconds:.1} s, {again} calls");
        assert!(seconds <= 1.05 * ideal, "{seconds} s of ideal {ideal}");
        assert!(again < calls, "{again} calls after {calls}");
    }
}
