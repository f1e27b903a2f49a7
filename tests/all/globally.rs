//! A global datastore over three regions, lost and rebuilt from a backup of its primary, whatever happens in between.

use cachekeep_core::backup::Backup;
use cachekeep_core::restore::Rule;
use cachekeep_core::restore::global::{GlobalView, Wish};
use cachekeep_engine::Mode;
use cachekeep_engine::restore::{
    Begun, Bench, Proposal, RestoreError, Wanted, ask, begin, extend, follow, propose, widen,
};
use cachekeep_lab::Lab;
use cachekeep_sandbox::elasticache::CacheSpec;

use crate::restoring::{good_backup, request};
use crate::stage::{lab, operate, wait};

fn wish() -> Wish {
    let secondaries = ["eu-west-1=orders-eu", "ap-southeast-2=orders-ap"];
    Wish {
        suffix: "shop".to_owned(),
        secondaries: secondaries.iter().map(|text| text.parse().unwrap()).collect(),
        overrides: Vec::new(),
    }
}

async fn backed_up() -> (Lab, Backup) {
    let lab = lab(vec![CacheSpec::cluster_mode_group("orders", 2, 1)]).await;
    operate(&lab, 60).await;
    let backup = good_backup(&lab, "orders").await;
    lab.sandbox.elasticache().delete("orders");
    (lab, backup)
}

/// The command with `--wait`, as far as it comes.
async fn say(lab: &Lab, backup: &Backup, wish: &Wish) -> Result<Result<GlobalView, Vec<Rule>>, RestoreError> {
    let pass = lab.pass_now(Mode::Act);
    let bench = Bench::of_stack(&lab.context, &pass);
    let proposal = propose(bench, Wanted::Backup(&lab.context, backup), &request("orders-2", None)).await?;
    let mut restore = match proposal {
        Proposal::Known(restore) => ask(bench, *restore, None).await?,
        Proposal::New { mut plan, earlier } => {
            widen(bench, &mut plan, wish).await?;
            match begin(bench, &lab.context.stack, &plan, earlier.as_deref(), None).await? {
                Begun::Recorded(restore) => *restore,
                Begun::Refused => return Ok(Err(plan.refusals.iter().map(|refusal| refusal.rule).collect())),
            }
        }
    };
    for _ in 0..120 {
        let pass = lab.pass_now(Mode::Act);
        let bench = Bench::of_stack(&lab.context, &pass);
        lab.context.clients.decide_at(pass.now, pass.started);
        restore = follow(bench, restore).await?;
        if restore.is_over() {
            let view = extend(bench, &restore, wish).await?;
            if view.status != "creating" {
                return Ok(Ok(view));
            }
        }
        wait(lab, 2).await;
    }
    panic!("it never ends: {restore:?}");
}

fn groups(lab: &Lab, region: &str) -> Vec<String> {
    let caches = lab.sandbox.elasticache().in_region(region).caches();
    caches.into_iter().filter(|cache| cache.kind == "replicationgroup").map(|cache| cache.id).collect()
}

fn assert_whole(lab: &Lab, view: &GlobalView, when: &str) {
    assert_eq!(view.status, "available", "{when}: {}", view.reason);
    let mut members: Vec<String> = view
        .members
        .iter()
        .map(|member| format!("{} {} {}", member.region, member.id, member.role))
        .collect();
    members.sort();
    let expected =
        ["ap-southeast-2 orders-ap secondary", "eu-west-1 orders-eu secondary", "us-east-1 orders-2 primary"];
    assert_eq!(members, expected, "{when}");
    for (region, group) in
        [("us-east-1", "orders-2"), ("eu-west-1", "orders-eu"), ("ap-southeast-2", "orders-ap")]
    {
        assert_eq!(groups(lab, region), [group], "{when}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_datastore_over_three_regions_is_rebuilt_and_said_again_it_is_the_same() {
    let (lab, backup) = backed_up().await;
    let view = say(&lab, &backup, &wish()).await.unwrap().unwrap();
    assert_whole(&lab, &view, "once");
    let data = lab.sandbox.elasticache().data("orders-2");
    assert!(!data.is_empty());
    assert_eq!(lab.sandbox.elasticache().in_region("eu-west-1").data("orders-eu"), data);
    let again = say(&lab, &backup, &wish()).await.unwrap().unwrap();
    assert_eq!(again, view);
}

#[tokio::test(start_paused = true)]
async fn an_id_that_is_taken_in_another_region_is_refused_before_anything_is_created() {
    let (lab, backup) = backed_up().await;
    lab.sandbox.elasticache().in_region("eu-west-1").create(CacheSpec::group("orders-eu", 0));
    let refused = say(&lab, &backup, &wish()).await.unwrap().unwrap_err();
    assert_eq!(refused, [Rule::TargetFree]);
    assert!(groups(&lab, "us-east-1").is_empty());
}

/// The command with a process that dies behind so many calls, then said again; whether it died.
async fn cut_and_said_again(calls: u64) -> bool {
    let (lab, backup) = backed_up().await;
    lab.sandbox.faults().cut_after(calls);
    let died = say(&lab, &backup, &wish()).await.is_err();
    lab.sandbox.faults().reset();
    let view = say(&lab.another_process(), &backup, &wish()).await.unwrap().unwrap();
    assert_whole(&lab, &view, &format!("behind {calls} calls"));
    died
}

#[tokio::test(start_paused = true)]
async fn a_crash_at_any_step_is_gone_on_from_by_the_same_command() {
    let mut calls = 8;
    while cut_and_said_again(calls).await {
        calls += 9;
    }
    assert!(calls > 40, "{calls}");
}
