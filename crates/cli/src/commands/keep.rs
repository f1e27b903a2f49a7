//! `cachekeep keep`: a retention policy tried on a list of instants.

use cachekeep_core::retention::Policy;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::args;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::Input;
use crate::render;
use crate::world::World;

const HELP: &str = "\
Rules (those of restic's forget; a backup stays when any rule keeps it):
  last=N                             the last N backups
  hourly= daily= weekly= monthly= yearly=N
                                     the newest of each of the last N that have a backup
  within=2d                          everything newer than this before the newest
  within-hourly= ... within-yearly=  one a period, inside such a span

Example:
  echo '[\"2026-11-21T06:00:00Z\", \"2026-11-20T06:00:00Z\", \"2026-11-20T00:00:00Z\"]' |
    cachekeep keep --history - --policy last=1,daily=7 --timezone Europe/Zurich

Output with --json, newest first:
  [{\"at\": \"2026-11-21T06:00:00Z\", \"keep\": true, \"reasons\": [\"last snapshot\"]}]";

/// Tries a retention policy on a list of instants, without any AWS.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// A JSON array of RFC 3339 instants; `-` reads standard input.
    #[arg(long, value_name = "FILE", value_parser = args::input)]
    history: Input,
    /// The policy, such as `last=4,daily=7,within=2d`.
    #[arg(long, value_parser = args::policy)]
    policy: Policy,
    /// The IANA time zone in which days, weeks, months and years begin.
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = args::timezone)]
    timezone: Tz,
    /// The instant to decide at, RFC 3339 or a date [default: the present].
    ///
    /// `within` counts from the newest backup before it.
    #[arg(long, value_name = "T", value_parser = args::instant)]
    now: Option<DateTime<Utc>>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        let history = history(&self.history)?.into_iter().map(|at| (at, ())).collect();
        let kept = self.policy.apply(history, self.timezone, self.now.unwrap_or(world.now));
        if self.json {
            render::json(&kept.iter().map(cachekeep_core::retention::Kept::line).collect::<Vec<_>>())?;
        } else {
            render::text(&render::keep::report(&kept, &self.policy, self.timezone))?;
        }
        Ok(Exit::Fine)
    }
}

fn history(input: &Input) -> Result<Vec<DateTime<Utc>>, Failure> {
    let failed = |message| Failure::History { name: input.to_string(), message };
    let texts: Vec<String> =
        serde_json::from_str(&input.text()?).map_err(|error| failed(error.to_string()))?;
    let instants = texts.iter().enumerate().map(|(index, text)| {
        let instant = DateTime::parse_from_rfc3339(text).map(|at| at.to_utc());
        instant.map_err(|_| failed(format!("item {} is `{text}`, which is no RFC 3339 instant", index + 1)))
    });
    instants.collect()
}
