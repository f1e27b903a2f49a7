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
Examples:
  cachekeep plans show > plans.yaml      to edit it and apply it again
  cachekeep plans show --version 3       one that was in force

Which version it is stands on standard error, so that the output is the file that was applied.

Output with --json (`version` and `applied_at` are null for the default plan):
  {\"version\": 3|null, \"applied_at\": \"2026-11-21T06:00:00Z\"|null, \"text\": \"version: 1...\",
   \"plans\": [{\"name\": \"gold\", \"schedule\": \"0 */6 * * *\", ...}]}";

/// Shows the plans in force: the applied file, or the default plan of the stack's parameters.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// A version that was in force [default: what is in force].
    #[arg(long, value_name = "N")]
    version: Option<u64>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    stack: StackArgs,
}

impl Args {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        let (stored, document) = block_on(self.wanted(world))?;
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

impl Args {
    async fn wanted(&self, world: &World) -> Result<(Option<StoredPlans>, Option<Document>), Failure> {
        let stack = Stack::open(world, &self.stack).await?;
        let Some(version) = self.version else { return in_force(&stack).await };
        let stored = super::version(&stack, version).await?;
        // The text is shown also where its rules are not those of today.
        let document = Document::parse(&format!("version {version}"), &stored.text).ok();
        Ok((Some(stored), document))
    }
}

async fn in_force(stack: &Stack) -> Result<(Option<StoredPlans>, Option<Document>), Failure> {
    let control = stack.context.ledger.control().await;
    let control = control.map_err(|source| Failure::Ledger { doing: "read the plans", source })?;
    let document = stack.context.plans(&control);
    let document = document.map_err(|source| Failure::Engine { doing: "read the plans", source })?;
    Ok((control.plans, document.map(Arc::unwrap_or_clone)))
}
