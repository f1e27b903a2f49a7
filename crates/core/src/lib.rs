//! Placeholder.

pub mod schedule;
pub mod slot;
