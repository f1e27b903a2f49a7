//! The AWS Query protocol as ElastiCache speaks it: form in, XML out (elasticache-facts.md 1.1, S).

pub(crate) mod error;
pub(crate) mod page;
pub(crate) mod params;
pub(crate) mod xml;
