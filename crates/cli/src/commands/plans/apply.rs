//! `cachekeep plans apply`: puts a plan document in force.

use cachekeep_aws::ledger::Applied;

use crate::aws::AwsArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::Input;
use crate::stack::Stack;
use crate::world::{World, block_on};
use crate::{args, render};

const HELP: &str = "\
Example:
  cachekeep plans check plans.yaml && cachekeep plans apply plans.yaml

The ledger keeps every version. The next pass of each job follows the new one; a backup that is
under way keeps to the plan that it began with.";

/// Puts a plan file in force, after checking it.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// The plan file; `-` reads standard input.
    #[arg(value_parser = args::input)]
    file: Input,
    #[command(flatten)]
    aws: AwsArgs,
}

impl Args {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        let document = super::document(&self.file)?;
        let applied = block_on(async {
            let stack = Stack::open(world, &self.aws).await?;
            let ledger = &stack.context.ledger;
            let failed = |source| Failure::Ledger { doing: "apply the plans", source };
            let previous = ledger.control().await.map_err(failed)?.plans.map(|plans| plans.version);
            ledger.apply_plans(&document.source, previous, world.now).await.map_err(failed)
        })?;
        let told = match applied {
            Applied::New { version } => render::plans::applied(&self.file, &document, version),
            Applied::Unchanged => render::plans::unchanged(&self.file),
            Applied::Conflict => return Err(Failure::PlansChanged),
        };
        render::text(&told)?;
        Ok(Exit::Fine)
    }
}
