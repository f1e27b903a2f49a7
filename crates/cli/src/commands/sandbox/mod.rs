//! `cachekeep sandbox ...`: AWS in one process, to try everything without an account.

mod fleet;
mod messages;
mod run;
mod serve;

use clap::Subcommand;

pub(crate) use fleet::FleetLine;
pub(crate) use messages::Message;
pub(crate) use run::PAGE_FILE;
pub(crate) use serve::Served;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::world::World;

/// A sandbox AWS on this machine: nothing to install, nothing to pay.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Run(run::Args),
    Fleet(fleet::Args),
    Serve(serve::Args),
    Messages(messages::Args),
}

impl Command {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        match self {
            Self::Run(args) => args.run(),
            Self::Fleet(args) => args.run(),
            Self::Serve(args) => args.run(world),
            Self::Messages(args) => args.run(world),
        }
    }
}
