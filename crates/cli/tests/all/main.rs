//! The built binary, from outside: golden transcripts, and the sandbox that it serves.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod attacks;
mod cache;
mod endpoint;
mod extract;
mod golden;
mod inside;
mod memory;
mod month;
mod profile;
mod serve;
mod stack;
