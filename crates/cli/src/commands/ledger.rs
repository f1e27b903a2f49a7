//! `cachekeep ledger`: the ledger against what there is, and all of it as JSON lines.

mod against;
mod export;

use std::path::PathBuf;

use cachekeep_core::drift::Drift;
use cachekeep_engine::Mode;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::render;
use crate::stack::{Stack, StackArgs};
use crate::world::{World, block_on};

const CHECK_HELP: &str = "\
Examples:
  cachekeep ledger check
  cachekeep ledger check --against ledger-2026-11-21.jsonl

It compares every backup of the ledger with every snapshot and every object of its exports and
replicas, in as many calls as the listings have pages, and says what does not agree and what to do.
With --against, the ledger is compared with what `ledger export` wrote earlier instead.

Exit code 3: it does not agree.

Output with --json:
  {\"agrees\": true, \"backups\": 123, \"omitted\": 0, \"findings\": [
    {\"kind\": \"lost\"|\"orphan-snapshot\"|\"orphan-object\"|\"unknown-file\"|\"differs\",
     \"subject\": \"...\", \"why\": \"...\", \"how\": \"...\"}]}";

const EXPORT_HELP: &str = "\
Example:
  cachekeep ledger export > ledger.jsonl

The first line says what it is: {\"kind\": \"ledger\", \"format\": 4, \"stack\": ..., \"exported_at\": ...}.
Each other line is one item: {\"kind\": \"backup\"|\"event\"|\"quota\"|\"review\"|\"configuration\"|
\"plans\"|\"restores\", \"pk\": ..., \"sk\": ..., \"item\": {...}}. docs/operations.md has the fields.";

/// The commands on the ledger as a whole.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Compare the ledger with ElastiCache and S3.
    #[command(after_help = CHECK_HELP)]
    Check(CheckArgs),
    /// Write all of the ledger as JSON lines.
    #[command(after_help = EXPORT_HELP)]
    Export(ExportArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// What `ledger export` wrote, to compare the ledger with instead.
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    stack: StackArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// Leave the events out, of which there are many to each backup.
    #[arg(long)]
    without_events: bool,
    #[command(flatten)]
    stack: StackArgs,
}

impl Command {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        match self {
            Self::Check(args) => args.run(world),
            Self::Export(args) => args.run(world),
        }
    }
}

impl CheckArgs {
    fn run(self, world: &World) -> Result<Exit, Failure> {
        let drift = block_on(self.check(world))?;
        if self.json {
            render::json(&drift)?;
        } else {
            render::text(&render::ledger::report(&drift))?;
        }
        Ok(Exit::healthy_if(drift.agrees))
    }

    async fn check(&self, world: &World) -> Result<Drift, Failure> {
        let stack = Stack::to_look(world, &self.stack).await?;
        if let Some(file) = &self.against {
            return against::check(&stack, file).await;
        }
        let drift = cachekeep_engine::check_ledger(&stack.context, &stack.pass(Mode::DryRun)).await;
        drift.map_err(|source| Failure::Engine { doing: "compare the ledger with what there is", source })
    }
}

impl ExportArgs {
    fn run(self, world: &World) -> Result<Exit, Failure> {
        block_on(async {
            let stack = Stack::to_look(world, &self.stack).await?;
            export::write(&stack, world.now, self.without_events).await
        })?;
        Ok(Exit::Fine)
    }
}
