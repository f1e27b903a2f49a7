//! `cachekeep doctor`: what an expert would look at, and what to do about it.

use cachekeep_core::view::doctor::{Level, worst};
use cachekeep_engine::Mode;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::render;
use crate::stack::{Stack, StackArgs};
use crate::world::{World, block_on};

const HELP: &str = "\
Examples:
  cachekeep doctor
  cachekeep doctor --json | jq '.[] | select(.level == \"failure\")'

It looks at the clock, table, bucket, topic, bus and rules, at the plans against quota and fleet, at slots and
queues that nobody serves, at caches that are forgotten, late or short of memory, and at orphans. It changes
nothing. What it is not allowed to see, it says.

Exit code 3: something is a warning or a failure.

Output with --json:
  [{\"check\": \"bucket\", \"level\": \"ok\"|\"unknown\"|\"warning\"|\"failure\", \"found\": \"...\",
    \"remedy\": \"...\"}]";

/// Looks at everything that an expert would look at, and says what to do.
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
        let findings = block_on(async {
            let stack = Stack::to_look(world, &self.stack).await?;
            let findings = cachekeep_engine::doctor(&stack.context, &stack.pass(Mode::DryRun)).await;
            findings.map_err(|source| Failure::Engine { doing: "examine the stack", source })
        })?;
        if self.json {
            render::json(&findings)?;
        } else {
            render::text(&render::doctor::report(&findings))?;
        }
        Ok(Exit::healthy_if(worst(&findings) < Level::Warning))
    }
}
