//! Whether a bucket's policy lets ElastiCache read.

use serde_json::Value;

use super::facts::Access;

/// What reading takes (docs/elasticache.md 7, S).
const NEEDED: [&str; 3] = ["s3:GetObject", "s3:ListBucket", "s3:GetBucketAcl"];

/// Whether this policy of `bucket` lets ElastiCache of `region` read. A policy that cannot be read as JSON tells nothing.
#[must_use]
pub fn access(policy: Option<&str>, region: &str) -> Access {
    let Some(policy) = policy else { return Access::Closed };
    let Ok(policy) = serde_json::from_str::<Value>(policy) else { return Access::Untold };
    let service = format!("{region}.elasticache-snapshot.amazonaws.com");
    let statements = listed(&policy["Statement"]);
    let granted = |action: &str| {
        statements.iter().any(|statement| {
            statement["Effect"] == "Allow"
                && names(&statement["Principal"], &service)
                && allows(statement, action)
        })
    };
    if NEEDED.into_iter().all(granted) { Access::Open } else { Access::Closed }
}

/// One value or a list of them.
fn listed(value: &Value) -> Vec<&Value> {
    match value.as_array() {
        Some(values) => values.iter().collect(),
        None if value.is_null() => Vec::new(),
        None => vec![value],
    }
}

fn names(principal: &Value, service: &str) -> bool {
    // China's services have another suffix.
    let is = |name: &Value| {
        name.as_str().is_some_and(|name| name == "*" || name.strip_suffix(".cn").unwrap_or(name) == service)
    };
    is(principal)
        || listed(&principal["Service"]).into_iter().any(is)
        || listed(&principal["AWS"]).into_iter().any(|name| name == "*")
}

fn allows(statement: &Value, action: &str) -> bool {
    listed(&statement["Action"]).into_iter().filter_map(Value::as_str).any(|granted| matches(granted, action))
}

/// Actions may end in a star, and their case does not matter.
fn matches(granted: &str, action: &str) -> bool {
    let (granted, action) = (granted.to_ascii_lowercase(), action.to_ascii_lowercase());
    match granted.split_once('*') {
        Some((before, after)) => action.starts_with(before) && action.ends_with(after),
        None => granted == action,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(principal: &Value, actions: &Value) -> Access {
        let policy = json!({"Statement": [{"Effect": "Allow", "Principal": principal, "Action": actions}]});
        access(Some(&policy.to_string()), "eu-west-1")
    }

    #[test]
    fn elasticache_of_the_region_must_be_let_in_with_all_that_reading_takes() {
        let ours = json!({"Service": "eu-west-1.elasticache-snapshot.amazonaws.com"});
        assert_eq!(of(&ours, &json!(["s3:GetObject", "s3:ListBucket", "s3:GetBucketAcl"])), Access::Open);
        assert_eq!(of(&ours, &json!("s3:*")), Access::Open);
        assert_eq!(of(&ours, &json!(["s3:Get*", "s3:List*"])), Access::Open);
        assert_eq!(of(&ours, &json!(["s3:GetObject", "s3:ListBucket"])), Access::Closed);
        let other = json!({"Service": "eu-west-2.elasticache-snapshot.amazonaws.com"});
        assert_eq!(of(&other, &json!("s3:*")), Access::Closed);
        assert_eq!(access(None, "eu-west-1"), Access::Closed);
        assert_eq!(access(Some("no JSON"), "eu-west-1"), Access::Untold);
    }
}
