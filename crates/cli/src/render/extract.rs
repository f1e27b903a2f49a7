//! What became of the keys that were extracted, for people.

use super::style::{BAD, GOOD, painted};
use super::table::{Align, Table};
use crate::commands::extract::Report;

/// The counts, then what needs looking at.
pub(crate) fn report(report: &Report) -> String {
    let counts = [
        (if report.dry_run { "would be written" } else { "written" }, report.written),
        ("function libraries", report.functions),
        ("there already, left as they are", report.skipped),
        ("expired since, not written", report.expired),
        ("refused", report.refused),
        ("sent, and nobody knows whether written", report.unconfirmed),
    ];
    let counts = counts.into_iter().enumerate().filter(|(place, (_, count))| *place == 0 || *count > 0);
    let mut table = Table::new(&[("KEYS", Align::Right), ("", Align::Left)]);
    for (_, (what, count)) in counts {
        table.row([count.to_string().into(), what.into()]);
    }
    let (style, word) = if report.complete { (GOOD, "complete") } else { (BAD, "NOT COMPLETE") };
    let heading = format!("{}: {}, {} keys matched\n", report.target, painted(style, word), report.matched);
    super::sections([heading + &table.lines(), refusals(report), unconfirmed(report), left(report)])
}

fn refusals(report: &Report) -> String {
    let mut table = Table::new(&[("REFUSED", Align::Left), ("WHY", Align::Left)]);
    for refusal in &report.refusals {
        table.row([refusal.name.shown().into(), refusal.reason.clone().into()]);
    }
    table.lines() + &more(report.refused, report.refusals.len())
}

fn unconfirmed(report: &Report) -> String {
    let mut table = Table::new(&[("SENT, BUT NOT CONFIRMED", Align::Left)]);
    for name in &report.unconfirmed_keys {
        table.row([name.shown().into()]);
    }
    table.lines() + &more(report.unconfirmed, report.unconfirmed_keys.len())
}

fn left(report: &Report) -> String {
    let mut table = Table::new(&[("LEFT BEHIND, TO BE REMOVED", Align::Left)]);
    for name in &report.left_behind {
        table.row([name.shown().into()]);
    }
    table.lines()
}

fn more(all: u64, named: usize) -> String {
    match all.saturating_sub(named as u64) {
        0 => String::new(),
        more => format!("and {more} more\n"),
    }
}
