//! A retirement: what is proven, and what comes next.

use anstyle::Style;
use cachekeep_core::retire::{Decision, Facts, Next, Refusal, RetirementView, Standing};

use super::sections;
use super::style::{BAD, FAINT, GOOD, WARNING, painted};
use super::table::{Align, Cell, Table};
use super::wrap::wrapped;

/// How far a retirement is.
pub(crate) fn outcome(facts: &Facts<'_>, decision: &Decision, dry_run: bool) -> String {
    sections([head(facts, decision), steps(decision), next(facts, decision, dry_run)])
}

fn head(facts: &Facts<'_>, decision: &Decision) -> String {
    let status = RetirementView::new(facts, decision).status;
    let style = match &decision.next {
        Next::Retired => GOOD,
        Next::Refused(_) => BAD,
        Next::BackUp(_) | Next::Hold | Next::Wait(_) | Next::Delete(_) => WARNING,
    };
    format!("{}: {}\n", facts.id, painted(style, status))
}

fn steps(decision: &Decision) -> String {
    let mut table = Table::new(&[("STEP", Align::Left), ("STATUS", Align::Left), ("WHAT", Align::Left)]);
    for step in &decision.steps {
        let status = Cell::styled(step.standing.name(), of(step.standing));
        table.row([step.stage.name().into(), status, step.detail.clone().into()]);
    }
    table.lines()
}

const fn of(standing: Standing) -> Style {
    match standing {
        Standing::Proven => GOOD,
        Standing::Open => FAINT,
        Standing::Waived => WARNING,
        Standing::Broken => BAD,
    }
}

fn next(facts: &Facts<'_>, decision: &Decision, dry_run: bool) -> String {
    let reason = |decision| RetirementView::new(facts, decision).reason().to_owned();
    match &decision.next {
        Next::Refused(refusals) => {
            let title = format!("{}\n", painted(BAD, "Refused, and nothing is deleted:"));
            title + &refusals.iter().map(refusal).collect::<String>()
        }
        Next::Retired => {
            let backup = facts.backup.map(|backup| backup.id.to_string()).unwrap_or_default();
            wrapped("The cache is gone, and its final backup is proven and held.", "")
                + &wrapped(&format!("To make it anew: cachekeep restore {backup} --as NEW"), "  ")
                + &wrapped(&format!("To let retention delete the backup: cachekeep release {backup}"), "  ")
        }
        _ if dry_run => wrapped(&format!("Nothing was done. {}.", sentence(&reason(decision))), ""),
        Next::BackUp(_) | Next::Hold | Next::Delete(_) | Next::Wait(_) => {
            let again = "Say the same command again to go on, or say it with --wait to follow it to its end.";
            wrapped(&format!("{}.", sentence(&reason(decision))), "") + &wrapped(again, "")
        }
    }
}

fn refusal(refusal: &Refusal) -> String {
    let why = format!("{}: {}.", refusal.rule.name(), refusal.why);
    wrapped(&why, "  ") + &wrapped(&format!("To do: {}.", refusal.how), "      ")
}

/// A fragment as the beginning of a sentence.
fn sentence(fragment: &str) -> String {
    let mut letters = fragment.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
