//! Plans, checkpoints, the pace and the digest.

use aws_sdk_dynamodb::types::AttributeValue;
use cachekeep_aws::ledger::{Applied, Control, LedgerError, NextLook, StoredPlans};
use cachekeep_aws::pacer::Pace;
use cachekeep_core::job::Job;
use cachekeep_core::slot::Slot;

use super::*;

#[tokio::test(start_paused = true)]
async fn everything_a_pass_starts_from_is_one_query() {
    let (world, ledger) = ledger().await;
    assert_eq!(ledger.control().await.unwrap(), Control::default());
    ledger.apply_plans("one", None, at(0)).await.unwrap();
    ledger.apply_plans("two", Some(1), at(1)).await.unwrap();
    ledger.learn(Pace::per_second(7.5)).await.unwrap();
    ledger.advance(&gold(), Slot::containing(at(0)), None).await.unwrap();
    world.sandbox.calls().reset();
    let control = ledger.control().await.unwrap();
    assert_eq!(world.sandbox.calls().total(), 1);
    assert_eq!(control.plans, Some(StoredPlans { version: 2, text: "two".to_owned(), applied_at: at(1) }));
    assert_eq!(control.pace, Pace::per_second(7.5));
    assert_eq!(control.checkpoints, BTreeMap::from([(gold(), Slot::containing(at(0)))]));
    ledger.learn(Pace::UNLIMITED).await.unwrap();
    assert_eq!(ledger.control().await.unwrap().pace, Pace::UNLIMITED);
}

#[tokio::test(start_paused = true)]
async fn a_plan_document_is_applied_over_the_one_that_was_looked_at_and_kept_for_good() {
    let (world, ledger) = ledger().await;
    assert_eq!(ledger.apply_plans("one", None, at(0)).await.unwrap(), Applied::New { version: 1 });
    assert_eq!(ledger.apply_plans("one", None, at(1)).await.unwrap(), Applied::Unchanged);
    assert_eq!(ledger.apply_plans("two", None, at(1)).await.unwrap(), Applied::Conflict);
    assert_eq!(ledger.apply_plans("two", Some(1), at(2)).await.unwrap(), Applied::New { version: 2 });
    let old = dynamodb(&world)
        .get_item()
        .table_name(TABLE)
        .key("pk", AttributeValue::S("plans".to_owned()))
        .key("sk", AttributeValue::S("v#00000001".to_owned()));
    let old = old.send().await.unwrap().item.unwrap();
    assert_eq!(old["text"], AttributeValue::S("one".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn of_two_documents_applied_at_once_one_is_in_force() {
    let (_world, ledger) = ledger().await;
    let (one, other) =
        tokio::join!(ledger.apply_plans("one", None, at(0)), ledger.apply_plans("two", None, at(0)));
    let results = [one.unwrap(), other.unwrap()];
    assert!(results.contains(&Applied::New { version: 1 }), "{results:?}");
    assert!(results.contains(&Applied::Conflict), "{results:?}");
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_never_goes_back() {
    let (_world, ledger) = ledger().await;
    for minute in [10, 30, 20] {
        ledger.advance(&gold(), Slot::containing(at(minute)), None).await.unwrap();
    }
    assert_eq!(ledger.control().await.unwrap().checkpoints[&gold()], Slot::containing(at(30)));
}

#[tokio::test(start_paused = true)]
async fn the_next_slot_waits_in_the_snapshot_queue_until_it_is_due() {
    let (_world, ledger) = ledger().await;
    ledger.look_next(NextLook { plans: 0, at: Some(at(30)) }).await.unwrap();
    let look = async |minute| ledger.queue(Job::Snapshot, at(minute), 9).await.unwrap().look;
    assert_eq!((look(29).await, look(31).await), (None, Some(at(30))));
    assert!(ledger.caches().await.unwrap().is_empty(), "it is of no cache");
    ledger.look_next(NextLook { plans: 0, at: None }).await.unwrap();
    assert_eq!(look(600).await, None, "no plan has a slot any more");
}

#[tokio::test(start_paused = true)]
async fn plans_that_were_applied_meanwhile_are_looked_at_before_the_slots_of_the_ones_they_replace() {
    let (_world, ledger) = ledger().await;
    ledger.apply_plans("one", None, at(0)).await.unwrap();
    ledger.apply_plans("two", Some(1), at(5)).await.unwrap();
    ledger.look_next(NextLook { plans: 1, at: Some(at(300)) }).await.unwrap();
    assert_eq!(ledger.queue(Job::Snapshot, at(6), 9).await.unwrap().look, Some(at(5)));
    ledger.look_next(NextLook { plans: 2, at: Some(at(300)) }).await.unwrap();
    assert_eq!(ledger.queue(Job::Snapshot, at(6), 9).await.unwrap().look, None);
}

#[tokio::test(start_paused = true)]
async fn a_digest_is_sent_once_a_day_and_counting_begins_anew() {
    let (_world, ledger) = ledger().await;
    let [first, second] = ["2027-03-01", "2027-03-02"].map(|day| day.parse().unwrap());
    ledger.announced(&[], &BTreeMap::from([("good".to_owned(), 4)])).await.unwrap();
    assert!(ledger.digest_sent(first, None).await.unwrap());
    assert!(!ledger.digest_sent(first, None).await.unwrap());
    let digest = ledger.control().await.unwrap().digest;
    assert_eq!((digest.sent, digest.counts), (Some(first), BTreeMap::new()));
    ledger.announced(&[], &BTreeMap::from([("good".to_owned(), 2)])).await.unwrap();
    assert_eq!(ledger.control().await.unwrap().digest.counts["good"], 2);
    assert!(!ledger.digest_sent(second, Some(second)).await.unwrap());
    assert!(ledger.digest_sent(second, Some(first)).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn an_item_of_no_known_kind_is_refused_by_name() {
    let (world, ledger) = ledger().await;
    let put = dynamodb(&world).put_item().table_name(TABLE);
    let put = put.item("pk", AttributeValue::S("plans".to_owned()));
    put.item("sk", AttributeValue::S("novelty".to_owned())).send().await.unwrap();
    let error = ledger.control().await.unwrap_err();
    assert!(matches!(&error, LedgerError::Stray { key } if key == "plans/novelty"), "{error:?}");
}
