//! `cachekeep plans diff`: what a plan document would change.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::Input;
use crate::render::proposal::Ending;
use crate::stack::{Stack, StackArgs};
use crate::world::{World, block_on};
use crate::{args, render};

use super::apply::Seen;

const HELP: &str = "\
Example:
  cachekeep plans diff plans.yaml

Exit code 3: `plans apply` would want --confirm.

Output with --json:
  {\"against\": 3|null, \"plans\": [{\"change\": \"added\"|\"removed\", \"plan\": \"gold\"} |
     {\"change\": \"changed\", \"plan\": \"gold\", \"fields\": [{\"field\": \"keep.daily\", \"before\": \"7\", \"after\": \"3\"}]} |
     {\"change\": \"reserve\", \"before\": 2, \"after\": 5}],
   \"caches\": 4, \"covered\": [\"group:orders\"], \"newly_covered\": [], \"no_longer_covered\": [],
   \"retained\": [{\"cache\": \"group:orders\", \"of\": 8, \"go\": [{\"id\": \"...\", \"reason\": \"...\"}], \"released\": []}],
   \"neglected\": [{\"cache\": \"group:orders\", \"plan\": \"default\", \"why\": \"plan-gone\"|\"cache-gone\"|\"not-selected\",
      \"already\": false, \"backups\": 3, \"snapshot_bytes\": 0, \"export_bytes\": 27, \"usd_a_month\": 0.01}],
   \"out_of_reach\": [{\"plan\": \"gold\", \"bucket\": \"...\", \"key\": \"...\"}],
   \"objections\": [{\"kind\": \"covers-nothing\"|\"lets-go\"|\"out-of-reach\", ...}], \"warnings\": [as of `plans check`]}";

/// Compares a plan file with what is in force: plans, the caches that are covered, the backups that would go.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// The plan file; `-` reads standard input.
    #[arg(value_parser = args::input)]
    file: Input,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    stack: StackArgs,
}

impl Args {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        let document = super::document(&self.file)?;
        let seen = block_on(async {
            let stack = Stack::to_look(world, &self.stack).await?;
            Seen::of(world, stack, &document).await
        })?;
        let name = self.file.to_string();
        let report = seen.report(&name, Ending::Open);
        if self.json {
            render::json(&report)?;
        } else {
            render::text(&report.difference())?;
        }
        Ok(Exit::healthy_if(seen.proposed.proposal.objections().is_empty()))
    }
}
