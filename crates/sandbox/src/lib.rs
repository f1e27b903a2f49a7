//! AWS in one process: the ElastiCache, S3, DynamoDB, SNS and EventBridge that a backup tool meets, on a clock that
//! tests drive. It knows AWS and nothing of who calls it.
//!
//! Two doors lead to one router: [`Sandbox::http_client`] for the Rust SDK without sockets, and [`Sandbox::serve`] over
//! loopback HTTP for every other client.

pub mod account;
pub mod clock;
pub mod cloudwatch;
pub mod door;
pub mod driver;
pub mod dynamodb;
pub mod elasticache;
pub mod eventbridge;
pub mod fault;
mod query;
pub mod s3;
mod sandbox;
pub mod seed;
pub mod service;
pub mod sns;
pub mod tagging;

pub use sandbox::{Config, Sandbox, StartError};
