//! `cachekeep plans show`: the plan document in force.

use std::sync::Arc;

use cachekeep_aws::ledger::StoredPlans;
use cachekeep_core::plan::Document;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::render;
use crate::render::plans::InForce;
use crate::stack::{Stack, StackArgs};
use crate::world::{World, block_on};

const HELP: &str = "\
Example:
  cachekeep plans show > plans.yaml      to edit it and apply it again

Which version it is stands on standard error, so that the output is the file that was applied.

Output with --json (`version` and `applied_at` are null for the default plan):
  {\"version\": 3|null, \"applied_at\": \"2026-11-21T06:00:00Z\"|null, \"text\": \"version: 1...\",
   \"plans\": [{\"name\": \"gold\", \"schedule\": \"0 */6 * * *\", ...}]}";

/// Shows the plans in force: the applied file, or the default plan of the stack's parameters.
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
        let (stored, document) = block_on(in_force(world, &self.stack))?;
        let in_force = InForce::new(stored.as_ref(), document.as_ref());
        if self.json {
            render::json(&in_force)?;
        } else {
            render::note(&in_force.note());
            render::text(in_force.text())?;
        }
        Ok(Exit::Fine)
    }
}

async fn in_force(
    world: &World,
    args: &StackArgs,
) -> Result<(Option<StoredPlans>, Option<Document>), Failure> {
    let stack = Stack::open(world, args).await?;
    let control = stack.context.ledger.control().await;
    let control = control.map_err(|source| Failure::Ledger { doing: "read the plans", source })?;
    let document = stack.context.plans(&control);
    let document = document.map_err(|source| Failure::Engine { doing: "read the plans", source })?;
    Ok((control.plans, document.map(Arc::unwrap_or_clone)))
}
