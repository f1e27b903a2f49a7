//! `cachekeep plans preview`: the slots to come.

use cachekeep_core::plan::{self, Document, PreviewSlot};
use chrono::{DateTime, Utc};

use crate::aws::AwsArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::Input;
use crate::render::plans::CoveredSlot;
use crate::world::{World, block_on};
use crate::{args, render};

/// The longest preview, in days: ten years, so that yearly plans can be looked at.
const DAYS_MAX: i64 = 3660;

const HELP: &str = "\
Examples:
  cachekeep plans preview plans.yaml --offline --days 2
  cachekeep plans preview plans.yaml --from 2027-03-27 --days 3    across a change of the clocks

A slot at --from itself is shown, one at the very end is not: previews of days in a row fit together.

Output with --json, oldest first (`caches` where AWS was asked):
  [{\"plan\": \"gold\", \"at\": \"2026-11-21T06:00:00Z\", \"caches\": [\"group:orders\"]}]";

/// Shows the slots of the next days, and which caches each covers.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// The plan file; `-` reads standard input.
    #[arg(value_parser = args::input)]
    file: Input,
    /// Do not ask AWS which caches there are.
    #[arg(long)]
    offline: bool,
    /// Where to begin, RFC 3339 or a date [default: the present].
    #[arg(long, value_name = "T", value_parser = args::instant)]
    from: Option<DateTime<Utc>>,
    /// How many days of 24 hours.
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=DAYS_MAX))]
    days: u32,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    aws: AwsArgs,
}

impl Args {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        let document = super::document(&self.file)?;
        let slots = plan::preview(&document, self.from.unwrap_or(world.now), self.days);
        if self.offline {
            self.print(&slots, |slots| render::plans::preview(&document, slots))?;
        } else {
            let covered = self.covered(&document, slots)?;
            self.print(&covered, |slots| render::plans::preview_covered(&document, slots))?;
        }
        Ok(Exit::Fine)
    }

    fn print<T: serde::Serialize>(
        &self,
        slots: &[T],
        table: impl FnOnce(&[T]) -> String,
    ) -> Result<(), Failure> {
        if self.json { render::json(&slots) } else { render::text(&table(slots)) }
    }

    fn covered(&self, document: &Document, slots: Vec<PreviewSlot>) -> Result<Vec<CoveredSlot>, Failure> {
        let caches = block_on(self.aws.fleet())?;
        Ok(slots.into_iter().map(|slot| CoveredSlot::new(document, slot, &caches)).collect())
    }
}
