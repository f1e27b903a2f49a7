//! Writes the ledger as JSON lines, page by page.

use cachekeep_aws::ledger::ExportedItem;
use cachekeep_core::ids::Instant;
use cachekeep_core::stack::Stack as CoreStack;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::render;
use crate::stack::Stack;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Heading {
    /// Always [`Heading::KIND`].
    pub(super) kind: String,
    /// The format of the items.
    pub(super) format: u64,
    /// Whose ledger it is.
    pub(super) stack: CoreStack,
    /// When the export began.
    pub(super) exported_at: Instant,
}

impl Heading {
    pub(super) const KIND: &'static str = "ledger";
}

pub(super) async fn write(stack: &Stack, now: Instant, without_events: bool) -> Result<(), Failure> {
    let heading = Heading {
        kind: Heading::KIND.to_owned(),
        format: ExportedItem::FORMAT,
        stack: stack.context.stack.clone(),
        exported_at: now,
    };
    render::json_line(&heading)?;
    // The reader of the output may go away in the middle; that is told once, at the end.
    let mut written = Ok(());
    let take = |item: ExportedItem| {
        if written.is_ok() && !(without_events && item.is_event()) {
            written = render::json_line(&item);
        }
    };
    let read = stack.context.ledger.each_item(take).await;
    read.map_err(|source| Failure::Ledger { doing: "read the ledger", source })?;
    written
}
