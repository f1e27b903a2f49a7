//! `CopySnapshot` inside the service (docs/elasticache.md 2).

use super::{available, describe, status};
use crate::support::{client, pass_work, refusal, sandbox, sandbox_with};
use cachekeep_sandbox::elasticache::switches::SecondExport;
use cachekeep_sandbox::elasticache::{CacheSpec, Switches};

#[tokio::test(start_paused = true)]
async fn a_copy_is_created_while_its_source_is_copying() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::group("orders", 1).tag("team", "shop"));
    available(&sandbox, "orders-002", "s").await;
    let client = client(&sandbox);
    let copy = client.copy_snapshot().source_snapshot_name("s").target_snapshot_name("Copy");
    let copy = copy.kms_key_id("key-2").send().await.unwrap().snapshot.unwrap();
    assert_eq!((copy.snapshot_name(), copy.snapshot_status()), (Some("copy"), Some("creating")));
    assert_eq!(copy.kms_key_id(), Some("key-2"));
    assert_eq!(status(&client, "s").await, "copying");
    pass_work(&sandbox).await;
    assert_eq!(status(&client, "s").await, "available");
    let done = describe(&client, "copy").await.unwrap();
    assert_eq!((done.snapshot_status(), done.cache_cluster_id()), (Some("available"), Some("orders-002")));
    let tags = client.list_tags_for_resource().resource_name(done.arn().unwrap()).send().await.unwrap();
    assert_eq!(tags.tag_list()[0].value(), Some("shop"));
}

#[tokio::test(start_paused = true)]
async fn a_copy_needs_an_available_source_and_a_free_name() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::group("orders", 1));
    available(&sandbox, "orders-001", "a").await;
    available(&sandbox, "orders-002", "b").await;
    let client = client(&sandbox);
    let copy = |from: &str, to: &str| {
        client.copy_snapshot().source_snapshot_name(from).target_snapshot_name(to).send()
    };
    assert_eq!(refusal(copy("no", "x").await).0, "SnapshotNotFoundFault");
    assert_eq!(refusal(copy("a", "b").await).0, "SnapshotAlreadyExistsFault");
    client.delete_snapshot().snapshot_name("b").send().await.unwrap();
    assert_eq!(refusal(copy("b", "x").await).0, "InvalidSnapshotState");
}

#[tokio::test(start_paused = true)]
async fn a_second_copy_at_once_is_refused_or_runs_too() {
    for (second_export, accepted) in [(SecondExport::Refused, false), (SecondExport::Allowed, true)] {
        let sandbox = sandbox_with(Switches { second_export, ..Switches::default() });
        sandbox.elasticache().create(CacheSpec::single_node("lone"));
        available(&sandbox, "lone", "s").await;
        let client = client(&sandbox);
        let copy =
            |to: &str| client.copy_snapshot().source_snapshot_name("s").target_snapshot_name(to).send();
        copy("a").await.unwrap();
        let second = copy("b").await;
        assert_eq!(second.is_ok(), accepted);
        assert!(accepted || refusal(second).0 == "InvalidSnapshotState");
        pass_work(&sandbox).await;
        assert_eq!(status(&client, "s").await, "available");
        assert_eq!(status(&client, "a").await, "available");
    }
}
