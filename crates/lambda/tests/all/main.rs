//! The six functions: their events, and their handlers on a sandbox AWS. One binary, because linking is slow.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod events;
mod handlers;
mod support;
