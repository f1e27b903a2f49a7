//! `cachekeep restore`: a new cache made from a backup, planned, checked, and followed until it is available.

mod alone;
mod choose;
mod global;
mod wait;

use cachekeep_core::backup::CopyKind;
use cachekeep_core::ids::{BackupId, CacheKind, Instant, SnapshotName};
use cachekeep_core::restore::global::{Secondary, Wish};
use cachekeep_core::restore::{
    AuthToken, BadOverride, Override, Plan, Request, Restore, RestoreStatus, RestoreView, Token,
};
use cachekeep_engine::Mode;
use cachekeep_engine::restore::{Begun, Bench, Proposal, Wanted, ask, begin, propose, tidy, widen};
use clap::ValueEnum;

use crate::args::{self, CacheName};
use crate::commands::verify::source::ObjectUrl;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::Input;
use crate::render;
use crate::stack::{Stack, StackArgs};
use crate::world::{World, block_on};

const HELP: &str = "\
A restore always makes a new cache. It is planned first: which copy (the fastest that is proven good), the
whole input of the call, where each member came from, and what would go wrong. A plan that breaks a rule is
refused, and nothing is created. Said again, the same command finds the same restore.

Examples:
  cachekeep restore --cache orders --as orders-2 --dry-run     the plan, from the newest good backup
  cachekeep restore --cache orders --at 2026-11-20T14:00:00Z --as orders-2 --wait
  cachekeep restore group:orders/gold/2026-11-21T06:00:00Z --as orders-2 --from export \\
            --set CacheNodeType=cache.r7g.xlarge --auth-token-file token.txt

A global datastore, rebuilt with its secondaries:
  cachekeep restore --cache orders --as orders-2 --global shop --secondary eu-west-1=orders-eu \\
            --set eu-west-1:CacheSubnetGroupName=private-eu --wait

Without a ledger, from the bucket alone:
  cachekeep restore --manifest s3://exports/group/orders/gold/20261121t060000z/manifest.json --as orders-2

docs/restore.md has the commonest disasters with their command, and every member that --set takes.

Output with --json: {\"backup\", \"source\": {\"kind\", \"location\"}, \"target\": {\"kind\", \"id\", \"region\"}, \"operation\",
  \"input\": {...}, \"origins\": {\"Member\": \"manifest\"|\"snapshot\"|\"override\"|\"default\"},
  \"missing\": [{\"member\", \"why\", \"how\"}], \"refusals\": [{\"rule\", \"why\", \"how\"}],
  \"status\": \"planned\"|\"refused\"|\"staging\"|\"requested\"|\"creating\"|\"available\"|\"failed\", \"reason\", \"seconds\", ...}
Exit code 1: it was refused, and nothing was created; or it failed, and what was created is named.";

/// Makes a new cache from a backup.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, clap::Args)]
#[command(after_help = HELP, group = clap::ArgGroup::new("which").required(true).args(["backup", "cache", "snapshot", "manifest"]))]
pub(crate) struct Args {
    /// The backup's id, as `cachekeep list` shows it.
    #[arg(value_name = "BACKUP")]
    backup: Option<BackupId>,
    /// The newest good backup of this cache: `orders`, or `group:orders` where kinds share a name.
    #[arg(long, value_name = "CACHE")]
    cache: Option<CacheName>,
    /// The newest good one whose slot is not after this: RFC 3339 or a date.
    #[arg(long, value_name = "T", value_parser = args::instant, requires = "cache")]
    at: Option<Instant>,
    /// A snapshot in ElastiCache, whoever took it: ElastiCache's automatic ones and people's own too.
    #[arg(long, value_name = "NAME")]
    snapshot: Option<String>,
    /// The manifest beside an export. It needs no ledger, no table and no plan.
    #[arg(long, value_name = "s3://BUCKET/KEY")]
    manifest: Option<ObjectUrl>,
    /// Take a snapshot of another stack all the same.
    #[arg(long, requires = "snapshot")]
    foreign: bool,
    /// ElastiCache's id of the new cache.
    #[arg(long = "as", value_name = "ID")]
    target: String,
    /// The copy to restore from, instead of the fastest that is proven good.
    #[arg(long, value_name = "COPY")]
    from: Option<From>,
    /// The kind of the new cache, instead of the old one's.
    #[arg(long, value_name = "KIND")]
    into: Option<Into>,
    /// A member of the call that is to be otherwise than it was; with nothing after `=`, it is left out. May be repeated.
    #[arg(long, value_name = "MEMBER=VALUE", value_parser = overriding)]
    set: Vec<Override>,
    /// A file with the AUTH token of the new cache, or `-` for standard input. The token is never stored.
    #[arg(long, value_name = "FILE|-", value_parser = args::input)]
    auth_token_file: Option<Input>,
    /// Make a global datastore around the new group: what follows AWS's own prefix in its id.
    #[arg(long, value_name = "SUFFIX")]
    global: Option<String>,
    /// A secondary of that datastore. May be repeated; `--set REGION:Member=VALUE` changes a member of it.
    #[arg(long, value_name = "REGION=ID", requires = "global")]
    secondary: Vec<Secondary>,
    /// Print the plan, and create nothing.
    #[arg(long)]
    dry_run: bool,
    /// Wait until the cache is available, or will never be.
    #[arg(long, conflicts_with = "dry_run")]
    wait: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    stack: StackArgs,
}

/// Which copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum From {
    /// The snapshot inside ElastiCache
    Snapshot,
    /// The files in the stack's bucket
    Export,
    /// A copy of the files in another bucket
    Replica,
}

/// Which kind of cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Into {
    /// A replication group
    Group,
    /// A single node
    Cluster,
    /// A serverless cache
    Serverless,
}

fn overriding(text: &str) -> Result<Override, BadOverride> {
    Override::parse(text)
}

impl Args {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        let token = self.token()?;
        block_on(self.restore(world, token.as_ref()))
    }

    fn token(&self) -> Result<Option<AuthToken>, Failure> {
        let Some(input) = &self.auth_token_file else { return Ok(None) };
        let token = AuthToken::read(&input.text()?);
        token.map(Some).map_err(|source| Failure::Token { name: input.to_string(), source })
    }

    fn request(&self, token: Option<&AuthToken>) -> Request {
        Request {
            target: self.target.clone(),
            from: self.from.map(|from| match from {
                From::Snapshot => CopyKind::Snapshot,
                From::Export => CopyKind::Export,
                From::Replica => CopyKind::Replica,
            }),
            into: self.into.map(|into| match into {
                Into::Group => CacheKind::Group,
                Into::Cluster => CacheKind::Cluster,
                Into::Serverless => CacheKind::Serverless,
            }),
            overrides: self.overrides(),
            token: if token.is_some() { Token::Given } else { Token::Untold },
            foreign: self.foreign,
        }
    }

    /// What is to be otherwise of the new cache itself: with a datastore, the regions' own stand apart.
    fn overrides(&self) -> Vec<Override> {
        if self.global.is_some() { Wish::split(&self.set).0 } else { self.set.clone() }
    }

    fn wish(&self) -> Option<Wish> {
        Some(Wish {
            suffix: self.global.clone()?,
            secondaries: self.secondary.clone(),
            overrides: Wish::split(&self.set).1,
        })
    }

    async fn restore(&self, world: &World, token: Option<&AuthToken>) -> Result<Exit, Failure> {
        if let Some(url) = &self.manifest {
            let alone = alone::Alone::open(world, &self.stack.aws, url, self.dry_run).await?;
            let bench = alone.bench();
            return self
                .propose(bench, Wanted::Manifest(&alone.manifest), &alone.manifest.stack, token)
                .await;
        }
        let stack = if self.dry_run {
            Stack::to_look(world, &self.stack).await?
        } else {
            Stack::to_act(world, &self.stack).await?
        };
        let pass = stack.pass(if self.dry_run { Mode::DryRun } else { Mode::Act });
        let (context, bench) = (&stack.context, Bench::of_stack(&stack.context, &pass));
        if let Some(name) = &self.snapshot {
            let name = SnapshotName::new(name);
            return self
                .propose(bench, Wanted::Snapshot(&name, Some(&context.stack)), &context.stack, token)
                .await;
        }
        let backup = match (&self.backup, &self.cache) {
            (Some(id), _) => choose::by_id(&stack, id).await?,
            (None, Some(cache)) => choose::newest_good(&stack, cache, self.at).await?,
            (None, None) => return Err(Failure::NothingKnown { subject: self.target.clone() }),
        };
        self.propose(bench, Wanted::Backup(context, &backup), &context.stack, token).await
    }

    async fn propose(
        &self,
        bench: Bench<'_>,
        wanted: Wanted<'_>,
        stack: &cachekeep_core::stack::Stack,
        token: Option<&AuthToken>,
    ) -> Result<Exit, Failure> {
        let request = self.request(token);
        let mut proposal = propose(bench, wanted, &request).await.map_err(planning)?;
        if let (Proposal::New { plan, .. }, Some(wish)) = (&mut proposal, self.wish()) {
            widen(bench, plan, &wish).await.map_err(planning)?;
        }
        match proposal {
            Proposal::Known(restore) => self.go_on(bench, *restore, token).await,
            Proposal::New { plan, .. } if self.dry_run => self.show_plan(bench, &plan),
            Proposal::New { plan, earlier } => {
                if !self.json {
                    render::text(&render::restore::plan(&plan, bench.pass.now))?;
                }
                match begin(bench, stack, &plan, earlier.as_deref(), token).await.map_err(beginning)? {
                    Begun::Refused if self.json => self.show_plan(bench, &plan),
                    Begun::Refused => Ok(Exit::Failed),
                    Begun::Recorded(restore) => self.finish(bench, *restore).await,
                }
            }
        }
    }

    fn show_plan(&self, bench: Bench<'_>, plan: &Plan) -> Result<Exit, Failure> {
        if self.json {
            render::json(&RestoreView::of_plan(plan))?;
        } else {
            render::text(&render::restore::plan(plan, bench.pass.now))?;
        }
        Ok(if plan.refusals.is_empty() { Exit::Fine } else { Exit::Failed })
    }

    /// The same command said again: what an earlier one began goes on.
    async fn go_on(
        &self,
        bench: Bench<'_>,
        restore: Restore,
        token: Option<&AuthToken>,
    ) -> Result<Exit, Failure> {
        let restore =
            if self.dry_run { restore } else { ask(bench, restore, token).await.map_err(beginning)? };
        self.finish(bench, restore).await
    }

    async fn finish(&self, bench: Bench<'_>, restore: Restore) -> Result<Exit, Failure> {
        let restore = if self.wait { wait::until_over(bench, restore).await? } else { restore };
        let restore = if self.dry_run { restore } else { tidy(bench, restore).await.map_err(tidying)? };
        let global =
            match self.wish().filter(|_| restore.status() == RestoreStatus::Available && !self.dry_run) {
                Some(wish) => Some(global::go_on(bench, &restore, &wish, self.wait).await?),
                None => None,
            };
        let failed = restore.status() == RestoreStatus::Failed
            || global.as_ref().is_some_and(|global| global.status == "failed");
        if self.json {
            render::json(&RestoreView::of_record(&restore).with_global(global))?;
        } else {
            render::text(&render::restore::outcome(&restore, self.wait))?;
            render::text(&render::restore::global(global.as_ref()))?;
        }
        Ok(if failed { Exit::Failed } else { Exit::Fine })
    }
}

fn tidying(source: cachekeep_engine::restore::RestoreError) -> Failure {
    Failure::Restore { doing: "delete the copies that were made for the restore", source }
}

fn planning(source: cachekeep_engine::restore::RestoreError) -> Failure {
    Failure::Restore { doing: "plan the restore", source }
}

fn beginning(source: cachekeep_engine::restore::RestoreError) -> Failure {
    Failure::Restore { doing: "begin the restore", source }
}
