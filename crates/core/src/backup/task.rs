//! What a plan asks of one backup, fixed at the slot so that a later edit of the plan cannot strand a backup half way.

use serde::{Deserialize, Serialize};

use super::word::Asked;
use crate::ids::Instant;
use crate::plan::{Source, VerifyLevel};

/// The order that a slot places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Until when the snapshot may still start (`slot + start_within`).
    pub deadline: Instant,
    /// Where the data comes from.
    pub source: Source,
    /// The content address of the cache's configuration at the slot.
    pub configuration: String,
    /// The KMS key that the snapshot is taken under; the cache's own where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<String>,
    /// Who asked for it beside the schedule, if anybody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
}

/// What a slot orders beyond its [`Task`] where the backup is to be exported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportTask {
    /// The bucket. It stays this backup's own when the stack moves to another one.
    pub bucket: String,
    /// The folder in the bucket, with its trailing slash.
    pub folder: String,
    /// How deeply the files are read before they count as good.
    pub verify: VerifyLevel,
    /// Within how many days good files are read again; never where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reread_days: Option<u32>,
    /// Where else the files go once they are good.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<CopyTask>,
}

/// One further bucket that an export is copied to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyTask {
    /// The bucket.
    pub bucket: String,
    /// What stands there before the keys that the files have here, with its trailing slash ([`crate::names::replica_root`]).
    pub root: String,
    /// Its region; ours where absent.
    pub region: Option<String>,
    /// The KMS key to encrypt with; the bucket's default where absent.
    pub kms_key: Option<String>,
    /// For how many seconds object lock keeps the copy, if at all.
    pub lock_seconds: Option<u64>,
}
