//! What ElastiCache answers beside its documents: errors, and pages of listings.

pub(crate) mod error;
pub(crate) mod page;
