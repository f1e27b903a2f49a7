//! Serverless snapshots: creation, copies, exports that fail later, statuses (sections 1.3, 1.4, 2, 4 and 5).

use super::describe_serverless;
use crate::support::{BUCKET, bucket, client, object, pass, pass_work, refusal, sandbox, sandbox_with};
use aws_sdk_elasticache::operation::create_serverless_cache_snapshot::{
    CreateServerlessCacheSnapshotError, CreateServerlessCacheSnapshotOutput,
};
use cachekeep_sandbox::Sandbox;
use cachekeep_sandbox::door::call::ServiceName;
use cachekeep_sandbox::elasticache::switches::{
    SecondSnapshot, ServerlessBusyStatus, ServerlessKeys, ServerlessSnapshotFields, SnapshotTypeFilter,
    StatusCase,
};
use cachekeep_sandbox::elasticache::{CacheSpec, Engine, Switches};
use cachekeep_sandbox::fault::{Fault, Rule};
use chrono::TimeDelta;

fn feed(switches: Switches) -> Sandbox {
    let sandbox = sandbox_with(switches);
    sandbox.elasticache().create(CacheSpec::serverless("feed", Engine::Valkey));
    sandbox
}

type Created = Result<
    CreateServerlessCacheSnapshotOutput,
    aws_sdk_elasticache::error::SdkError<CreateServerlessCacheSnapshotError>,
>;

async fn take(sandbox: &Sandbox, name: &str) -> Created {
    let request = client(sandbox).create_serverless_cache_snapshot().serverless_cache_name("feed");
    request.serverless_cache_snapshot_name(name).send().await
}

/// A sandbox with the snapshot `s` available and a bucket.
async fn ready(switches: Switches) -> Sandbox {
    let sandbox = feed(switches);
    take(&sandbox, "s").await.unwrap();
    pass_work(&sandbox).await;
    bucket(&sandbox).await;
    sandbox
}

async fn status(sandbox: &Sandbox, name: &str) -> String {
    describe_serverless(&client(sandbox), name).await.status.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_is_created_sparse_and_becomes_available() {
    let sandbox = feed(Switches::default());
    let made = take(&sandbox, "S").await.unwrap().serverless_cache_snapshot.unwrap();
    assert_eq!(made.serverless_cache_snapshot_name(), Some("s"));
    assert_eq!(made.arn(), Some("arn:aws:elasticache:us-east-1:123456789012:serverlesscachesnapshot:s"));
    assert_eq!((made.status(), made.snapshot_type()), (Some("creating"), Some("manual")));
    assert_eq!((made.create_time(), made.bytes_used_for_cache()), (None, None));
    pass_work(&sandbox).await;
    let done = describe_serverless(&client(&sandbox), "s").await;
    assert_eq!(done.status(), Some("available"));
    assert!(done.create_time().is_some());
    let of = done.serverless_cache_configuration().unwrap();
    assert_eq!(
        (of.serverless_cache_name(), of.engine(), of.major_engine_version()),
        (Some("feed"), Some("valkey"), Some("8"))
    );
    assert_eq!(refusal(take(&sandbox, "s").await).0, "ServerlessCacheSnapshotAlreadyExistsFault");
}

#[tokio::test(start_paused = true)]
async fn the_fields_and_the_case_of_the_status_are_switches() {
    for (serverless_snapshot_fields, bytes) in
        [(ServerlessSnapshotFields::BytesOnly, true), (ServerlessSnapshotFields::Neither, false)]
    {
        let sandbox = ready(Switches { serverless_snapshot_fields, ..Switches::default() }).await;
        let done = describe_serverless(&client(&sandbox), "s").await;
        assert_eq!(done.bytes_used_for_cache().is_some(), bytes);
        assert_eq!(done.expiry_time(), None);
    }
    let sandbox = ready(Switches { serverless_status_case: StatusCase::Upper, ..Switches::default() }).await;
    assert_eq!(status(&sandbox, "s").await, "AVAILABLE");
    let caches = client(&sandbox).describe_serverless_caches().send().await.unwrap();
    assert_eq!(caches.serverless_caches()[0].status(), Some("AVAILABLE"));
}

#[tokio::test(start_paused = true)]
async fn a_second_snapshot_at_once_is_refused_or_runs_too() {
    for (serverless_second_snapshot, accepted) in
        [(SecondSnapshot::Refused, false), (SecondSnapshot::Allowed, true)]
    {
        let sandbox = feed(Switches { serverless_second_snapshot, ..Switches::default() });
        take(&sandbox, "a").await.unwrap();
        let second = take(&sandbox, "b").await;
        assert_eq!(second.is_ok(), accepted);
        assert!(accepted || refusal(second).0 == "InvalidServerlessCacheStateFault");
        pass_work(&sandbox).await;
        take(&sandbox, "c").await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn the_type_filter_has_one_of_two_vocabularies() {
    for (snapshot_type_filter, known, unknown) in [
        (SnapshotTypeFilter::FieldValues, "manual", "user"),
        (SnapshotTypeFilter::ThirdPartyList, "user", "manual"),
    ] {
        let sandbox = ready(Switches { snapshot_type_filter, ..Switches::default() }).await;
        let ask =
            |kind: &str| client(&sandbox).describe_serverless_cache_snapshots().snapshot_type(kind).send();
        assert_eq!(ask(known).await.unwrap().serverless_cache_snapshots().len(), 1);
        assert_eq!(ask("automated").await.unwrap().serverless_cache_snapshots(), []);
        assert_eq!(refusal(ask(unknown).await).0, "InvalidParameterValue");
    }
}

#[tokio::test(start_paused = true)]
async fn an_export_writes_one_file_under_one_of_two_names() {
    for (serverless_keys, key) in [(ServerlessKeys::Numbered, "s-0001.rdb"), (ServerlessKeys::Plain, "s.rdb")]
    {
        let sandbox = ready(Switches { serverless_keys, ..Switches::default() }).await;
        let client = client(&sandbox);
        let request = client.export_serverless_cache_snapshot().serverless_cache_snapshot_name("s");
        let reply = request.s3_bucket_name(BUCKET).send().await.unwrap().serverless_cache_snapshot.unwrap();
        assert_eq!(reply.status(), Some("exporting"));
        pass_work(&sandbox).await;
        assert_eq!(sandbox.s3().keys(BUCKET), [key]);
        assert!(object(&sandbox, key).await.starts_with(b"REDIS0011"));
        assert_eq!(status(&sandbox, "s").await, "available");
    }
}

#[tokio::test(start_paused = true)]
async fn a_busy_snapshot_shows_it_or_not() {
    for (serverless_busy_status, shown) in
        [(ServerlessBusyStatus::Shown, "exporting"), (ServerlessBusyStatus::Hidden, "available")]
    {
        let sandbox = ready(Switches { serverless_busy_status, ..Switches::default() }).await;
        let request = client(&sandbox).export_serverless_cache_snapshot().serverless_cache_snapshot_name("s");
        request.s3_bucket_name(BUCKET).send().await.unwrap();
        assert_eq!(status(&sandbox, "s").await, shown);
        let request = client(&sandbox).delete_serverless_cache_snapshot().serverless_cache_snapshot_name("s");
        assert_eq!(refusal(request.send().await).0, "InvalidServerlessCacheSnapshotStateFault");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_export_is_accepted_and_announced_later() {
    let sandbox = ready(Switches::default()).await;
    let export = |bucket: &str| {
        let request = client(&sandbox).export_serverless_cache_snapshot().serverless_cache_snapshot_name("s");
        request.s3_bucket_name(bucket).send()
    };
    export("nowhere").await.unwrap();
    pass_work(&sandbox).await;
    export(BUCKET).await.unwrap();
    pass_work(&sandbox).await;
    export(BUCKET).await.unwrap();
    pass_work(&sandbox).await;
    assert_eq!(status(&sandbox, "s").await, "available");
    let events = sandbox.eventbridge().events("default");
    let failures: Vec<_> =
        events.iter().filter(|event| event["detail-type"] == "Snapshot Export Failed").collect();
    assert_eq!(failures.len(), 2);
    assert_eq!(
        failures[0]["detail"]["Message"],
        "Failed to export snapshot for cache feed. Could not export snapshot to bucket 'nowhere' because the bucket is \
         not accessible or does not exist."
    );
    let arn = "arn:aws:elasticache:us-east-1:123456789012:serverlesscachesnapshot:s";
    assert_eq!(failures[1]["resources"], serde_json::json!([arn]));
    assert!(failures[1]["detail"]["Message"].as_str().unwrap().contains("already exists"));
}

#[tokio::test(start_paused = true)]
async fn serverless_memcached_is_snapshotted_and_not_exported() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::serverless("feed", Engine::Memcached));
    take(&sandbox, "s").await.unwrap();
    pass_work(&sandbox).await;
    let request = client(&sandbox).export_serverless_cache_snapshot().serverless_cache_snapshot_name("s");
    assert_eq!(refusal(request.s3_bucket_name(BUCKET).send().await).0, "InvalidParameterValue");
}

#[tokio::test(start_paused = true)]
async fn a_copy_is_made_and_both_are_deleted() {
    let sandbox = ready(Switches::default()).await;
    let client = client(&sandbox);
    let copy = || {
        let request = client.copy_serverless_cache_snapshot().source_serverless_cache_snapshot_name("s");
        request.target_serverless_cache_snapshot_name("copy").send()
    };
    let made = copy().await.unwrap().serverless_cache_snapshot.unwrap();
    assert_eq!(made.status(), Some("creating"));
    assert_eq!(status(&sandbox, "s").await, "copying");
    pass_work(&sandbox).await;
    assert_eq!(status(&sandbox, "copy").await, "available");
    assert_eq!(refusal(copy().await).0, "ServerlessCacheSnapshotAlreadyExistsFault");
    for name in ["s", "copy"] {
        let request = client.delete_serverless_cache_snapshot().serverless_cache_snapshot_name(name);
        let going = request.send().await.unwrap().serverless_cache_snapshot.unwrap();
        assert_eq!(going.status(), Some("deleting"));
    }
    pass_work(&sandbox).await;
    let left =
        client.describe_serverless_cache_snapshots().serverless_cache_name("feed").send().await.unwrap();
    assert_eq!(left.serverless_cache_snapshots(), []);
    let unknown =
        client.describe_serverless_cache_snapshots().serverless_cache_snapshot_name("s").send().await;
    assert_eq!(refusal(unknown).0, "ServerlessCacheSnapshotNotFoundFault");
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_can_fail_and_is_announced() {
    let sandbox = feed(Switches::default());
    sandbox.faults().inject(Rule::new(
        ServiceName::ElastiCache,
        "CreateServerlessCacheSnapshot",
        Fault::SnapshotFails,
    ));
    take(&sandbox, "s").await.unwrap();
    pass(&sandbox, TimeDelta::minutes(10)).await;
    assert_eq!(status(&sandbox, "s").await, "failed");
    let events = sandbox.eventbridge().events("default");
    assert_eq!(events[0]["detail-type"], "Snapshot Creation Failed");
    assert_eq!(events[0]["detail"]["EventCategories"], serde_json::json!(["failure"]));
}
