//! The services beside ElastiCache, as the SDKs see them.

mod cloudwatch;
mod dynamodb;
mod eventbridge;
mod kit;
mod s3;
mod sns;
mod streams;
