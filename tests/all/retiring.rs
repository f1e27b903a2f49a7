//! Caches retired: a final backup, proven, and only then the deletion, whatever happens in between.

use cachekeep_aws::pacer::Pace;
use cachekeep_aws::snapshots::{self, SnapshotTarget};
use cachekeep_core::backup::{Backup, Status};
use cachekeep_core::cache::Tags;
use cachekeep_core::ids::{CacheId, CacheKind, NodeId, SnapshotName};
use cachekeep_core::job::Job;
use cachekeep_core::retire::{MAX_AGE, Next, PLAN, Request, Rule};
use cachekeep_engine::retire::advance;
use cachekeep_engine::{Hold, Mode, PassError, hold};
use cachekeep_lab::Lab;
use cachekeep_sandbox::elasticache::{CacheSpec, CacheStatus, Engine, SnapshotStatus};
use chrono::TimeDelta;

use crate::stage::{backups, lab, operate, pass, subjects, wait};

/// Long enough for a final backup to be taken, exported and read.
const MINUTES: i64 = 30;

fn id(kind: CacheKind, name: &str) -> CacheId {
    CacheId::new(kind, name)
}

fn orders() -> CacheId {
    id(CacheKind::Group, "orders")
}

fn request(lab: &Lab, id: &CacheId) -> Request {
    Request { confirm: id.name().to_owned(), max_age: MAX_AGE, accept_unread: false, since: lab.now() }
}

async fn say(lab: &Lab, id: &CacheId, request: &Request) -> Result<Next, PassError> {
    let pass = lab.pass_now(Mode::Act);
    Ok(advance(&lab.context, &pass, id, request).await?.1.next)
}

/// The same command again and again, as `--wait` does, beside the functions.
async fn until_over(lab: &Lab, id: &CacheId, request: &Request) -> Next {
    for _ in 0..20 {
        match say(lab, id, request).await.unwrap() {
            over @ (Next::Retired | Next::Refused(_)) => return over,
            Next::BackUp(_) | Next::Hold | Next::Delete(_) | Next::Wait(_) => operate(lab, 5).await,
        }
    }
    panic!("{id} is neither retired nor refused");
}

fn rules(next: &Next) -> Vec<Rule> {
    match next {
        Next::Refused(refusals) => refusals.iter().map(|refusal| refusal.rule).collect(),
        other @ (Next::BackUp(_) | Next::Hold | Next::Wait(_) | Next::Delete(_) | Next::Retired) => {
            panic!("not refused: {other:?}")
        }
    }
}

fn exists(lab: &Lab, id: &CacheId) -> bool {
    lab.sandbox.elasticache().caches().iter().any(|cache| cache.id == id.name())
}

async fn final_backups(lab: &Lab, id: &CacheId) -> Vec<Backup> {
    let all = backups(lab).await.into_iter();
    all.filter(|backup| backup.id.cache == *id && backup.id.plan.as_str() == PLAN).collect()
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_cache_is_deleted_after_one_proven_and_held_backup_and_people_are_told() {
    let fleet = vec![
        CacheSpec::group("orders", 1),
        CacheSpec::cluster_mode_group("catalog", 2, 0),
        CacheSpec::single_node("scratch"),
        CacheSpec::serverless("sessions", Engine::Valkey),
    ];
    let lab = lab(fleet).await;
    operate(&lab, 20).await;
    for (kind, name) in [
        (CacheKind::Group, "orders"),
        (CacheKind::Group, "catalog"),
        (CacheKind::Cluster, "scratch"),
        (CacheKind::Serverless, "sessions"),
    ] {
        let id = id(kind, name);
        let request = request(&lab, &id);
        let over = until_over(&lab, &id, &request).await;
        assert!(matches!(over, Next::Retired), "{id}: {over:?}");
        assert!(!exists(&lab, &id), "{id}");
        let made = final_backups(&lab, &id).await;
        assert_eq!(made.len(), 1, "{id}");
        assert!(made[0].is_good() && made[0].held, "{id}: {:?}", made[0]);
        // Said again, the same command finds that it is done.
        assert!(matches!(say(&lab, &id, &request).await.unwrap(), Next::Retired), "{id}");
    }
    pass(&lab, Job::Notify).await;
    let told = subjects(&lab);
    for name in ["orders", "catalog", "scratch", "sessions"] {
        let of_it = told.iter().filter(|subject| subject.contains("retired") && subject.contains(name));
        assert_eq!(of_it.count(), 1, "{name}: {told:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_retired_caches_backup_outlives_its_plan_and_makes_the_cache_anew() {
    use cachekeep_core::restore::{Request as Wish, Token};
    use cachekeep_engine::restore::{Begun, Bench, Proposal, Wanted, begin, follow, propose};
    let lab = lab(vec![CacheSpec::group("orders", 1)]).await;
    let request = request(&lab, &orders());
    assert!(matches!(until_over(&lab, &orders(), &request).await, Next::Retired));
    wait(&lab, 60 * 24 * 5).await;
    operate(&lab, MINUTES).await;
    let backup = final_backups(&lab, &orders()).await.remove(0);
    assert_eq!(backup.status(), Status::Good);
    let wish = Wish {
        target: "orders".to_owned(),
        from: None,
        into: None,
        overrides: Vec::new(),
        token: Token::Untold,
        foreign: false,
    };
    let acting = lab.pass_now(Mode::Act);
    let bench = Bench::of_stack(&lab.context, &acting);
    let proposal = propose(bench, Wanted::Backup(&lab.context, &backup), &wish).await.unwrap();
    let Proposal::New { plan, .. } = proposal else { panic!("{proposal:?}") };
    let begun = begin(bench, &lab.context.stack, &plan, None, None).await.unwrap();
    let Begun::Recorded(restore) = begun else { panic!("{:?}", plan.refusals) };
    wait(&lab, 60).await;
    let later = lab.pass_now(Mode::Act);
    let restored = follow(Bench::of_stack(&lab.context, &later), *restore).await.unwrap();
    assert!(exists(&lab, &orders()), "{restored:?}");
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_and_a_wrong_confirmation_change_nothing() {
    let lab = lab(vec![CacheSpec::group("orders", 1)]).await;
    let request = request(&lab, &orders());
    let dry = lab.pass_now(Mode::DryRun);
    let (_, decision) = advance(&lab.context, &dry, &orders(), &request).await.unwrap();
    assert!(matches!(decision.next, Next::BackUp(_)), "{decision:?}");
    let mistaken = Request { confirm: "order".to_owned(), ..request };
    assert_eq!(rules(&say(&lab, &orders(), &mistaken).await.unwrap()), [Rule::Confirmed]);
    assert!(final_backups(&lab, &orders()).await.is_empty());
    assert!(lab.sandbox.elasticache().snapshots().is_empty());
}

/// A cache whose final backup is good and held; the next step deletes it.
async fn ready() -> (Lab, Request) {
    let lab = lab(vec![CacheSpec::group("orders", 1)]).await;
    let request = request(&lab, &orders());
    say(&lab, &orders(), &request).await.unwrap();
    operate(&lab, MINUTES).await;
    let made = final_backups(&lab, &orders()).await;
    assert!(made[0].is_good() && made[0].held, "{made:?}");
    (lab, request)
}

#[tokio::test(start_paused = true)]
async fn a_proof_that_went_away_at_the_last_moment_keeps_the_cache() {
    let (lab, request) = ready().await;
    let backup = final_backups(&lab, &orders()).await.remove(0);
    let file = backup.files()[0].key.clone();
    let (clients, bucket) = (&lab.context.clients, &lab.context.bucket);
    cachekeep_aws::bucket::put_json(clients, bucket, &file, "somebody else's").await.unwrap();
    assert_eq!(rules(&say(&lab, &orders(), &request).await.unwrap()), [Rule::Proven]);
    assert!(exists(&lab, &orders()));
}

#[tokio::test(start_paused = true)]
async fn a_final_backup_that_is_too_old_is_refused_until_a_person_releases_it() {
    let (lab, request) = ready().await;
    wait(&lab, 90).await;
    assert_eq!(rules(&say(&lab, &orders(), &request).await.unwrap()), [Rule::Fresh]);
    assert!(exists(&lab, &orders()));
    let old = final_backups(&lab, &orders()).await.remove(0);
    hold(
        &lab.context,
        &lab.pass_now(Mode::Act),
        &old.id,
        Hold::Release,
        &cachekeep_core::backup::Word::default(),
    )
    .await
    .unwrap()
    .unwrap();
    let again = self::request(&lab, &orders());
    assert!(matches!(until_over(&lab, &orders(), &again).await, Next::Retired));
    assert_eq!(final_backups(&lab, &orders()).await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_cache_that_elasticache_cannot_export_goes_on_a_persons_word_only() {
    let lab = lab(vec![CacheSpec::data_tiering_group("orders", 1)]).await;
    let strict = request(&lab, &orders());
    assert_eq!(rules(&say(&lab, &orders(), &strict).await.unwrap()), [Rule::Read]);
    assert!(final_backups(&lab, &orders()).await.is_empty());
    let accepting = Request { accept_unread: true, ..strict };
    assert!(matches!(until_over(&lab, &orders(), &accepting).await, Next::Retired));
    assert!(!exists(&lab, &orders()));
    let made = final_backups(&lab, &orders()).await;
    let name = made[0].snapshot.name().unwrap().to_string();
    assert!(lab.sandbox.elasticache().snapshots().iter().any(|snapshot| snapshot.name == name));
}

#[tokio::test(start_paused = true)]
async fn a_member_of_a_global_datastore_is_never_retired() {
    let lab = lab(vec![CacheSpec::group("orders", 1)]).await;
    lab.sandbox.elasticache().create_global("shop", "orders").unwrap();
    let request = request(&lab, &orders());
    assert_eq!(rules(&say(&lab, &orders(), &request).await.unwrap()), [Rule::Standalone]);
    assert!(final_backups(&lab, &orders()).await.is_empty());
}

/// One more snapshot of the node by a person; `false` where it is busy now.
async fn snapshot_by_hand(lab: &Lab, name: &str) -> bool {
    let name = SnapshotName::new(name);
    let target = SnapshotTarget::Node(NodeId::new("scratch"));
    let pacer = lab.context.pacer_to_look(&lab.pass_now(Mode::Act), Pace::UNLIMITED);
    snapshots::create(&lab.context.clients, &pacer, &target, &name, &Tags::new(), None).await.is_ok()
}

#[tokio::test(start_paused = true)]
async fn with_the_quota_used_up_a_young_automatic_snapshot_is_the_final_backup() {
    let lab = lab(vec![CacheSpec::single_node("scratch").automatic(1, "06:00-07:00")]).await;
    let id = id(CacheKind::Cluster, "scratch");
    for number in 0..20 {
        while !snapshot_by_hand(&lab, &format!("by-hand-{number}")).await {
            wait(&lab, 1).await;
        }
    }
    let automatic = |lab: &Lab| {
        let snapshots = lab.sandbox.elasticache().snapshots();
        snapshots.iter().any(|snapshot| snapshot.automatic && snapshot.status == SnapshotStatus::Available)
    };
    for _ in 0..60 * 24 {
        if automatic(&lab) {
            break;
        }
        wait(&lab, 1).await;
    }
    let request = Request { max_age: TimeDelta::hours(2), ..request(&lab, &id) };
    assert!(matches!(until_over(&lab, &id, &request).await, Next::Retired));
    let made = final_backups(&lab, &id).await;
    assert!(
        made[0].is_good() && made[0].snapshot.name().unwrap().as_str().starts_with("automatic."),
        "{made:?}"
    );
}

/// Either the cache is there, or its final backup is proven and held: the one promise of a retirement.
async fn assert_nothing_is_lost(lab: &Lab, when: &str) {
    let there = lab
        .sandbox
        .elasticache()
        .caches()
        .iter()
        .any(|cache| cache.id == "orders" && cache.status != CacheStatus::Deleting);
    let made = final_backups(lab, &orders()).await;
    let proven = made.iter().any(|backup| backup.is_good() && backup.held);
    assert!(there || proven, "{when}: {made:?}");
}

/// The command with a process that dies behind so many calls of it, counted over all the times that it is said.
async fn cut_behind(call: u64) -> bool {
    let lab = lab(vec![CacheSpec::group("orders", 1)]).await;
    let request = request(&lab, &orders());
    let mut left = call;
    let mut died = false;
    for _ in 0..6 {
        let process = lab.another_process();
        if !died {
            lab.sandbox.calls().reset();
            lab.sandbox.faults().cut_after(left);
        }
        died |= say(&process, &orders(), &request).await.is_err();
        lab.sandbox.faults().reset();
        left = left.saturating_sub(lab.sandbox.calls().total()).max(1);
        assert_nothing_is_lost(&lab, &format!("behind call {call}")).await;
        operate(&lab, 10).await;
    }
    let over = until_over(&lab, &orders(), &self::request(&lab, &orders())).await;
    assert!(matches!(over, Next::Retired), "behind call {call}: {over:?}");
    assert_eq!(final_backups(&lab, &orders()).await.len(), 1, "behind call {call}");
    died
}

#[tokio::test(start_paused = true)]
async fn a_crash_behind_any_call_leaves_the_cache_or_a_proven_backup_and_the_same_command_ends_it() {
    let mut call = 1;
    while cut_behind(call).await {
        call += 1;
    }
    // Fewer calls than these make no retirement, and then nothing was tested.
    assert!(call > 20, "{call}");
}
