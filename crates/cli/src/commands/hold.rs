//! `cachekeep hold` and `cachekeep release`: a legal hold on backups, and its end.

use cachekeep_core::backup::{Backup, Word};
use cachekeep_core::hold::Held;
use cachekeep_core::ids::{BackupId, CacheId, CacheName, PlanName};
use cachekeep_core::remark::Remark;
use cachekeep_engine::{Hold, Mode, Receipt};

use crate::args;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render;
use crate::stack::{Stack, StackArgs};
use crate::world::{World, block_on};

const HOLD_HELP: &str = "\
Examples:
  cachekeep hold group:orders/gold/2026-11-21T06:00:00Z --reason 'case 4711'
  cachekeep hold --cache orders --reason 'case 4711'     all of its backups, those to come too
  cachekeep hold --plan gold

Nothing of what is held is deleted until `cachekeep release`, whatever the policy says. The record says who
held it (by AWS's word) and why; `list`, `show` and `explain` show it.";

const RELEASE_HELP: &str = "\
Examples:
  cachekeep release group:orders/gold/2026-11-21T06:00:00Z
  cachekeep release --cache orders

A release of a cache or a plan ends the hold that was put on it as a whole; backups that were held one by
one stay held. The release of a backup also ends a pause: when a backup holds far less than those before
it, nothing of its cache expires until somebody has looked and releases the newest backup.";

/// Forbids the deletion of backups.
#[derive(Debug, clap::Args)]
#[command(after_help = HOLD_HELP)]
pub(crate) struct HoldArgs {
    #[command(flatten)]
    which: Which,
}

/// Lets retention decide about backups again.
#[derive(Debug, clap::Args)]
#[command(after_help = RELEASE_HELP)]
pub(crate) struct ReleaseArgs {
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("which").required(true).args(["backup", "cache", "plan"]))]
struct Which {
    /// The backups' ids, as `cachekeep list` shows them.
    #[arg(value_name = "BACKUP")]
    backup: Vec<BackupId>,
    /// Every backup of this cache, those to come too: `orders`, or `group:orders` where kinds share a name.
    #[arg(long, value_name = "CACHE")]
    cache: Option<CacheName>,
    /// Every backup of this plan, those to come too.
    #[arg(long, value_name = "NAME")]
    plan: Option<PlanName>,
    /// Why, for whoever reads the record.
    #[arg(long, value_name = "TEXT")]
    reason: Option<Remark>,
    #[command(flatten)]
    stack: StackArgs,
}

impl HoldArgs {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        block_on(self.which.set(world, Hold::Hold))
    }
}

impl ReleaseArgs {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        block_on(self.which.set(world, Hold::Release))
    }
}

impl Which {
    async fn set(self, world: &World, hold: Hold) -> Result<Exit, Failure> {
        let stack = Stack::to_act(world, &self.stack).await?;
        let said = Word { by: args::caller(stack.clients()).await?, why: self.reason.clone() };
        if let Some(on) = self.whole(&stack).await? {
            let outcome =
                cachekeep_engine::hold_all(&stack.context, &stack.pass(Mode::Act), &on, hold, &said).await;
            outcome.map_err(|source| Failure::Engine { doing: "write the hold", source })?;
            render::text(&render::backups::stands(&on, &stack.holds().await?))?;
            return Ok(Exit::Fine);
        }
        self.know_all(&stack).await?;
        for id in &self.backup {
            let backup = one(&stack, id, hold, &said).await?;
            let standing = stack.holds().await?.cover(id);
            render::text(&render::backups::held(&backup, standing))?;
        }
        Ok(Exit::Fine)
    }

    /// What is held as a whole, if anything.
    async fn whole(&self, stack: &Stack) -> Result<Option<Held>, Failure> {
        if let Some(name) = &self.cache {
            return Ok(Some(Held::Cache(cache(stack, name).await?)));
        }
        let Some(plan) = &self.plan else { return Ok(None) };
        if is_known(stack, plan).await? {
            return Ok(Some(Held::Plan(plan.clone())));
        }
        Err(Failure::NothingKnown { subject: format!("plan {plan}") })
    }

    /// Nothing is changed where one of several ids was mistyped.
    async fn know_all(&self, stack: &Stack) -> Result<(), Failure> {
        for id in &self.backup {
            let backup = stack.context.ledger.backup(id).await;
            let backup = backup.map_err(|source| Failure::Ledger { doing: "look at the backup", source })?;
            backup.ok_or_else(|| Failure::NoBackup { id: id.clone() })?;
        }
        Ok(())
    }
}

/// The cache of this name that the ledger knows. A hold on a name that was mistyped would protect nothing.
async fn cache(stack: &Stack, name: &CacheName) -> Result<CacheId, Failure> {
    let caches = stack.context.ledger.caches().await;
    let caches = caches.map_err(|source| Failure::Ledger { doing: "list the caches", source })?;
    let mut named: Vec<CacheId> = caches.into_iter().filter(|id| name.is(id)).collect();
    match (named.pop(), named.is_empty()) {
        (Some(cache), true) => Ok(cache),
        (Some(cache), false) => {
            named.push(cache);
            let subject = name.to_string();
            Err(Failure::Ambiguous { name: subject, several: named.iter().map(CacheId::to_string).collect() })
        }
        (None, _) => Err(Failure::NothingKnown { subject: name.to_string() }),
    }
}

/// Whether a plan is in force, or has left backups behind.
async fn is_known(stack: &Stack, plan: &PlanName) -> Result<bool, Failure> {
    let failed = |source| Failure::Ledger { doing: "look for the plan", source };
    let ledger = &stack.context.ledger;
    let control = ledger.control().await.map_err(failed)?;
    let plans = stack.context.plans(&control);
    let plans = plans.map_err(|source| Failure::Engine { doing: "read the plans", source })?;
    if plans.is_some_and(|plans| plans.plan(plan).is_some()) {
        return Ok(true);
    }
    for cache in ledger.caches().await.map_err(failed)? {
        let history = ledger.history(&cache).await.map_err(failed)?;
        if history.iter().any(|backup| backup.id.plan == *plan) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Holds or releases one backup. A hold that was not written never looks like one that was.
pub(super) async fn one(stack: &Stack, id: &BackupId, hold: Hold, word: &Word) -> Result<Backup, Failure> {
    let outcome = cachekeep_engine::hold(&stack.context, &stack.pass(Mode::Act), id, hold, word).await;
    match outcome.map_err(|source| Failure::Engine { doing: "write the hold", source })? {
        Some(Receipt::Recorded(backup) | Receipt::Planned(backup)) => Ok(*backup),
        Some(Receipt::Overtaken) => Err(Failure::Busy { subject: id.to_string() }),
        Some(Receipt::Failed(source)) => Err(Failure::Unrecorded { subject: id.to_string(), source }),
        None => Err(Failure::NoBackup { id: id.clone() }),
    }
}
