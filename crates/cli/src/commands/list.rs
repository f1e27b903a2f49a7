//! `cachekeep list`: the backups that there are, or were.

use cachekeep_core::backup::{Backup, Status};
use cachekeep_core::ids::{CacheId, Instant, PlanName};
use cachekeep_core::view::backup::{self as view, Wanted};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::args::{self, CacheName};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render;
use crate::stack::{Stack, StackArgs};
use crate::world::{World, block_on};

/// How many histories are read at once.
const AT_ONCE: usize = 16;

const HELP: &str = "\
Examples:
  cachekeep list
  cachekeep list --cache orders --status good
  cachekeep list --plan gold --json
  cachekeep list --since 2026-11-01 --until 2026-12-01 --limit 20

A backup is waiting, snapshotting, exporting, verifying, good, corrupt, failed, missed, skipped,
lost, expiring or pruned.

Output with --json, newest first:
  [{\"id\": \"group:orders/gold/2026-11-21T06:00:00Z\", \"cache\": \"orders\", \"kind\": \"group\",
    \"plan\": \"gold\", \"slot\": \"2026-11-21T06:00:00Z\", \"status\": \"good\", \"reason\": \"...\", \"held\": false,
    \"holds\": [{\"on\": \"backup\"|\"cache group:orders\"|\"plan gold\", \"hold\": {\"since\", \"word\": {\"by\", \"why\"}}}],
    \"copies\": [{\"kind\": \"snapshot\"|\"export\"|\"replica\", \"location\": \"s3://...\", \"status\": \"good\"}]}]";

/// Lists backups, newest first.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// Only of this cache: `orders`, or `group:orders` where kinds share a name.
    #[arg(long, value_name = "CACHE")]
    cache: Option<CacheName>,
    /// Only of this plan.
    #[arg(long)]
    plan: Option<PlanName>,
    /// Only those that stand so; several with commas.
    #[arg(long, value_delimiter = ',', value_parser = args::status)]
    status: Vec<Status>,
    /// Only slots from here on: RFC 3339 or a date.
    #[arg(long, value_name = "T", value_parser = args::instant)]
    since: Option<Instant>,
    /// Only slots before this: RFC 3339 or a date.
    #[arg(long, value_name = "T", value_parser = args::instant)]
    until: Option<Instant>,
    /// At most so many, the newest of them.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    stack: StackArgs,
}

impl Args {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        let (backups, holds) = block_on(async {
            let stack = Stack::open(world, &self.stack).await?;
            Ok((self.read(&stack).await?, stack.holds().await?))
        })?;
        let lines = view::list(&backups, &self.wanted(), &holds);
        if self.json {
            render::json(&lines)?;
        } else {
            render::text(&render::backups::list(&lines))?;
        }
        Ok(Exit::Fine)
    }

    async fn read(&self, stack: &Stack) -> Result<Vec<Backup>, Failure> {
        let ledger = &stack.context.ledger;
        let failed = |source| Failure::Ledger { doing: "list the backups", source };
        let caches = ledger.caches().await.map_err(failed)?.into_iter();
        let wanted: Vec<CacheId> =
            caches.filter(|id| self.cache.as_ref().is_none_or(|name| name.is(id))).collect();
        if let (Some(name), true) = (&self.cache, wanted.is_empty()) {
            return Err(Failure::NothingKnown { subject: name.to_string() });
        }
        let histories = stream::iter(wanted.iter().map(|cache| ledger.history(cache))).buffered(AT_ONCE);
        Ok(histories.try_collect::<Vec<_>>().await.map_err(failed)?.into_iter().flatten().collect())
    }

    fn wanted(&self) -> Wanted {
        let Self { plan, status, since, until, limit, .. } = self;
        let limit = limit.map(|limit| limit as usize);
        Wanted { plan: plan.clone(), status: status.clone(), since: *since, until: *until, limit }
    }
}
