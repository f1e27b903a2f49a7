//! The typed calls against the sandbox AWS, through the real SDK: one binary, because linking is slow.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod approved;
mod bucket;
mod fleet;
mod ledger;
mod messages;
mod pace;
mod ranges;
mod snapshots;
mod support;
mod table;
