//! What a policy keeps, as a table.

use cachekeep_core::retention::{Kept, Policy, Reason};
use chrono_tz::Tz;

use super::style::{FAINT, GOOD};
use super::table::{Align, Cell, Table};
use super::{sections, time};

/// One line a backup, newest first, and what it comes to.
pub(crate) fn report(kept: &[Kept<()>], policy: &Policy, zone: Tz) -> String {
    let mut table = Table::new(&[("AT", Align::Left), ("DECISION", Align::Left), ("REASONS", Align::Left)]);
    for backup in kept {
        table.row([time::second(backup.at, zone).into(), decision(backup), reasons(backup).into()]);
    }
    let stays = kept.iter().filter(|backup| backup.keep()).count();
    let goes = kept.len() - stays;
    sections([table.lines(), format!("{stays} kept, {goes} dropped by {policy} in {zone}\n")])
}

fn decision(backup: &Kept<()>) -> Cell {
    if backup.keep() { Cell::styled("keep", GOOD) } else { Cell::styled("drop", FAINT) }
}

fn reasons(backup: &Kept<()>) -> String {
    backup.reasons.iter().map(Reason::to_string).collect::<Vec<_>>().join(", ")
}
