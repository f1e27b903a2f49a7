//! The core's integration tests, in one binary because linking is slow.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod retention;
mod schedule;
mod schedule_oracle;
