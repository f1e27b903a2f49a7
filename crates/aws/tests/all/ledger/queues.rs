//! The queues, and events on their way out.

use cachekeep_aws::ledger::{ANNOUNCED_LIMIT, Queue};
use cachekeep_core::job::Job;
use cachekeep_sandbox::door::call::ServiceName;

use super::*;

#[tokio::test(start_paused = true)]
async fn an_idle_queue_is_one_call() {
    let (world, ledger) = ledger().await;
    record(&ledger, requested("orders")).await;
    world.sandbox.calls().reset();
    assert_eq!(ledger.queue(Job::Export, at(600), 50).await.unwrap(), Queue::default());
    assert_eq!(world.sandbox.calls().total(), 1);
    assert_eq!(world.sandbox.calls().count(ServiceName::DynamoDb, "Query"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_queue_hands_out_what_is_due_the_oldest_first_and_no_more_than_asked() {
    let (_world, ledger) = ledger().await;
    for (cache, minute) in [("late", 9), ("first", 1), ("second", 2), ("third", 3)] {
        record(&ledger, step(&due(cache), request(cache), at(minute))).await;
    }
    // A request is taken over two minutes after its intent.
    let due_at = async |minute, limit| {
        let queue = ledger.queue(Job::Snapshot, at(minute), limit).await.unwrap();
        queue.backups.iter().map(|backup| backup.id.cache.name().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(due_at(2, 9).await, Vec::<String>::new());
    assert_eq!(due_at(5, 9).await, ["first", "second", "third"]);
    assert_eq!(due_at(60, 2).await, ["first", "second"]);
}

#[tokio::test(start_paused = true)]
async fn a_queue_is_read_over_many_pages() {
    let (world, ledger) = ledger().await;
    // Thirty items of 60 KB are two pages of at most 1 MB.
    let long = Change::Waiting { why: why(&"x".repeat(60_000)), retry_at: at(2) };
    let thirty = (0..30).map(|n| step(&due(&format!("c{n}")), long.clone(), at(1))).collect();
    let recorded = words(&ledger.record(thirty).await);
    assert_eq!(recorded, ["done"; 30]);
    world.sandbox.calls().reset();
    assert_eq!(ledger.queue(Job::Snapshot, at(9), 100).await.unwrap().backups.len(), 30);
    assert!(world.sandbox.calls().count(ServiceName::DynamoDb, "Query") > 1);
}

#[tokio::test(start_paused = true)]
async fn the_caches_are_those_with_a_review_or_a_backup_on_its_way() {
    let (_world, ledger) = ledger().await;
    let missed = Change::Missed { why: why("too late") };
    record(&ledger, requested("waiting")).await;
    record(&ledger, step(&due("missed"), missed, at(60))).await;
    assert_eq!(
        ledger.caches().await.unwrap().into_iter().collect::<Vec<_>>(),
        [cache("missed"), cache("waiting")]
    );
}

#[tokio::test(start_paused = true)]
async fn announced_events_leave_the_queue_and_enter_the_digest_once() {
    let (_world, ledger) = ledger().await;
    record(&ledger, requested("orders")).await;
    record(&ledger, requested("sessions")).await;
    let events = ledger.queue(Job::Notify, at(9), 10).await.unwrap().events;
    assert_eq!(events.len(), 2);
    let counts = BTreeMap::from([("snapshot-requested".to_owned(), 2), ("a.b c".to_owned(), 1)]);
    ledger.announced(&events, &counts).await.unwrap();
    assert_eq!(ledger.queue(Job::Notify, at(9), 10).await.unwrap(), Queue::default());
    assert_eq!(ledger.events(&id("orders")).await.unwrap(), [requested("orders").event]);
    assert_eq!(ledger.control().await.unwrap().digest.counts, counts);

    ledger.announced(&events[..1], &BTreeMap::new()).await.unwrap();
    ledger.announced(&[], &BTreeMap::from([("a.b c".to_owned(), 3)])).await.unwrap();
    let digest = ledger.control().await.unwrap().digest;
    assert_eq!(
        digest.counts,
        BTreeMap::from([("snapshot-requested".to_owned(), 2), ("a.b c".to_owned(), 4)])
    );
}

#[tokio::test(start_paused = true)]
async fn more_events_than_one_transaction_takes_are_announced_in_several() {
    let (world, ledger) = ledger().await;
    let many: Vec<_> = (0..=ANNOUNCED_LIMIT).map(|n| requested(&format!("c{n}"))).collect();
    let events: Vec<_> = many.iter().map(|transition| transition.event.clone()).collect();
    assert!(words(&ledger.record(many).await).iter().all(|word| *word == "done"));
    world.sandbox.calls().reset();
    let counts = BTreeMap::from([("snapshot-requested".to_owned(), 100)]);
    ledger.announced(&events, &counts).await.unwrap();
    assert_eq!(world.sandbox.calls().count(ServiceName::DynamoDb, "TransactWriteItems"), 2);
    assert_eq!(ledger.queue(Job::Notify, at(9), 200).await.unwrap(), Queue::default());
    assert_eq!(ledger.control().await.unwrap().digest.counts, counts);
}

#[tokio::test(start_paused = true)]
async fn announcing_an_event_that_has_expired_brings_nothing_back() {
    let (_world, ledger) = ledger().await;
    record(&ledger, requested("orders")).await;
    let counts = BTreeMap::from([("x".to_owned(), 2)]);
    ledger.announced(&[requested("gone").event, requested("orders").event], &counts).await.unwrap();
    assert_eq!(ledger.events(&id("gone")).await.unwrap(), []);
    assert_eq!(ledger.queue(Job::Notify, at(9), 10).await.unwrap(), Queue::default());
    assert_eq!(ledger.control().await.unwrap().digest.counts, counts);
}
