//! What is refused while the clocks do not agree, and what is not.

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use super::{ClockError, only_reads};
use crate::canned::{Log, Reply, clients};
use crate::clients::Clients;
use crate::error::{AwsError, OrAws as _};

/// What AWS's clock reads in these tests.
const DATE: &str = "Mon, 01 Mar 2027 05:30:00 GMT";

fn half_past_five() -> DateTime<Utc> {
    "2027-03-01T05:30:00Z".parse().unwrap()
}

/// Clients whose AWS says that it is half past five.
fn told() -> (Clients, Log) {
    clients(|_| Reply::With(200, vec![("date", DATE)], "{}".to_owned()))
}

async fn read(clients: &Clients) {
    clients.dynamodb.list_tables().send().await.unwrap();
}

async fn write(clients: &Clients) -> Result<(), AwsError> {
    let request = clients.dynamodb.delete_table().table_name("ledger");
    request.send().await.or_aws("DeleteTable").map(|_| ())
}

#[tokio::test(start_paused = true)]
async fn with_a_clock_that_agrees_everything_is_sent() {
    let (clients, log) = told();
    clients.decide_at(half_past_five() - TimeDelta::minutes(5), Instant::now());
    read(&clients).await;
    write(&clients).await.unwrap();
    assert_eq!(clients.check_clock(), Ok(()));
    assert_eq!(log.operations(), ["ListTables", "DeleteTable"]);
}

#[tokio::test(start_paused = true)]
async fn with_a_clock_that_is_ahead_or_behind_no_change_is_ever_sent() {
    for wrong in [TimeDelta::days(1000), -TimeDelta::minutes(6)] {
        let (clients, log) = told();
        clients.decide_at(half_past_five() + wrong, Instant::now());
        read(&clients).await;
        let refused = write(&clients).await.unwrap_err().to_string();
        assert!(
            refused.contains("and AWS's says 2027-03-01T05:30:00Z, more than 5 minutes apart"),
            "{refused}"
        );
        assert!(matches!(clients.check_clock(), Err(ClockError::Apart(_))));
        assert_eq!(log.operations(), ["ListTables"]);
    }
}

#[tokio::test(start_paused = true)]
async fn no_change_is_sent_before_an_answer_has_said_the_time() {
    let (silent, log) = clients(|_| Reply::ok("{}"));
    silent.decide_at(half_past_five(), Instant::now());
    write(&silent).await.unwrap_err();
    read(&silent).await;
    assert_eq!(silent.check_clock(), Err(ClockError::Untold));
    let refused = write(&silent).await.unwrap_err().to_string();
    assert!(refused.contains("must send a `Date`"), "{refused}");
    assert_eq!(log.operations(), ["ListTables"]);
}

#[tokio::test(start_paused = true)]
async fn the_time_that_a_pass_takes_is_no_difference_and_an_older_answer_is_no_proof() {
    let (clients, _) = told();
    clients.decide_at(half_past_five() - TimeDelta::minutes(20), Instant::now());
    tokio::time::advance(std::time::Duration::from_mins(20)).await;
    read(&clients).await;
    assert_eq!(clients.check_clock(), Ok(()));
    tokio::time::advance(std::time::Duration::from_mins(1)).await;
    clients.decide_at(half_past_five(), Instant::now());
    assert_eq!(clients.check_clock(), Err(ClockError::Untold));
}

#[tokio::test(start_paused = true)]
async fn where_nobody_says_what_is_decided_by_the_clock_that_signs_is_held_against_the_answers() {
    let (clients, log) = told();
    read(&clients).await;
    write(&clients).await.unwrap_err();
    assert_eq!(log.operations(), ["ListTables"], "this machine does not believe that it is 2027");
}

#[test]
fn what_is_not_known_to_read_only_is_taken_to_change_something() {
    for read in ["DescribeSnapshots", "Query", "BatchGetItem", "GetObject", "HeadBucket", "ListObjectsV2"] {
        assert!(only_reads(read), "{read}");
    }
    for change in
        ["CreateSnapshot", "CopySnapshot", "TransactWriteItems", "PutEvents", "Publish", "Frobnicate"]
    {
        assert!(!only_reads(change), "{change}");
    }
}
