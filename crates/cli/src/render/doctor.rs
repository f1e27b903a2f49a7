//! What was found in a stack, and what to do.

use anstyle::Style;
use cachekeep_core::view::doctor::{Finding, Level};

use super::style::{BAD, FAINT, GOOD, WARNING};
use super::table::{Align, Cell, Table};
use super::{counted, sections};

/// A line for each finding, and what they come to.
pub(crate) fn report(findings: &[Finding]) -> String {
    let columns =
        [("", Align::Left), ("CHECK", Align::Left), ("FOUND", Align::Left), ("WHAT TO DO", Align::Left)];
    let mut table = Table::new(&columns);
    for finding in findings {
        let (word, style) = word(finding.level);
        let remedy = finding.remedy.clone().unwrap_or_default();
        table.row([Cell::styled(word, style), finding.check.into(), (&*finding.found).into(), remedy.into()]);
    }
    let of = |level| findings.iter().filter(|finding| finding.level == level).count();
    let (failures, warnings) = (of(Level::Failure), of(Level::Warning));
    let verdict = format!("{}, {}\n", counted(failures, "failure"), counted(warnings, "warning"));
    sections([table.lines(), verdict])
}

const fn word(level: Level) -> (&'static str, Style) {
    match level {
        Level::Ok => ("ok", GOOD),
        Level::Unknown => ("not seen", FAINT),
        Level::Warning => ("warning", WARNING),
        Level::Failure => ("FAILURE", BAD),
    }
}
