//! Backups put back: each kind of cache from each copy, refusals before anything is created, and one cache however often the
//! same is asked for.

use cachekeep_aws::pacer::{Pace, Pacer};
use cachekeep_core::backup::{Backup, CopyKind};
use cachekeep_core::ids::{CacheId, CacheKind};
use cachekeep_core::job::Job;
use cachekeep_core::restore::{Request, Restore, RestoreStatus, Rule, Token};
use cachekeep_engine::Mode;
use cachekeep_engine::restore::{
    Begun, Bench, Proposal, RestoreError, Wanted, ask, begin, follow, propose, restores,
};
use cachekeep_lab::Lab;
use cachekeep_sandbox::elasticache::{CacheSpec, Engine};

use crate::stage::{backups, lab, lab_with, operate, options, pass, subjects, wait};

/// A plan that keeps every copy: the snapshot, the export and nothing else.
pub(crate) fn request(target: &str, from: Option<CopyKind>) -> Request {
    Request {
        target: target.to_owned(),
        from,
        into: None,
        overrides: Vec::new(),
        token: Token::Untold,
        foreign: false,
    }
}

pub(crate) async fn good_backup(lab: &Lab, cache: &str) -> Backup {
    let backups = backups(lab).await;
    backups.into_iter().find(|backup| backup.id.cache.name() == cache && backup.is_good()).unwrap()
}

/// Restores to the end, or until it is refused.
async fn restore(lab: &Lab, wanted: Wanted<'_>, request: &Request) -> Result<Restore, Vec<Rule>> {
    let pass = lab.pass_now(Mode::Act);
    let bench = Bench::of_stack(&lab.context, &pass);
    let restore = match propose(bench, wanted, request).await.unwrap() {
        Proposal::Known(restore) => ask(bench, *restore, None).await.unwrap(),
        Proposal::New { plan, earlier } => {
            let stack = &lab.context.stack;
            match begin(bench, stack, &plan, earlier.as_deref(), None).await.unwrap() {
                Begun::Refused => return Err(plan.refusals.iter().map(|refusal| refusal.rule).collect()),
                Begun::Recorded(restore) => *restore,
            }
        }
    };
    Ok(followed(lab, restore).await)
}

async fn restore_backup(lab: &Lab, backup: &Backup, request: &Request) -> Result<Restore, Vec<Rule>> {
    restore(lab, Wanted::Backup(&lab.context, backup), request).await
}

async fn followed(lab: &Lab, mut restore: Restore) -> Restore {
    for _ in 0..60 {
        let pass = lab.pass_now(Mode::Act);
        restore = follow(Bench::of_stack(&lab.context, &pass), restore).await.unwrap();
        if restore.is_over() {
            break;
        }
        wait(lab, 2).await;
    }
    restore
}

fn fleet() -> Vec<CacheSpec> {
    vec![
        CacheSpec::group("orders", 1).tag("team", "shop"),
        CacheSpec::cluster_mode_group("catalog", 3, 1),
        CacheSpec::single_node("scratch"),
        CacheSpec::serverless("sessions", Engine::Valkey),
    ]
}

/// A lab whose caches all have a good backup.
async fn backed_up() -> Lab {
    let lab = lab(fleet()).await;
    operate(&lab, 60).await;
    lab
}

fn pacer(lab: &Lab) -> Pacer {
    lab.context.pacer(&lab.pass_now(Mode::Act), Pace::UNLIMITED, Job::Snapshot)
}

/// How many caches there are.
async fn caches(lab: &Lab) -> usize {
    let pacer = pacer(lab);
    cachekeep_aws::fleet::list(&lab.context.clients, &pacer).await.unwrap().len()
}

async fn configuration(lab: &Lab, kind: CacheKind, name: &str) -> cachekeep_core::restore::Members {
    let pacer = pacer(lab);
    let id = CacheId::new(kind, name);
    let cache = cachekeep_aws::fleet::find(&lab.context.clients, &pacer, &id).await.unwrap().unwrap();
    let mut members = cache.configuration.recreate().unwrap().input;
    for own in ["ReplicationGroupId", "CacheClusterId", "ServerlessCacheName", "Tags"] {
        members.remove(own);
    }
    members
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_cache_comes_back_as_it_was_from_its_snapshot_and_from_its_export() {
    let lab = backed_up().await;
    for (name, kind) in [
        ("orders", CacheKind::Group),
        ("catalog", CacheKind::Group),
        ("scratch", CacheKind::Cluster),
        ("sessions", CacheKind::Serverless),
    ] {
        let before = configuration(&lab, kind, name).await;
        let backup = good_backup(&lab, name).await;
        for (copy, word) in [(CopyKind::Snapshot, "s"), (CopyKind::Export, "e")] {
            let target = format!("{name}-{word}");
            let restored = restore_backup(&lab, &backup, &request(&target, Some(copy))).await.unwrap();
            assert_eq!(restored.status(), RestoreStatus::Available, "{target}: {}", restored.reason);
            assert!(restored.seconds().unwrap() > 0);
            assert_eq!(configuration(&lab, kind, &target).await, before, "{target}");
        }
    }
    let listed = restores(&lab.context, &lab.pass_now(Mode::Act)).await.unwrap();
    assert_eq!(listed.len(), 8);
}

#[tokio::test(start_paused = true)]
async fn people_are_told_when_a_restore_begins_and_ends() {
    let lab = backed_up().await;
    let backup = good_backup(&lab, "orders").await;
    restore_backup(&lab, &backup, &request("orders-2", None)).await.unwrap();
    pass(&lab, Job::Notify).await;
    let told: Vec<String> =
        subjects(&lab).into_iter().filter(|subject| subject.contains("orders-2")).collect();
    assert!(told.iter().any(|subject| subject.contains("restore started")), "{told:?}");
    assert!(told.iter().any(|subject| subject.contains("cache restored")), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_creates_nothing_and_records_nothing() {
    let lab = backed_up().await;
    let before = caches(&lab).await;
    let backup = good_backup(&lab, "orders").await;
    let refused = restore_backup(&lab, &backup, &request("orders", None)).await.unwrap_err();
    assert_eq!(refused, [Rule::TargetFree]);
    let refused = restore_backup(&lab, &backup, &request("orders-", None)).await.unwrap_err();
    assert_eq!(refused, [Rule::TargetId]);
    assert_eq!(caches(&lab).await, before);
    assert!(restores(&lab.context, &lab.pass_now(Mode::Act)).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_same_restore_said_again_is_the_same_restore() {
    let lab = backed_up().await;
    let backup = good_backup(&lab, "orders").await;
    let once = restore_backup(&lab, &backup, &request("orders-2", None)).await.unwrap();
    let before = caches(&lab).await;
    let again = restore_backup(&lab, &backup, &request("orders-2", None)).await.unwrap();
    assert_eq!(again, once);
    assert_eq!(caches(&lab).await, before);
}

/// The command with a process that dies after so many calls, then said again.
async fn cut_and_said_again(calls: u64) -> (Restore, usize) {
    let lab = lab_with(options(), vec![CacheSpec::group("orders", 1)], crate::stage::PLAN).await;
    operate(&lab, 60).await;
    let backup = good_backup(&lab, "orders").await;
    let before = caches(&lab).await;
    lab.sandbox.faults().cut_after(calls);
    _ = try_restore(&lab, &backup).await;
    lab.sandbox.faults().reset();
    let process = lab.another_process();
    let restored = restore_backup(&process, &backup, &request("orders-2", None)).await.unwrap();
    let made = caches(&lab).await - before;
    (restored, made)
}

async fn try_restore(lab: &Lab, backup: &Backup) -> Result<(), RestoreError> {
    let pass = lab.pass_now(Mode::Act);
    let bench = Bench::of_stack(&lab.context, &pass);
    let wanted = Wanted::Backup(&lab.context, backup);
    let restore = match propose(bench, wanted, &request("orders-2", None)).await? {
        Proposal::Known(restore) => ask(bench, *restore, None).await?,
        Proposal::New { plan, earlier } => {
            match begin(bench, &lab.context.stack, &plan, earlier.as_deref(), None).await? {
                Begun::Recorded(restore) => *restore,
                Begun::Refused => return Ok(()),
            }
        }
    };
    follow(bench, restore).await.map(|_| ())
}

#[tokio::test(start_paused = true)]
async fn a_crash_after_any_call_and_the_same_command_again_make_one_cache() {
    for calls in 1..=24 {
        let (restored, made) = cut_and_said_again(calls).await;
        assert_eq!(restored.status(), RestoreStatus::Available, "after {calls} calls: {}", restored.reason);
        assert_eq!(made, 1, "after {calls} calls");
    }
}

#[tokio::test(start_paused = true)]
async fn two_commands_at_once_make_one_cache() {
    let lab = backed_up().await;
    let backup = good_backup(&lab, "orders").await;
    let before = caches(&lab).await;
    let twin = lab.another_process();
    let (one, other) =
        futures_util::future::join(try_restore(&lab, &backup), try_restore(&twin, &backup)).await;
    one.unwrap();
    other.unwrap();
    assert_eq!(caches(&lab).await - before, 1);
    let listed = restores(&lab.context, &lab.pass_now(Mode::Act)).await.unwrap();
    assert_eq!(listed.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_automatic_snapshot_is_restored_with_what_it_tells_and_the_rest_is_named() {
    let lab = lab_with(
        options(),
        vec![CacheSpec::group("orders", 1).automatic(1, "06:00-07:00")],
        crate::stage::PLAN,
    )
    .await;
    wait(&lab, 180).await;
    let snapshots = lab.sandbox.elasticache().snapshots();
    let name = snapshots.iter().find(|snapshot| snapshot.automatic).unwrap().name.clone();
    let name = cachekeep_core::ids::SnapshotName::new(&name);
    let pass = lab.pass_now(Mode::Act);
    let wanted = Wanted::Snapshot(&name, Some(&lab.context.stack));
    let proposal =
        propose(Bench::of_stack(&lab.context, &pass), wanted, &request("orders-2", None)).await.unwrap();
    let Proposal::New { plan, .. } = proposal else { panic!("{proposal:?}") };
    assert!(plan.missing.iter().any(|missing| missing.member == "SecurityGroupIds"), "{:?}", plan.missing);
    let restored = restore(&lab, wanted, &request("orders-2", None)).await.unwrap();
    assert_eq!(restored.status(), RestoreStatus::Available, "{}", restored.reason);
}

#[tokio::test(start_paused = true)]
async fn a_manifest_is_enough_where_ledger_and_cache_are_gone() {
    use cachekeep_core::manifest::Manifest;
    let lab = backed_up().await;
    let backup = good_backup(&lab, "catalog").await;
    let folder = &backup.export.as_ref().unwrap().task.folder;
    let key = cachekeep_core::names::manifest(folder);
    let bucket = lab.context.bucket.clone();
    let bytes =
        cachekeep_aws::bucket::get_range(&lab.context.clients, &bucket, &key, 0..1_000_000).await.unwrap();
    let manifest = Manifest::parse(&String::from_utf8_lossy(&bytes)).unwrap();
    let before = configuration(&lab, CacheKind::Group, "catalog").await;
    let (clients, site) = (&lab.context.clients, &lab.context.stack.site);
    for _ in 0..2 {
        let pass = lab.pass_now(Mode::Act);
        let bench = Bench::without_ledger(clients, &pass, site);
        let proposal =
            propose(bench, Wanted::Manifest(&manifest), &request("catalog-2", None)).await.unwrap();
        let mut restore = match proposal {
            Proposal::Known(restore) => *restore,
            Proposal::New { plan, .. } => {
                match begin(bench, &manifest.stack, &plan, None, None).await.unwrap() {
                    Begun::Recorded(restore) => *restore,
                    Begun::Refused => panic!("{:?}", plan.refusals),
                }
            }
        };
        while !restore.is_over() {
            wait(&lab, 2).await;
            let pass = lab.pass_now(Mode::Act);
            restore = follow(Bench::without_ledger(clients, &pass, site), restore).await.unwrap();
        }
        assert_eq!(restore.status(), RestoreStatus::Available, "{}", restore.reason);
    }
    assert_eq!(configuration(&lab, CacheKind::Group, "catalog-2").await, before);
}

/// The rows of a table under a heading of docs/restore.md.
fn rows(page: &str, heading: &str) -> Vec<String> {
    let section = page.split(&format!("### {heading}\n")).nth(1).unwrap_or_default();
    let lines = section.lines().take_while(|line| !line.starts_with("##"));
    lines.filter(|line| line.starts_with("| `")).map(str::to_owned).collect()
}

#[test]
fn the_page_about_restores_says_what_becomes_of_every_member() {
    use cachekeep_core::cache::RecreateOperation::{
        CreateCacheCluster, CreateReplicationGroup, CreateServerlessCache,
    };
    use cachekeep_core::restore::{input::members_of, member::fate};
    let page = include_str!("../../docs/restore.md");
    for operation in [CreateReplicationGroup, CreateCacheCluster, CreateServerlessCache] {
        let row = |member| {
            let (what, by) = fate(operation, member).words();
            format!("| `{member}` | {what} | {by} |")
        };
        let expected: Vec<String> = members_of(operation).into_iter().map(row).collect();
        assert_eq!(rows(page, operation.as_str()), expected, "{operation}");
    }
}

#[test]
fn the_page_about_restores_names_every_rule() {
    let page = include_str!("../../docs/restore.md");
    for rule in Rule::ALL {
        assert!(page.contains(&format!("`{}`", rule.name())), "{}", rule.name());
    }
}
