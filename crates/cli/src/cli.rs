//! The command line as a whole: its name, its commands, and what every help says.

use clap::{Parser, Subcommand};

use crate::commands::{
    backup, completions, diff, doctor, explain, extract, forget, hold, init, keep, keys, ledger, list, man,
    memory, plans, report, restore, restores, retire, run, sandbox, show, simulate, status, verify, version,
};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::voice::Voice;
use crate::world::World;

/// What every command has in common.
const COMMON: &str = "\
Environment:
  CACHEKEEP_TABLE, CACHEKEEP_BUCKET      the stack's table and bucket
  CACHEKEEP_PREFIX                       what the keys of its exports begin with, if anything
  CACHEKEEP_TOPIC_ARN, CACHEKEEP_BUS     where messages and events go, if anywhere
  CACHEKEEP_SCHEDULE, CACHEKEEP_TIMEZONE, CACHEKEEP_KEEP, CACHEKEEP_TAG_KEY, CACHEKEEP_TAG_VALUE
                                         the plan to follow while none is applied
  CACHEKEEP_STACK                        the stack's name, where it is not the table's
  CACHEKEEP_NOW                          the instant to take for the present, to see what would be
                                         (to act, within five minutes of AWS's clock only)
  AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL, ...    as for the AWS CLI

Exit codes:
  0  fine
  1  failed
  2  bad usage, or a bad plan file
  3  ran, and something is unhealthy";

/// Backs up Amazon ElastiCache: snapshots on schedule within AWS's quotas, exported to S3, proven whole, kept by policy.
#[derive(Debug, Parser)]
#[command(name = "cachekeep", version, after_help = COMMON, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) voice: Voice,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(subcommand)]
    Sandbox(sandbox::Command),
    Init(init::Args),
    #[command(subcommand)]
    Plans(plans::Command),
    Simulate(simulate::Args),
    Run(run::Args),
    Backup(backup::Args),
    Restore(restore::Args),
    Restores(restores::Args),
    Retire(retire::Args),
    Status(status::Args),
    Report(report::Args),
    Doctor(doctor::Args),
    List(list::Args),
    Show(show::Args),
    Explain(explain::Args),
    Hold(hold::HoldArgs),
    Release(hold::ReleaseArgs),
    Forget(forget::Args),
    #[command(subcommand)]
    Ledger(ledger::Command),
    Verify(verify::Args),
    Extract(extract::Args),
    Keep(keep::Args),
    Keys(keys::Args),
    Diff(diff::Args),
    Memory(memory::Args),
    Completions(completions::Args),
    Man(man::Args),
    Version(version::Args),
}

impl Command {
    /// Does what was asked.
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        match self {
            Self::Sandbox(command) => command.run(world),
            Self::Init(args) => args.run(world),
            Self::Plans(command) => command.run(world),
            Self::Simulate(args) => args.run(world),
            Self::Run(args) => args.run(world),
            Self::Backup(args) => args.run(world),
            Self::Restore(args) => args.run(world),
            Self::Restores(args) => args.run(world),
            Self::Retire(args) => args.run(world),
            Self::Status(args) => args.run(world),
            Self::Report(args) => args.run(world),
            Self::Doctor(args) => args.run(world),
            Self::List(args) => args.run(world),
            Self::Show(args) => args.run(world),
            Self::Explain(args) => args.run(world),
            Self::Hold(args) => args.run(world),
            Self::Release(args) => args.run(world),
            Self::Ledger(command) => command.run(world),
            Self::Forget(args) => args.run(world),
            Self::Verify(args) => args.run(),
            Self::Extract(args) => args.run(world),
            Self::Keep(args) => args.run(world),
            Self::Keys(args) => args.run(world),
            Self::Diff(args) => args.run(world),
            Self::Memory(args) => args.run(world),
            Self::Completions(args) => args.run(),
            Self::Man(args) => args.run(),
            Self::Version(args) => args.run(),
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
