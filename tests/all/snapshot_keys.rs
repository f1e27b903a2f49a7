//! Plans whose snapshots are under a KMS key of their own.

use cachekeep_core::backup::Status;
use cachekeep_sandbox::elasticache::{CacheSpec, Engine};

use crate::stage::{backups, lab_with, operate, options};

const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn plan(snapshots: &str) -> String {
    format!(
        "version: 1\nplans:\n  - name: gold\n    select: {{ names: ['*'] }}\n    schedule: '0 */6 * * *'\n    \
         keep: {{ last: 2 }}\n    grace: 0\n    snapshots: {snapshots}\n    export: {{ prefix: 'redis/' }}\n"
    )
}

/// For each cache: how many backups are good, how many snapshots it has under [`KEY`], and whether anything was exported.
async fn after_a_day(snapshots: &str) -> Vec<(String, usize, usize, bool)> {
    let caches = vec![CacheSpec::group("orders", 1), CacheSpec::serverless("sessions", Engine::Valkey)];
    let lab = lab_with(options(), caches, &plan(snapshots)).await;
    operate(&lab, 26 * 60).await;
    let backups = backups(&lab).await;
    let keyed = lab.sandbox.elasticache().snapshots();
    let of = |cache: &str| {
        let own = || backups.iter().filter(|backup| backup.id.cache.name() == cache);
        let under_key = keyed.iter().filter(|snapshot| {
            snapshot.source.starts_with(cache) && snapshot.kms_key_id.as_deref() == Some(KEY)
        });
        let good = own().filter(|backup| backup.status() == Status::Good).count();
        (cache.to_owned(), good, under_key.count(), own().any(|backup| backup.export.is_some()))
    };
    ["orders", "sessions"].map(of).to_vec()
}

#[tokio::test(start_paused = true)]
async fn snapshots_under_a_key_of_the_plan_are_kept_in_elasticache_where_it_cannot_export_them() {
    let ours = after_a_day("{ keep: 1 }").await;
    assert_eq!(ours, [("orders".to_owned(), 2, 0, true), ("sessions".to_owned(), 2, 0, true)]);
    let keyed = after_a_day(&format!("{{ keep: 1, kms_key: '{KEY}' }}")).await;
    // `keep` counts the snapshots that are the only copy, and `snapshots.keep` those beside an export.
    assert_eq!(keyed, [("orders".to_owned(), 2, 2, false), ("sessions".to_owned(), 2, 1, true)]);
}
