//! One snapshot that cannot be read stops no pass: everything else is backed up, exported, kept and deleted as ever, and
//! somebody is told once.

use cachekeep_aws::snapshots::SnapshotTarget;
use cachekeep_core::backup::{Backup, SnapshotState, Status};
use cachekeep_core::ids::NodeId;
use cachekeep_core::job::Job;
use cachekeep_lab::Lab;
use cachekeep_sandbox::elasticache::{CacheSpec, Engine, Withheld};

use crate::quota::take;
use crate::stage::{PLAN, backups, lab_with, operate, options, pass, state, subjects, wait};

fn fleet() -> Vec<CacheSpec> {
    let singles = (0..9).map(|number| CacheSpec::single_node(&format!("single-{number}")));
    let others =
        [CacheSpec::cluster_mode_group("catalog", 2, 0), CacheSpec::serverless("sessions", Engine::Valkey)];
    singles.chain(others).collect()
}

async fn lab() -> Lab {
    lab_with(options(), fleet(), PLAN).await
}

/// Two snapshots that people took by hand, one of each kind, and of which less and less is told.
async fn strangers(lab: &Lab, withheld: Withheld) {
    for (name, target) in [
        ("by-hand", SnapshotTarget::Node(NodeId::new("single-0"))),
        ("by-hand-too", SnapshotTarget::Serverless("sessions".to_owned())),
    ] {
        take(lab, name, &target).await;
        lab.sandbox.elasticache().withhold(name, withheld);
    }
}

/// How many messages tell that this snapshot cannot be read.
fn told(lab: &Lab, snapshot: &str) -> usize {
    let inbox = lab.sandbox.sns().inbox(&lab.topic).into_iter();
    let unreadable = inbox
        .filter(|message| message.subject.as_ref().is_some_and(|subject| subject.contains("nreadable")))
        .filter(|message| message.message.contains(&format!("snapshot {snapshot} ")));
    unreadable.count()
}

/// What cachekeep made, and what it recorded.
async fn outcome(lab: &Lab) -> crate::stage::State {
    let mut state = state(lab).await;
    state.snapshots.retain(|snapshot| !snapshot.starts_with("by-hand"));
    state
}

#[tokio::test(start_paused = true)]
async fn every_pass_goes_on_beside_somebodys_snapshots_that_cannot_be_read() {
    for withheld in [Withheld::Source, Withheld::Everything] {
        let readable = lab().await;
        take(&readable, "by-hand", &SnapshotTarget::Node(NodeId::new("single-0"))).await;
        take(&readable, "by-hand-too", &SnapshotTarget::Serverless("sessions".to_owned())).await;
        operate(&readable, 14 * 60).await;
        let lab = lab().await;
        strangers(&lab, withheld).await;
        // `operate` stops at a pass that does not run through; the third slot lets the first backups go.
        operate(&lab, 14 * 60).await;
        let expected = outcome(&readable).await;
        assert!(expected.backups.iter().any(|(_, status, _)| status == "pruned"), "something was deleted");
        assert_eq!(outcome(&lab).await, expected, "{withheld:?}");
        let names: &[&str] = match withheld {
            Withheld::Source => &["by-hand", "by-hand-too"],
            Withheld::Everything => &["(without a name)"],
        };
        let counts: Vec<usize> = names.iter().map(|name| told(&lab, name)).collect();
        assert_eq!(counts, vec![1; names.len()], "{:?}", subjects(&lab));
        let there = lab.sandbox.elasticache().snapshots();
        assert_eq!(there.iter().filter(|snapshot| snapshot.name.starts_with("by-hand")).count(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_that_cannot_be_read_is_counted_by_aws_alone_and_the_next_node_serves() {
    let lab = lab_with(options(), vec![CacheSpec::group("orders", 1)], PLAN).await;
    for number in 0..20 {
        let name = format!("by-hand-{number}");
        take(&lab, &name, &SnapshotTarget::Node(NodeId::new("orders-002"))).await;
        lab.sandbox.elasticache().withhold(&name, Withheld::Source);
        wait(&lab, 10).await;
    }
    // The next slot after those three hours and a half.
    wait(&lab, 175).await;
    pass(&lab, Job::Snapshot).await;
    let charged = |node: &str| lab.sandbox.elasticache().charges(node).len();
    assert_eq!(
        (charged("orders-002"), charged("orders-001")),
        (20, 1),
        "the quota holds, and the slot is served"
    );
}

/// Our own snapshots become unreadable at some point of their life, and readable again later.
async fn ours(withheld: Withheld) -> (Lab, Vec<Backup>) {
    let lab = lab().await;
    wait(&lab, 10).await;
    pass(&lab, Job::Snapshot).await;
    for snapshot in lab.sandbox.elasticache().snapshots() {
        lab.sandbox.elasticache().withhold(&snapshot.name, withheld);
    }
    operate(&lab, 3 * 60).await;
    let backups = backups(&lab).await;
    (lab, backups)
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_of_ours_whose_source_is_not_told_is_followed_exported_and_kept_until_it_is() {
    let (lab, first) = ours(Withheld::Source).await;
    assert!(first.iter().all(|backup| backup.status() == Status::Good), "{first:#?}");
    for backup in &first {
        assert_eq!(told(&lab, backup.snapshot.name().unwrap().as_str()), 1, "{:?}", subjects(&lab));
    }
    operate(&lab, 12 * 60).await;
    let of_first_slot = |backups: Vec<Backup>| -> Vec<SnapshotState> {
        let same = |backup: &Backup| first.iter().any(|other| other.id == backup.id);
        backups.into_iter().filter(same).map(|backup| backup.snapshot).collect()
    };
    let waiting = of_first_slot(backups(&lab).await);
    assert!(
        waiting.iter().all(|snapshot| matches!(snapshot, SnapshotState::Deleting { .. })),
        "{waiting:#?}"
    );
    for snapshot in lab.sandbox.elasticache().snapshots() {
        lab.sandbox.elasticache().describe_again(&snapshot.name);
    }
    operate(&lab, 30).await;
    let gone = of_first_slot(backups(&lab).await);
    assert!(gone.iter().all(|snapshot| matches!(snapshot, SnapshotState::Deleted { .. })), "{gone:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_of_ours_that_bears_no_name_is_neither_lost_nor_taken_again() {
    let (lab, backups) = ours(Withheld::Everything).await;
    assert!(backups.iter().all(|backup| backup.status() == Status::Snapshotting), "{backups:#?}");
    for snapshot in lab.sandbox.elasticache().snapshots() {
        lab.sandbox.elasticache().describe_again(&snapshot.name);
    }
    operate(&lab, 60).await;
    let backups = crate::stage::backups(&lab).await;
    assert!(backups.iter().all(|backup| backup.status() == Status::Good), "{backups:#?}");
    assert_eq!(lab.sandbox.elasticache().snapshots().len(), backups.len(), "one snapshot each");
}
