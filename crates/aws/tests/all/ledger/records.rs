//! Recording changes.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use cachekeep_aws::ledger::{FORMAT, LedgerError, Recorded};
use cachekeep_core::backup::{Change, Status, Word};
use cachekeep_core::ids::NodeId;
use cachekeep_core::quota::Meter;
use cachekeep_sandbox::door::call::ServiceName;
use cachekeep_sandbox::fault::{Fault, Rule, When};

use super::*;

/// The attributes of the backup of a cache, as DynamoDB has them.
async fn stored(world: &World, cache: &str) -> BTreeMap<String, AttributeValue> {
    let request = dynamodb(world).get_item().table_name(TABLE).consistent_read(true);
    let request = request.key("pk", AttributeValue::S(format!("cache#group:{cache}")));
    let sk = AttributeValue::S("backup#2027-03-01T06:00:00Z#gold".to_owned());
    request.key("sk", sk).send().await.unwrap().item.unwrap().into_iter().collect()
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_backup_and_its_events_read_back_in_every_state() {
    let (_world, ledger) = ledger().await;
    let (mut backup, mut events) = (due("orders"), Vec::new());
    for (minute, change) in (1..).zip(whole_life("orders")) {
        let transition = step(&backup, change, at(minute));
        backup = transition.after.clone();
        events.push(transition.event.clone());
        record(&ledger, transition).await;
        assert_eq!(ledger.backup(&backup.id).await.unwrap().as_ref(), Some(&backup));
    }
    assert_eq!(backup.status(), Status::Pruned);
    assert_eq!(ledger.events(&backup.id).await.unwrap(), events);
    assert_eq!(ledger.history(&backup.id.cache).await.unwrap(), [backup]);
    assert_eq!(ledger.notices(&cache("orders")).await.unwrap(), []);
    assert_eq!(ledger.backup(&id("sessions")).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn an_item_says_its_format_its_status_who_acts_next_and_when_it_may_go() {
    let (world, ledger) = ledger().await;
    record(&ledger, requested("orders")).await;
    let item = stored(&world, "orders").await;
    assert_eq!(item.get("format"), Some(&AttributeValue::N(FORMAT.to_string())));
    assert_eq!(item["status"], text("snapshotting"));
    assert_eq!(item["work"], text("snapshot"));
    assert_eq!(item["due"], text("2027-03-01T06:03:00Z"));
    assert_eq!(item.get("ttl"), None);

    let missed = step(&requested("orders").after, Change::Missed { why: why("too late") }, at(60));
    record(&ledger, missed).await;
    let item = stored(&world, "orders").await;
    assert_eq!(item["status"], text("missed"));
    assert_eq!((item.get("work"), item.get("due")), (None, None));
    let after_400_days = at(60) + TimeDelta::days(400);
    assert_eq!(item.get("ttl"), Some(&AttributeValue::N(after_400_days.timestamp().to_string())));
}

#[tokio::test(start_paused = true)]
async fn a_held_record_does_not_expire() {
    let (world, ledger) = ledger().await;
    let missed = step(&due("orders"), Change::Missed { why: why("too late") }, at(60));
    let held = step(&missed.after, Change::Held { word: Word::default() }, at(61));
    assert_eq!(words(&ledger.record(vec![missed, held]).await), ["done", "done"]);
    assert_eq!(stored(&world, "orders").await.get("ttl"), None);
}

#[tokio::test(start_paused = true)]
async fn of_two_writers_on_one_version_one_loses_and_leaves_no_event() {
    let (_world, ledger) = ledger().await;
    let other = step(&due("orders"), Change::Missed { why: why("too late") }, at(2));
    record(&ledger, requested("orders")).await;
    assert_eq!(words(&ledger.record(vec![other]).await), ["lost"]);
    assert_eq!(ledger.backup(&id("orders")).await.unwrap(), Some(requested("orders").after));
    assert_eq!(ledger.events(&id("orders")).await.unwrap(), [requested("orders").event]);
}

#[tokio::test(start_paused = true)]
async fn of_two_writers_of_the_very_same_change_one_loses() {
    let (_world, ledger) = ledger().await;
    let (one, other) =
        tokio::join!(ledger.record(vec![requested("orders")]), ledger.record(vec![requested("orders")]));
    let mut both = [words(&one), words(&other)].concat();
    both.sort_unstable();
    assert_eq!(both, ["done", "lost"]);
}

#[tokio::test(start_paused = true)]
async fn two_conflicts_in_a_batch_of_sixty_lose_nobody_else() {
    let (world, ledger) = ledger().await;
    for taken in ["c7", "c41"] {
        let change = Change::Missed { why: why("too late") };
        record(&ledger, step(&due(taken), change, at(2))).await;
    }
    world.sandbox.calls().reset();
    let sixty = (0..60).map(|n| requested(&format!("c{n}"))).collect();
    let recorded = words(&ledger.record(sixty).await);
    let lost: Vec<usize> = (0..60).filter(|n| recorded[*n] == "lost").collect();
    assert_eq!(lost, [7, 41]);
    assert_eq!(recorded.iter().filter(|word| **word == "done").count(), 58);
    // Fifty changes of two items are one transaction, which is cancelled and sent again without the two; ten are another.
    assert_eq!(world.sandbox.calls().count(ServiceName::DynamoDb, "TransactWriteItems"), 3);
    for n in 0..60 {
        let status = ledger.backup(&id(&format!("c{n}"))).await.unwrap().unwrap().status();
        assert_eq!(status, if lost.contains(&n) { Status::Missed } else { Status::Snapshotting }, "c{n}");
    }
}

#[tokio::test(start_paused = true)]
async fn changes_of_one_backup_in_one_call_happen_in_their_order() {
    let (_world, ledger) = ledger().await;
    let mut backup = due("orders");
    let mut life = Vec::new();
    for (minute, change) in (1..).zip(whole_life("orders")) {
        life.push(step(&backup, change, at(minute)));
        backup = life[life.len() - 1].after.clone();
    }
    let recorded = ledger.record(life).await;
    assert!(recorded.iter().all(|one| matches!(one, Recorded::Done)), "{recorded:?}");
    assert_eq!(ledger.backup(&backup.id).await.unwrap(), Some(backup));
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_no_lost_change() {
    let (world, ledger) = ledger().await;
    let fault = Rule::new(ServiceName::DynamoDb, "TransactWriteItems", Fault::TimeoutAfterEffect);
    world.sandbox.faults().inject(fault.when(When::First(1)));
    record(&ledger, requested("orders")).await;
    assert_eq!(world.sandbox.calls().count(ServiceName::DynamoDb, "TransactWriteItems"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_reservation_holds_only_over_the_count_that_it_was_decided_on() {
    let (_world, ledger) = ledger().await;
    let node = NodeId::new("shared-001");
    let mut reserved = Meter::new(cache("shared"), node.clone());
    reserved.reserve(&name("orders"), at(1));
    let with = |cache: &str, meter: &Meter| Transition {
        beside: vec![Beside::Meter(meter.clone())],
        ..requested(cache)
    };
    record(&ledger, with("orders", &reserved)).await;
    assert_eq!(words(&ledger.record(vec![with("sessions", &reserved)]).await), ["lost"]);
    assert_eq!(ledger.backup(&id("sessions")).await.unwrap(), None);

    let wanted = [(cache("shared"), NodeId::new("shared-002")), (cache("shared"), node)];
    let meters = ledger.meters(&wanted).await.unwrap();
    assert_eq!(meters[0], Meter::new(cache("shared"), NodeId::new("shared-002")));
    assert_eq!(meters[1], Meter { version: 1, ..reserved });
    record(&ledger, with("sessions", &meters[1])).await;
    assert_eq!(ledger.meters(&wanted[1..]).await.unwrap()[0].version, 2);
}

#[tokio::test(start_paused = true)]
async fn counts_come_back_in_the_order_asked_for_however_many_they_are() {
    let (world, ledger) = ledger().await;
    let wanted: Vec<_> = (0..230).map(|n| (cache("orders"), NodeId::new(&format!("n{n}")))).collect();
    let mut meter = Meter::new(cache("orders"), NodeId::new("n150"));
    meter.reserve(&name("orders"), at(1));
    record(&ledger, Transition { beside: vec![Beside::Meter(meter)], ..requested("orders") }).await;
    world.sandbox.calls().reset();
    let twice = [&wanted[..], &wanted[150..151]].concat();
    let meters = ledger.meters(&twice).await.unwrap();
    let nodes: Vec<_> = meters.iter().map(|meter| (meter.cache.clone(), meter.node.clone())).collect();
    assert_eq!(nodes, twice);
    assert_eq!((meters[150].version, meters[230].version, meters[149].version), (1, 1, 0));
    assert_eq!(world.sandbox.calls().count(ServiceName::DynamoDb, "BatchGetItem"), 3);
}

#[tokio::test(start_paused = true)]
async fn a_configuration_is_kept_once_under_its_address() {
    let (_world, ledger) = ledger().await;
    let before = due("orders");
    let beside = Beside::Configuration {
        cache: before.id.cache.clone(),
        address: before.task.configuration.clone(),
        configuration: Box::new(Configuration::from(&recreate())),
    };
    let with = Transition { beside: vec![beside], ..step(&before, request("orders"), at(1)) };
    record(&ledger, with).await;
    assert_eq!(ledger.configuration(&cache("orders"), "abc").await.unwrap(), Some(recreate()));
    assert_eq!(ledger.configuration(&cache("orders"), "abd").await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn one_change_too_large_for_dynamodb_fails_alone() {
    let (_world, ledger) = ledger().await;
    let huge = Change::Missed { why: why(&"x".repeat(500 * 1024)) };
    let recorded = ledger.record(vec![requested("a"), step(&due("b"), huge, at(1)), requested("c")]).await;
    assert_eq!(words(&recorded), ["done", "failed", "done"]);
    let Recorded::Failed(error) = &recorded[1] else { panic!("failed") };
    assert!(!error.is_retryable());
}

#[tokio::test(start_paused = true)]
async fn without_its_table_the_ledger_fails_every_change_with_the_reason() {
    let world = World::new();
    let ledger = Ledger::new(&world.clients, "absent");
    let recorded = ledger.record(vec![requested("a"), requested("b")]).await;
    assert_eq!(words(&recorded), ["failed", "failed"]);
    let Recorded::Failed(LedgerError::Aws(error)) = &recorded[0] else { panic!("{recorded:?}") };
    assert_eq!(error.operation(), "TransactWriteItems");
}

#[tokio::test(start_paused = true)]
async fn an_item_of_a_newer_format_is_refused_with_what_to_do() {
    let (world, ledger) = ledger().await;
    record(&ledger, requested("orders")).await;
    let mut item = stored(&world, "orders").await;
    item.insert("format".to_owned(), AttributeValue::N((FORMAT + 1).to_string()));
    let put = dynamodb(&world).put_item().table_name(TABLE);
    put.set_item(Some(item.into_iter().collect())).send().await.unwrap();
    let error = ledger.backup(&id("orders")).await.unwrap_err();
    assert!(
        matches!(&error, LedgerError::UnknownFormat { format, .. } if *format == (FORMAT + 1).to_string()),
        "{error:?}"
    );
    assert!(error.to_string().contains("deploy the cachekeep version that wrote it"), "{error}");
    assert!(!error.is_retryable());
    assert!(ledger.history(&cache("orders")).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn an_item_that_is_damaged_is_named() {
    let (world, ledger) = ledger().await;
    record(&ledger, requested("orders")).await;
    let mut item = stored(&world, "orders").await;
    item.remove("snapshot");
    let put = dynamodb(&world).put_item().table_name(TABLE);
    put.set_item(Some(item.into_iter().collect())).send().await.unwrap();
    let error = ledger.backup(&id("orders")).await.unwrap_err().to_string();
    assert!(error.contains("cache#group:orders/backup#2027-03-01T06:00:00Z#gold"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn retention_reads_what_it_let_go_for_two_days_more_and_then_no_longer() {
    let (_world, ledger) = ledger().await;
    let mut backup = due("orders");
    for (minute, change) in (1..).zip(whole_life("orders")) {
        let transition = step(&backup, change, at(minute));
        backup = transition.after.clone();
        record(&ledger, transition).await;
        assert_eq!(
            ledger.live_history(&backup.id.cache, at(9_000)).await.unwrap().len(),
            usize::from(minute < 14)
        );
    }
    record(&ledger, step(&due("orders-2"), Change::Skipped { why: why("quota") }, at(1))).await;
    let live = async |cache_name: &str, minute| {
        ledger.live_history(&cache(cache_name), at(minute)).await.unwrap().len()
    };
    assert_eq!((live("orders", 2_800).await, live("orders", 2_900).await), (1, 0));
    assert_eq!((live("orders-2", 2_800).await, live("orders-2", 2_900).await), (1, 0));
    assert_eq!(ledger.history(&cache("orders")).await.unwrap(), [backup], "people still find it");
}
