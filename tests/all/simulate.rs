//! The simulator and the sandbox agree: what plans are said to do is what they do.

use std::collections::BTreeMap;

use cachekeep_aws::fleet;
use cachekeep_aws::pacer::Pace;
use cachekeep_core::backup::{Backup, Status};
use cachekeep_core::ids::CacheId;
use cachekeep_core::plan::Document;
use cachekeep_core::simulate::{Member, Outcome, Simulation, Terms, simulate};
use cachekeep_core::slot::Slot;
use cachekeep_engine::Mode;
use cachekeep_lab::{Lab, Options, fleet as lab_fleet};
use chrono::TimeDelta;

use crate::stage::{backups, lab_with, options};

/// Enough that each plan's policy lets something go, and that a weekend is among them.
const DAYS: u32 = 6;

/// A slot of a cache, what became of it, and whether its backup is there at the end.
type Ends = BTreeMap<(CacheId, String, Slot), (Outcome, bool)>;

async fn members(lab: &Lab) -> Vec<Member> {
    let pacer = lab.context.pacer_to_look(&lab.pass_now(Mode::DryRun), Pace::UNLIMITED);
    let caches = fleet::list(&lab.context.clients, &pacer).await.unwrap();
    caches.into_iter().map(|cache| Member { cache, gigabytes: 1.0 }).collect()
}

fn terms(lab: &Lab) -> Terms {
    Terms {
        from: lab.now(),
        days: DAYS,
        snapshot_takes: TimeDelta::minutes(10),
        export_takes: TimeDelta::minutes(10),
        undelete: TimeDelta::days(3),
        stack: lab.context.stack.clone(),
    }
}

/// Each cache of the sandbox is unlike every other, so that each class is one cache.
fn simulated(simulation: &Simulation) -> Ends {
    let of_class = |class: &cachekeep_core::simulate::Class| {
        assert_eq!(class.caches, 1, "{:?}", class.like);
        let line = |line: &cachekeep_core::simulate::SlotLine| {
            ((class.like.clone(), line.plan.to_string(), line.slot), (line.outcome, line.is_kept))
        };
        class.slots.iter().map(line).collect::<Vec<_>>()
    };
    simulation.classes.iter().flat_map(of_class).collect()
}

fn lived(backups: &[Backup]) -> Ends {
    let end = |backup: &Backup| {
        let outcome = match backup.status() {
            Status::Skipped => Outcome::Skipped,
            Status::Missed => Outcome::Missed,
            Status::Good | Status::Expiring | Status::Pruned => Outcome::Taken,
            Status::Waiting
            | Status::Snapshotting
            | Status::Exporting
            | Status::Verifying
            | Status::Corrupt
            | Status::Failed
            | Status::Lost => Outcome::Pending,
        };
        let id = &backup.id;
        ((id.cache.clone(), id.plan.to_string(), id.slot), (outcome, backup.is_good()))
    };
    backups.iter().map(end).collect()
}

#[tokio::test(start_paused = true)]
async fn some_days_of_the_sandbox_agree_with_the_simulator_on_every_slot_skip_and_kept_backup() {
    let kinds = ["orders", "sessions", "ledger-cache", "search", "archive"];
    let fleet = lab_fleet::fleet(10).into_iter().filter(|cache| kinds.contains(&cache.id.as_str())).collect();
    let start = "2026-03-26T00:00:00Z".parse().unwrap();
    // Without a grace period, so that the passes' own minutes decide nothing at the end.
    let plans = lab_fleet::PLANS.replace("    keep: ", "    grace: 0\n    keep: ");
    let lab = lab_with(Options { start, ..options() }, fleet, &plans).await;
    lab.deploy().await.unwrap();
    let document = Document::parse("plans", &plans).unwrap();
    let simulation = simulate(&document, &members(&lab).await, &terms(&lab));
    lab.sandbox.run_until(simulation.until).await;

    let (said, done) = (simulated(&simulation), lived(&backups(&lab).await));
    let of = |ends: &Ends, outcome| ends.values().filter(|(end, _)| *end == outcome).count();
    assert!(
        of(&done, Outcome::Skipped) > 4 && of(&done, Outcome::Taken) > 100,
        "there is something to agree on"
    );
    assert!(
        done.values().any(|(end, kept)| *end == Outcome::Taken && !kept),
        "retention has let something go"
    );
    let apart: Vec<_> = said.keys().chain(done.keys()).filter(|key| said.get(key) != done.get(key)).collect();
    let apart: Vec<_> = apart.into_iter().map(|key| (key, said.get(key), done.get(key))).collect();
    assert!(apart.is_empty(), "{} of {}: {apart:#?}", apart.len(), done.len());
}
