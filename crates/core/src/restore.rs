//! Restoring: what a new cache is made from, with which input, and why not. Pure: facts and a request make a [`Plan`].
//!
//! A restore always makes a new cache. Whatever AWS documents as a trap is checked against the plan before anything is created;
//! what AWS alone can know is said.

mod check;
mod cost;
mod draft;
mod engine;
mod facts;
pub mod fault;
mod follow;
pub mod global;
pub mod input;
pub mod member;
mod nodes;
mod plan;
pub mod policy;
mod record;
mod refusal;
mod request;
pub mod slots;
mod staging;
#[cfg(test)]
mod tests;
mod token;

use std::collections::BTreeMap;

pub use cost::Cost;
pub use engine::{EngineVersion, RdbVersion};
pub use facts::{
    Access, Copy, Data, Facts, FilesCopy, Found, Origin, Place, Proof, ShardFile, SnapshotCopy, Subject,
};
pub use follow::{deletion, follow, is_ours};
pub use plan::{Missing, Plan, Source, Target};
pub use record::{
    ABANDONED_AFTER, IllegalRestore, Restore, RestoreChange, RestoreState, RestoreStatus, RestoreView,
    duration,
};
pub use refusal::{Refusal, Rule};
pub use request::{BadOverride, Override, Request, Token};
pub use staging::{Cleanup, StagedFile, Staging, StagingPlace, cleanup};
pub use token::{AuthToken, BadToken};

/// The members of a call's input, under AWS's names.
pub type Members = BTreeMap<String, serde_json::Value>;

/// The one member that is never written down: not in a manifest, the ledger, a log or a message.
pub const AUTH_TOKEN: &str = "AuthToken";
