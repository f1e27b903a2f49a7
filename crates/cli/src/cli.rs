//! The command line as a whole: its name, its commands, and what every help says.

use clap::{Parser, Subcommand};

use crate::commands::{completions, keep, plans, sandbox, verify};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::world::World;

/// What every command's exit code means.
const EXIT_CODES: &str = "\
Exit codes:
  0  fine
  1  failed
  2  bad usage, or a bad plan file
  3  ran, and something is unhealthy";

/// Backs up Amazon ElastiCache: snapshots on schedule within AWS's quotas, exported to S3, proven whole, kept by policy.
#[derive(Debug, Parser)]
#[command(name = "cachekeep", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(subcommand)]
    Plans(plans::Command),
    Verify(verify::Args),
    Keep(keep::Args),
    #[command(subcommand)]
    Sandbox(sandbox::Command),
    Completions(completions::Args),
}

impl Command {
    /// Does what was asked.
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        match self {
            Self::Plans(command) => command.run(world),
            Self::Verify(args) => args.run(),
            Self::Keep(args) => args.run(world),
            Self::Sandbox(command) => command.run(world),
            Self::Completions(args) => args.run(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Cli;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_explains_itself_with_an_example() {
        let mut commands: Vec<clap::Command> = Cli::command().get_subcommands().cloned().collect();
        while let Some(mut command) = commands.pop() {
            // clap's own command, which explains the others.
            if command.get_name() == "help" {
                continue;
            }
            let help = command.render_long_help().to_string();
            assert!(command.get_about().is_some(), "{help}");
            assert!(command.has_subcommands() || help.contains("Example"), "{help}");
            commands.extend(command.get_subcommands().cloned());
        }
    }
}
