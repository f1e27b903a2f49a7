//! When somebody must next look at the plans' slots: what wakes the snapshot job where no backup waits for it.

use cachekeep_core::ids::Instant;
use cachekeep_core::job::{Job, Work};
use serde::{Deserialize, Serialize};

use super::item::{Item, encode, enqueue, number};
use super::key::{Key, LOOK};
use super::settled::put_if_it_holds;
use super::{Ledger, LedgerError};
use crate::table::PK;

/// The next slot of all plans. It waits in the snapshot job's queue, so that a pass between two slots reads that queue and
/// no plans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextLook {
    /// The version of the plans that it follows from; 0 for the stack's default plan.
    pub plans: u64,
    /// When that slot is due; `None` where there will be none.
    pub at: Option<Instant>,
}

impl NextLook {
    pub(super) fn item(self) -> Result<Item, LedgerError> {
        let mut item = encode(&Key::single(LOOK), &self)?;
        if let Some(at) = self.at {
            enqueue(&mut item, Work::new(Job::Snapshot, at));
        }
        Ok(item)
    }
}

impl Ledger {
    /// Notes when to look next. Where other plans were applied since `next` was worked out, they are to be looked at first,
    /// and nothing changes.
    pub async fn look_next(&self, next: NextLook) -> Result<(), LedgerError> {
        let put = self
            .dynamodb
            .put_item()
            .table_name(&self.table)
            .set_item(Some(next.item()?))
            .condition_expression(format!("attribute_not_exists({PK}) OR #plans <= :plans"))
            .expression_attribute_names("#plans", "plans")
            .expression_attribute_values(":plans", number(next.plans));
        put_if_it_holds(put).await.map(|_| ())
    }
}
