//! Which snapshots are ours, by their tags: what a lost ledger is rebuilt from, and what nothing is deleted without.

use std::collections::BTreeMap;

use cachekeep_core::cache::Tags;
use cachekeep_core::ids::SnapshotName;
use cachekeep_core::names::STACK_TAG;
use cachekeep_core::stack::Identity;

use super::SnapshotFamily;
use crate::clients::Clients;
use crate::error::AwsError;
use crate::pacer::Pacer;
use crate::tags;

/// Every snapshot that carries the tag of this stack, with all its tags.
pub async fn owned(
    clients: &Clients,
    pacer: &Pacer,
    stack: &Identity,
) -> Result<BTreeMap<(SnapshotFamily, SnapshotName), Tags>, AwsError> {
    let tagged = tags::with_tag(clients, pacer, STACK_TAG, stack.as_str()).await?;
    Ok(tagged.into_iter().filter_map(|(arn, tags)| Some((named_by(&arn)?, tags))).collect())
}

/// The snapshot that an ARN names, if it names one: `arn:aws:elasticache:{region}:{account}:snapshot:{name}` or
/// `...:serverlesscachesnapshot:{name}` (docs/elasticache.md 9, S).
fn named_by(arn: &str) -> Option<(SnapshotFamily, SnapshotName)> {
    let mut parts = arn.splitn(7, ':').skip(2);
    let (service, kind, name) = (parts.next()?, parts.nth(2)?, parts.next()?);
    let family = match kind {
        "snapshot" => SnapshotFamily::NodeBased,
        "serverlesscachesnapshot" => SnapshotFamily::Serverless,
        _ => return None,
    };
    (service == "elasticache").then(|| (family, SnapshotName::new(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_names_a_snapshot_of_either_family_and_nothing_else() {
        let arn = |kind| format!("arn:aws:elasticache:eu-west-1:123456789012:{kind}:ck-orders");
        let name = SnapshotName::new("ck-orders");
        assert_eq!(named_by(&arn("snapshot")), Some((SnapshotFamily::NodeBased, name.clone())));
        assert_eq!(named_by(&arn("serverlesscachesnapshot")), Some((SnapshotFamily::Serverless, name)));
        assert_eq!(named_by(&arn("replicationgroup")), None);
        assert_eq!(named_by("arn:aws:rds:eu-west-1:123456789012:snapshot:ck-orders"), None);
    }
}
