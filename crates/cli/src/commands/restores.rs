//! `cachekeep restores`: what was restored, and what is being restored.

use cachekeep_core::restore::RestoreView;
use cachekeep_engine::Mode;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::render;
use crate::stack::{Stack, StackArgs};
use crate::world::{World, block_on};

const HELP: &str = "\
Example:
  cachekeep restores

Output with --json: a list of what `cachekeep restore --json` prints, the newest first.";

/// Lists restores, newest first.
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
        let restores = block_on(async {
            let stack = Stack::open(world, &self.stack).await?;
            let restores =
                cachekeep_engine::restore::restores(&stack.context, &stack.pass(Mode::DryRun)).await;
            restores.map_err(|source| Failure::Restore { doing: "list the restores", source })
        })?;
        if self.json {
            render::json(&restores.iter().map(RestoreView::of_record).collect::<Vec<_>>())?;
        } else {
            render::text(&render::restore::list(&restores))?;
        }
        Ok(Exit::Fine)
    }
}
