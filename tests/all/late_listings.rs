//! Nobody knows whether ElastiCache shows at once what was made or changed. Here it does not: no snapshot is called lost for
//! that, none is taken twice, and what is really gone is still found.

use cachekeep_aws::pacer::Pace;
use cachekeep_aws::snapshots::{self, SnapshotFamily, Wanted};
use cachekeep_core::backup::{Backup, ExportState, Status};
use cachekeep_core::job::Job;
use cachekeep_core::snapshot::Sighting;
use cachekeep_engine::Mode;
use cachekeep_lab::{Lab, Options};
use cachekeep_sandbox::door::call::ServiceName;
use cachekeep_sandbox::elasticache::switches::{CreateCheckOrder, Staleness, Switches};
use cachekeep_sandbox::elasticache::{CacheSpec, Engine};
use cachekeep_sandbox::fault::{Fault, Rule, When};
use chrono::TimeDelta;

use crate::quota::delete;
use crate::stage::{PLAN, backups, lab_with, operate, options, pass, state, subjects, wait};

/// Snapshots that stay where they are.
const WITHOUT_EXPORT: &str = "
version: 1
plans:
  - name: gold
    select: { names: ['*'] }
    schedule: '0 */6 * * *'
    start_within: 1h
    keep: { last: 2 }
    grace: 0
";

/// Twelve minutes late in listings, three in look-ups by name: as late as nothing of AWS's is known to be.
const LATE: Staleness = Staleness { listings: TimeDelta::minutes(12), lookups: TimeDelta::minutes(3) };

fn late() -> Options {
    let switches = Switches { snapshot_staleness: LATE, ..Switches::default() };
    Options { switches, ..options() }
}

/// Few are looked up one by one, many are listed.
fn few() -> Vec<CacheSpec> {
    vec![
        CacheSpec::group("orders", 1),
        CacheSpec::cluster_mode_group("catalog", 2, 0),
        CacheSpec::serverless("sessions", Engine::Valkey),
    ]
}

fn many() -> Vec<CacheSpec> {
    let singles = (0..9).map(|number| CacheSpec::single_node(&format!("single-{number}")));
    few().into_iter().chain(singles).collect()
}

/// How many snapshots were charged to anybody, ever: a second one of a slot would show here even after it is deleted.
fn charged(lab: &Lab) -> usize {
    let elasticache = lab.sandbox.elasticache();
    let holders = elasticache.charged_holders();
    holders.iter().map(|holder| elasticache.charges(holder).len()).sum()
}

fn statuses(backups: &[Backup]) -> Vec<Status> {
    backups.iter().map(Backup::status).collect()
}

/// What the emulator shows of the only snapshot: in a listing, and by its name.
async fn shown(lab: &Lab, name: &str) -> (usize, bool) {
    let pacer = lab.context.pacer_to_look(&lab.pass_now(Mode::Act), Pace::UNLIMITED);
    let clients = &lab.context.clients;
    let name = cachekeep_core::ids::SnapshotName::new(name);
    let listed = snapshots::list(clients, &pacer, Wanted::All).await.unwrap().snapshots.len();
    let found = snapshots::find(clients, &pacer, &name, SnapshotFamily::NodeBased).await.unwrap();
    (listed, matches!(found, Sighting::Shown(_)))
}

#[tokio::test(start_paused = true)]
async fn what_was_just_taken_is_there_and_shows_neither_in_a_listing_nor_by_its_name() {
    let lab = lab_with(late(), vec![CacheSpec::single_node("single")], WITHOUT_EXPORT).await;
    wait(&lab, 10).await;
    pass(&lab, Job::Snapshot).await;
    let [snapshot] = &lab.sandbox.elasticache().snapshots()[..] else { panic!() };
    assert_eq!(shown(&lab, &snapshot.name).await, (0, false), "or else nothing here tests anything");
    wait(&lab, 3).await;
    assert_eq!(shown(&lab, &snapshot.name).await, (0, true));
    wait(&lab, 25).await;
    assert_eq!(shown(&lab, &snapshot.name).await, (1, true));
}

/// Half a day under late listings ends as half a day under prompt ones: the same backups, snapshots, objects and charges.
async fn changes_nothing(caches: fn() -> Vec<CacheSpec>, plan: &str) {
    let prompt = lab_with(options(), caches(), plan).await;
    operate(&prompt, 14 * 60).await;
    let behind = lab_with(late(), caches(), plan).await;
    operate(&behind, 14 * 60).await;
    let all = backups(&behind).await;
    assert!(all.iter().all(|backup| backup.unseen.is_none()), "nothing stays in doubt");
    assert!(!statuses(&all).contains(&Status::Lost));
    assert_eq!(charged(&behind), charged(&prompt), "none was taken twice");
    assert_eq!(state(&behind).await, state(&prompt).await);
    assert_eq!(subjects(&behind), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_few_exported_backups_come_to_the_same_end_under_late_listings() {
    changes_nothing(few, PLAN).await;
}

#[tokio::test(start_paused = true)]
async fn many_exported_backups_come_to_the_same_end_under_late_listings() {
    changes_nothing(many, PLAN).await;
}

#[tokio::test(start_paused = true)]
async fn backups_without_an_export_come_to_the_same_end_under_late_listings() {
    changes_nothing(few, WITHOUT_EXPORT).await;
    changes_nothing(many, WITHOUT_EXPORT).await;
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_answer_was_lost_is_found_although_neither_its_snapshot_nor_its_name_shows() {
    for create_check_order in [CreateCheckOrder::NameFirst, CreateCheckOrder::StateFirst] {
        let switches = Switches { create_check_order, ..late().switches };
        let lab = lab_with(Options { switches, ..options() }, few(), PLAN).await;
        let lost = Rule::new(ServiceName::ElastiCache, "CreateSnapshot", Fault::TimeoutAfterEffect);
        lab.sandbox.faults().inject(lost.when(When::First(2)));
        // Every minute, so that the call is made again while the first one's snapshot cannot be seen.
        crate::stage::operate_every(&lab, 1, 100).await;
        assert_eq!(statuses(&backups(&lab).await), [Status::Good; 3]);
        let charges = ["orders-001", "orders-002"].map(|node| lab.sandbox.elasticache().charges(node).len());
        assert_eq!(charges.iter().sum::<usize>(), 1, "{create_check_order:?}: one snapshot, one charge");
    }
}

/// Late or prompt: what a person deletes is found, told once, and not before two looks agree.
async fn finds_what_is_gone(options: Options) {
    let lab = lab_with(options, vec![CacheSpec::single_node("single")], WITHOUT_EXPORT).await;
    operate(&lab, 60).await;
    let [backup] = &backups(&lab).await[..] else { panic!() };
    assert_eq!(backup.status(), Status::Good);
    delete(&lab, backup.snapshot.name().unwrap().as_str()).await;
    // The next review of a cache without news is a day off; by then it is found, and a quarter of an hour later believed.
    operate(&lab, 26 * 60).await;
    let first = backups(&lab).await.into_iter().find(|other| other.id == backup.id).unwrap();
    assert_eq!(first.status(), Status::Lost);
    let told = subjects(&lab).into_iter().filter(|subject| subject.contains("snapshot lost"));
    assert_eq!(told.count(), 1, "{:?}", subjects(&lab));
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_that_somebody_deleted_is_found_lost() {
    finds_what_is_gone(options()).await;
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_that_somebody_deleted_is_found_lost_under_late_listings_too() {
    finds_what_is_gone(late()).await;
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_that_somebody_deleted_before_its_export_fails_the_export_and_says_so_once() {
    for options in [options(), late()] {
        let lab = lab_with(options, vec![CacheSpec::single_node("single")], PLAN).await;
        lab.sandbox.faults().inject(Rule::new(ServiceName::ElastiCache, "CopySnapshot", Fault::Throttle));
        operate(&lab, 45).await;
        let [backup] = &backups(&lab).await[..] else { panic!() };
        assert_eq!(backup.status(), Status::Exporting, "it waits for its export");
        delete(&lab, backup.snapshot.name().unwrap().as_str()).await;
        lab.sandbox.faults().reset();
        operate(&lab, 90).await;
        let [backup] = &backups(&lab).await[..] else { panic!() };
        assert_eq!((backup.status(), backup.export_state()), (Status::Lost, Some(&ExportState::Failed)));
        let told = subjects(&lab).into_iter().filter(|subject| subject.contains("export failed"));
        assert_eq!(told.count(), 1, "{:?}", subjects(&lab));
    }
}
