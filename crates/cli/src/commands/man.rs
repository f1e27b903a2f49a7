//! `cachekeep man`: manual pages from the very definition of the command line.

use std::fs;
use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use clap_mangen::Man;

use crate::cli::Cli;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render;

const HELP: &str = "\
Examples:
  cachekeep man --out ~/.local/share/man/man1      then `man cachekeep-status`
  cachekeep man | man -l -";

/// Writes manual pages: one a command into a directory, or the first to standard output.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// The directory to write them into. It is made where it is missing.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Args {
    pub(crate) fn run(self) -> Result<Exit, Failure> {
        let command = Cli::command().disable_help_subcommand(true);
        match &self.out {
            Some(directory) => {
                make(directory)?;
                write_all(directory, command)?;
            }
            None => render::text(&String::from_utf8_lossy(&page(command)?))?,
        }
        Ok(Exit::Fine)
    }
}

fn make(directory: &Path) -> Result<(), Failure> {
    let made = fs::create_dir_all(directory);
    made.map_err(|source| Failure::Out { path: directory.to_owned(), source })
}

fn page(command: clap::Command) -> Result<Vec<u8>, Failure> {
    let mut page = Vec::new();
    Man::new(command).render(&mut page).map_err(|source| Failure::Write { source })?;
    Ok(page)
}

/// A page for a command and one for each below it, named as git names its own: `cachekeep-plans-apply.1`.
fn write_all(directory: &Path, command: clap::Command) -> Result<(), Failure> {
    for below in command.get_subcommands() {
        let name = format!("{}-{}", command.get_name(), below.get_name());
        // clap keeps no owned name for such commands; a process that writes pages ends soon.
        write_all(directory, below.clone().name(name.leak() as &'static str))?;
    }
    let path = directory.join(format!("{}.1", command.get_name()));
    fs::write(path, page(command)?).map_err(|source| Failure::Write { source })
}
