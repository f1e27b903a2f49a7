//! Copies that the stack's roles could not write, since a deployment names the replica buckets and keys that they reach.

use serde::Serialize;

use crate::ids::PlanName;
use crate::plan::{Document, ExportCopy};
use crate::stack::Replicas;

/// A copy that the stack could not make.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct OutOfReach {
    /// The plan that asks for it.
    pub plan: PlanName,
    /// The bucket.
    pub bucket: String,
    /// The key, where the bucket is within reach and the key is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// Every copy of `document` beyond what the stack was deployed with. Where nothing is known of that, everything is within
/// reach: whoever runs the passes by hand does so with a role of their own.
pub(super) fn out_of_reach(document: &Document, replicas: Option<&Replicas>) -> Vec<OutOfReach> {
    let Some(replicas) = replicas else { return Vec::new() };
    let copies = document.plans.iter().flat_map(|plan| {
        let copies = plan.export.iter().flat_map(|export| &export.copies);
        copies.map(|copy| (&plan.name, copy))
    });
    copies.filter_map(|(plan, copy)| beyond(plan, copy, replicas)).collect()
}

fn beyond(plan: &PlanName, copy: &ExportCopy, replicas: &Replicas) -> Option<OutOfReach> {
    let bucket = copy.bucket.as_str();
    let of = |key| OutOfReach { plan: plan.clone(), bucket: bucket.to_owned(), key };
    if replicas.bucket.as_deref() != Some(bucket) {
        return Some(of(None));
    }
    let key = copy.kms_key.as_ref().map(ToString::to_string)?;
    // An alias names a key that only KMS could resolve.
    let is_within = key.starts_with("alias/") || replicas.key.as_ref() == Some(&key);
    (!is_within).then(|| of(Some(key)))
}

impl std::fmt::Display for OutOfReach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { plan, bucket, key } = self;
        match key {
            None => write!(
                f,
                "{plan} copies to bucket {bucket}, which the stack's roles do not reach: deploy with \
                 ReplicaBucket={bucket}, or, where that is taken, give its export and prune roles the same on this one"
            ),
            Some(key) => write!(
                f,
                "{plan} copies to bucket {bucket} under the key {key}, which the stack's roles may not use: deploy \
                 with ReplicaKeyArn={key}, or give the roles the same on this one"
            ),
        }
    }
}
