//! The built binary, from outside: golden transcripts, and the sandbox that it serves.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod endpoint;
mod golden;
mod memory;
mod month;
mod profile;
mod serve;
mod stack;
