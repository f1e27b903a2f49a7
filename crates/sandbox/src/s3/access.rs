//! Whether a caller reaches a bucket, and whether an AWS service may use it.

use super::bucket::Bucket;
use super::policy::{Ask, Principal, Verdict};
use super::policy_condition::RequestKeys;
use super::refusal::{access_denied, elsewhere, signed_elsewhere};
use super::store::Context;
use super::{Permission, ServiceDenied};
use crate::account::Account;
use s3s::S3Result;

/// Refuses a request that speaks to another region than the bucket's.
pub(super) fn check_place(bucket: &Bucket, context: &Context, home: &Account) -> S3Result<()> {
    let spoken = context.caller.speaks_to(home);
    if spoken == bucket.region {
        Ok(())
    } else if context.caller.endpoint.is_some() {
        Err(elsewhere(&bucket.region))
    } else {
        Err(signed_elsewhere(spoken, &bucket.region))
    }
}

/// The owner may do what the policy does not deny; everybody else, what it allows.
pub(super) fn check(
    bucket: &Bucket,
    context: &Context,
    action: &str,
    key: Option<&str>,
    home: &Account,
) -> S3Result<()> {
    if context.expected_owner.as_ref().is_some_and(|owner| *owner != bucket.owner) {
        return Err(access_denied());
    }
    let account = &context.caller.account;
    let facts = RequestKeys::default()
        .with("aws:SecureTransport", "true")
        .with("aws:PrincipalAccount", account)
        .with("aws:PrincipalType", "AssumedRole");
    let ask =
        Ask { principal: Principal::Account(account), action, resource: &resource(bucket, key, home), facts };
    let verdict = bucket.policy.as_ref().map_or(Verdict::Silent, |(_, policy)| policy.judge(&ask));
    match verdict {
        Verdict::Allowed => Ok(()),
        Verdict::Silent if *account == bucket.owner => Ok(()),
        Verdict::Silent | Verdict::Denied => Err(access_denied()),
    }
}

fn resource(bucket: &Bucket, key: Option<&str>, home: &Account) -> String {
    let arn = bucket.arn(&home.partition);
    key.map_or_else(|| arn.clone(), |key| format!("{arn}/{key}"))
}

/// Which permission of the snapshot service is backed by which action, on the bucket or on its objects
/// (docs/elasticache.md 5, L).
const BACKED_BY: [(Permission, &str, Level); 4] = [
    (Permission::Read, "s3:ListBucket", Level::Bucket),
    (Permission::Read, "s3:GetObject", Level::Object),
    (Permission::Write, "s3:PutObject", Level::Object),
    (Permission::ReadAcp, "s3:GetBucketAcl", Level::Bucket),
];

#[derive(Clone, Copy)]
enum Level {
    Bucket,
    Object,
}

/// Whether a service of `home` may use the bucket for `key`; the first permission that is missing otherwise.
pub(super) fn service(
    bucket: &Bucket,
    principal: &str,
    key: &str,
    home: &Account,
) -> Result<(), ServiceDenied> {
    if bucket.region != home.region {
        return Err(ServiceDenied::WrongRegion { bucket_region: bucket.region.clone() });
    }
    if bucket.owner != home.id {
        return Err(ServiceDenied::NotOwned);
    }
    let missing =
        BACKED_BY.iter().find(|(_, action, level)| !grants(bucket, principal, action, *level, key, home));
    missing.map_or(Ok(()), |(permission, _, _)| Err(ServiceDenied::Missing(*permission)))
}

fn grants(bucket: &Bucket, principal: &str, action: &str, level: Level, key: &str, home: &Account) -> bool {
    let key = match level {
        Level::Bucket => None,
        Level::Object => Some(key),
    };
    let facts = RequestKeys::default()
        .with("aws:SecureTransport", "true")
        .with("aws:SourceAccount", &home.id)
        .with("aws:PrincipalIsAWSService", "true")
        .with("aws:SourceArn", &home.arn("elasticache", "snapshot:any"));
    let ask = Ask {
        principal: Principal::Service(principal),
        action,
        resource: &resource(bucket, key, home),
        facts,
    };
    bucket.policy.as_ref().is_some_and(|(_, policy)| policy.judge(&ask) == Verdict::Allowed)
}
