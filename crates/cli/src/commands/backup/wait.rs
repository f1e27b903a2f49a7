//! Waits until a backup is over, does what is due of it where no function is faster, and says meanwhile how it stands.

use std::time::Duration;

use cachekeep_core::backup::{Backup, Status};
use cachekeep_core::ids::BackupId;
use cachekeep_engine::{Mode, Subject};

use super::has_failed;
use crate::failure::Failure;
use crate::render;
use crate::stack::Stack;
use crate::world::stopped;

/// How long between two looks. A backup takes minutes, and a look is one reading of the ledger.
const BETWEEN_LOOKS: Duration = Duration::from_secs(5);

/// How many looks pass between two lines about a backup that stands as before.
const LOOKS_A_LINE: u32 = 12;

/// The backup as the ledger has it.
pub(super) async fn present(stack: &Stack, id: &BackupId) -> Result<Backup, Failure> {
    let backup = stack.context.ledger.backup(id).await;
    let backup = backup.map_err(|source| Failure::Ledger { doing: "look at the backup", source })?;
    backup.ok_or_else(|| Failure::NoBackup { id: id.clone() })
}

/// The backup at its end. Ctrl-C ends the waiting, not the backup.
pub(super) async fn until_over(stack: &Stack, id: &BackupId) -> Result<Backup, Failure> {
    tokio::select! {
        over = look_until_over(stack, id) => over,
        () = stopped() => Err(Failure::NotFollowed { id: id.clone() }),
    }
}

async fn look_until_over(stack: &Stack, id: &BackupId) -> Result<Backup, Failure> {
    let mut told: Option<(Status, String)> = None;
    let mut looks = 0_u32;
    loop {
        let backup = present(stack, id).await?;
        let status = backup.status();
        if status == Status::Good || has_failed(status) {
            return Ok(backup);
        }
        let stands = (status, backup.reason.clone());
        if told.as_ref() != Some(&stands) || looks.is_multiple_of(LOOKS_A_LINE) {
            render::note(&format!("{id} is {status}: {}", backup.reason));
            looks = 0;
            told = Some(stands);
        }
        looks += 1;
        if !go_on(stack, &backup).await? {
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }
}

/// One pass of the job that the backup waits for, if it is due: that is what a function does where there is one. Whether
/// there was anything to do.
async fn go_on(stack: &Stack, backup: &Backup) -> Result<bool, Failure> {
    let pass = stack.present_pass(Mode::Act);
    let Some(work) = backup.work().filter(|work| work.due <= pass.now) else { return Ok(false) };
    let report = cachekeep_engine::run(work.job, &stack.context, &pass).await;
    let report = report.map_err(|source| Failure::Pass { job: work.job, source })?;
    Ok(report
        .steps
        .iter()
        .any(|step| step.subject == Subject::Backup(backup.id.clone()) && step.outcome.is_done()))
}
