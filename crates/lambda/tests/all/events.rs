//! Each file of `events/` is understood by its function, whole, and named with its source in the README.

use std::fmt::Debug;

use cachekeep_lambda::Job;
use cachekeep_lambda::event::EventError;
use serde::Serialize;
use serde_json::Value;

use crate::support::fixtures;

/// Reads and writes an event as its function's type, twice; returns what was written.
fn round_trip<E>(event: Value) -> Value
where
    E: TryFrom<Value, Error = EventError> + Serialize + Debug + PartialEq,
{
    let read = E::try_from(event).unwrap();
    let written = serde_json::to_value(&read).unwrap();
    assert_eq!(E::try_from(written.clone()).unwrap(), read);
    written
}

fn through(job: Job, event: Value) -> Value {
    match job {
        Job::Snapshot => round_trip::<cachekeep_snapshot::Event>(event),
        Job::Export => round_trip::<cachekeep_export::Event>(event),
        Job::Verify => round_trip::<cachekeep_verify::Event>(event),
        Job::Prune => round_trip::<cachekeep_prune::Event>(event),
        Job::Notify => round_trip::<cachekeep_notify::Event>(event),
    }
}

#[test]
fn every_event_reads_back_as_it_was_written() {
    for job in Job::ALL {
        for (_, event) in fixtures(job) {
            through(job, event);
        }
    }
}

#[test]
fn nothing_that_eventbridge_sends_is_lost_on_the_way() {
    let events =
        Job::ALL.into_iter().flat_map(|job| fixtures(job).into_iter().map(move |event| (job, event)));
    let from_eventbridge = events.filter(|(_, (_, event))| event.get("source").is_some());
    let mut seen = 0;
    for (job, (name, event)) in from_eventbridge {
        assert_eq!(through(job, event.clone()), event, "{job}/events/{name}");
        seen += 1;
    }
    assert!(seen >= 15, "only {seen} events were found");
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
