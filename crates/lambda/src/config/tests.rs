//! What each variable does, and what is said when one is missing.

use std::collections::BTreeMap;

use cachekeep_core::pace::CallLimit;
use cachekeep_core::stack::Replicas;

use super::{Config, ConfigError};

const STACK: [(&str, &str); 4] = [
    ("CACHEKEEP_TABLE", "ledger"),
    ("CACHEKEEP_BUCKET", "exports"),
    ("CACHEKEEP_TOPIC_ARN", "arn:aws:sns:eu-west-1:123456789012:cachekeep"),
    ("CACHEKEEP_BUS", "cachekeep"),
];

fn read(more: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let set: BTreeMap<&str, &str> = STACK.iter().chain(more).copied().collect();
    Config::read(|name| set.get(name).map(|value| (*value).to_owned()))
}

#[test]
fn the_four_names_are_enough() {
    let config = read(&[]).unwrap();
    assert_eq!(config.table, "ledger");
    assert_eq!(config.bucket, "exports");
    assert_eq!(config.topic_arn, "arn:aws:sns:eu-west-1:123456789012:cachekeep");
    assert_eq!(config.bus, "cachekeep");
    assert_eq!(config.default_plan.unwrap().plans[0].name.as_str(), "default");
}

#[test]
fn a_stack_goes_by_its_name_and_without_one_by_its_tables_in_the_site_of_its_topic() {
    let stack = read(&[("CACHEKEEP_STACK", "prod")]).unwrap().stack;
    assert_eq!(stack.to_string(), "prod in 123456789012/eu-west-1");
    assert_eq!(read(&[]).unwrap().stack.identity.as_str(), "ledger");
    assert!(matches!(read(&[("CACHEKEEP_STACK", "a b")]), Err(ConfigError::Identity(_))));
    assert!(matches!(read(&[("CACHEKEEP_TOPIC_ARN", "cachekeep")]), Err(ConfigError::Topic(_))));
}

#[test]
fn the_limit_on_calls_is_ten_a_second_unless_the_stack_says_otherwise() {
    assert_eq!(read(&[]).unwrap().calls, CallLimit::default());
    assert_eq!(Some(read(&[(super::MAX_CALLS, "4")]).unwrap().calls), CallLimit::per_second(4));
    for wrong in ["0", "161", "many"] {
        assert!(matches!(read(&[(super::MAX_CALLS, wrong)]), Err(ConfigError::Calls { .. })), "{wrong}");
    }
}

/// An empty parameter of the stack is no bucket; that a function says so is what tells its roles from a person's.
#[test]
fn a_function_knows_where_its_role_lets_copies_be_written() {
    let replicas = |more: &[(&str, &str)]| read(more).unwrap().replicas;
    assert_eq!(replicas(&[("CACHEKEEP_REPLICA_BUCKET", "")]), Replicas::default());
    let given = replicas(&[("CACHEKEEP_REPLICA_BUCKET", "replica"), ("CACHEKEEP_REPLICA_KEY", "arn:key")]);
    assert_eq!(given, Replicas { bucket: Some("replica".to_owned()), key: Some("arn:key".to_owned()) });
}

#[test]
fn each_name_that_is_missing_or_empty_is_told() {
    for (name, _) in STACK {
        let error = read(&[(name, "")]).unwrap_err();
        assert_eq!(error, ConfigError::Missing { name });
        assert_eq!(error.to_string(), format!("set the environment variable {name}"));
    }
}

#[test]
fn the_stacks_parameters_make_the_default_plan() {
    let config = read(&[
        ("CACHEKEEP_SCHEDULE", "30 2 * * *"),
        ("CACHEKEEP_TIMEZONE", "Europe/Zurich"),
        ("CACHEKEEP_KEEP", "last=9"),
        ("CACHEKEEP_TAG_KEY", "backup"),
        ("CACHEKEEP_TAG_VALUE", "gold"),
    ]);
    let source = config.unwrap().default_plan.unwrap().source;
    for part in ["30 2 * * *", "Europe/Zurich", "last: 9", "\"backup\": \"gold\""] {
        assert!(source.contains(part), "{part} in {source}");
    }
}

#[test]
fn the_stacks_prefix_is_read_and_one_that_cannot_stand_before_a_key_is_told() {
    assert_eq!(read(&[("CACHEKEEP_PREFIX", "redis/")]).unwrap().prefix.as_str(), "redis/");
    assert_eq!(read(&[("CACHEKEEP_PREFIX", "")]).unwrap().prefix.as_str(), "");
    let error = read(&[("CACHEKEEP_PREFIX", "redis")]).unwrap_err();
    assert!(matches!(error, ConfigError::Prefix(_)), "{error:?}");
    assert!(error.to_string().contains("CACHEKEEP_PREFIX"), "{error}");
}

#[test]
fn a_parameter_left_empty_means_the_usual_one() {
    assert_eq!(read(&[("CACHEKEEP_SCHEDULE", ""), ("CACHEKEEP_KEEP", "")]), read(&[]));
}

#[test]
fn parameters_that_make_no_plan_keep_no_function_from_starting() {
    for wrong in [("CACHEKEEP_SCHEDULE", "often"), ("CACHEKEEP_KEEP", "all"), ("CACHEKEEP_TIMEZONE", "Mars")]
    {
        let config = read(&[wrong]).unwrap();
        assert!(config.default_plan.is_err(), "{wrong:?}: {config:?}");
    }
}
