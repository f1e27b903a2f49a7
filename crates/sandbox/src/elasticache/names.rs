//! Names of manual snapshots (docs/elasticache.md 1.4, S for the rules, U for their strictness).

use super::switches::NameRules;
use super::wire::error::ApiError;

/// The longest name of a node-based snapshot.
pub(crate) const NODE_BASED: usize = 40;
/// The longest name of a serverless snapshot.
pub(crate) const SERVERLESS: usize = 255;

/// Checks the name of a manual snapshot.
pub(crate) fn check(name: &str, longest: usize, rules: NameRules) -> Result<(), ApiError> {
    let fits = match rules {
        NameRules::Anything => !name.is_empty(),
        NameRules::Guide => follows_guide(name, longest),
    };
    if fits {
        return Ok(());
    }
    Err(ApiError::value(format!(
        "The parameter SnapshotName must be provided and must contain from 1 to {longest} alphanumeric characters or \
         hyphens, start with a letter, not end with a hyphen and not contain two consecutive hyphens: {name}"
    )))
}

fn follows_guide(name: &str, longest: usize) -> bool {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let starts = name.starts_with(|first: char| first.is_ascii_alphabetic());
    plain && starts && name.len() <= longest && !name.contains("--") && !name.ends_with('-')
}

/// The longest id of a replication group, and of a cluster (the model's field documentation).
pub(crate) const GROUP_ID: usize = 40;
/// See [`GROUP_ID`].
pub(crate) const CLUSTER_ID: usize = 50;

/// Checks the id of a new group or cluster.
pub(crate) fn check_id(parameter: &str, id: &str, longest: usize) -> Result<(), ApiError> {
    if follows_guide(id, longest) {
        return Ok(());
    }
    Err(ApiError::value(format!(
        "The parameter {parameter} is not a valid identifier. Identifiers must begin with a letter; must contain only \
         ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens."
    )))
}

/// Checks the target of an export: 1 to 1000 characters (docs/elasticache.md 1.4, S).
pub(crate) fn check_export_target(name: &str) -> Result<(), ApiError> {
    if (1..=1000).contains(&name.chars().count()) {
        Ok(())
    } else {
        Err(ApiError::value("The parameter TargetSnapshotName must have from 1 to 1000 characters."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_guide_or_nothing() {
        for good in ["a", "backup-2027-03-01", &"a".repeat(40)] {
            assert!(check(good, NODE_BASED, NameRules::Guide).is_ok(), "{good}");
        }
        for bad in ["", "1a", "a--b", "a-", "a_b", "a.b", &"a".repeat(41)] {
            assert!(check(bad, NODE_BASED, NameRules::Guide).is_err(), "{bad}");
        }
        assert!(check("a_b--", NODE_BASED, NameRules::Anything).is_ok());
        assert!(check("", NODE_BASED, NameRules::Anything).is_err());
    }
}
