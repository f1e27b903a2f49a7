//! Records how far a reading has come. Many passes may read parts of one export, so each record is made over what the
//! others recorded meanwhile.

use cachekeep_core::backup::{Backup, Change, PartRead, gathered};
use cachekeep_core::job::Job;

use crate::record::{self, Decided, Receipt};
use crate::report::Report;

use super::Verifying;

/// How often a record is tried over what other passes wrote meanwhile. Some twenty passes that end a part in the same
/// second are more than a region's free Lambdas make likely; what is not recorded is read again.
const TRIES: u32 = 20;

impl Verifying<'_> {
    /// Takes a part before it is read; `false` where another pass has it.
    pub(super) async fn claim(&mut self, part: usize) -> bool {
        let until = self.until;
        self.record(Change::PartClaimed { part, until }).await
    }

    /// Notes what was read; `false` where that is of no use any more.
    pub(super) async fn note(&mut self, parts: Vec<PartRead>) -> bool {
        self.record(Change::PartsRead { parts: gathered(parts) }).await
    }

    async fn record(&mut self, change: Change) -> bool {
        for _ in 0..TRIES {
            let mut tried = Report::new(Job::Verify, self.pass.now);
            let decided = Decided::change(self.backup.clone(), change.clone());
            let again = match record::record_one(self.context, self.pass, &mut tried, decided).await {
                Receipt::Recorded(after) => {
                    self.report.steps.append(&mut tried.steps);
                    self.stand_at(*after);
                    return true;
                }
                Receipt::Overtaken => self.catch_up(&change).await,
                Receipt::Failed(_) | Receipt::Planned(_) => false,
            };
            if !again {
                self.report.steps.append(&mut tried.steps);
                return false;
            }
        }
        false
    }

    /// Reads what the others wrote; `false` where the change does not fit it any more.
    async fn catch_up(&mut self, change: &Change) -> bool {
        match self.context.ledger.backup(&self.backup.id).await {
            Ok(Some(present)) if is_same_export(&present, &self.backup) => {
                let fits = present.apply(change, self.pass.now).is_ok();
                self.stand_at(present);
                fits
            }
            Ok(_) => false,
            Err(error) => {
                let id = &self.backup.id;
                tracing::warn!(backup = %id, %error, "how far others have read it cannot be seen");
                false
            }
        }
    }

    fn stand_at(&mut self, backup: Backup) {
        if let Some(reading) = backup.reading() {
            self.reading = reading.clone();
        }
        self.backup = backup;
    }
}

/// Whether what was read of the one says something of the other: the very same files, not judged meanwhile.
fn is_same_export(present: &Backup, read: &Backup) -> bool {
    let state = |backup: &Backup| backup.export_state().map(std::mem::discriminant);
    state(present) == state(read) && present.files() == read.files()
}
