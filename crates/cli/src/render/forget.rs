//! What a person let go, line by line.

use cachekeep_core::ids::Instant;
use serde::Serialize;

use super::style::{BAD, FAINT, WARNING};
use super::table::{Align, Cell, Table};
use super::{counted, sections};

/// What became of one thing. The field names are part of the `--json` contract.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    subject: String,
    outcome: Outcome,
    why: String,
    bytes: u64,
    locked_until: Option<Instant>,
    #[serde(skip)]
    refused: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Planned,
    Gone,
    Stays,
    Failed,
}

impl Line {
    pub(crate) fn planned(subject: String, why: String, bytes: u64, locked_until: Option<Instant>) -> Self {
        Self { subject, outcome: Outcome::Planned, why, bytes, locked_until, refused: false }
    }

    pub(crate) fn gone(subject: String, why: String, bytes: u64, locked_until: Option<Instant>) -> Self {
        Self { outcome: Outcome::Gone, ..Self::planned(subject, why, bytes, locked_until) }
    }

    /// It stays, and where a rail refuses it, not as asked.
    pub(crate) fn stays(subject: String, why: String, bytes: u64, refused: bool) -> Self {
        Self { outcome: Outcome::Stays, refused, ..Self::planned(subject, why, bytes, None) }
    }

    pub(crate) fn failed(subject: String, why: String) -> Self {
        Self { outcome: Outcome::Failed, refused: true, ..Self::planned(subject, why, 0, None) }
    }

    pub(crate) fn is_planned(&self) -> bool {
        self.outcome == Outcome::Planned
    }

    pub(crate) const fn is_as_asked(&self) -> bool {
        !self.refused
    }
}

/// A line for each, and what they come to.
pub(crate) fn report(lines: &[Line]) -> String {
    let columns = [
        ("OUTCOME", Align::Left),
        ("SUBJECT", Align::Left),
        ("BYTES", Align::Right),
        ("LOCKED UNTIL", Align::Left),
        ("WHY", Align::Left),
    ];
    let mut table = Table::new(&columns);
    for line in lines {
        table.row([
            outcome(line.outcome),
            line.subject.clone().into(),
            line.bytes.to_string().into(),
            line.locked_until
                .map_or_else(String::new, |end| end.format("%Y-%m-%d %H:%M UTC").to_string())
                .into(),
            line.why.clone().into(),
        ]);
    }
    let count = |outcome| lines.iter().filter(|line| line.outcome == outcome).count();
    let going = count(Outcome::Planned);
    let gone = count(Outcome::Gone);
    let sum = if going > 0 {
        format!("{} would go, {} would stay\n", counted(going, "copy or backup"), lines.len() - going)
    } else {
        format!("{gone} let go, {} stay\n", lines.len() - gone)
    };
    sections([table.lines(), sum])
}

fn outcome(outcome: Outcome) -> Cell {
    match outcome {
        Outcome::Planned => Cell::from("planned".to_owned()),
        Outcome::Gone => Cell::styled("gone", FAINT),
        Outcome::Stays => Cell::styled("stays", WARNING),
        Outcome::Failed => Cell::styled("failed", BAD),
    }
}
