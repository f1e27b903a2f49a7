//! The AWS Query protocol as ElastiCache speaks it: form in, XML out (docs/elasticache.md 1.1, S).

pub(crate) mod error;
pub(crate) mod page;
pub(crate) mod params;
pub(crate) mod xml;
