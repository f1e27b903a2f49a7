//! Thin typed calls to AWS that return core's types. The only crate that names `aws-sdk-*`: what an SDK type means is
//! decided here once.

pub mod bucket;
pub mod bus;
pub mod caller;
mod calls;
#[cfg(test)]
mod canned;
mod clients;
mod clock;
mod error;
pub mod examine;
pub mod fleet;
pub mod ledger;
pub mod pacer;
mod pages;
pub mod snapshots;
pub mod table;
mod tags;
pub mod topic;

/// How a wiring (or a test's sandbox) says where AWS is and with which transport and clock to reach it.
pub use aws_config::SdkConfig;
pub use calls::{Attempt, CallCounts, Listener};
pub use clients::{ATTEMPT_TIMEOUT, Clients, Patience, Region, Source, Variable};
pub use clock::ClockError;
pub use error::{AwsError, Class, causes, with_causes};
