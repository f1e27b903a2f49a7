//! Each file of `events/` is an event of its function, and named with its source in the README.

use aws_lambda_events::dynamodb::Event as Stream;
use aws_lambda_events::eventbridge::EventBridgeEvent;
use aws_lambda_events::sns::SnsEvent;
use cachekeep_lambda::Job;
use serde_json::Value;

use crate::support::fixtures;

/// Reads an event as the type that AWS's own crate has for it.
fn as_aws_has_it(event: &Value) -> Result<(), serde_json::Error> {
    let record = &event["Records"][0];
    if record["EventSource"] == "aws:sns" {
        return serde_json::from_value::<SnsEvent>(event.clone()).map(|_| ());
    }
    if record["eventSource"] == "aws:dynamodb" {
        return serde_json::from_value::<Stream>(event.clone()).map(|_| ());
    }
    serde_json::from_value::<EventBridgeEvent<Value>>(event.clone()).map(|_| ())
}

#[test]
fn every_event_has_the_shape_that_awss_own_crate_knows() {
    assert!(as_aws_has_it(&serde_json::json!({"source": "aws.s3"})).is_err(), "not everything is one");
    for job in Job::ALL {
        for (name, event) in fixtures(job) {
            as_aws_has_it(&event).unwrap_or_else(|error| panic!("{job}/events/{name}: {error}"));
        }
    }
}

#[test]
fn every_function_has_the_event_of_its_schedule() {
    for job in Job::ALL {
        let names: Vec<_> = fixtures(job).into_iter().map(|(name, _)| name).collect();
        assert!(names.contains(&"schedule.json".to_owned()), "{job} has {names:?}");
    }
}

#[test]
fn the_readme_names_every_event_and_no_other() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../functions/README.md"));
    let readme = readme.unwrap();
    let linked = |line: &str| line.split("](").nth(1)?.split(')').next().map(str::to_owned);
    let mut named: Vec<_> =
        readme.lines().filter(|line| line.starts_with("| [`")).filter_map(linked).collect();
    named.sort();
    let files = |job: Job| fixtures(job).into_iter().map(move |(name, _)| format!("{job}/events/{name}"));
    let mut present: Vec<_> = Job::ALL.into_iter().flat_map(files).collect();
    present.sort();
    assert_eq!(named, present);
}
