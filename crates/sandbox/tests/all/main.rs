//! The sandbox through the real AWS SDK: one binary, because linking is slow.

mod doors;
mod driver;
mod elasticache;
mod faults;
mod services;
mod support;
mod tagging;
