//! The passes: read the ledger and AWS, let core decide, act, record. One module a job.
//!
//! A pass is finite, repeatable, and safe to run twice at once: what it does is recorded before it acts, under a name
//! derived from (cache, plan, slot), and every record is written only over the version that it was decided on.

mod admit;
mod audience;
mod context;
mod doctor;
mod error;
mod explain;
mod export;
mod facts;
mod forget;
mod hinted;
mod hold;
mod inventory;
mod ledger;
mod notify;
mod order;
mod propose;
mod prune;
mod record;
mod report;
pub mod restore;
mod retention;
pub mod retire;
mod see;
mod snapshot;
mod status;
mod step;
mod verify;

pub use admit::admit;
pub use audience::unheard;
pub use context::{Context, Memory, Mode, Pass};
pub use doctor::doctor;
pub use error::PassError;
pub use explain::explain;
pub use forget::{Forgotten, OrphanGone, Unwanted, forget, forget_object, forget_snapshot};
pub use hold::{Hold, hold, hold_all};
pub use ledger::check as check_ledger;
pub use order::{OrderFault, order};
pub use propose::{Proposed, propose};
pub use record::Receipt;
pub use report::{Figures, Report};
pub use retention::{Depth, Retention, retention};
pub use see::see;
pub use status::status;
pub use step::{Action, Outcome, Step, Subject};

use cachekeep_core::job::Job;

/// The passes one by one. A Lambda calls its own, so that the linker leaves the others out of it. None begins before the
/// ledger has said that it is the stack's own.
pub mod passes {
    use std::collections::BTreeSet;

    use cachekeep_core::hint::Hint;

    use crate::{Context, Pass, PassError, Report, admit};

    macro_rules! pass {
        ($(#[$doc:meta])* $job:ident) => {
            $(#[$doc])*
            ///
            /// # Errors
            /// [`PassError`] where the pass could not see enough to decide anything.
            pub async fn $job(context: &Context, pass: &Pass) -> Result<Report, PassError> {
                admit(context, pass).await?;
                crate::$job::run(context, pass).await
            }
        };
    }

    macro_rules! hinted {
        ($(#[$doc:meta])* $name:ident, $job:ident) => {
            $(#[$doc])*
            ///
            /// # Errors
            /// [`PassError`] where the pass could not see enough to decide anything.
            pub async fn $name(
                context: &Context,
                pass: &Pass,
                hints: &BTreeSet<Hint>,
            ) -> Result<Report, PassError> {
                admit(context, pass).await?;
                crate::$job::run_at(context, pass, hints).await
            }
        };
    }

    pass!(
        /// One pass of the snapshot job.
        snapshot
    );
    hinted!(
        /// A pass of the snapshot job over what an event names alone.
        snapshot_at,
        snapshot
    );
    hinted!(
        /// A pass of the export job over what an event names alone.
        export_at,
        export
    );
    hinted!(
        /// A pass of the verify job over what an event names alone.
        verify_at,
        verify
    );
    pass!(
        /// One pass of the export job.
        export
    );
    pass!(
        /// One pass of the verify job.
        verify
    );
    pass!(
        /// One pass of the prune job.
        prune
    );
    pass!(
        /// One pass of the restore job.
        restore
    );
    pass!(
        /// One pass of the notify job.
        notify
    );
}

/// Runs one pass of `job`.
///
/// # Errors
/// [`PassError`] where the pass could not see enough to decide anything. What went wrong with single backups stands in
/// the report instead, and in the ledger.
pub async fn run(job: Job, context: &Context, pass: &Pass) -> Result<Report, PassError> {
    match job {
        Job::Snapshot => passes::snapshot(context, pass).await,
        Job::Export => passes::export(context, pass).await,
        Job::Verify => passes::verify(context, pass).await,
        Job::Prune => passes::prune(context, pass).await,
        Job::Restore => passes::restore(context, pass).await,
        Job::Notify => passes::notify(context, pass).await,
    }
}
