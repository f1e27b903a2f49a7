//! The passes: read the ledger and AWS, let core decide, act, record. One module a job.
//!
//! A pass is finite, repeatable, and safe to run twice at once: what it does is recorded before it acts, under a name
//! derived from (cache, plan, slot), and every record is written only over the version that it was decided on.

mod context;
mod error;
mod export;
mod facts;
mod hold;
mod inventory;
mod notify;
mod propose;
mod prune;
mod record;
mod report;
mod retention;
mod snapshot;
mod status;
mod verify;

pub use context::{Context, Memory, Mode, Pass};
pub use error::PassError;
pub use hold::{Hold, hold};
pub use propose::{Proposed, propose};
pub use report::{Figures, Outcome, Report, Step};
pub use retention::{Depth, Retention, retention};
pub use status::status;

use cachekeep_core::job::Job;

/// The passes one by one. A Lambda calls its own, so that the linker leaves the other four out of it.
pub mod passes {
    pub use crate::export::run as export;
    pub use crate::notify::run as notify;
    pub use crate::prune::run as prune;
    pub use crate::snapshot::run as snapshot;
    pub use crate::verify::run as verify;
}

/// Runs one pass of `job`.
///
/// # Errors
/// [`PassError`] where the pass could not see enough to decide anything. What went wrong with single backups stands in
/// the report instead, and in the ledger.
pub async fn run(job: Job, context: &Context, pass: &Pass) -> Result<Report, PassError> {
    match job {
        Job::Snapshot => snapshot::run(context, pass).await,
        Job::Export => export::run(context, pass).await,
        Job::Verify => verify::run(context, pass).await,
        Job::Prune => prune::run(context, pass).await,
        Job::Notify => notify::run(context, pass).await,
    }
}
