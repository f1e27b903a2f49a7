//! `GetResources`: tags in bulk.

use crate::support::{REGION, refusal, sandbox};
use aws_sdk_resourcegroupstagging::Client;
use aws_sdk_resourcegroupstagging::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_resourcegroupstagging::types::TagFilter;
use aws_smithy_async::time::SharedTimeSource;
use cachekeep_sandbox::Sandbox;
use cachekeep_sandbox::elasticache::{CacheSpec, CacheStatus, Engine};

fn client(sandbox: &Sandbox) -> Client {
    let config = aws_sdk_resourcegroupstagging::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(Credentials::new("tester", "secret", None, None, "test"))
        .http_client(sandbox.http_client())
        .time_source(SharedTimeSource::new(sandbox.clock().clone()))
        .build();
    Client::from_conf(config)
}

async fn arns(client: &Client, types: &[&str], filter: Option<TagFilter>) -> Vec<String> {
    let types = types.iter().map(|name| (*name).to_owned()).collect();
    let request = client.get_resources().set_resource_type_filters(Some(types));
    let request = request.set_tag_filters(filter.map(|filter| vec![filter]));
    let answer = request.send().await.unwrap();
    let resource = |arn: &str| arn.splitn(6, ':').last().unwrap().to_owned();
    answer
        .resource_tag_mapping_list()
        .iter()
        .map(|mapping| resource(mapping.resource_arn().unwrap()))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn resources_are_found_by_type_and_tag_even_while_a_snapshot_is_taken() {
    let sandbox = sandbox();
    sandbox.elasticache().create(CacheSpec::group("orders", 1).tag("backup", "gold").tag("team", "shop"));
    sandbox.elasticache().create(CacheSpec::single_node("lone").tag("backup", "silver"));
    sandbox.elasticache().create(CacheSpec::serverless("feed", Engine::Valkey).tag("backup", "gold"));
    sandbox.elasticache().create(CacheSpec::single_node("untagged"));
    sandbox.elasticache().set_status("orders", CacheStatus::Snapshotting);
    let client = client(&sandbox);
    assert_eq!(arns(&client, &["elasticache:replicationgroup"], None).await, ["replicationgroup:orders"]);
    let clusters = arns(&client, &["elasticache:cluster"], None).await;
    assert_eq!(clusters, ["cluster:lone", "cluster:orders-001", "cluster:orders-002"]);
    let gold = TagFilter::builder().key("backup").values("gold").build();
    let types = ["elasticache:replicationgroup", "elasticache:serverlesscache"];
    assert_eq!(arns(&client, &types, Some(gold)).await, ["replicationgroup:orders", "serverlesscache:feed"]);
    let any = TagFilter::builder().key("team").build();
    assert_eq!(arns(&client, &["elasticache"], Some(any)).await.len(), 3);
    assert_eq!(arns(&client, &["s3"], None).await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn pages_hold_a_hundred_and_carry_a_token() {
    let sandbox = sandbox();
    for number in 0..230 {
        sandbox
            .elasticache()
            .create(CacheSpec::single_node(&format!("n{number:03}")).tag("k", &number.to_string()));
    }
    let client = client(&sandbox);
    let pages = client.get_resources().into_paginator().send();
    let pages = pages.collect::<Result<Vec<_>, _>>().await.unwrap();
    let sizes: Vec<_> = pages.iter().map(|page| page.resource_tag_mapping_list().len()).collect();
    assert_eq!(sizes, [100, 100, 30]);
    let last = pages[2].resource_tag_mapping_list().last().unwrap();
    assert_eq!(last.tags()[0].value(), "229");
    let bad = client.get_resources().pagination_token("made-up").send().await;
    assert_eq!(refusal(bad).0, "PaginationTokenExpiredException");
    let bad = client.get_resources().resources_per_page(101).send().await;
    assert_eq!(refusal(bad).0, "InvalidParameterException");
}
