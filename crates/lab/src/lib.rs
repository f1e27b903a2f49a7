//! cachekeep deployed into the sandbox AWS: the same table, bucket, topic, bus, rules and functions that a stack has.
//!
//! `cachekeep sandbox run` and the scenario tests share it, so that what a newcomer watches is what the tests check. On a
//! paused tokio runtime its time is virtual: nothing waits for the days to go by.

mod delivery;
mod deploy;
pub mod fleet;
pub mod month;
pub mod output;
mod setup;
pub mod template;

pub use delivery::Delivery;
pub use setup::{Lab, LabError, Options};
