//! A lab whose one backup is exported and only has to be read: one file, as large as asked for.

use std::path::PathBuf;
use std::time::Duration;

use cachekeep_core::backup::{Backup, Status};
use cachekeep_core::job::Job;
use cachekeep_lab::{Lab, Options};
use cachekeep_sandbox::elasticache::{CacheSpec, Durations, Span};
use chrono::{TimeDelta, Utc};

use crate::rdb;

const PLAN: &str = "
version: 1
plans:
  - name: bench
    select: { names: ['*'] }
    schedule: rate(2 hours)
    start_within: 2h
    keep: { last: 3 }
    export: { prefix: 'redis/' }
";

/// One value of the file.
pub(crate) const VALUE: u32 = 1_000_000;

/// How long ElastiCache takes here for anything.
const SOON: TimeDelta = TimeDelta::milliseconds(10);

/// How often what goes on by itself is looked at.
pub(crate) const LOOK: Duration = Duration::from_millis(20);

/// A lab with an export of so many megabytes, and where its files lie.
pub(crate) async fn exported(megabytes: u32) -> (Lab, PathBuf) {
    let directory = std::env::temp_dir().join(format!("cachekeep-bench-{}", std::process::id()));
    let soon = Span { min: SOON, max: SOON };
    let durations = Durations { snapshot: soon, export: soon, ..Durations::default() };
    let lab =
        Lab::new(Options { durations, ..Options::new(Utc::now(), 7, directory.clone()) }).await.unwrap();
    let data = vec![rdb::file(megabytes, VALUE).into()];
    lab.sandbox.elasticache().create(CacheSpec { data, ..CacheSpec::single_node("large") });
    // Applied two hours ago, so that a slot is due.
    lab.context.ledger.apply_plans(PLAN, None, lab.now() - TimeDelta::hours(2)).await.unwrap();
    while status(&lab).await != Some(Status::Verifying) {
        lab.pass(Job::Snapshot).await.unwrap();
        lab.pass(Job::Export).await.unwrap();
        tokio::time::sleep(LOOK).await;
        lab.sandbox.settle().await;
    }
    (lab, directory)
}

/// How the backup stands.
pub(crate) async fn status(lab: &Lab) -> Option<Status> {
    let caches = lab.context.ledger.caches().await.unwrap();
    let history = lab.context.ledger.history(caches.first()?).await.unwrap();
    history.first().map(Backup::status)
}
