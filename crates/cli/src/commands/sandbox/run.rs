//! `cachekeep sandbox run`: a month of backups in a sandbox AWS, in a minute or two.

use std::fs::{File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use cachekeep_core::plan::{Document, Plan};
use cachekeep_engine::Mode;
use cachekeep_lab::month::{self, MonthReport, Progress};
use cachekeep_lab::{Lab, Options, fleet, output};
use chrono::{DateTime, TimeZone as _, Utc};

use crate::commands::report;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::Input;
use crate::progress::{Line, left};
use crate::render;
use crate::world::block_on_virtual_time;

const HELP: &str = "\
Examples:
  cachekeep sandbox run
  cachekeep sandbox run --days 7 --caches 40 --seed 3
  cachekeep sandbox run --plans my-plans.yaml --out /tmp/month --json

The whole of cachekeep runs against a sandbox AWS in this process, in virtual time: EventBridge fires
the rules, the six functions run, ElastiCache takes and exports snapshots. Nothing leaves this
machine. The files stay: look at the RDB files with `cachekeep verify`. `cachekeep sandbox fleet` shows
the caches; plans that cover none of them are refused.";

/// The stack as a page, among what a run leaves.
pub(crate) const PAGE_FILE: &str = "report.html";

/// The file that marks a directory as one of ours, to be replaced by the next run.
const MARK: &str = ".cachekeep-sandbox";

/// Runs a fleet for some simulated days and shows what became of its backups.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// How many days to simulate.
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=366))]
    days: u32,
    /// How many caches there are; the first ten are all different.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=2000))]
    caches: u16,
    /// Decides how long each snapshot and export takes; the same seed gives the same report.
    #[arg(long, value_name = "N", default_value_t = 7)]
    seed: u64,
    /// Follow these plans instead of the built-in ones.
    #[arg(long, value_name = "FILE")]
    plans: Option<PathBuf>,
    /// Where the buckets' files, the ledger and the messages go. An earlier run's directory is replaced.
    #[arg(long, value_name = "DIR", default_value = "sandbox-out")]
    out: PathBuf,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

/// The first instant: a month that crosses a change to summer time in Europe.
fn start() -> DateTime<Utc> {
    Utc.timestamp_opt(1_772_323_200, 0).single().unwrap_or_default()
}

impl Args {
    pub(crate) fn run(self) -> Result<Exit, Failure> {
        let plans = self.plans()?;
        let _locked = prepare(&self.out)?;
        let report = block_on_virtual_time(self.month(&plans))?;
        if self.json {
            render::json(&report)?;
        } else {
            render::text(&render::month::month(&report))?;
        }
        Ok(Exit::Fine)
    }

    /// The text of the plans, read and checked before anything is done.
    fn plans(&self) -> Result<String, Failure> {
        let Some(path) = &self.plans else { return Ok(fleet::PLANS.to_owned()) };
        let input = Input::of(&path.to_string_lossy());
        let text = input.text()?;
        let document = Document::parse(&input.to_string(), &text).map_err(Failure::Plan)?;
        self.must_cover(&input, &document)?;
        Ok(text)
    }

    /// A month in which nothing happens would look like a success.
    fn must_cover(&self, input: &Input, document: &Document) -> Result<(), Failure> {
        let fleet = fleet::fleet(self.caches.into());
        let covers = |plan: &Plan| fleet.iter().any(|cache| plan.selects(&cache.id, &cache.tags));
        let (covering, idle): (Vec<_>, Vec<_>) = document.plans.iter().partition(|plan| covers(plan));
        if covering.is_empty() {
            return Err(Failure::CoversNothing { file: input.to_string(), caches: fleet.len() });
        }
        for plan in idle {
            let (name, caches) = (&plan.name, fleet.len());
            render::note(&format!("plan {name} covers none of the {caches} caches of the sandbox"));
        }
        Ok(())
    }

    async fn month(&self, plans: &str) -> Result<MonthReport, Failure> {
        let lab = self.lab(plans).await.map_err(|source| Failure::Lab { source })?;
        let mut line = Line::start();
        let show = |progress: Progress| line.show(|elapsed| day(progress, elapsed));
        let report = month::run(&lab, self.days, self.seed, &self.out, show).await;
        let report = report.map_err(|source| Failure::Lab { source })?;
        output::write(&lab, &self.out).await.map_err(|source| Failure::Remains { source })?;
        self.page(&lab).await?;
        Ok(report)
    }

    /// The page that `cachekeep report` would make of what there is now.
    async fn page(&self, lab: &Lab) -> Result<(), Failure> {
        let (pass, prices) = (lab.pass_now(Mode::DryRun), report::prices(None)?);
        let page = cachekeep_engine::see(&lab.context, &pass, self.days, &prices).await;
        let page = page.map_err(|source| Failure::Engine { doing: "read what the report shows", source })?;
        report::write(&self.out.join(PAGE_FILE), &page)
    }

    async fn lab(&self, plans: &str) -> Result<Lab, cachekeep_lab::LabError> {
        let lab = Lab::new(Options::new(start(), self.seed, self.out.join("s3"))).await?;
        for cache in fleet::fleet(self.caches.into()) {
            lab.sandbox.elasticache().create(cache);
        }
        lab.apply_plans(plans).await?;
        lab.deploy().await?;
        Ok(lab)
    }
}

fn day(progress: Progress, elapsed: Duration) -> String {
    let Progress { day, days, calls } = progress;
    let left = left(day, days, elapsed);
    let left = left.map_or(String::new(), |left| format!(", about {} s left", left.as_secs()));
    format!("day {day} of {days}, {calls} AWS calls so far{left}")
}

/// An empty directory, ours until the file is closed. One that an earlier run left, whole or not, is replaced; one that a run
/// is writing to is not touched, and anything else is somebody's own.
fn prepare(out: &Path) -> Result<File, Failure> {
    let failed = |source| Failure::Out { path: out.to_owned(), source };
    if is_occupied(out) {
        return Err(Failure::Occupied { path: out.to_owned() });
    }
    std::fs::create_dir_all(out).map_err(failed)?;
    // The mark is made before anything else, so that what a failed run leaves is known as ours.
    let mark = File::options().create(true).append(true).open(out.join(MARK)).map_err(failed)?;
    match mark.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(Failure::InUse { path: out.to_owned() }),
        Err(TryLockError::Error(source)) => return Err(failed(source)),
    }
    empty(out).map_err(failed)?;
    (&mark).write_all(b"`cachekeep sandbox run` replaces this directory.\n").map_err(failed)?;
    Ok(mark)
}

fn is_occupied(out: &Path) -> bool {
    out.read_dir().is_ok_and(|mut entries| entries.next().is_some()) && !out.join(MARK).exists()
}

/// Removes everything but the mark, which holds the lock.
fn empty(out: &Path) -> io::Result<()> {
    for entry in out.read_dir()? {
        let entry = entry?;
        if entry.file_name() == MARK {
            File::options().write(true).truncate(true).open(entry.path())?;
        } else if entry.file_type()?.is_dir() {
            std::fs::remove_dir_all(entry.path())?;
        } else {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
