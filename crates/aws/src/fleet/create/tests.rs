//! The inputs against the SDK's own: no member is forgotten, and each arrives.

use std::collections::BTreeSet;

use aws_sdk_elasticache::config::{BehaviorVersion, Region};
use aws_sdk_elasticache::operation::create_cache_cluster::CreateCacheClusterInput;
use aws_sdk_elasticache::operation::create_replication_group::CreateReplicationGroupInput;
use aws_sdk_elasticache::operation::create_serverless_cache::CreateServerlessCacheInput;
use aws_sdk_elasticache::{Client, Config};
use cachekeep_core::cache::RecreateOperation;
use cachekeep_core::restore::input::{Input, members_of};
use serde_json::{Map, Value, json};

use super::{cluster, group, serverless};

/// The names of the fields that a structure's `Debug` shows at its outermost level.
fn fields(debug: &str) -> Vec<String> {
    let inner = debug.split_once('{').map(|(_, inner)| inner).unwrap_or_default();
    let inner = inner.rsplit_once('}').map(|(inner, _)| inner).unwrap_or_default();
    let (mut depth, mut parts, mut part) = (0_i32, Vec::new(), String::new());
    let mut quoted = false;
    for letter in inner.chars() {
        match letter {
            '"' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => depth -= 1,
            ',' if depth == 0 && !quoted => parts.push(std::mem::take(&mut part)),
            _ => part.push(letter),
        }
    }
    parts.push(part);
    parts.iter().filter_map(|part| part.split_once(':')).map(|(name, _)| name.trim().to_owned()).collect()
}

/// Letters and digits alone tell names apart: `multi_az_enabled` is `MultiAZEnabled`.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

fn of_sdk(operation: RecreateOperation) -> String {
    match operation {
        RecreateOperation::CreateReplicationGroup => {
            format!("{:?}", CreateReplicationGroupInput::builder().build().unwrap())
        }
        RecreateOperation::CreateCacheCluster => {
            format!("{:?}", CreateCacheClusterInput::builder().build().unwrap())
        }
        RecreateOperation::CreateServerlessCache => {
            format!("{:?}", CreateServerlessCacheInput::builder().build().unwrap())
        }
    }
}

const OPERATIONS: [RecreateOperation; 3] = [
    RecreateOperation::CreateReplicationGroup,
    RecreateOperation::CreateCacheCluster,
    RecreateOperation::CreateServerlessCache,
];

#[test]
fn every_member_that_the_sdk_has_is_known() {
    for operation in OPERATIONS {
        let theirs: BTreeSet<String> = fields(&of_sdk(operation)).iter().map(|name| plain(name)).collect();
        let ours: BTreeSet<String> = members_of(operation).into_iter().map(plain).collect();
        assert!(theirs.len() > 10, "{theirs:?}");
        assert_eq!(ours, theirs, "{operation}");
    }
}

/// A value that a member takes, by trial: a text, a flag, a number, a list, or what is nested.
fn some_value(operation: RecreateOperation, member: &str) -> Option<Value> {
    let nested = [
        json!([{"NodeGroupId": "0001", "Slots": "0-16383", "ReplicaCount": 1}]),
        json!([{"Key": "k", "Value": "v"}]),
        json!([{"LogType": "slow-log", "DestinationType": "cloudwatch-logs", "LogFormat": "json", "Enabled": true,
                "DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": "g"}}}]),
        json!({"DataStorage": {"Maximum": 10, "Minimum": 1, "Unit": "GB"}, "ECPUPerSecond": {"Maximum": 5000, "Minimum": 1000}}),
    ];
    let plain = [json!("text"), json!(true), json!(7), json!(["one", "two"])];
    let fits = |value: &Value| {
        let members = [(member.to_owned(), value.clone())].into_iter().collect();
        Input::read(operation, &members).is_ok()
    };
    plain.into_iter().chain(nested).find(fits)
}

fn full_input(operation: RecreateOperation) -> Input {
    let members: Map<String, Value> = members_of(operation)
        .into_iter()
        .filter(|member| *member != "AuthToken")
        .map(|member| (member.to_owned(), some_value(operation, member).unwrap()))
        .collect();
    Input::read(operation, &members.into_iter().collect()).unwrap()
}

fn client() -> Client {
    let config =
        Config::builder().behavior_version(BehaviorVersion::latest()).region(Region::new("eu-west-1"));
    Client::from_conf(config.build())
}

/// What the request holds, as the SDK shows it.
fn sent(operation: RecreateOperation) -> String {
    let client = client();
    match full_input(operation) {
        Input::Group(input) => {
            format!("{:?}", group::request(&client, &input).as_input().clone().build().unwrap())
        }
        Input::Cluster(input) => {
            format!("{:?}", cluster::request(&client, &input).as_input().clone().build().unwrap())
        }
        Input::Serverless(input) => {
            format!("{:?}", serverless::request(&client, &input).as_input().clone().build().unwrap())
        }
    }
}

/// The fields that a request leaves out, at whatever depth.
fn left_out(request: &str) -> BTreeSet<&str> {
    let names =
        request.split(": None").map(|before| before.rsplit([',', '{', ' ']).next().unwrap_or_default());
    names
        .filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_') && !name.is_empty())
        .collect()
}

#[test]
fn every_member_of_an_input_arrives_in_the_request() {
    // The token comes from elsewhere, and of what is nested the sample has neither zones and outposts nor the other kind of log.
    let expected = BTreeSet::from([
        "auth_token",
        "primary_availability_zone",
        "replica_availability_zones",
        "primary_outpost_arn",
        "replica_outpost_arns",
        "kinesis_firehose_details",
    ]);
    for operation in OPERATIONS {
        let sent = sent(operation);
        let lost: Vec<&str> = left_out(&sent).difference(&expected).copied().collect();
        assert!(lost.is_empty(), "{operation}: {lost:?} in {sent}");
    }
}
