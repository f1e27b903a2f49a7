//! `cachekeep plans rollback`: puts an earlier version in force again.

use cachekeep_aws::ledger::StoredPlans;
use cachekeep_core::plan::Document;

use super::apply::Put;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::stack::Stack;
use crate::world::{World, block_on};

const HELP: &str = "\
Examples:
  cachekeep plans rollback --dry-run      what the version before the present one would change
  cachekeep plans rollback --version 3

It does what `plans apply` does with that version's file: it tells what changes, wants --confirm
where that is much, and makes a new version, so that nothing of the history is lost.

Exit codes and --json are those of `plans apply`.";

/// Puts an earlier version in force again: the one before the present one, or the one that is named.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// Which version [default: the one before the present one].
    #[arg(long, value_name = "N")]
    version: Option<u64>,
    #[command(flatten)]
    put: Put,
}

impl Args {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        block_on(async {
            let stack = Stack::to_look(world, &self.put.stack).await?;
            let stored = self.wanted(&stack).await?;
            let name = format!("version {}", stored.version);
            // One that was in force by the rules of its day may break those of today.
            let document = Document::parse(&name, &stored.text).map_err(Failure::Plan)?;
            Box::pin(self.put.in_force(world, stack, &name, &document)).await
        })
    }

    async fn wanted(&self, stack: &Stack) -> Result<StoredPlans, Failure> {
        let version = match self.version {
            Some(version) => version,
            None => before_the_present(stack).await?,
        };
        super::version(stack, version).await
    }
}

async fn before_the_present(stack: &Stack) -> Result<u64, Failure> {
    let control = stack.context.ledger.control().await;
    let control = control.map_err(|source| Failure::Ledger { doing: "read the plans", source })?;
    let before = control.plans.and_then(|plans| plans.version.checked_sub(1)).filter(|version| *version > 0);
    before.ok_or(Failure::NoEarlierPlans)
}
