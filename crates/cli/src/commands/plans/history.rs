//! `cachekeep plans history`: every version that was in force.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::render;
use crate::render::plans::{VersionLine, versions};
use crate::stack::{Stack, StackArgs};
use crate::world::{World, block_on};

const HELP: &str = "\
Examples:
  cachekeep plans history
  cachekeep plans show --version 3       the file of one of them

Output with --json, newest first:
  [{\"version\": 4, \"applied_at\": \"2026-11-21T06:00:00Z\", \"in_force\": true, \"plans\": [\"gold\"]}]
  `plans` is null where this version of cachekeep cannot read the file any more.";

/// Lists every version of the plans that was in force, newest first.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    stack: StackArgs,
}

impl Args {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        let history = block_on(async {
            let stack = Stack::open(world, &self.stack).await?;
            let history = stack.context.ledger.plans_history().await;
            history.map_err(|source| Failure::Ledger { doing: "read the plans", source })
        })?;
        let newest = history.last().map(|plans| plans.version);
        let lines: Vec<VersionLine> =
            history.iter().rev().map(|plans| VersionLine::new(plans, newest)).collect();
        if self.json {
            render::json(&lines)?;
        } else {
            render::text(&versions(&lines))?;
        }
        Ok(Exit::Fine)
    }
}
