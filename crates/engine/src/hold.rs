//! Legal holds: a person forbids the deletion of backups, or allows it again.

use cachekeep_core::backup::{Change, Hold as Since, Word};
use cachekeep_core::hold::{Held, StandingHold};
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
    word: &Word,
) -> Result<Option<Receipt>, PassError> {
    admit(context, pass).await?;
    let Some(backup) = context.begin(pass, context.ledger.backup(id)).await? else { return Ok(None) };
    let change = match (hold, backup.held) {
        (Hold::Hold, false) => Change::Held { word: word.clone() },
        (Hold::Release, _) => Change::Released { word: word.clone() },
        // It stands so already, and whoever held it first stands for it.
        (Hold::Hold, true) => return Ok(Some(Receipt::Recorded(Box::new(backup)))),
    };
    let mut report = Report::new(Job::Prune, pass.now);
    let decided = Decided::change(backup, change);
    Ok(Some(record::record_one(context, pass, &mut report, decided).await))
}

/// Puts a hold on all backups of a cache or a plan, those to come among them, or takes it off. Holds on single backups stay.
///
/// # Errors
/// As [`hold`].
pub async fn hold_all(
    context: &Context,
    pass: &Pass,
    on: &Held,
    hold: Hold,
    word: &Word,
) -> Result<(), PassError> {
    admit(context, pass).await?;
    let present = context.begin(pass, context.ledger.standing_hold(on)).await?;
    let present = present.filter(|present| present.released.is_none());
    let now = Since { since: pass.now, word: word.clone() };
    let next = match (hold, present) {
        (Hold::Hold, None) => StandingHold { on: on.clone(), hold: now, released: None },
        (Hold::Release, Some(present)) => StandingHold { released: Some(now), ..present },
        (Hold::Hold, Some(_)) | (Hold::Release, None) => return Ok(()),
    };
    Ok(context.ledger.stand(&next).await?)
}
