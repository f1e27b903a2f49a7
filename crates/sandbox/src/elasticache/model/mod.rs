//! What ElastiCache knows: caches, snapshots, and what is spent of the quotas.

pub(crate) mod agenda;
pub(crate) mod cluster;
pub(crate) mod global;
pub(crate) mod group;
pub(crate) mod index;
pub(crate) mod rows;
pub(crate) mod serverless;
pub(crate) mod snapshot;
pub(crate) mod status;
pub(crate) mod usage;
