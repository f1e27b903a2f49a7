//! Takes on a backup that somebody asks for: it is recorded, and from then on the snapshot job's queue has it like any other.

use cachekeep_aws::fleet;
use cachekeep_aws::ledger::LedgerError;
use cachekeep_core::backup::Backup;
use cachekeep_core::decide::due::Home;
use cachekeep_core::decide::order::{self, Order, OrderError, Placed};
use cachekeep_core::job::Job;

use crate::admit::admit;
use crate::context::{Context, Pass};
use crate::error::PassError;
use crate::record::{self, Decided, Receipt};
use crate::report::Report;
use crate::snapshot::configuration;

/// How often an order is tried over what other passes record of the same backup in the same moment.
const TRIES: u32 = 3;

/// Why an order could not be taken on.
#[derive(Debug, thiserror::Error)]
pub enum OrderFault {
    /// It cannot be carried out as it is. Nothing was recorded.
    #[error(transparent)]
    Refused(OrderError),
    /// What it needs could not be read.
    #[error("it could not be looked at what the backup needs")]
    Pass(#[source] PassError),
    /// It may or may not be recorded. Asked again within the minute, it is the same backup.
    #[error("the ledger did not record it; ask again")]
    Unrecorded(#[source] LedgerError),
    /// Other passes were at the same backup each time.
    #[error("other passes are just at work on that backup; ask again")]
    Contended,
}

impl OrderFault {
    /// Whether another try may well succeed without anybody's doing.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Refused(_) => false,
            Self::Pass(source) => source.is_retryable(),
            Self::Unrecorded(_) | Self::Contended => true,
        }
    }
}

/// Records that a backup is wanted, and says how it stands then. The next pass of the snapshot job takes it. Given twice, an
/// order is one backup.
///
/// # Errors
/// [`OrderFault`].
pub async fn order(context: &Context, pass: &Pass, order: &Order) -> Result<Backup, OrderFault> {
    admit(context, pass).await.map_err(OrderFault::Pass)?;
    let control = context.begin(pass, context.ledger.control()).await.map_err(OrderFault::Pass)?;
    let document = context.plans(&control).map_err(OrderFault::Pass)?;
    let pacer = context.pacer(pass, control.pace, Job::Snapshot);
    let caches =
        fleet::list(&context.clients, &pacer).await.map_err(|error| OrderFault::Pass(error.into()))?;
    let home = Home { stack: &context.stack, bucket: context.bucket.name() };
    let placed = order::place(order, document.as_deref(), &caches, &home, &context.prefix, pass.now)
        .map_err(OrderFault::Refused)?;
    record(context, pass, &placed).await
}

/// Adds the order to what the ledger has under the same identity, or records the backup as a new one.
async fn record(context: &Context, pass: &Pass, placed: &Placed<'_>) -> Result<Backup, OrderFault> {
    for _ in 0..TRIES {
        let present = context.ledger.backup(&placed.backup.id).await;
        let decided = match present.map_err(|error| OrderFault::Pass(error.into()))? {
            Some(present) => match order::added(&present, &placed.change) {
                Some(change) => Decided::change(present, change),
                None => return Ok(present),
            },
            None => Decided {
                before: placed.backup.clone(),
                change: placed.change.clone(),
                beside: vec![configuration(&placed.backup, placed.cache)],
            },
        };
        let mut report = Report::new(Job::Snapshot, pass.now);
        match record::record_one(context, pass, &mut report, decided).await {
            Receipt::Recorded(backup) | Receipt::Planned(backup) => return Ok(*backup),
            Receipt::Failed(error) => return Err(OrderFault::Unrecorded(error)),
            Receipt::Overtaken => {}
        }
    }
    Err(OrderFault::Contended)
}
