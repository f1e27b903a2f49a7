//! `cachekeep status`: how every cache stands.

use std::time::Duration;

use cachekeep_core::ids::PlanName;
use cachekeep_core::view::status::{Standings, StatusLine};
use cachekeep_engine::{Mode, Pass};

use crate::args::{self, CacheName};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render;
use crate::stack::{Stack, StackArgs};
use crate::world::{World, block_on, stopped};

const HELP: &str = "\
Examples:
  cachekeep status
  cachekeep status --cache orders --plan gold --json
  cachekeep status --watch               again every ten seconds, until Ctrl-C

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
    /// Look again and again, every so often, until Ctrl-C.
    #[arg(long, value_name = "EVERY", num_args = 0..=1, default_missing_value = "10s", value_parser = args::seconds, conflicts_with = "json")]
    watch: Option<Duration>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    stack: StackArgs,
}

impl Args {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        block_on(async {
            let stack = Stack::to_look(world, &self.stack).await?;
            match self.watch {
                None => self.look(&stack, &stack.pass(Mode::DryRun)).await,
                Some(every) => self.watch(&stack, every).await,
            }
        })
    }

    /// Looks until somebody has seen enough; what was seen last decides how the command ends.
    async fn watch(&self, stack: &Stack, every: Duration) -> Result<Exit, Failure> {
        loop {
            render::clear()?;
            let exit = self.look(stack, &stack.present_pass(Mode::DryRun)).await?;
            tokio::select! {
                () = tokio::time::sleep(every) => {}
                () = stopped() => return Ok(exit),
            }
        }
    }

    async fn look(&self, stack: &Stack, pass: &Pass) -> Result<Exit, Failure> {
        let status = cachekeep_engine::status(&stack.context, pass).await;
        let standings =
            status.map_err(|source| Failure::Engine { doing: "read how the caches stand", source })?;
        let standings = standings.only(|line| self.wants(line));
        self.must_find(&standings)?;
        if self.json {
            render::json(&standings.lines)?;
        } else {
            render::text(&render::status::report(&standings))?;
        }
        match cachekeep_engine::unheard(&stack.context).await {
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
