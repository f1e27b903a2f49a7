//! What the reader can do, in words, by what is wrong.

/// Files are not whole.
pub(super) const CORRUPT: &[&str] = &[
    "do not restore from these files. `cachekeep verify s3://...` reads one of them again and names the fault.",
    "if other exports of this cache are whole, it was this export; if none is, restore an older backup into a test cache \
     and look at that.",
];

/// The server itself wrote what is wrong with an export.
pub(super) const WRITTEN_SO: &[&str] = &[
    "look at the key that is named, in the cache: a server would refuse to load these files because of it. Write it anew, or \
     delete it; the next slot's snapshot is then whole.",
    "if nothing is wrong with it there, the fault is the engine's: hand AWS the file, its offset and this message.",
];

/// An export holds far fewer keys than the one before it.
pub(super) const SHRUNK: &[&str] = &[
    "if the cache was flushed by mistake: `cachekeep list` shows the last full backup, and `cachekeep hold BACKUP` keeps \
     it until you have restored it.",
    "if that is right: `cachekeep release BACKUP` of the newest good backup, and the plan's rules go on.",
];

/// A bucket that holds exports cannot be read.
pub(super) const UNREACHABLE: &[&str] = &[
    "see whether the bucket is still there, and whether its policy and its key let the prune function read it: \
     `aws s3api head-bucket --bucket BUCKET` as an administrator, and the function's role in infra/IAM.md.",
];

/// The newest good backup is too old.
pub(super) const LATE: &[&str] =
    &["look at why: earlier messages, `cachekeep list`, and the log of the job that should have acted."];

/// The cache is of a kind without backups.
pub(super) const UNSUPPORTED: &[&str] = &[
    "take the cache out of the plan (`exclude`, or its tag), or move it to a kind that has snapshots and exports.",
];

/// A plan backs a cache up no more.
pub(super) const DEPARTED: &[&str] = &[
    "if it was deleted or left out on purpose, nothing is to be done. Else restore it from its backups, or give it back the tag or \
     the name that the plan selects.",
];

/// A cache is deleted after its final backup.
pub(super) const RETIRING: &[&str] = &[
    "nothing, where that is what was wanted. Else make the cache anew from the final backup with `cachekeep restore BACKUP --as NEW`.",
];

/// The ledger does not know a snapshot of ours.
pub(super) const ORPHAN: &[&str] = &[
    "if the ledger was restored or replaced, keep the snapshot until the backups are there again; otherwise look at it \
     and delete it yourself.",
];

/// ElastiCache describes a snapshot without what every snapshot has.
pub(super) const UNREADABLE: &[&str] = &[
    "look at it: a description that lacks its source is AWS's to explain (a support case with the snapshot's name); delete it \
     yourself if nobody needs it.",
];

/// A clock was ahead when somebody ran a pass.
pub(super) const AHEAD: &[&str] = &[
    "find out whose clock it was: a machine that runs `cachekeep run` with a wrong clock, or with CACHEKEEP_NOW under an \
     earlier version. This version acts by no clock that AWS's does not confirm.",
    "look at `cachekeep list --since` for the slots that were not taken, and take a backup by hand where one is wanted.",
];

/// Nothing tried to serve the slot in time.
pub(super) const MISSED: &[&str] = &[
    "look whether the snapshot job runs: its alarm, its log, its schedule; `cachekeep run snapshot` runs it at once.",
    "if it runs but too late, raise `start_within` in the plan, or spread the plans' schedules.",
];

/// Somebody else deleted a snapshot.
pub(super) const SNAPSHOT_GONE: &[&str] =
    &["look in CloudTrail for DeleteSnapshot: who or what deletes snapshots that start with `ck-`?"];

/// The quota allows less than the plans ask for.
pub(super) const QUOTA: &[&str] = &[
    "ask for less: a longer interval in the plan's schedule, or fewer plans for the cache (`cachekeep plans check FILE` counts).",
    "or allow more: another replica (each node has a quota of its own), or a lower `quota: reserve`.",
    "or use `source: automatic`, which exports AWS's daily snapshot and costs no quota.",
];

/// The role lacks an action.
pub(super) const PERMISSIONS: &[&str] = &[
    "allow the action that AWS names to the job's role: infra/IAM.md lists every permission and why it is needed.",
];

/// ElastiCache may not write to the bucket.
pub(super) const BUCKET_POLICY: &[&str] = &[
    "let the principal REGION.elasticache-snapshot.amazonaws.com into the bucket policy, with s3:PutObject, s3:GetObject, \
     s3:ListBucket, s3:GetBucketAcl, s3:ListMultipartUploadParts and s3:ListBucketMultipartUploads on the bucket and on \
     what is in it (infra/ has the policy, `cachekeep init` writes it).",
    "the job's role needs s3:ListAllMyBuckets on `*` as well: scoped to one bucket, exports fail (infra/IAM.md).",
];

/// The bucket cannot take exports at all.
pub(super) const BUCKET: &[&str] = &[
    "exports need a bucket of this account in the caches' own region: set CACHEKEEP_BUCKET to one, or make it with `cachekeep init`.",
];

/// Another stack exports to the prefix.
pub(super) const PREFIX: &[&str] = &[
    "give this stack a prefix or a bucket of its own (ExportPrefix, ExportBucketName, or `prefix` in the plan).",
    "if that stack is gone and this one replaces it, give this one its identity (the parameter Identity).",
];

/// The bucket of a copy cannot be written to.
pub(super) const REPLICA_BUCKET: &[&str] = &[
    "look at the bucket and the region under `copies` in the plan: the bucket must exist there and let the export job write.",
];

/// A KMS key cannot be used.
pub(super) const KEY: &[&str] = &[
    "look at the KMS key that AWS names: enabled, not scheduled for deletion, and its policy lets the caller use it.",
];

/// A KMS key is in the way of an export.
pub(super) const EXPORT_KEY: &[&str] = &[
    "ElastiCache exports nothing to a bucket that encrypts by default with a KMS key: set the bucket's default encryption to \
     SSE-S3 (`cachekeep init` and `plans check` look at it). Copies in other buckets may be under a key.",
    "nor does it export a node-based snapshot that is itself under a customer-managed key: encrypt the cache with AWS's own key, or \
     give it a plan without `export`, which keeps its snapshots.",
    "else look at the KMS key that AWS names: enabled, not scheduled for deletion, and its policy lets the caller use it.",
];

/// The cache no longer exists.
pub(super) const CACHE_GONE: &[&str] = &[
    "if the cache was deleted on purpose, nothing is to be done: its backups stay by the plan's rules. Otherwise restore it.",
];

/// AWS is asked for too much at once.
pub(super) const PACE: &[&str] = &[
    "AWS takes few calls a second in this account: spread the plans' schedules, raise `start_within`, or ask AWS for a higher rate.",
];

/// The node has no room for the fork.
pub(super) const MEMORY: &[&str] = &[
    "a snapshot forks the server and needs memory: look at the node's free memory and its reserved-memory-percent parameter.",
    "with `source: replica` the primary is spared.",
];

/// A restore came to nothing.
pub(super) const RESTORE_FAILED: &[&str] = &[
    "`cachekeep restores` says whether ElastiCache still shows the cache; if so, delete it, since it holds no usable data.",
    "restore again with what AWS asks for: larger nodes (`--set CacheNodeType=…`), another copy (`--from`), another id (`--as`).",
];

/// A restored cache is available.
pub(super) const RESTORED: &[&str] = &[
    "compare its keys with the backup's (`cachekeep show BACKUP`) before you switch clients over.",
    "see that a plan selects it (`cachekeep status`): nothing backs it up otherwise.",
];

/// Nothing in particular is known.
pub(super) const LOOK: &[&str] =
    &["look at AWS's words above, and at the cache's events: `aws elasticache describe-events`."];
