//! What a backup is, and every decision about it.
//!
//! This crate is pure: it takes facts, a policy and `now`, and returns decisions with reasons. It knows no AWS, no
//! runtime, no clock and no environment, so that whole months can be tried in a test.

pub mod audience;
pub mod backup;
pub mod cache;
pub mod cause;
pub mod clock;
pub mod decide;
pub mod drift;
pub mod event;
pub mod forget;
pub mod freshness;
pub mod hint;
pub mod hold;
pub mod ids;
pub mod job;
mod kinds;
pub mod manifest;
pub mod message;
pub mod names;
pub mod outlook;
pub mod pace;
pub mod plan;
pub mod prices;
pub mod proposal;
pub mod quota;
pub mod record;
pub mod remark;
pub mod restore;
pub mod retention;
pub mod retire;
pub mod review;
pub mod schedule;
pub mod selector;
pub mod simulate;
pub mod slot;
pub mod snapshot;
pub mod stack;
pub mod view;
