//! `cachekeep retire`: a final backup, proven, and only then the deletion of the cache.

mod choose;
mod wait;

use std::time::Duration;

use cachekeep_core::ids::CacheId;
use cachekeep_core::retire::{Decision, Next, Request, RetirementView};
use cachekeep_engine::Mode;
use cachekeep_engine::retire::{Known, advance};
use chrono::TimeDelta;

use crate::args::{self, CacheName};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render;
use crate::stack::{Stack, StackArgs};
use crate::world::{World, block_on};

const HELP: &str = "\
A final backup is taken (a manual snapshot within the quota, else ElastiCache's newest automatic one), exported, read to
its end and held, and only then is the cache deleted. Writes after the snapshot began are lost: stop them first.
Nothing is deleted while anything is not proven, when the snapshot began longer ago than --max-age, or while the cache
belongs to a global datastore. The stack's functions take the backup on its way; where none are deployed, run
`cachekeep run all` beside it. Said again, the same command goes on where it stands.

Examples:
  cachekeep retire orders --confirm orders --dry-run           what would be done next, and what is proven
  cachekeep retire orders --confirm orders --wait              the whole of it, followed to its end
  cachekeep retire group:orders --confirm orders --max-age 3h --wait

The backup stays until `cachekeep release BACKUP`. `cachekeep restore BACKUP --as NEW` makes the cache anew.

Output with --json: {\"cache\", \"kind\", \"backup\", \"began\", \"steps\": [{\"step\": \"backup\"|\"snapshot\"|\"export\"|\"verified\"|
  \"manifest\"|\"held\"|\"deletion\", \"status\": \"proven\"|\"open\"|\"waived\"|\"broken\", \"detail\"}],
  \"refusals\": [{\"rule\", \"why\", \"how\"}],
  \"status\": \"planned\"|\"refused\"|\"backing-up\"|\"deleting\"|\"retired\", \"reason\"}
Exit code 1: it was refused, and nothing was deleted.";

/// Deletes a cache after a final backup that is proven.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// The cache: `orders`, or `group:orders` where kinds share a name.
    #[arg(value_name = "CACHE")]
    cache: CacheName,
    /// The cache's id once more.
    #[arg(long, value_name = "CACHE")]
    confirm: String,
    /// How long ago the final snapshot may have begun when the cache is deleted, such as 90m or 3h.
    #[arg(long, value_name = "TIME", default_value = "60m", value_parser = args::minutes)]
    max_age: Duration,
    /// Take an available snapshot for proof where ElastiCache cannot export it and nobody can read it.
    #[arg(long)]
    accept_unread: bool,
    /// Say what would be done next, and do nothing.
    #[arg(long)]
    dry_run: bool,
    /// Wait until the cache is gone, or will not be deleted.
    #[arg(long, conflicts_with = "dry_run")]
    wait: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    stack: StackArgs,
}

impl Args {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        let (known, decision) = block_on(self.retire(world))?;
        if self.json {
            render::json(&RetirementView::new(&known.facts(), &decision))?;
        } else {
            render::text(&render::retire::outcome(&known.facts(), &decision, self.dry_run))?;
        }
        Ok(if matches!(decision.next, Next::Refused(_)) { Exit::Failed } else { Exit::Fine })
    }

    async fn retire(&self, world: &World) -> Result<(Known, Decision), Failure> {
        let mode = if self.dry_run { Mode::DryRun } else { Mode::Act };
        let stack = match mode {
            Mode::DryRun => Stack::to_look(world, &self.stack).await?,
            Mode::Act => Stack::to_act(world, &self.stack).await?,
        };
        let id = choose::cache(&stack, &self.cache).await?;
        let request = self.request(world);
        if self.wait {
            return wait::until_over(&stack, &id, &request).await;
        }
        step(&stack, &stack.pass(mode), &id, &request).await
    }

    fn request(&self, world: &World) -> Request {
        Request {
            confirm: self.confirm.clone(),
            max_age: TimeDelta::from_std(self.max_age).unwrap_or(cachekeep_core::retire::MAX_AGE),
            accept_unread: self.accept_unread,
            since: world.now,
        }
    }
}

async fn step(
    stack: &Stack,
    pass: &cachekeep_engine::Pass,
    id: &CacheId,
    request: &Request,
) -> Result<(Known, Decision), Failure> {
    let failed = |source| Failure::Engine { doing: "retire the cache", source };
    advance(&stack.context, pass, id, request).await.map_err(failed)
}
