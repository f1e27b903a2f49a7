//! Why backups are kept or go, as a table.

use cachekeep_core::view::explain::Explained;

use super::backups::of;
use super::sections;
use super::style::{FAINT, GOOD};
use super::table::{Align, Cell, Table};

/// A line for each backup, and what they come to.
pub(crate) fn report(explained: &[Explained]) -> String {
    let columns = [
        ("BACKUP", Align::Left),
        ("STATUS", Align::Left),
        ("DECISION", Align::Left),
        ("REASONS", Align::Left),
    ];
    let mut table = Table::new(&columns);
    for backup in explained {
        let decision = if backup.keep { Cell::styled("keep", GOOD) } else { Cell::styled("drop", FAINT) };
        let status = Cell::styled(backup.status.as_str(), of(backup.status));
        table.row([backup.id.to_string().into(), status, decision, backup.reasons.join(", ").into()]);
    }
    let kept = explained.iter().filter(|backup| backup.keep).count();
    sections([table.lines(), format!("{kept} kept, {} dropped\n", explained.len() - kept)])
}
