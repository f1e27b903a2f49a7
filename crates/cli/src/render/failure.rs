//! Errors for people: what failed, why, and what to do next.

use std::io::Write as _;

use cachekeep_aws::causes;
use cachekeep_core::stack::Stack;

use super::style::{BAD, HEADING, WARNING, painted};
use super::voice::is_quiet;
use crate::failure::Failure;

/// Prints a failure to standard error.
pub(crate) fn failure(failure: &Failure) {
    let mut errors = anstream::stderr().lock();
    // Where standard error is gone, nobody is left to tell.
    _ = errors.write_all(report(failure).as_bytes());
}

/// Prints what somebody should know about the output to standard error.
pub(crate) fn note(text: &str) {
    if is_quiet() {
        return;
    }
    let mut errors = anstream::stderr().lock();
    // Where standard error is gone, nobody is left to tell.
    _ = writeln!(errors, "{} {text}", painted(WARNING, "note:"));
}

/// Prints a line beside the output, for whoever watches.
pub(crate) fn aside(line: &str) {
    let mut errors = anstream::stderr().lock();
    // Where standard error is gone, nobody is left to tell.
    _ = writeln!(errors, "{line}");
}

/// Prints to standard error whose AWS a command works on.
pub(crate) fn stack(stack: &Stack) {
    if is_quiet() {
        return;
    }
    let mut errors = anstream::stderr().lock();
    // Where standard error is gone, nobody is left to tell.
    let Stack { identity, site } = stack;
    _ = writeln!(errors, "account {}, region {}, stack {identity}", site.account(), site.region());
}

fn report(failure: &Failure) -> String {
    let mut lines = vec![format!("{} {failure}", painted(BAD, "error:"))];
    if let Failure::Plan(problems) = failure {
        lines.push(problems.to_string());
    }
    lines.extend(causes(failure).into_iter().map(|cause| format!("  caused by: {cause}")));
    lines.extend(failure.next_step().map(|step| format!("{} {step}", painted(HEADING, "next step:"))));
    lines.join("\n") + "\n"
}
