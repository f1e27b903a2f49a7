//! What people are shown: the same in every command, and true at the moment of asking.

use cachekeep_core::job::Job;
use cachekeep_core::view::status::Health;
use cachekeep_engine::{Mode, status};
use cachekeep_lab::Lab;
use cachekeep_sandbox::elasticache::CacheSpec;

use crate::stage::{backups, lab, operate, pass, wait};

async fn seen(lab: &Lab) -> (Health, Option<String>) {
    let standings = status(&lab.context, &lab.pass_now(Mode::DryRun)).await.unwrap();
    let line = &standings.lines[0];
    (line.health, line.last_good.map(|at| at.format("%H:%M").to_string()))
}

#[tokio::test(start_paused = true)]
async fn status_knows_a_backup_as_soon_as_list_does_and_before_any_review() {
    let lab = lab(vec![CacheSpec::group("orders", 1)]).await;
    operate(&lab, 15).await;
    assert_eq!(seen(&lab).await, (Health::Never, None));
    // No prune pass from here on, so that nothing reviews the cache.
    for _ in 0..12 {
        for job in [Job::Snapshot, Job::Export, Job::Verify] {
            pass(&lab, job).await;
        }
        wait(&lab, 5).await;
    }
    assert!(backups(&lab).await[0].is_good());
    assert_eq!(seen(&lab).await, (Health::Ok, Some("06:00".to_owned())));
}
