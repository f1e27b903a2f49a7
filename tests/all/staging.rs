//! Restores from copies that ElastiCache cannot read where they are, and faults of the creating calls: clear, with the next step,
//! and nothing left behind.

use cachekeep_aws::Region;
use cachekeep_aws::bucket::{self, Bucket};
use cachekeep_core::backup::{Backup, CopyKind};
use cachekeep_core::restore::{Restore, RestoreStatus, fault};
use cachekeep_engine::Mode;
use cachekeep_engine::restore::{
    Begun, Bench, Proposal, RestoreError, Wanted, ask, begin, follow, propose, tidy,
};
use cachekeep_lab::Lab;
use cachekeep_sandbox::door::call::ServiceName;
use cachekeep_sandbox::elasticache::CacheSpec;
use cachekeep_sandbox::fault::{Fault, Rule};

use crate::restoring::{good_backup, request};
use crate::stage::{lab, lab_with, operate, options, wait};

const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555";

/// A plan whose exports are copied to another region, under a key.
fn plan() -> String {
    let copies = format!("copies: [{{ bucket: vault, region: eu-west-1, kms_key: '{KEY}' }}]");
    crate::stage::PLAN.replace("prefix: 'redis/' ", &format!("prefix: 'redis/', {copies} "))
}

/// A cache of two shards with a good backup and a replica that ElastiCache cannot read from here.
async fn replicated() -> (Lab, Backup) {
    let lab = lab_with(options(), vec![CacheSpec::cluster_mode_group("orders", 2, 0)], &plan()).await;
    let vault = Bucket::in_region("vault", Region::new("eu-west-1"));
    bucket::ensure(&lab.context.clients, &vault).await.unwrap();
    operate(&lab, 60).await;
    let backup = good_backup(&lab, "orders").await;
    assert!(!lab.sandbox.s3().keys("vault").is_empty(), "{:?}", backup.replicas());
    (lab, backup)
}

/// The command with `--wait`, as far as it comes.
async fn say(lab: &Lab, backup: &Backup, from: Option<CopyKind>) -> Result<Restore, RestoreError> {
    let pass = lab.pass_now(Mode::Act);
    let bench = Bench::of_stack(&lab.context, &pass);
    let wanted = Wanted::Backup(&lab.context, backup);
    let proposal = propose(bench, wanted, &request("orders-2", from)).await?;
    let mut restore = match proposal {
        Proposal::Known(restore) => ask(bench, *restore, None).await?,
        Proposal::New { plan, earlier } => {
            match begin(bench, &lab.context.stack, &plan, earlier.as_deref(), None).await? {
                Begun::Recorded(restore) => *restore,
                Begun::Refused => panic!("{:?}", plan.refusals),
            }
        }
    };
    for _ in 0..60 {
        let pass = lab.pass_now(Mode::Act);
        let bench = Bench::of_stack(&lab.context, &pass);
        restore = follow(bench, restore).await?;
        if restore.is_over() {
            return tidy(bench, restore).await;
        }
        wait(lab, 2).await;
    }
    Ok(restore)
}

fn staged(lab: &Lab) -> Vec<String> {
    let keys = lab.sandbox.s3().keys(lab.context.bucket.name());
    keys.into_iter().filter(|key| key.contains("staging/")).collect()
}

fn made(lab: &Lab) -> usize {
    lab.sandbox.elasticache().caches().iter().filter(|cache| cache.id == "orders-2").count()
}

#[tokio::test(start_paused = true)]
async fn a_replica_under_a_key_in_another_region_comes_back_and_leaves_no_copy_behind() {
    let (lab, backup) = replicated().await;
    let before = lab.sandbox.elasticache().data("orders");
    assert!(!before.is_empty());
    lab.sandbox.elasticache().delete("orders");
    let restored = say(&lab, &backup, Some(CopyKind::Replica)).await.unwrap();
    assert_eq!(restored.status(), RestoreStatus::Available, "{}", restored.reason);
    assert_eq!(lab.sandbox.elasticache().data("orders-2").len(), before.len());
    assert_eq!(staged(&lab), [""; 0]);
    assert_eq!(restored.staging, None);
    assert!(!lab.sandbox.s3().keys("vault").is_empty(), "the replica itself stays");
}

/// The command with a process that dies behind so many calls, then said again; whether it died.
async fn cut_and_said_again(calls: u64) -> bool {
    let (lab, backup) = replicated().await;
    lab.sandbox.faults().cut_after(calls);
    let died = say(&lab, &backup, Some(CopyKind::Replica)).await.is_err();
    lab.sandbox.faults().reset();
    let restored = say(&lab.another_process(), &backup, Some(CopyKind::Replica)).await.unwrap();
    assert_eq!(restored.status(), RestoreStatus::Available, "behind {calls} calls: {}", restored.reason);
    assert_eq!(made(&lab), 1, "behind {calls} calls");
    assert_eq!(staged(&lab), [""; 0], "behind {calls} calls");
    died
}

#[tokio::test(start_paused = true)]
async fn a_crash_while_files_are_staged_or_taken_away_leaves_one_cache_and_no_copy() {
    let mut calls = 9;
    while cut_and_said_again(calls).await {
        calls += 2;
    }
    assert!(calls > 25, "{calls}");
}

#[tokio::test(start_paused = true)]
async fn each_documented_fault_of_the_creating_call_is_told_with_its_next_step_and_leaves_nothing() {
    let lab = lab(vec![CacheSpec::group("orders", 1)]).await;
    operate(&lab, 60).await;
    let backup = good_backup(&lab, "orders").await;
    for documented in fault::DOCUMENTED {
        let code = documented.trim_end_matches("Exception").trim_end_matches("Fault");
        let rule = Rule::new(ServiceName::ElastiCache, "CreateReplicationGroup", Fault::Refused(code));
        lab.sandbox.faults().inject(rule);
        let pass = lab.pass_now(Mode::Act);
        let bench = Bench::of_stack(&lab.context, &pass);
        let wanted = Wanted::Backup(&lab.context, &backup);
        let proposal = propose(bench, wanted, &request("orders-2", None)).await.unwrap();
        let Proposal::New { plan, earlier } = proposal else { panic!("{code}: {proposal:?}") };
        let begun = begin(bench, &lab.context.stack, &plan, earlier.as_deref(), None).await.unwrap();
        lab.sandbox.faults().reset();
        let Begun::Recorded(restore) = begun else { panic!("{code}: {:?}", plan.refusals) };
        assert_eq!(restore.status(), RestoreStatus::Failed, "{code}");
        let step = fault::next_step(documented).unwrap();
        assert!(
            restore.reason.contains(step) && restore.reason.contains("Nothing was created"),
            "{}",
            restore.reason
        );
        assert_eq!(made(&lab), 0, "{code}");
        wait(&lab, 1).await;
    }
    // Without a fault the same makes a cache.
    assert_eq!(say(&lab, &backup, None).await.map(|_| ()).map_err(|_| ()), Ok(()));
}
