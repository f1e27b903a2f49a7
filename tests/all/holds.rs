//! Holds on a whole cache or plan: what they keep, until when, and what stands of them for whoever asks.

use cachekeep_core::backup::{Backup, Word};
use cachekeep_core::hold::Held;
use cachekeep_engine::{Hold, Mode, hold_all};
use cachekeep_lab::Lab;
use cachekeep_sandbox::elasticache::CacheSpec;

use crate::stage::{backups, lab, operate};

async fn set(lab: &Lab, on: &Held, hold: Hold, why: &str) {
    let word = Word { by: Some("alice".parse().unwrap()), why: Some(why.parse().unwrap()) };
    hold_all(&lab.context, &lab.pass_now(Mode::Act), on, hold, &word).await.unwrap();
}

async fn good(lab: &Lab, cache: &str) -> usize {
    let of = |backup: &Backup| backup.id.cache.name() == cache && backup.is_good();
    backups(lab).await.iter().filter(|backup| of(backup)).count()
}

#[tokio::test(start_paused = true)]
async fn a_hold_on_a_cache_keeps_the_backups_that_come_later_until_it_is_released() {
    let lab = lab(vec![CacheSpec::group("orders", 1), CacheSpec::group("carts", 1)]).await;
    operate(&lab, 60).await;
    let orders = Held::Cache("group:orders".parse().unwrap());
    set(&lab, &orders, Hold::Hold, "case 4711").await;
    // Said again by somebody else, it stays the hold of who said it first.
    set(&lab, &orders, Hold::Hold, "again").await;
    operate(&lab, 24 * 60).await;
    // `keep: last 2`.
    assert_eq!([good(&lab, "orders").await, good(&lab, "carts").await], [5, 2]);
    let holds = lab.context.ledger.holds().await.unwrap();
    let newest = backups(&lab).await.into_iter().rfind(|backup| backup.id.cache.name() == "orders").unwrap();
    assert_eq!(holds.of(&newest)[0].to_string(), "held with cache group:orders by alice: case 4711");
    assert!(!newest.held);
    set(&lab, &orders, Hold::Release, "closed").await;
    assert!(!lab.context.ledger.holds().await.unwrap().cover(&newest.id));
    operate(&lab, 7 * 60).await;
    assert_eq!(good(&lab, "orders").await, 2);
    let record = lab.context.ledger.standing_hold(&orders).await.unwrap().unwrap();
    assert_eq!(record.released.unwrap().word.why.unwrap().as_str(), "closed");
}

#[tokio::test(start_paused = true)]
async fn a_hold_on_a_plan_stops_deletions_that_are_decided_already() {
    let lab = lab(vec![CacheSpec::group("orders", 1)]).await;
    operate(&lab, 13 * 60).await;
    let before = lab.sandbox.s3().keys(lab.context.bucket.name());
    let gold = Held::Plan("gold".parse().unwrap());
    set(&lab, &gold, Hold::Hold, "audit").await;
    operate(&lab, 12 * 60).await;
    let after = lab.sandbox.s3().keys(lab.context.bucket.name());
    assert!(before.iter().all(|key| after.contains(key)), "{before:?}");
    assert!(after.len() > before.len());
}
