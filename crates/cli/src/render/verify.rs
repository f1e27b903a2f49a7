//! The verdict on an RDB file, for people and for scripts.

use cachekeep_core::ids::Instant;
use cachekeep_rdb::{Foreign, Verdict};
use chrono_tz::Tz;
use serde::Serialize;

use super::style::{BAD, GOOD, HEADING, painted};
use super::time;
use crate::commands::verify::{Source, Verified};
use crate::input::Input;

/// A verdict as `--json` prints it.
#[derive(Serialize)]
pub(crate) struct Json<'a> {
    /// Which file, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(flatten)]
    verdict: &'a Verdict,
    /// When the server wrote it: `created`, as every other instant is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<Instant>,
}

impl<'a> Json<'a> {
    /// The only one.
    pub(crate) fn of_one(verified: &'a Verified) -> Self {
        Self { source: None, verdict: &verified.verdict, created_at: created(&verified.verdict) }
    }

    /// One of several.
    pub(crate) fn of_several(verified: &'a Verified) -> Self {
        Self { source: Some(verified.source.to_string()), ..Self::of_one(verified) }
    }
}

fn created(verdict: &Verdict) -> Option<Instant> {
    Instant::from_timestamp(verdict.created?, 0)
}

/// The verdict's own short table, with the name of the file and the outcome in colour.
pub(crate) fn report(verified: &Verified) -> String {
    let Verified { source, verdict, foreign } = verified;
    let table = verdict.to_string();
    let (word, rest) = table.split_once(' ').unwrap_or((&table, ""));
    let style = if verdict.valid { GOOD } else { BAD };
    let created = created(verdict).map(|at| format!("  written at {}\n", time::second(at, Tz::UTC)));
    let step = foreign.and_then(Foreign::opened_by).map(|command| {
        let input = match source {
            Source::Input(Input::Stdin) => "...".to_owned(),
            Source::Input(Input::File(_)) => source.to_string(),
            Source::Object(_) => "FILE".to_owned(),
        };
        format!("{} {command} {input} | cachekeep verify -\n", painted(HEADING, "next step:"))
    });
    format!(
        "{source}: {} {rest}{}{}",
        painted(style, word),
        created.unwrap_or_default(),
        step.unwrap_or_default()
    )
}
