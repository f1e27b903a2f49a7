//! `DescribeEvents`, SNS and EventBridge (docs/elasticache.md 6).

use super::available;
use crate::support::{bucket, client, pass, pass_work, refusal, sandbox, sandbox_with, start};
use aws_sdk_elasticache::types::SourceType;
use cachekeep_sandbox::Sandbox;
use cachekeep_sandbox::door::call::ServiceName;
use cachekeep_sandbox::elasticache::switches::{
    DetailTypeCase, ExportRows, NodeBasedEvents, SnsBody, SnsSubject,
};
use cachekeep_sandbox::elasticache::{CacheSpec, Engine, Switches};
use cachekeep_sandbox::fault::{Fault, Rule};
use chrono::TimeDelta;
use serde_json::json;

const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:alerts";

fn with_topic(switches: Switches) -> Sandbox {
    let sandbox = sandbox_with(switches);
    assert_eq!(sandbox.sns().create_topic("alerts"), TOPIC);
    sandbox.elasticache().create(CacheSpec::single_node("lone").topic(TOPIC));
    sandbox
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_leaves_a_row_that_ages_out_of_the_default_window() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::single_node("lone"));
    available(&sandbox, "lone", "s").await;
    let client = client(&sandbox);
    let rows = client.describe_events().send().await.unwrap();
    let row = rows.events()[0].clone();
    assert_eq!(
        row.message(),
        Some("Snapshot succeeded for snapshot with ID 's' of cache cluster with ID 'lone'")
    );
    assert_eq!((row.source_identifier(), row.source_type()), (Some("lone"), Some(&SourceType::CacheCluster)));
    pass(&sandbox, TimeDelta::hours(2)).await;
    assert_eq!(client.describe_events().send().await.unwrap().events(), []);
    let longer = client.describe_events().duration(180).source_identifier("lone");
    assert_eq!(longer.source_type(SourceType::CacheCluster).send().await.unwrap().events().len(), 1);
    let too_long = client.describe_events().duration(60 * 24 * 15).send().await;
    assert_eq!(refusal(too_long).0, "InvalidParameterValue");
    let no_type = client.describe_events().source_identifier("lone").send().await;
    assert_eq!(refusal(no_type).0, "InvalidParameterCombination");
}

#[tokio::test(start_paused = true)]
async fn rows_are_paged() {
    let sandbox = sandbox();
    for number in 0..45 {
        sandbox.elasticache().create(CacheSpec::single_node(&format!("n{number}")));
        super::snapshot_node(&client(&sandbox), &format!("n{number}"), &format!("s{number}")).await;
    }
    pass_work(&sandbox).await;
    let pages = client(&sandbox).describe_events().max_records(20).into_paginator().items().send();
    let rows = pages.collect::<Result<Vec<_>, _>>().await.unwrap();
    let sources: std::collections::BTreeSet<_> =
        rows.iter().map(|row| row.source_identifier().unwrap()).collect();
    assert_eq!((rows.len(), sources.len()), (45, 45));
}

#[tokio::test(start_paused = true)]
async fn a_group_is_named_in_the_row_of_each_of_its_nodes() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::cluster_mode_group("carts", 2, 0));
    let client = client(&sandbox);
    client.create_snapshot().replication_group_id("carts").snapshot_name("s").send().await.unwrap();
    pass_work(&sandbox).await;
    let rows = client.describe_events().send().await.unwrap();
    let sources: Vec<_> = rows.events().iter().map(|row| row.source_identifier().unwrap()).collect();
    assert_eq!(sources, ["carts-0001-001", "carts-0002-001"]);
    let words = "Snapshot succeeded for snapshot with ID 's' of replication group with ID 'carts'";
    assert_eq!(rows.events()[0].message(), Some(words));
}

#[tokio::test(start_paused = true)]
async fn a_topic_hears_of_the_node_and_not_of_the_snapshot() {
    let sandbox = with_topic(Switches::default());
    available(&sandbox, "lone", "s").await;
    sandbox.faults().inject(Rule::new(ServiceName::ElastiCache, "CreateSnapshot", Fault::SnapshotFails));
    available(&sandbox, "lone", "t").await;
    let inbox = sandbox.sns().inbox(TOPIC);
    let texts: Vec<_> = inbox.iter().map(|message| message.message.as_str()).collect();
    assert_eq!(
        texts,
        [r#"{"ElastiCache:SnapshotComplete":"lone"}"#, r#"{"ElastiCache:SnapshotFailed":"lone"}"#]
    );
    assert_eq!(inbox[0].subject, None);
    assert!(start() < inbox[0].at && inbox[0].at < start() + TimeDelta::minutes(10));
}

#[tokio::test(start_paused = true)]
async fn the_message_has_a_subject_or_the_older_body_by_the_switches() {
    let switches =
        Switches { sns_subject: SnsSubject::EventName, sns_body: SnsBody::Record, ..Switches::default() };
    let sandbox = with_topic(switches);
    available(&sandbox, "lone", "s").await;
    let message = &sandbox.sns().inbox(TOPIC)[0];
    assert_eq!(message.subject.as_deref(), Some("ElastiCache:SnapshotComplete"));
    let body: serde_json::Value = serde_json::from_str(&message.message).unwrap();
    assert_eq!((&body["SourceIdentifier"], &body["SourceType"]), (&json!("lone"), &json!("cache-cluster")));
}

#[tokio::test(start_paused = true)]
async fn a_serverless_snapshot_is_an_event_in_one_of_two_spellings() {
    for (detail_type_case, spelling) in
        [(DetailTypeCase::Title, "Snapshot Created"), (DetailTypeCase::Sentence, "Snapshot created")]
    {
        let sandbox = sandbox_with(Switches { detail_type_case, ..Switches::default() });
        sandbox.elasticache().create(CacheSpec::serverless("feed", Engine::Valkey));
        let request = client(&sandbox).create_serverless_cache_snapshot().serverless_cache_name("feed");
        request.serverless_cache_snapshot_name("s").send().await.unwrap();
        pass_work(&sandbox).await;
        let events = sandbox.eventbridge().events("default");
        let event = events.first().unwrap();
        assert_eq!((&event["source"], &event["detail-type"]), (&json!("aws.elasticache"), &json!(spelling)));
        let arn = |kind: &str| format!("arn:aws:elasticache:us-east-1:123456789012:{kind}");
        assert_eq!(
            event["resources"],
            json!([arn("serverlesscache:feed"), arn("serverlesscachesnapshot:s")])
        );
        assert_eq!(event["detail"]["Message"], "Snapshot s created for cache feed.");
        assert_eq!(event["detail"]["SourceType"], "serverless-cache-snapshot");
    }
}

#[tokio::test(start_paused = true)]
async fn node_based_caches_are_silent_on_eventbridge_or_not() {
    for (node_based_events, count) in [(NodeBasedEvents::None, 0), (NodeBasedEvents::Emitted, 1)] {
        let sandbox = sandbox_with(Switches { node_based_events, ..Switches::default() });
        sandbox.elasticache().create(CacheSpec::single_node("lone"));
        available(&sandbox, "lone", "s").await;
        assert_eq!(sandbox.eventbridge().events("default").len(), count);
    }
}

#[tokio::test(start_paused = true)]
async fn an_export_leaves_rows_only_by_the_switch() {
    for (export_rows, count) in [(ExportRows::None, 0), (ExportRows::Written, 1)] {
        let sandbox = sandbox_with(Switches { export_rows, ..Switches::default() });
        sandbox.elasticache().create(CacheSpec::single_node("lone"));
        available(&sandbox, "lone", "s").await;
        bucket(&sandbox).await;
        let client = client(&sandbox);
        let request = client.copy_snapshot().source_snapshot_name("s").target_snapshot_name("t");
        request.target_bucket(crate::support::BUCKET).send().await.unwrap();
        pass_work(&sandbox).await;
        let rows = client.describe_events().send().await.unwrap();
        let exports =
            rows.events().iter().filter(|row| row.message().unwrap().starts_with("Export succeeded"));
        assert_eq!(exports.count(), count);
    }
}
