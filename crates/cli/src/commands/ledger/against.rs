//! Compares the ledger with what `ledger export` wrote earlier.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use cachekeep_aws::ledger::ExportedItem;
use cachekeep_core::drift::{Drift, Version, against};
use cachekeep_core::ids::BackupId;

use super::export::Heading;
use crate::failure::Failure;
use crate::stack::Stack;

pub(super) async fn check(stack: &Stack, file: &Path) -> Result<Drift, Failure> {
    let earlier = read(stack, file)?;
    let mut now = BTreeMap::new();
    let take = |item: ExportedItem| now.extend(version(&item));
    let read = stack.context.ledger.each_item(take).await;
    read.map_err(|source| Failure::Ledger { doing: "read the ledger", source })?;
    Ok(against(&earlier, &now))
}

/// The backups in the file, each with how far it was.
fn read(stack: &Stack, file: &Path) -> Result<BTreeMap<BackupId, Version>, Failure> {
    let not_read = |source| Failure::Export { file: file.to_owned(), why: format!("{source}") };
    let lines = BufReader::new(File::open(file).map_err(not_read)?).lines();
    let mut lines = lines.enumerate();
    let bad = |number: usize, why: String| Failure::Export {
        file: file.to_owned(),
        why: format!("line {}: {why}", number + 1),
    };
    let first = lines.next().map(|(_, line)| line).transpose().map_err(not_read)?.unwrap_or_default();
    let heading: Heading = serde_json::from_str(&first).map_err(|error| bad(0, error.to_string()))?;
    if heading.kind != Heading::KIND || heading.format != ExportedItem::FORMAT {
        return Err(bad(
            0,
            format!("it is of format {}, and this version reads {}", heading.format, ExportedItem::FORMAT),
        ));
    }
    if heading.stack != stack.context.stack {
        return Err(bad(0, format!("it is of stack {}, and this is {}", heading.stack, stack.context.stack)));
    }
    let mut earlier = BTreeMap::new();
    for (number, line) in lines {
        let line = line.map_err(not_read)?;
        let item: ExportedItem =
            serde_json::from_str(&line).map_err(|error| bad(number, error.to_string()))?;
        earlier.extend(version(&item));
    }
    Ok(earlier)
}

/// A backup's version, where the item is a backup that says it.
fn version(item: &ExportedItem) -> Option<(BackupId, Version)> {
    if !item.is_backup() {
        return None;
    }
    let id = item.item.get("id")?;
    let id: BackupId = serde_json::from_value(id.clone()).ok()?;
    let version = item.item.get("version")?.as_u64()?;
    let status = item.item.get("status").and_then(|status| status.as_str()).unwrap_or_default();
    Some((id, Version { version, status: status.to_owned() }))
}
