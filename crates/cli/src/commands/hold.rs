//! `cachekeep hold` and `cachekeep release`: a legal hold on a backup, and its end.

use cachekeep_core::ids::BackupId;
use cachekeep_engine::{Hold, Mode, Receipt};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::render;
use crate::stack::{Stack, StackArgs};
use crate::world::{World, block_on};

const HOLD_HELP: &str = "\
Example:
  cachekeep hold group:orders/gold/2026-11-21T06:00:00Z

Nothing of the backup is deleted until `cachekeep release`, whatever the policy says.";

const RELEASE_HELP: &str = "\
Example:
  cachekeep release group:orders/gold/2026-11-21T06:00:00Z

It also ends a pause: when a backup holds far less than those before it, nothing of its cache
expires until somebody has looked and releases the newest backup.";

/// Forbids the deletion of a backup.
#[derive(Debug, clap::Args)]
#[command(after_help = HOLD_HELP)]
pub(crate) struct HoldArgs {
    #[command(flatten)]
    which: Which,
}

/// Lets retention decide about a backup again.
#[derive(Debug, clap::Args)]
#[command(after_help = RELEASE_HELP)]
pub(crate) struct ReleaseArgs {
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, clap::Args)]
struct Which {
    /// The backup's id, as `cachekeep list` shows it.
    backup: BackupId,
    #[command(flatten)]
    stack: StackArgs,
}

impl HoldArgs {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        self.which.set(world, Hold::Hold)
    }
}

impl ReleaseArgs {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        self.which.set(world, Hold::Release)
    }
}

impl Which {
    fn set(self, world: &World, hold: Hold) -> Result<Exit, Failure> {
        let outcome = block_on(async {
            let stack = Stack::to_act(world, &self.stack).await?;
            let outcome =
                cachekeep_engine::hold(&stack.context, &stack.pass(Mode::Act), &self.backup, hold).await;
            outcome.map_err(|source| Failure::Engine { doing: "write the hold", source })
        })?;
        let subject = || self.backup.to_string();
        // A hold that was not written must never look like one that was.
        let backup = match outcome {
            Some(Receipt::Recorded(backup) | Receipt::Planned(backup)) => backup,
            Some(Receipt::Overtaken) => return Err(Failure::Busy { subject: subject() }),
            Some(Receipt::Failed(source)) => return Err(Failure::Unrecorded { subject: subject(), source }),
            None => return Err(Failure::NoBackup { id: self.backup }),
        };
        render::text(&render::backups::held(&backup))?;
        Ok(Exit::Fine)
    }
}
