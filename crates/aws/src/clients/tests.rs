//! Where calls go, and how often.

use cachekeep_core::decide::prune::Approval;

use crate::bucket::{self, Bucket};
use crate::canned::{Reply, clients, clients_at, pacer};
use crate::{Region, fleet};

const LISTING: &str = "<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>";

#[tokio::test]
async fn a_loopback_endpoint_gets_the_bucket_in_the_path_as_it_has_no_wildcard_names() {
    let (clients, log) = clients_at("http://127.0.0.1:4566", |_| Reply::ok(LISTING));
    bucket::list(&clients, &Bucket::here("exports"), "").await.unwrap();
    assert!(log.sent()[0].uri.starts_with("http://127.0.0.1:4566/exports/"), "{}", log.sent()[0].uri);
}

#[tokio::test]
async fn at_aws_each_bucket_is_asked_for_in_its_own_region() {
    let (clients, log) = clients(|_| Reply::ok(LISTING));
    let far = Bucket::in_region("far", Region::new("ap-southeast-2"));
    for bucket in [Bucket::here("exports"), far] {
        bucket::list(&clients, &bucket, "").await.unwrap();
    }
    let hosts: Vec<_> =
        log.sent().iter().map(|sent| sent.uri.split('/').nth(2).unwrap().to_owned()).collect();
    assert_eq!(hosts, ["exports.s3.eu-west-1.amazonaws.com", "far.s3.ap-southeast-2.amazonaws.com"]);
}

#[tokio::test(start_paused = true)]
async fn the_sdk_repeats_calls_to_s3_and_leaves_those_to_elasticache_to_the_pacer() {
    let (unlucky, log) = clients(|_| Reply::Answer(503, String::new()));
    bucket::list(&unlucky, &Bucket::here("exports"), "").await.unwrap_err();
    assert_eq!(log.sent().len(), 3);

    let (unlucky, log) = clients(|_| Reply::fault(503, "ServiceUnavailable", "no"));
    unlucky.elasticache.delete_snapshot().snapshot_name("x").send().await.unwrap_err();
    unlucky.tagging.get_resources().send().await.unwrap_err();
    assert_eq!(log.sent().len(), 2);
}

/// Lambda and the engine move these between threads.
#[tokio::test]
async fn every_call_can_be_spawned() {
    fn spawnable<T: Send>(_: &T) {}
    let (clients, _) = clients(|_| Reply::ok(""));
    let pacer = pacer();
    spawnable(&fleet::list(&clients, &pacer));
    let stack = "cachekeep".parse().unwrap();
    spawnable(&crate::snapshots::owned(&clients, &pacer, &stack));
    spawnable(&crate::snapshots::list(&clients, &pacer, crate::snapshots::Wanted::All));
    let (bucket, keys) = (Bucket::here("b"), Vec::new());
    // Only retention makes an approval, so this one is not called: that it compiles is the check.
    let _ = |approval: &Approval| spawnable(&bucket::delete_keys(&clients, &bucket, approval, &keys));
    spawnable(&bucket::ensure(&clients, &bucket));
    spawnable(&crate::table::ensure(&clients, "t"));
    let to = bucket::CopyTo {
        bucket: bucket.clone(),
        key: "k".to_owned(),
        encryption: bucket::Encryption::OfTheBucket,
        lock_until: None,
    };
    spawnable(&bucket::copy(&clients, &bucket, "k", &to));
}
