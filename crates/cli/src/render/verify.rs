//! The verdict on an RDB file, for people.

use cachekeep_rdb::Verdict;

use super::style::{BAD, GOOD, painted};

/// The verdict's own short table, with the name of the file and the outcome in colour.
pub(crate) fn report(name: &str, verdict: &Verdict) -> String {
    let table = verdict.to_string();
    let (word, rest) = table.split_once(' ').unwrap_or((&table, ""));
    let style = if verdict.valid { GOOD } else { BAD };
    format!("{name}: {} {rest}", painted(style, word))
}
