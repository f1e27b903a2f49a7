//! `cachekeep status`: how every cache stands.

use cachekeep_core::health;
use cachekeep_engine::Mode;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::render;
use crate::stack::{Stack, StackArgs};
use crate::world::{World, block_on};

const HELP: &str = "\
Example:
  cachekeep status

Health is `ok`, `late` (the newest good backup is older than the plan expects), `never` (there is
none yet) or `unsupported` (AWS cannot back the cache up). Exit code 3: something is late or never,
or no plan covers a cache that can be backed up.

Output with --json, a line for each cache and plan:
  [{\"cache\": \"orders\", \"kind\": \"group\"|\"cluster\"|\"serverless\", \"plan\": \"gold\",
    \"health\": \"ok\"|\"late\"|\"never\"|\"unsupported\", \"last_good\": \"2026-11-21T06:00:00Z\"|null,
    \"age_seconds\": 3600|null, \"next_slot\": \"2026-11-21T12:00:00Z\"|null,
    \"quota\": [{\"node\": \"orders-001\", \"used\": 4, \"limit\": 20}], \"reason\": \"...\"}]";

/// Shows how each cache stands: its last good backup, its age, its next slot, its quota.
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
        let lines = block_on(async {
            let stack = Stack::to_look(world, &self.stack).await?;
            let status = cachekeep_engine::status(&stack.context, &stack.pass(Mode::DryRun)).await;
            status.map_err(|source| Failure::Engine { doing: "read how the caches stand", source })
        })?;
        if self.json {
            render::json(&lines)?;
        } else {
            render::text(&render::status::report(&lines))?;
        }
        let unhealthy = lines.iter().any(|line| line.health.is_unhealthy());
        Ok(Exit::healthy_if(!unhealthy && !health::covers_nothing(&lines)))
    }
}
