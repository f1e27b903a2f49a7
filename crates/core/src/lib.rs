//! Placeholder.

pub mod retention;
pub mod schedule;
pub mod slot;
