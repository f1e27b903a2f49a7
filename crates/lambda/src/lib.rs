//! The wiring that the functions share: configuration, clock, log lines, metrics, and the way from an event to a
//! pass.
//!
//! An event only says that it is time to look; what there is to do stands in the ledger and in AWS. So every event that a
//! function understands leads to the same pass (one asks for a backup first, which is recorded before it), and one that it does not understand is refused with an error.

mod answer;
mod clock;
mod config;
mod error;
mod event;
mod function;
mod logs;
mod metrics;
mod serve;

pub use answer::Answer;
pub use clock::MARGIN;
pub use config::{Config, ConfigError};
pub use error::{Class, Failed, HandlerError};
pub use event::{EventError, Origin, Wakers, request};
pub use function::{Function, receive, start};
pub use metrics::metric_lines;
pub use serve::serve;

pub use cachekeep_aws::Clients;
pub use cachekeep_core::hint::Hint;
pub use cachekeep_core::ids::Instant;
pub use cachekeep_core::job::Job;
pub use cachekeep_engine::{Context, Pass, PassError, Report, order, passes};
pub use serde_json::Value;
