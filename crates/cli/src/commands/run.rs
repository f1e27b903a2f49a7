//! `cachekeep run`: one pass of a job, exactly what its Lambda does.

use std::fmt;

use cachekeep_core::ids::Instant;
use cachekeep_core::job::Job;
use cachekeep_engine::{Mode, Report};
use chrono::TimeDelta;
use clap::ValueEnum;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::render;
use crate::stack::{Stack, StackArgs};
use crate::world::{World, block_on};

const HELP: &str = "\
Examples:
  cachekeep run prune --dry-run      what would expire, and why
  cachekeep run all                  where there are no Lambdas: from cron, every five minutes

Exit code 3: it ran, and something failed: a step could not be done, or a backup or a copy of it
is not there or not whole and is not tried again. What waits for another try is no failure.

Output with --json, one report a job:
  [{\"job\": \"snapshot\", \"now\": \"2026-11-21T06:00:00Z\",
    \"steps\": [{\"subject\": \"group:orders/gold/2026-11-21T06:00:00Z\", \"action\": \"snapshot-requested\",
               \"reason\": \"...\", \"outcome\": \"planned\"|\"done\"|\"waits\"|\"elsewhere\"|\"failed\",
               \"error\": \"...\"}]}]
  `elsewhere`: another pass was faster. `waits`: another attempt follows, or the step is put off.
  `error` says why where it failed or is put off.";

/// Runs one pass of a job: looks, decides, acts, records. Safe to repeat, and to run twice at once.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// The job, or all of them in the order in which a backup meets them.
    job: Jobs,
    /// Print the steps that a run would take, and take none.
    #[arg(long)]
    dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    stack: StackArgs,
}

/// Which jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Jobs {
    /// Take due snapshots within the quota, and follow them
    Snapshot,
    /// Export snapshots to S3, write manifests, copy to other buckets
    Export,
    /// Read exported files and say whether they are whole
    Verify,
    /// Apply retention, delete what it lets go
    Prune,
    /// Look how far restores are
    Restore,
    /// Tell the bus and the topic what happened
    Notify,
    /// All of them
    All,
}

impl Jobs {
    fn each(self) -> &'static [Job] {
        match self {
            Self::Snapshot => &[Job::Snapshot],
            Self::Export => &[Job::Export],
            Self::Verify => &[Job::Verify],
            Self::Prune => &[Job::Prune],
            Self::Restore => &[Job::Restore],
            Self::Notify => &[Job::Notify],
            Self::All => &Job::ALL,
        }
    }
}

impl Args {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        let mode = if self.dry_run { Mode::DryRun } else { Mode::Act };
        let mut reports = Vec::new();
        let ran = block_on(self.passes(world, mode, &mut reports));
        // What was done is told also where a later job could not run.
        if self.json {
            render::json(&reports)?;
        } else {
            render::text(&render::run::report(&reports))?;
        }
        let waiting = ran?;
        if let Some(waiting) = waiting.filter(|_| !self.json) {
            render::note(&waiting.to_string());
        }
        Ok(Exit::healthy_if(!reports.iter().any(Report::has_failures)))
    }

    async fn passes(
        &self,
        world: &World,
        mode: Mode,
        reports: &mut Vec<Report>,
    ) -> Result<Option<Waiting>, Failure> {
        let stack = match mode {
            Mode::Act => Stack::to_act(world, &self.stack).await?,
            Mode::DryRun => Stack::to_look(world, &self.stack).await?,
        };
        for job in self.job.each() {
            let report = cachekeep_engine::run(*job, &stack.context, &stack.pass(mode)).await;
            reports.push(report.map_err(|source| Failure::Pass { job: *job, source })?);
        }
        waiting(&stack, self.job.each()).await
    }
}

/// How far ahead something counts as awaited: what is due later, as a good export that is read again in a month, awaits nothing.
const AHEAD: TimeDelta = TimeDelta::hours(24);

/// How many backups are counted; more than these are told as these.
const COUNTED: usize = 1_000;

/// Backups that wait for a later pass.
struct Waiting {
    backups: usize,
    next: Instant,
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, next) = (self.backups, self.next.format("%H:%M:%S UTC"));
        write!(f, "{count} waiting, next look {next}")
    }
}

/// What the jobs have yet to do within a day.
async fn waiting(stack: &Stack, jobs: &[Job]) -> Result<Option<Waiting>, Failure> {
    let until = stack.pass(Mode::DryRun).now + AHEAD;
    let mut dues = Vec::new();
    for job in jobs {
        let queue = stack.context.ledger.queue(*job, until, COUNTED).await;
        let queue = queue.map_err(|source| Failure::Ledger { doing: "look at what waits", source })?;
        dues.extend(queue.backups.iter().filter_map(|backup| Some(backup.work()?.due)));
    }
    Ok(dues.iter().min().map(|next| Waiting { backups: dues.len(), next: *next }))
}
