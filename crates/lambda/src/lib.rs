//! The wiring that the five functions share: configuration, clock, log lines, metrics, and the way from an event to a
//! pass.
//!
//! An event only says that it is time to look; what there is to do stands in the ledger and in AWS. So every event that a
//! function understands leads to the same pass, and one that it does not understand is refused with an error.

mod answer;
mod clock;
mod config;
mod error;
pub mod event;
mod function;
pub mod logs;
mod metrics;
mod serve;

pub use answer::Answer;
pub use clock::MARGIN;
pub use config::{Config, ConfigError, clients};
pub use error::{Class, Failed, HandlerError};
pub use function::{pass, receive};
pub use metrics::metric_lines;
pub use serve::serve;

pub use cachekeep_aws::Clients;
pub use cachekeep_core::ids::Instant;
pub use cachekeep_core::job::Job;
pub use cachekeep_engine::{Context, Report, passes};
