//! `cachekeep backup`: one backup now, beside the schedule.

mod wait;

use cachekeep_core::backup::{Backup, Status, Word};
use cachekeep_core::decide::order::Order;
use cachekeep_core::hold::Holds;
use cachekeep_core::ids::{CacheName, PlanName};
use cachekeep_core::job::Job;
use cachekeep_core::plan::Length;
use cachekeep_core::remark::Remark;
use cachekeep_core::view::backup::BackupLine;
use cachekeep_engine::{Hold, Mode};

use crate::args;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render;
use crate::stack::{Stack, StackArgs};
use crate::world::{World, block_on};

const HELP: &str = "\
Before a migration or a deployment. It goes the way of every backup: within the quota, exported, read, kept and
told. Its slot is this minute, so that the same command said again, or a slot of the schedule in the
same minute, is the same backup.

Examples:
  cachekeep backup orders --reason 'before the migration to v7' --wait
  cachekeep backup orders --plan gold --keep 30d
  cachekeep backup scratch --keep 2w             where no plan covers the cache: under the plan `manual`
  cachekeep backup orders --hold --reason 'case 4711'

Without --wait it begins, and the functions (or `cachekeep run all`) go on with it.
docs/operations.md says how a pipeline asks for one by an event, and waits for it.

Output with --json: the backup, as `cachekeep list --json` has it.
Exit code 1: it was not recorded; or it has ended and is not good. 2: several plans cover the cache, or none
does and --keep is missing.";

/// Takes a backup of a cache now, outside of the schedule.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// The cache: `orders`, or `group:orders` where kinds share a name.
    cache: CacheName,
    /// The plan that it is to belong to, where several cover the cache.
    #[arg(long)]
    plan: Option<PlanName>,
    /// How long it stays whatever the plan's policy says, as in 30d; after that the policy decides.
    #[arg(long, value_name = "FOR")]
    keep: Option<Length>,
    /// Why, for whoever reads the record.
    #[arg(long, value_name = "TEXT")]
    reason: Option<Remark>,
    /// Forbid its deletion, as `cachekeep hold` does.
    #[arg(long)]
    hold: bool,
    /// Wait until it is read and whole, or will never be.
    #[arg(long)]
    wait: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    stack: StackArgs,
}

impl Args {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        let (backup, holds) = block_on(self.take(world))?;
        if self.json {
            render::json(&BackupLine::new(&backup, &holds))?;
        } else {
            render::text(&render::backups::asked(&backup))?;
        }
        Ok(if has_failed(backup.status()) { Exit::Failed } else { Exit::Fine })
    }

    async fn take(&self, world: &World) -> Result<(Backup, Holds), Failure> {
        let stack = Stack::to_act(world, &self.stack).await?;
        let pass = stack.pass(Mode::Act);
        let said = Word { by: args::caller(stack.clients()).await?, why: self.reason.clone() };
        let order = Order {
            cache: self.cache.clone(),
            plan: self.plan.clone(),
            keep: self.keep,
            word: said.clone(),
            at: pass.now,
        };
        let begun = cachekeep_engine::order(&stack.context, &pass, &order).await;
        let begun = begun.map_err(|source| Failure::Order { source })?;
        if self.hold {
            super::hold::one(&stack, &begun.id, Hold::Hold, &said).await?;
        }
        cachekeep_engine::run(Job::Snapshot, &stack.context, &pass)
            .await
            .map_err(|source| Failure::Pass { job: Job::Snapshot, source })?;
        let backup = if self.wait {
            wait::until_over(&stack, &begun.id).await?
        } else {
            wait::present(&stack, &begun.id).await?
        };
        Ok((backup, stack.holds().await?))
    }
}

/// Whether nothing will come of it any more.
const fn has_failed(status: Status) -> bool {
    match status {
        Status::Waiting | Status::Snapshotting | Status::Exporting | Status::Verifying | Status::Good => {
            false
        }
        Status::Corrupt
        | Status::Failed
        | Status::Missed
        | Status::Skipped
        | Status::Lost
        | Status::Expiring
        | Status::Pruned => true,
    }
}
