//! Reviews: called for by changes, settled by prune.

use cachekeep_core::event::Notice;
use cachekeep_core::job::Job;
use cachekeep_core::review::{Review, Standing, Told};

use super::*;
use cachekeep_core::backup::Word;

fn missed(cache: &str) -> Transition<Backup> {
    step(&due(cache), Change::Missed { why: why("too late") }, at(60))
}

fn decided(cache_name: &str, touched: u64) -> Review {
    let standing = Standing { told: Told::Late, keys: Some(7), ..Standing::new(at(0)) };
    Review { touched, plans: BTreeMap::from([(gold(), standing)]), ..Review::new(cache(cache_name), at(600)) }
}

fn late(cache_name: &str) -> Event {
    Event::of_notice(cache(cache_name), gold(), Notice::Late { last_good: None }, at(61))
}

#[tokio::test(start_paused = true)]
async fn a_change_that_matters_to_retention_calls_for_a_review_and_others_do_not() {
    let (_world, ledger) = ledger().await;
    record(&ledger, requested("orders")).await;
    assert_eq!(ledger.standing().await.unwrap(), []);
    record(&ledger, step(&requested("orders").after, Change::Missed { why: why("late") }, at(60))).await;
    let called = Review { touched: 1, ..Review::new(cache("orders"), at(60)) };
    assert_eq!(ledger.standing().await.unwrap(), std::slice::from_ref(&called));
    assert_eq!(ledger.queue(Job::Prune, at(60), 9).await.unwrap().reviews, [called]);
}

#[tokio::test(start_paused = true)]
async fn a_settled_review_waits_for_its_day_with_what_it_found_and_tells_people() {
    let (_world, ledger) = ledger().await;
    record(&ledger, missed("orders")).await;
    let mut twice = vec![late("orders"), late("orders")];
    assert!(ledger.settle_review(decided("orders", 1), twice.clone()).await.unwrap());
    assert_eq!(ledger.queue(Job::Prune, at(599), 9).await.unwrap().reviews, []);
    assert_eq!(ledger.standing().await.unwrap(), [decided("orders", 2)]);
    assert_eq!(
        ledger.reviews(&[cache("orders"), cache("new")]).await.unwrap(),
        BTreeMap::from([(cache("orders"), decided("orders", 2))])
    );
    twice.truncate(1);
    assert_eq!(ledger.notices(&cache("orders")).await.unwrap(), twice);
    let events = ledger.queue(Job::Notify, at(61), 9).await.unwrap().events;
    assert_eq!(events, [missed("orders").event, late("orders")]);
}

#[tokio::test(start_paused = true)]
async fn a_review_of_a_cache_that_was_touched_meanwhile_is_not_written_and_tells_nobody() {
    let (_world, ledger) = ledger().await;
    record(&ledger, missed("orders")).await;
    assert!(!ledger.settle_review(decided("orders", 0), vec![late("orders")]).await.unwrap());
    assert!(ledger.settle_review(decided("orders", 1), Vec::new()).await.unwrap());
    let again = step(&missed("orders").after, Change::Released { word: Word::default() }, at(70));
    record(&ledger, again).await;
    assert!(!ledger.settle_review(decided("orders", 2), vec![late("orders")]).await.unwrap());
    assert_eq!(ledger.notices(&cache("orders")).await.unwrap(), []);
    // What the last review found stays, and its cache is looked at again at once.
    assert_eq!(ledger.standing().await.unwrap(), [Review { due: at(70), ..decided("orders", 3) }]);
}

#[tokio::test(start_paused = true)]
async fn of_two_passes_that_settle_one_review_one_tells_people() {
    let (_world, ledger) = ledger().await;
    let settle = || ledger.settle_review(decided("new", 0), vec![late("new")]);
    let (one, other) = tokio::join!(settle(), settle());
    assert!(one.unwrap() ^ other.unwrap());
}

#[tokio::test(start_paused = true)]
async fn two_orphans_of_one_minute_are_both_told() {
    let (_world, ledger) = ledger().await;
    let orphan = |snapshot: &str| {
        let notice = Notice::Orphan { snapshot: snapshot.to_owned() };
        Event::of_notice(cache("orders"), gold(), notice, at(1))
    };
    let both = vec![orphan("ck-a"), orphan("ck-b")];
    assert!(ledger.settle_review(decided("orders", 0), both.clone()).await.unwrap());
    assert_eq!(ledger.notices(&cache("orders")).await.unwrap(), both);
}

#[tokio::test(start_paused = true)]
async fn the_standing_shows_every_cache_and_no_deletion_that_waits_beside_it() {
    let (_world, ledger) = ledger().await;
    for cache in ["a", "b", "c"] {
        record(&ledger, missed(cache)).await;
    }
    let mut leaving = due("leaving");
    for (minute, change) in (1..).zip(whole_life("leaving").into_iter().take(10)) {
        let transition = step(&leaving, change, at(minute));
        leaving = transition.after.clone();
        record(&ledger, transition).await;
    }
    let standing = ledger.standing().await.unwrap();
    let mut caches: Vec<_> = standing.iter().map(|review| review.cache.name()).collect();
    caches.sort_unstable();
    assert_eq!(caches, ["a", "b", "c", "leaving"]);
    assert_eq!(ledger.queue(Job::Prune, at(600), 9).await.unwrap().backups, [leaving]);
}
