//! What a comparison of the ledger came to.

use cachekeep_core::drift::{Drift, Finding};

use super::style::{BAD, GOOD, painted};
use super::{counted, sections};

/// Each finding with its remedy, and what they come to.
pub(crate) fn report(drift: &Drift) -> String {
    let findings: String = drift.findings.iter().map(finding).collect();
    let more = if drift.omitted > 0 { format!("and {} more\n", drift.omitted) } else { String::new() };
    let sum = if drift.agrees {
        format!("{}: {} in the ledger\n", painted(GOOD, "it agrees"), counted(drift.backups, "backup"))
    } else {
        format!(
            "{}: {}, with {} in the ledger\n",
            painted(BAD, "it does not agree"),
            counted(drift.count(), "finding"),
            counted(drift.backups, "backup")
        )
    };
    sections([findings, more, sum])
}

fn finding(Finding { kind, subject, why, how, .. }: &Finding) -> String {
    format!("{} {subject}\n  why: {why}\n  how: {how}\n", painted(BAD, kind.as_str()))
}
