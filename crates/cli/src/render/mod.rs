//! Everything that is printed: the only place that writes to standard output and standard error.
//!
//! Texts carry their colours; `anstream` takes them out where the output is no terminal, or does not want them.

pub(crate) mod backups;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod extract;
mod failure;
pub(crate) mod forget;
pub(crate) mod init;
pub(crate) mod keep;
pub(crate) mod keys;
pub(crate) mod ledger;
pub(crate) mod memory;
pub(crate) mod month;
pub(crate) mod plans;
pub(crate) mod proposal;
pub(crate) mod restore;
pub(crate) mod retire;
pub(crate) mod run;
pub(crate) mod sandbox;
pub(crate) mod simulate;
pub(crate) mod status;
mod style;
mod table;
mod time;
pub(crate) mod verify;
pub(crate) mod voice;
mod wrap;

use std::io::{self, IsTerminal as _, Write as _};

use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;

pub(crate) use failure::{aside, failure, note, stack};

/// Prints what the command line says of itself: help and version as any output is printed, bad usage as errors are.
pub(crate) fn said(said: &clap::Error) -> Exit {
    if said.use_stderr() {
        // Where standard error is gone, nobody is left to tell.
        _ = said.print();
        return Exit::Usage;
    }
    match text(&said.render().ansi().to_string()) {
        Ok(()) => Exit::Fine,
        Err(unwritten) => {
            failure(&unwritten);
            unwritten.exit()
        }
    }
}

/// Prints a text as it is.
pub(crate) fn text(text: &str) -> Result<(), Failure> {
    let mut output = anstream::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        // `cachekeep ... | head` has read enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|source| Failure::Write { source }),
    }
}

/// Begins a new page where a person watches; elsewhere what was printed before stays, with an empty line behind it.
pub(crate) fn clear() -> Result<(), Failure> {
    text(if io::stdout().is_terminal() { "\x1b[H\x1b[2J" } else { "\n" })
}

/// Prints a part of what may never end, and says whether anybody still reads.
pub(crate) fn more(text: &str) -> Result<bool, Failure> {
    let mut output = anstream::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(source) => Err(Failure::Write { source }),
    }
}

/// Prints a value as JSON on one line.
pub(crate) fn json_line<T: Serialize>(value: &T) -> Result<(), Failure> {
    let mut line = String::new();
    push_json_line(&mut line, value);
    text(&line)
}

/// Adds a value as JSON on a line of its own.
pub(crate) fn push_json_line<T: Serialize>(lines: &mut String, value: &T) {
    // What is serialized here has no maps with keys other than text, so that nothing can fail.
    lines.push_str(&serde_json::to_string(value).unwrap_or_default());
    lines.push('\n');
}

/// Prints a value as JSON, indented, with a line feed.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(value).map_err(|source| Failure::Json { source })?;
    text(&format!("{json}\n"))
}

/// `1 plan`, `2 plans`.
fn counted(count: usize, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{s}")
}

/// Parts that end in line feeds, with an empty line between those that say something.
fn sections<const N: usize>(parts: [String; N]) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}
