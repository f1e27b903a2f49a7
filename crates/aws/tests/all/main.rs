//! The typed calls against the sandbox AWS, through the real SDK: one binary, because linking is slow.

mod bucket;
mod fleet;
mod messages;
mod pace;
mod snapshots;
mod support;
mod table;
