//! AWS in one process: the ElastiCache, S3, DynamoDB, SNS and EventBridge that a backup tool meets, on a clock that
//! tests drive. It knows AWS and nothing of who calls it.

pub mod account;
pub mod clock;
pub mod driver;
pub mod dynamodb;
pub mod elasticache;
pub mod eventbridge;
pub mod fault;
pub mod s3;
pub mod service;
pub mod sns;
