//! `cachekeep show`: one backup, where its copies are, and all that happened to it.

use cachekeep_core::backup::Backup;
use cachekeep_core::event::Event;
use cachekeep_core::ids::BackupId;
use cachekeep_core::restore::Restore;
use cachekeep_core::view::backup::FullBackup;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::render;
use crate::stack::{Stack, StackArgs};
use crate::world::{World, block_on};

const HELP: &str = "\
Example:
  cachekeep show group:orders/gold/2026-11-21T06:00:00Z

Output with --json: the fields of `cachekeep list`, and
  {..., \"files\": [{\"key\": \"redis/...-0001.rdb\", \"size\": 1234, \"etag\": \"...\"}],
   \"verdict\": null|{\"level\": \"structure\", \"files\": 1, \"bytes\": 1234, \"keys\": 10},
   \"events\": [{\"at\": \"2026-11-21T06:00:02Z\", \"event\": \"snapshot-requested\",
               \"severity\": \"info\"|\"warning\"|\"error\", \"reason\": \"...\"}],
   \"restores\": [{\"target\": \"group:orders-2\", \"status\": \"available\", \"requested_at\": \"...\", \"seconds\": 720}]}";

/// Shows one backup: its copies, its files, and all that happened to it.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// The backup's id, as `cachekeep list` shows it.
    backup: BackupId,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    stack: StackArgs,
}

impl Args {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        let ((backup, events, restores), holds) = block_on(async {
            let stack = Stack::open(world, &self.stack).await?;
            Ok((self.read(&stack).await?, stack.holds().await?))
        })?;
        let shown = FullBackup::new(&backup, &events, &restores, &holds);
        if self.json {
            render::json(&shown)?;
        } else {
            render::text(&render::backups::full(&shown))?;
        }
        Ok(Exit::Fine)
    }

    async fn read(&self, stack: &Stack) -> Result<(Backup, Vec<Event>, Vec<Restore>), Failure> {
        let failed = |source| Failure::Ledger { doing: "read the backup", source };
        let ledger = &stack.context.ledger;
        let backup = ledger.backup(&self.backup).await.map_err(failed)?;
        let backup = backup.ok_or_else(|| Failure::NoBackup { id: self.backup.clone() })?;
        let events = ledger.events(&self.backup).await.map_err(failed)?;
        Ok((backup, events, ledger.restores().await.map_err(failed)?))
    }
}
