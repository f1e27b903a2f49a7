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
        table.row([
            outcome(step),
            step.action.name().into(),
            step.subject.to_string().into(),
            reason(step).into(),
        ]);
    }
    format!("{heading}: {}\n{}", counted(report.steps.len(), "step"), table.lines())
}

fn outcome(step: &Step) -> Cell {
    let style = match step.outcome {
        Outcome::Planned | Outcome::Waiting | Outcome::PutOff { .. } => WARNING,
        Outcome::Done => GOOD,
        Outcome::Elsewhere => FAINT,
        Outcome::Failure | Outcome::Failed { .. } => BAD,
    };
    Cell::styled(step.outcome.word(), style)
}

fn reason(step: &Step) -> String {
    match &step.outcome {
        Outcome::PutOff { error } | Outcome::Failed { error } => format!("{}: {error}", step.reason),
        Outcome::Planned | Outcome::Done | Outcome::Waiting | Outcome::Failure | Outcome::Elsewhere => {
            step.reason.clone()
        }
    }
}
