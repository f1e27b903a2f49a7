//! How much a command says beside its output, and in colour or not. Set once, at the start, as `anstream` sets its colours.

use std::io::Write as _;
use std::sync::OnceLock;

use cachekeep_aws::{Attempt, Listener};
use clap::{ArgAction, ValueEnum};

use super::style::{FAINT, painted};

/// What was asked for; unset until `main` has read the command line.
static VOICE: OnceLock<Voice> = OnceLock::new();

/// How much to say, and in colour or not.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(crate) struct Voice {
    /// Say nothing but the output and errors: no notes, no progress.
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Everywhere")]
    quiet: bool,
    /// Say what is asked of AWS and how long it takes; -vv with each request's id.
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = "Everywhere")]
    verbose: u8,
    /// When to print colours: on a terminal that wants them, always or never.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = "Everywhere")]
    color: Color,
}

/// Whether to print colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Color {
    // No sentence for each: it would stretch the help of every command over three screens.
    #[default]
    Auto,
    Always,
    Never,
}

impl Voice {
    /// Has the whole process speak so.
    pub(crate) fn speak(self) {
        let choice = match self.color {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
        // Only the first of two would count, and there is one.
        _ = VOICE.set(self);
    }
}

fn voice() -> Voice {
    VOICE.get().copied().unwrap_or_default()
}

/// How many characters a line of the terminal has; `None` where the output goes elsewhere, and may be as wide as it is.
pub(super) fn width() -> Option<usize> {
    let (terminal_size::Width(width), _) = terminal_size::terminal_size_of(std::io::stdout())?;
    Some(width.into())
}

/// Whether notes and progress are unwanted.
pub(crate) fn is_quiet() -> bool {
    voice().quiet
}

/// Whether somebody wants to see what goes on.
pub(crate) fn is_verbose() -> bool {
    voice().verbose > 0
}

/// Who prints every call to AWS to standard error, where somebody wants to see them.
pub(crate) fn listener() -> Option<Listener> {
    let with_ids = match voice().verbose {
        0 => return None,
        1 => false,
        2.. => true,
    };
    Some(Listener::new(move |attempt| {
        let mut errors = anstream::stderr().lock();
        // Where standard error is gone, nobody is left to tell.
        _ = writeln!(errors, "{}", painted(FAINT, line(attempt, with_ids)));
    }))
}

fn line(attempt: &Attempt, with_ids: bool) -> String {
    let Attempt { operation, took, status, request_id } = attempt;
    let status = status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    let id = request_id.as_ref().filter(|_| with_ids).map(|id| format!("  {id}")).unwrap_or_default();
    format!("{:>6} ms  {status}  {operation}{id}", took.as_millis())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_call_is_told_with_its_time_and_its_id_only_where_that_was_asked_for() {
        let attempt = Attempt {
            operation: "ElastiCache.DescribeSnapshots".to_owned(),
            took: Duration::from_millis(42),
            status: Some(200),
            request_id: Some("7f3c".to_owned()),
        };
        assert_eq!(line(&attempt, false), "    42 ms  200  ElastiCache.DescribeSnapshots");
        assert_eq!(line(&attempt, true), "    42 ms  200  ElastiCache.DescribeSnapshots  7f3c");
        let silent = Attempt { status: None, request_id: None, ..attempt };
        assert_eq!(line(&silent, true), "    42 ms  no answer  ElastiCache.DescribeSnapshots");
    }
}
