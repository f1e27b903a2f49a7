//! How to restore an export with the AWS CLI alone: the call, its whole input, and the steps in words.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Location, Shard};
use crate::cache::{Recreate, RecreateOperation};

/// The member that describes each shard of a replication group.
pub const NODE_GROUPS: &str = "NodeGroupConfiguration";

/// A restore with the AWS CLI.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Restore {
    /// What to do, in order.
    pub steps: Vec<String>,
    /// The ElastiCache call.
    pub operation: RecreateOperation,
    /// Its input, as `--cli-input-json` takes it: the cache's configuration, and where its data is.
    pub input: BTreeMap<String, Value>,
}

impl Restore {
    pub(super) fn of(configuration: &Recreate, shards: &[Shard], location: &Location) -> Self {
        let mut input = configuration.input.clone();
        let arns: Vec<String> = shards.iter().map(|shard| location.object_arn(&shard.file.key)).collect();
        input.insert(words(configuration.operation).arns.to_owned(), json!(arns));
        if input.contains_key(NODE_GROUPS) || shards.iter().any(|shard| shard.slots.is_some()) {
            let shards: Vec<_> =
                shards.iter().map(|shard| (shard.shard.as_str(), shard.slots.as_deref())).collect();
            seed_shards(&mut input, &shards);
        }
        Self { steps: steps(configuration, &input, location), operation: configuration.operation, input }
    }
}

/// What differs between the calls.
struct Words {
    command: &'static str,
    id: &'static str,
    arns: &'static str,
    wait: Option<&'static str>,
    caution: Option<&'static str>,
}

const fn words(operation: RecreateOperation) -> Words {
    match operation {
        RecreateOperation::CreateReplicationGroup => Words {
            command: "create-replication-group",
            id: "ReplicationGroupId",
            arns: "SnapshotArns",
            wait: Some("replication-group-available --replication-group-id"),
            caution: None,
        },
        RecreateOperation::CreateCacheCluster => Words {
            command: "create-cache-cluster",
            id: "CacheClusterId",
            arns: "SnapshotArns",
            wait: Some("cache-cluster-available --cache-cluster-id"),
            caution: None,
        },
        RecreateOperation::CreateServerlessCache => Words {
            command: "create-serverless-cache",
            id: "ServerlessCacheName",
            arns: "SnapshotArnsToRestore",
            wait: None,
            // That S3 ARNs are taken is likely, not documented (docs/elasticache.md 7, L).
            caution: Some(
                "If AWS refuses ARNs of S3 objects here, make a replication group with SnapshotArns of the same list, \
                 snapshot it, and give that snapshot's ARN in SnapshotArnsToRestore.",
            ),
        },
    }
}

/// With cluster mode enabled every shard must say its slots: "Slots must be provided when restoring from snapshot ARNs
/// with cluster mode enabled" (docs/elasticache.md 7, S). The slots of the snapshot count, not those of the cache as it
/// was described, since it may have been resharded between the two.
pub(crate) fn seed_shards(input: &mut BTreeMap<String, Value>, shards: &[(&str, Option<&str>)]) {
    let described = input.get(NODE_GROUPS).and_then(Value::as_array).cloned().unwrap_or_default();
    let groups = if same_shards(&described, shards) {
        described.into_iter().map(|group| with_slots(group, shards)).collect()
    } else {
        shards.iter().map(|shard| plain_group(*shard, &described)).collect::<Vec<_>>()
    };
    input.insert("NumNodeGroups".to_owned(), json!(groups.len()));
    input.insert(NODE_GROUPS.to_owned(), Value::Array(groups));
}

fn same_shards(described: &[Value], shards: &[(&str, Option<&str>)]) -> bool {
    let known = |group: &Value| shards.iter().any(|(shard, _)| group["NodeGroupId"] == *shard);
    described.len() == shards.len() && described.iter().all(known)
}

fn with_slots(mut group: Value, shards: &[(&str, Option<&str>)]) -> Value {
    let shard = shards.iter().find(|(shard, _)| group["NodeGroupId"] == *shard);
    if let Some((_, Some(slots))) = shard {
        group["Slots"] = json!(slots);
    }
    group
}

/// A shard that the described cache does not have: AWS chooses its zones, and it has as many replicas as the others.
fn plain_group((shard, slots): (&str, Option<&str>), described: &[Value]) -> Value {
    let mut group = json!({ "NodeGroupId": shard });
    if let Some(slots) = slots {
        group["Slots"] = json!(slots);
    }
    if let Some(count) = described.first().and_then(|first| first.get("ReplicaCount")) {
        group["ReplicaCount"] = count.clone();
    }
    group
}

fn steps(configuration: &Recreate, input: &BTreeMap<String, Value>, location: &Location) -> Vec<String> {
    let words = words(configuration.operation);
    let id = input.get(words.id).and_then(Value::as_str).unwrap_or("NAME");
    let mut steps = vec![
        format!(
            "aws s3 cp {} manifest.json && jq .restore.input manifest.json > input.json",
            location.manifest_uri()
        ),
        format!(
            "If {id} still exists, give {} in input.json another name: a restore always makes a new cache.",
            words.id
        ),
        format!(
            "In another region or account, also change what belongs to the old one in input.json (subnets, security \
             groups, parameter group, zones, user groups, KMS key, topic). The bucket {} must be in the region of the new \
             cache, its objects encrypted with SSE-S3 or not at all, and its policy must let \
             REGION.elasticache-snapshot.amazonaws.com call s3:GetObject, s3:ListBucket and s3:GetBucketAcl.",
            location.bucket
        ),
    ];
    steps.extend(
        configuration
            .unknowable
            .iter()
            .map(|member| format!("Add {member} to input.json: the cache had one, and AWS never tells it.")),
    );
    steps.extend(slots_step(input));
    steps.extend(words.caution.map(str::to_owned));
    steps.push(format!("aws elasticache {} --cli-input-json file://input.json", words.command));
    // The name may have been changed by then, so it is read where the creating call read it.
    let name = format!("$(jq -r .{} input.json)", words.id);
    steps.extend(words.wait.map(|wait| format!("aws elasticache wait {wait} {name}")));
    steps
}

/// AWS documents one range a shard; whether it takes several is not known (docs/elasticache.md 7, U).
fn slots_step(input: &BTreeMap<String, Value>) -> Option<String> {
    let groups = input.get(NODE_GROUPS)?.as_array()?;
    if groups.iter().any(|group| group.get("Slots").is_none()) {
        return Some(
            "Add Slots to each entry of NodeGroupConfiguration in input.json, together 0-16383: AWS never told them. \
             There may be more or fewer shards than files."
                .to_owned(),
        );
    }
    let several = groups.iter().any(|group| group["Slots"].as_str().is_some_and(|slots| slots.contains(',')));
    several.then(|| {
        "If AWS refuses several ranges in one Slots, give each shard one range, together 0-16383. There may be \
         more or fewer shards than files."
            .to_owned()
    })
}
