//! What passes did, a line for each step.

use cachekeep_engine::{Outcome, Report, Step};

use super::counted;
use super::style::{BAD, FAINT, GOOD, HEADING, WARNING, painted};
use super::table::{Align, Cell, Table};

/// The reports, job by job.
pub(crate) fn report(reports: &[Report]) -> String {
    reports.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn one(report: &Report) -> String {
    let heading = painted(HEADING, report.job);
    if report.steps.is_empty() {
        return format!("{heading}: nothing to do\n");
    }
    let columns = [
        ("OUTCOME", Align::Left),
        ("ACTION", Align::Left),
        ("SUBJECT", Align::Left),
        ("REASON", Align::Left),
    ];
    let mut table = Table::new(&columns);
    for step in &report.steps {
        table.row([outcome(step), (&*step.action).into(), (&*step.subject).into(), reason(step).into()]);
    }
    format!("{heading}: {}\n{}", counted(report.steps.len(), "step"), table.lines())
}

fn outcome(step: &Step) -> Cell {
    match step.outcome {
        Outcome::Planned => Cell::styled("planned", WARNING),
        Outcome::Done => Cell::styled("done", GOOD),
        Outcome::Elsewhere => Cell::styled("elsewhere", FAINT),
        Outcome::Failed { .. } => Cell::styled("failed", BAD),
    }
}

fn reason(step: &Step) -> String {
    match &step.outcome {
        Outcome::Failed { error } => format!("{}: {error}", step.reason),
        Outcome::Planned | Outcome::Done | Outcome::Elsewhere => step.reason.clone(),
    }
}
