//! A cache that is deleted, or loses its tag, on purpose: told once, and no alarm.

use cachekeep_core::job::Job;
use cachekeep_lab::Lab;
use cachekeep_sandbox::elasticache::CacheSpec;
use http::Method;

use crate::stage::{backups, lab_with, options, owner_asks, pass, subjects, wait};

const PLAN: &str = "
version: 1
plans:
  - name: gold
    select: { tags: { backup: gold } }
    schedule: '0 */6 * * *'
    keep: { last: 9 }
    expect: 8h
    export: {}
";

async fn elasticache(lab: &Lab, form: &str) {
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    owner_asks(lab, (Method::POST, "elasticache", "/"), &headers, format!("{form}&Version=2015-02-02")).await;
}

const SESSIONS: &str = "arn:aws:elasticache:us-east-1:123456789012:cluster:sessions";

/// All jobs every ten minutes; the most that any pass found used of what freshness allows, in percent.
async fn worst_of(lab: &Lab, hours: i64) -> f64 {
    let mut worst = 0.0_f64;
    for _ in 0..hours * 6 {
        for job in Job::ALL {
            let fresh = pass(lab, job).await.figures.freshness.into_iter().flatten();
            worst = fresh.map(|(_, fresh)| fresh.used()).fold(worst, f64::max);
        }
        wait(lab, 10).await;
    }
    worst
}

fn told(lab: &Lab, words: &str) -> usize {
    subjects(lab).iter().filter(|subject| subject.contains(words)).count()
}

#[tokio::test(start_paused = true)]
async fn caches_that_go_on_purpose_are_told_of_once_and_never_late() {
    let caches = ["orders", "stays"].map(|name| CacheSpec::group(name, 0).tag("backup", "gold"));
    let caches = caches.into_iter().chain([CacheSpec::single_node("sessions").tag("backup", "gold")]);
    let lab = lab_with(options(), caches.collect(), PLAN).await;
    worst_of(&lab, 2).await;
    elasticache(&lab, "Action=DeleteReplicationGroup&ReplicationGroupId=orders").await;
    elasticache(
        &lab,
        &format!("Action=RemoveTagsFromResource&ResourceName={SESSIONS}&TagKeys.member.1=backup"),
    )
    .await;
    // Through the slots at 12:00 and 18:00; eight hours after 06:00 both would be late.
    let worst = worst_of(&lab, 12).await;
    assert!(worst < 100.0, "{worst} %");
    assert_eq!((told(&lab, "no longer backed up"), told(&lab, "late")), (1, 0), "{:?}", subjects(&lab));
    let of = |name: &str| {
        let cache = name.to_owned();
        let all = backups(&lab);
        async move { all.await.iter().filter(|backup| backup.id.cache.name() == cache).count() }
    };
    assert_eq!((of("orders").await, of("sessions").await, of("stays").await), (1, 1, 3));

    // With its tag back it is served, and measured, as before.
    elasticache(
        &lab,
        &format!(
            "Action=AddTagsToResource&ResourceName={SESSIONS}&Tags.Tag.1.Key=backup&Tags.Tag.1.Value=gold"
        ),
    )
    .await;
    worst_of(&lab, 6).await;
    assert_eq!(of("sessions").await, 2);
    assert_eq!(told(&lab, "no longer backed up"), 1);
}
