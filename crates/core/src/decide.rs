//! The decisions: pure functions from facts, a policy and `now` to changes, each with its reason.

pub mod absence;
pub mod answer;
pub mod departed;
pub mod digest;
pub mod due;
pub mod export;
pub mod follow;
pub mod order;
pub mod place;
pub mod prune;
pub mod standing;
pub mod unscheduled;
pub mod verify;
