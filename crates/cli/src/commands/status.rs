//! `cachekeep status`: how every cache stands.

use cachekeep_core::ids::PlanName;
use cachekeep_core::view::status::{Standings, StatusLine};
use cachekeep_engine::Mode;

use crate::args::CacheName;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render;
use crate::stack::{Stack, StackArgs};
use crate::world::{World, block_on};

const HELP: &str = "\
Examples:
  cachekeep status
  cachekeep status --cache orders --plan gold --json

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
    /// Only this cache: `orders`, or `group:orders` where kinds share a name.
    #[arg(long, value_name = "CACHE")]
    cache: Option<CacheName>,
    /// Only this plan.
    #[arg(long)]
    plan: Option<PlanName>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    stack: StackArgs,
}

impl Args {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        let (standings, unheard) = block_on(async {
            let stack = Stack::to_look(world, &self.stack).await?;
            let status = cachekeep_engine::status(&stack.context, &stack.pass(Mode::DryRun)).await;
            let standings =
                status.map_err(|source| Failure::Engine { doing: "read how the caches stand", source })?;
            Ok((standings, cachekeep_engine::unheard(&stack.context).await))
        })?;
        let standings = standings.only(|line| self.wants(line));
        self.must_find(&standings)?;
        if self.json {
            render::json(&standings.lines)?;
        } else {
            render::text(&render::status::report(&standings))?;
        }
        match unheard {
            Ok(None) => {}
            Ok(Some(problem)) => render::note(&problem),
            // How the caches stand is worth as much without it.
            Err(error) => render::note(&format!("whether anybody is told is not known: {error}")),
        }
        Ok(Exit::healthy_if(standings.is_well()))
    }

    fn wants(&self, line: &StatusLine) -> bool {
        let cache = self.cache.as_ref().is_none_or(|cache| cache.fits(line.kind, &line.cache));
        cache && self.plan.as_ref().is_none_or(|plan| plan.as_str() == line.plan)
    }

    /// Silence about a name that was mistyped would look like health.
    fn must_find(&self, found: &Standings) -> Result<(), Failure> {
        if !found.lines.is_empty() || (self.cache.is_none() && self.plan.is_none()) {
            return Ok(());
        }
        let cache = self.cache.as_ref().map_or_else(|| "any cache".to_owned(), ToString::to_string);
        Err(Failure::NotCovered { cache, plan: self.plan.clone() })
    }
}
