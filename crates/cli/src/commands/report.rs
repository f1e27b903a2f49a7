//! `cachekeep report`: the stack as one HTML file.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cachekeep_core::prices::Prices;
use cachekeep_core::view::report::Report;
use cachekeep_engine::Mode;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::Input;
use crate::stack::{Stack, StackArgs};
use crate::world::{World, block_on};
use crate::{args, render};

const HELP: &str = "\
Examples:
  cachekeep report --open
  cachekeep report --out /srv/www/backups.html --days 90

The page shows whether all is well and what needs a person; each plan's slots; what is kept of each
cache, why, and when it goes; quota, sizes, storage and its cost; restores. It is one file that loads
nothing and sends nothing, for a browser, a phone, a printer and a screen reader. `#cache=orders` at the
end of its address goes to one cache. It names caches and buckets: treat it as you treat those names.

Exit code 3: something needs a person.";

/// Writes a page that shows the whole stack: one HTML file.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// Where to write it; what is there is replaced.
    #[arg(long, value_name = "FILE", default_value = "cachekeep.html")]
    out: PathBuf,
    /// How many days of slots it shows.
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=400))]
    days: u32,
    /// Open it in the browser.
    #[arg(long)]
    open: bool,
    /// Prices of your own, in the form of crates/core/src/prices/us-east-1.yaml.
    #[arg(long, value_name = "FILE", value_parser = args::input)]
    prices: Option<Input>,
    #[command(flatten)]
    stack: StackArgs,
}

impl Args {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        let prices = prices(self.prices.as_ref())?;
        let report = block_on(self.read(world, &prices))?;
        write(&self.out, &report)?;
        render::text(&format!("{}\n{}\n", report.verdict, self.out.display()))?;
        if self.open && !opens(&self.out) {
            render::note(&format!("no browser could be started; open {} yourself", self.out.display()));
        }
        Ok(Exit::healthy_if(report.is_well))
    }

    async fn read(&self, world: &World, prices: &Prices) -> Result<Report, Failure> {
        let stack = Stack::to_look(world, &self.stack).await?;
        let report =
            cachekeep_engine::see(&stack.context, &stack.pass(Mode::DryRun), self.days, prices).await;
        report.map_err(|source| Failure::Engine { doing: "read what the report shows", source })
    }
}

/// The prices of a file, or those that come with cachekeep.
pub(crate) fn prices(input: Option<&Input>) -> Result<Prices, Failure> {
    let (name, prices) = match input {
        Some(input) => (input.to_string(), Prices::parse(&input.text()?)),
        None => ("cachekeep itself".to_owned(), Prices::built_in()),
    };
    prices.map_err(|source| Failure::Prices { name, source })
}

/// Writes the page of a report.
pub(crate) fn write(path: &Path, report: &Report) -> Result<(), Failure> {
    let page = cachekeep_page::html(report);
    std::fs::write(path, page).map_err(|source| Failure::Page { path: path.to_owned(), source })
}

/// Whether the system's own opener took the file.
fn opens(path: &Path) -> bool {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let started = Command::new(opener).arg(path).stdout(Stdio::null()).stderr(Stdio::null()).status();
    started.is_ok_and(|status| status.success())
}
