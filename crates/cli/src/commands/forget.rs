//! `cachekeep forget`: lets go what no plan lets go any more, on a person's word.

use std::collections::BTreeSet;

use cachekeep_core::forget::{Fate, Newest};
use cachekeep_core::ids::{BackupId, CacheId, PlanName, SnapshotName};
use cachekeep_engine::{Forgotten, Mode, OrphanGone, Receipt, Unwanted};

use crate::commands::verify::source::ObjectUrl;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render;
use crate::render::forget::Line;
use crate::stack::{Stack, StackArgs};
use crate::world::{World, block_on};

const HELP: &str = "\
Examples:
  cachekeep forget --plan old --dry-run              what would go, and what would stay
  cachekeep forget --plan old --confirm
  cachekeep forget group:orders/gold/2026-11-21T06:00:00Z --confirm --reason 'GDPR 4711'
  cachekeep forget --snapshot ck-orders-202611210600-1f2e3d4c5b --confirm
  cachekeep forget --object s3://exports/redis/group/orders/gold/20261121t060000z/ --confirm

For backups that no rule lets go: those of a plan that is gone, of a cache that is gone, or copies
that the ledger does not know (`cachekeep ledger check` names them). What is held stays, what object
lock keeps goes when its lock ends, and the newest good backup of a cache under a plan goes only with
--even-the-newest. Backups go with the next `run prune`; orphans are deleted at once.

Exit code 3: something stays that was to go.

Output with --json:
  [{\"subject\": \"group:orders/gold/...\", \"outcome\": \"planned\"|\"gone\"|\"stays\"|\"failed\",
    \"why\": \"...\", \"bytes\": 1234, \"locked_until\": null|\"...\"}]";

/// Lets backups go for good, or copies that the ledger does not know.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
#[group(id = "what", required = true, multiple = true)]
pub(crate) struct Args {
    /// Backups, by their ids as `cachekeep list` shows them.
    #[arg(value_name = "BACKUP", group = "what", conflicts_with_all = ["plan", "cache", "snapshot", "object"])]
    backups: Vec<BackupId>,
    /// Every backup of this plan, whether or not it is in force.
    #[arg(long, value_name = "NAME", group = "what", conflicts_with_all = ["cache", "snapshot", "object"])]
    plan: Option<PlanName>,
    /// Every backup of this cache, such as `group:orders`.
    #[arg(long, value_name = "ID", group = "what", conflicts_with_all = ["snapshot", "object"])]
    cache: Option<CacheId>,
    /// A snapshot with this stack's tag that the ledger does not know.
    #[arg(long, value_name = "NAME", group = "what", conflicts_with = "object")]
    snapshot: Option<String>,
    /// An object of an export that the ledger does not know; with a slash at its end, the whole folder.
    #[arg(long, value_name = "s3://BUCKET/KEY", group = "what")]
    object: Option<ObjectUrl>,
    #[command(flatten)]
    how: How,
    #[command(flatten)]
    stack: StackArgs,
}

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
struct How {
    /// Do it. Without this, only what would be done is told.
    #[arg(long)]
    confirm: bool,
    /// Tell what would be done, and do nothing.
    #[arg(long, conflicts_with = "confirm")]
    dry_run: bool,
    /// Let the newest good backup of a cache go as well.
    #[arg(long)]
    even_the_newest: bool,
    /// Why, for the record.
    #[arg(long, value_name = "TEXT", default_value = "no reason was given")]
    reason: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        let lines = block_on(async {
            let stack = if self.how.confirm {
                Stack::to_act(world, &self.stack).await?
            } else {
                Stack::to_look(world, &self.stack).await?
            };
            self.forget(&stack).await
        })?;
        if self.how.json {
            render::json(&lines)?;
        } else {
            render::text(&render::forget::report(&lines))?;
        }
        if !self.how.confirm && !self.how.dry_run && lines.iter().any(Line::is_planned) {
            return Err(Failure::NotForgotten);
        }
        Ok(Exit::healthy_if(lines.iter().all(Line::is_as_asked)))
    }

    async fn forget(&self, stack: &Stack) -> Result<Vec<Line>, Failure> {
        let pass = stack.pass(if self.how.confirm { Mode::Act } else { Mode::DryRun });
        let newest = if self.how.even_the_newest { Newest::Goes } else { Newest::Stays };
        let failed = |source| Failure::Engine { doing: "let it go", source };
        if let Some(name) = &self.snapshot {
            let name = SnapshotName::new(name);
            let gone = cachekeep_engine::forget_snapshot(&stack.context, &pass, &name, newest).await;
            return Ok(vec![orphan(name.to_string(), gone.map_err(failed)?)]);
        }
        if let Some(url) = &self.object {
            let place = (url.bucket.as_str(), url.key.as_str());
            let gone = cachekeep_engine::forget_object(&stack.context, &pass, place, newest).await;
            return Ok(vec![orphan(url.to_string(), gone.map_err(failed)?)]);
        }
        let unwanted = self.unwanted();
        let gone = cachekeep_engine::forget(&stack.context, &pass, &unwanted, newest, &self.how.reason).await;
        let gone = gone.map_err(failed)?;
        if gone.is_empty() {
            return Err(Failure::NothingKnown { subject: self.subject() });
        }
        gone.into_iter().map(line).collect()
    }

    fn unwanted(&self) -> Unwanted {
        match (&self.plan, &self.cache) {
            (Some(plan), _) => Unwanted::Plan(plan.clone()),
            (None, Some(cache)) => Unwanted::Cache(cache.clone()),
            (None, None) => Unwanted::Backups(self.backups.iter().cloned().collect::<BTreeSet<_>>()),
        }
    }

    fn subject(&self) -> String {
        match (&self.plan, &self.cache) {
            (Some(plan), _) => format!("plan {plan}"),
            (None, Some(cache)) => cache.to_string(),
            (None, None) => self.backups.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        }
    }
}

fn line(forgotten: Forgotten) -> Result<Line, Failure> {
    let Forgotten { backup, fate, receipt } = forgotten;
    let subject = backup.id.to_string();
    let bytes = backup.files().iter().map(|file| file.size).sum();
    Ok(match (fate, receipt) {
        (Fate::Stays(rail), _) => Line::stays(subject, rail.to_string(), bytes, rail.refuses()),
        (Fate::Goes { change, locked_until }, Some(Receipt::Recorded(_))) => {
            Line::gone(subject, change.reason(), bytes, locked_until)
        }
        (Fate::Goes { change, locked_until }, Some(Receipt::Planned(_)) | None) => {
            Line::planned(subject, change.reason(), bytes, locked_until)
        }
        (Fate::Goes { .. }, Some(Receipt::Overtaken)) => return Err(Failure::Busy { subject }),
        (Fate::Goes { .. }, Some(Receipt::Failed(source))) => {
            return Err(Failure::Unrecorded { subject, source });
        }
    })
}

fn orphan(subject: String, gone: OrphanGone) -> Line {
    match gone {
        OrphanGone::Planned { what } => Line::planned(subject, what.join(", "), 0, None),
        OrphanGone::Deleted { what } => Line::gone(subject, what.join(", "), 0, None),
        OrphanGone::Kept(kept) => Line::stays(subject, kept.to_string(), 0, true),
        OrphanGone::Refused { why } => Line::failed(subject, why),
    }
}
