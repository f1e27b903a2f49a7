//! `cachekeep completions`: completion scripts from the very definition of the command line.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render;

const EXAMPLES: &str = "\
Examples:
  source <(cachekeep completions bash)
  cachekeep completions zsh > ~/.zfunc/_cachekeep
  cachekeep completions fish > ~/.config/fish/completions/cachekeep.fish";

/// Prints a script that completes commands and flags in your shell.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Which shell.
    shell: Shell,
}

impl Args {
    pub(crate) fn run(self) -> Result<Exit, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "cachekeep", &mut script);
        render::text(&String::from_utf8_lossy(&script))?;
        Ok(Exit::Fine)
    }
}
