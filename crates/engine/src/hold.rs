//! Legal holds: a person forbids the deletion of a backup, or allows it again.

use cachekeep_core::backup::Change;
use cachekeep_core::ids::BackupId;
use cachekeep_core::job::Job;

use crate::admit::admit;
use crate::context::{Context, Pass};
use crate::error::PassError;
use crate::record::{self, Decided, Receipt};
use crate::report::Report;

/// What a person decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Nothing of the backup is deleted any more.
    Hold,
    /// Retention decides again.
    Release,
}

/// Puts a hold on a backup, or takes it off, and says what became of that. `None` where the ledger knows no such backup.
///
/// # Errors
/// [`PassError`] where the ledger cannot be read, or the clock is wrong.
pub async fn hold(
    context: &Context,
    pass: &Pass,
    id: &BackupId,
    hold: Hold,
) -> Result<Option<Receipt>, PassError> {
    admit(context, pass).await?;
    let Some(backup) = context.begin(pass, context.ledger.backup(id)).await? else { return Ok(None) };
    let change = match (hold, backup.held) {
        (Hold::Hold, false) => Change::Held,
        (Hold::Release, _) => Change::Released,
        // It stands so already.
        (Hold::Hold, true) => return Ok(Some(Receipt::Recorded(Box::new(backup)))),
    };
    let mut report = Report::new(Job::Prune, pass.now);
    let decided = Decided::change(backup, change);
    Ok(Some(record::record_one(context, pass, &mut report, decided).await))
}
