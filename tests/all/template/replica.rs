//! A replica bucket in another account lets the app's roles do there what they may do in their own.

use std::collections::BTreeSet;

use cachekeep_core::job::Job;
use cachekeep_lab::template::{Names, Template};
use serde_json::Value;

use super::policy::{list, statements};
use super::{full, witness};

const EXPORT: &str = "arn:aws:iam::123456789012:role/cachekeep-ExportRole-1";
const PRUNE: &str = "arn:aws:iam::123456789012:role/cachekeep-PruneRole-1";

/// `infra/replica.yaml` with these parameters.
fn replica(parameters: &[(&str, &str)]) -> Template {
    let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
    let parameters: Names = parameters.collect();
    Template::read(include_str!("../../../infra/replica.yaml"), &parameters, &Names::new()).unwrap()
}

/// What a resource policy allows a role, with the ends of the keys that it may touch.
fn granted(policy: &Value, role: &str) -> BTreeSet<(String, String)> {
    let statements = policy["Statement"].as_array().unwrap().iter();
    let of_role = statements.filter(|statement| statement["Principal"]["AWS"] == role);
    let grants = of_role.flat_map(|statement| {
        let keys = statement["Resource"].as_str().unwrap().split_once('/');
        let keys = keys.map_or("", |(_, keys)| keys).to_owned();
        list(&statement["Action"]).into_iter().map(move |action| (action, keys.clone()))
    });
    grants.collect()
}

/// The actions that a role of the app has on the replica bucket and its key.
async fn needed(job: Job, on: &str) -> BTreeSet<String> {
    let lab = crate::stage::lab(vec![]).await;
    let statements = statements(&full(&lab), job);
    let on_replicas = statements.iter().filter(|one| one.resources.iter().any(|of| of.contains(on)));
    on_replicas.flat_map(|statement| statement.actions.clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_replica_bucket_in_another_account_grants_the_roles_all_that_they_need_there_and_no_more() {
    let template = replica(&[("Key", "yes"), ("ExportRoleArn", EXPORT), ("PruneRoleArn", PRUNE)]);
    let bucket = &template.properties("ReplicaPolicy")["PolicyDocument"];
    let key = &template.properties("ReplicaKey")["KeyPolicy"];
    for (job, role) in [(Job::Export, EXPORT), (Job::Prune, PRUNE)] {
        let in_bucket = granted(bucket, role);
        let actions: BTreeSet<String> = in_bucket.iter().map(|(action, _)| action.clone()).collect();
        assert_eq!(actions, needed(job, witness::REPLICA).await, "{job}");
        let keys: BTreeSet<&str> = in_bucket.iter().map(|(_, keys)| keys.as_str()).collect();
        assert_eq!(keys, BTreeSet::from(["", "123456789012/*"]), "only where that account's copies lie");
        let with_key: BTreeSet<String> = granted(key, role).into_iter().map(|(action, _)| action).collect();
        assert_eq!(with_key, needed(job, "key/11111111").await, "{job}");
    }
}

#[test]
fn a_replica_bucket_lets_no_other_account_in_unless_it_is_told_to() {
    let template = replica(&[("Key", "yes")]);
    let policies = [
        &template.properties("ReplicaPolicy")["PolicyDocument"],
        &template.properties("ReplicaKey")["KeyPolicy"],
    ];
    for policy in policies {
        let statements = policy["Statement"].as_array().unwrap();
        let sids: Vec<&str> = statements.iter().map(|statement| statement["Sid"].as_str().unwrap()).collect();
        assert!(matches!(sids[..], ["OnlyWithTls" | "Account"]), "{sids:?}");
    }
}
