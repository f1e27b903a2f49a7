//! Injected faults as an SDK client meets them.

use crate::support::{client, refusal, sandbox};
use aws_sdk_elasticache::error::SdkError;
use cachekeep_sandbox::door::call::ServiceName::ElastiCache;
use cachekeep_sandbox::elasticache::CacheSpec;
use cachekeep_sandbox::fault::{Fault, Rate, Rule, When};
use cachekeep_sandbox::{Config, Sandbox};
use std::time::Duration;

fn lone() -> Sandbox {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::single_node("lone"));
    sandbox
}

#[tokio::test(start_paused = true)]
async fn refusals_have_awss_codes() {
    let sandbox = lone();
    let client = client(&sandbox);
    for (fault, code) in [
        (Fault::Throttle, "Throttling"),
        (Fault::AccessDenied, "AccessDenied"),
        (Fault::ServerError(http::StatusCode::INTERNAL_SERVER_ERROR), "InternalFailure"),
        (Fault::ServerError(http::StatusCode::SERVICE_UNAVAILABLE), "ServiceUnavailable"),
    ] {
        sandbox.faults().inject(Rule::new(ElastiCache, "CreateSnapshot", fault).when(When::First(1)));
        let refused = client.create_snapshot().cache_cluster_id("lone").snapshot_name("s").send().await;
        assert_eq!(refusal(refused).0, code);
        sandbox.faults().reset();
    }
    assert!(sandbox.elasticache().snapshots().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_time_out_happens_before_or_after_the_effect() {
    let sandbox = lone();
    let client = client(&sandbox);
    for (fault, effect) in [(Fault::TimeoutBefore, 0), (Fault::TimeoutAfterEffect, 1)] {
        sandbox.faults().inject(Rule::new(ElastiCache, "CreateSnapshot", fault));
        let lost = client.create_snapshot().cache_cluster_id("lone").snapshot_name("s").send().await;
        let Err(SdkError::DispatchFailure(failure)) = lost else {
            panic!("expected a lost connection: {lost:?}")
        };
        assert!(failure.is_timeout());
        assert_eq!(sandbox.elasticache().snapshots().len(), effect);
        sandbox.faults().reset();
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_is_cut_off_after_its_kth_call() {
    let sandbox = lone();
    let client = client(&sandbox);
    sandbox.faults().cut_after(2);
    client.describe_snapshots().send().await.unwrap();
    let last = client.create_snapshot().cache_cluster_id("lone").snapshot_name("s").send().await;
    assert!(matches!(last, Err(SdkError::DispatchFailure(_))));
    let dead = client.delete_snapshot().snapshot_name("s").send().await;
    assert!(matches!(dead, Err(SdkError::DispatchFailure(_))));
    sandbox.faults().reset();
    assert_eq!(sandbox.elasticache().snapshots().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_rate_limit_throttles_and_the_log_counts_every_call() {
    let sandbox = lone();
    let client = client(&sandbox);
    sandbox.faults().limit(ElastiCache, None, Rate { per_second: 5.0, burst: 20 });
    let mut throttled = 0;
    for _ in 0..30 {
        throttled += usize::from(client.describe_snapshots().send().await.is_err());
    }
    assert_eq!(throttled, 10);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(client.describe_snapshots().send().await.is_ok());
    assert_eq!(sandbox.calls().count(ElastiCache, "DescribeSnapshots"), 31);
    assert_eq!(sandbox.calls().total(), 31);
    let last = sandbox.calls().recent().pop().unwrap();
    assert_eq!((last.call.caller.as_str(), last.at), ("tester", sandbox.clock().now()));
}

#[tokio::test(start_paused = true)]
async fn calls_take_the_configured_time() {
    let latency = Duration::from_millis(100);
    let config = Config::new(crate::support::start(), crate::support::directory());
    let sandbox = Sandbox::new(Config { latency, ..config }).unwrap();
    client(&sandbox).describe_snapshots().send().await.unwrap();
    assert_eq!(sandbox.clock().now() - crate::support::start(), chrono::TimeDelta::milliseconds(100));
    sandbox.faults().inject(Rule::new(ElastiCache, "DescribeEvents", Fault::Delay(latency)));
    client(&sandbox).describe_events().send().await.unwrap();
    assert_eq!(sandbox.clock().now() - crate::support::start(), chrono::TimeDelta::milliseconds(300));
}
