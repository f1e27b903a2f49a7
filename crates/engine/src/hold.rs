//! Legal holds: a person forbids the deletion of a backup, or allows it again.

use cachekeep_core::backup::{Backup, Change};
use cachekeep_core::ids::BackupId;
use cachekeep_core::job::Job;

use crate::admit::admit;
use crate::context::{Context, Pass};
use crate::error::PassError;
use crate::record::{self, Decided};
use crate::report::Report;

/// What a person decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Nothing of the backup is deleted any more.
    Hold,
    /// Retention decides again.
    Release,
}

/// Puts a hold on a backup, or takes it off. `None` where the ledger knows no such backup; the report is empty where the
/// backup already stood so.
///
/// # Errors
/// [`PassError`] where the ledger cannot be read.
pub async fn hold(
    context: &Context,
    pass: &Pass,
    id: &BackupId,
    hold: Hold,
) -> Result<Option<(Backup, Report)>, PassError> {
    admit(context, pass).await?;
    let Some(backup) = context.ledger.backup(id).await? else { return Ok(None) };
    let mut report = Report::new(Job::Prune, pass.now);
    let change = match (hold, backup.held) {
        (Hold::Hold, false) => Change::Held,
        (Hold::Release, _) => Change::Released,
        (Hold::Hold, true) => return Ok(Some((backup, report))),
    };
    let recorded =
        record::record(context, pass, &mut report, vec![Decided::change(backup.clone(), change)]).await;
    let after = recorded.into_iter().next().flatten().unwrap_or(backup);
    Ok(Some((after, report)))
}
