//! The sandbox through the real AWS SDK: one binary, because linking is slow.

#![expect(clippy::unwrap_used, reason = "a helper that panics fails its test, which is what it should do")]

mod doors;
mod driver;
mod elasticache;
mod faults;
mod python;
mod services;
mod support;
mod tagging;
