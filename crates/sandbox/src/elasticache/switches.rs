//! What nobody outside AWS knows: each unknown of docs/elasticache.md is one switch, and its default the likelier reading.
//!
//! Numbers in parentheses are sections of docs/elasticache.md, letters its confidence.

use chrono::TimeDelta;

/// How the emulator behaves where the facts are unknown or contradict each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Switches {
    /// `DescribeSnapshots` with a name that does not exist (1.3, L; probe 4).
    pub unknown_snapshot_name: UnknownSnapshotName,
    /// `DescribeSnapshots` filtered by a cluster that does not exist (1.3, U).
    pub unknown_cluster_filter: UnknownClusterFilter,
    /// `DescribeSnapshots` with a snapshot's and a cluster's name at once (1.3, U).
    pub combined_filters: CombinedFilters,
    /// How late `DescribeSnapshots` and `DescribeServerlessCacheSnapshots` are (1.3, U).
    pub snapshot_staleness: Staleness,
    /// What the last page of a listing carries as its marker (1.3, S for old replies).
    pub last_page_marker: LastPageMarker,
    /// The values that the serverless `SnapshotType` filter takes (1.3, U).
    pub snapshot_type_filter: SnapshotTypeFilter,
    /// How strictly names of manual snapshots are checked (1.4, U).
    pub name_rules: NameRules,
    /// The case of serverless caches' and snapshots' statuses (2, L).
    pub serverless_status_case: StatusCase,
    /// The status of a serverless snapshot while it is exported or copied (2, U).
    pub serverless_busy_status: ServerlessBusyStatus,
    /// A second serverless snapshot while one is being taken (2, inferred).
    pub serverless_second_snapshot: SecondSnapshot,
    /// `ExpiryTime` and `BytesUsedForCache` on a manual serverless snapshot (probe 11, U).
    pub serverless_snapshot_fields: ServerlessSnapshotFields,
    /// The code that refuses a snapshot of a CMD group by group id (2, U).
    pub cmd_by_group_code: CmdByGroupCode,
    /// What `CreateSnapshot` checks first when its name is taken and its source busy (not stated).
    pub create_check_order: CreateCheckOrder,
    /// Which node of a CME shard is used (2, U).
    pub cme_node: CmeNode,
    /// A second export or copy of a snapshot that is being exported or copied (2, U).
    pub second_export: SecondExport,
    /// Whether deleting a snapshot gives its quota back (3, inferred).
    pub quota_refund: QuotaRefund,
    /// Whether an in-service copy is charged to the source's nodes (3, U).
    pub copy_quota: CopyQuota,
    /// Whether an export is charged to the source's nodes (3, U).
    pub export_quota: ExportQuota,
    /// Whether a final snapshot is charged (3, U).
    pub final_snapshot_quota: FinalSnapshotQuota,
    /// What a CME snapshot is charged to (3, L).
    pub cme_quota: CmeQuota,
    /// Whether the number of manual snapshots kept is capped (3, U).
    pub retained_cap: RetainedCap,
    /// The code that refuses to export a data-tiering snapshot (4, U).
    pub data_tiering_code: DataTieringCode,
    /// Where NNNN in an export's key comes from (5, U).
    pub export_numbering: ExportNumbering,
    /// What `CopySnapshot` to a bucket returns (5, U).
    pub export_reply: ExportReply,
    /// An export to a bucket whose default encryption is a KMS key (5, U).
    pub kms_bucket: KmsBucket,
    /// The keys of a serverless export (5, U).
    pub serverless_keys: ServerlessKeys,
    /// The checksum in an exported file's trailer (10, U).
    pub export_checksum: ExportChecksum,
    /// The subject of node-based SNS messages (6.1, L).
    pub sns_subject: SnsSubject,
    /// The body of node-based SNS messages (6.1, L against an older guide).
    pub sns_body: SnsBody,
    /// The spelling of EventBridge detail-types (6.2, S for the conflict).
    pub detail_type_case: DetailTypeCase,
    /// Whether node-based caches put events on EventBridge (6.2, L).
    pub node_based_events: NodeBasedEvents,
    /// Whether a node-based export leaves rows in `DescribeEvents` (6.3, U).
    pub export_rows: ExportRows,
    /// A restore into another number of shards from a snapshot's name (7, S for the conflict).
    pub restore_shards: RestoreShards,
    /// A Redis OSS snapshot restored as Valkey (7, U).
    pub restore_engine: RestoreEngine,
    /// A restore into a lower engine version (7, L / U).
    pub restore_version: RestoreVersion,
    /// How a restore ends whose file is newer than the engine reads, or broken (10, L; what AWS answers is unknown).
    pub unreadable_file: UnreadableFile,
    /// Whether one shard may be given several ranges of slots (7, U).
    pub slot_ranges: SlotRanges,
    /// A manual snapshot of a secondary group of a global datastore (7, L / U).
    pub secondary_snapshot: SecondarySnapshot,
}

/// For how long a snapshot that was made, or whose status changed, is not shown. The default is that it shows at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Staleness {
    /// In a listing.
    pub listings: TimeDelta,
    /// In a look-up by its name.
    pub lookups: TimeDelta,
}

impl Staleness {
    /// Whether everything shows at once.
    pub(crate) fn is_none(self) -> bool {
        self == Self::default()
    }
}

macro_rules! switches {
    ($( $(#[$doc:meta])* $name:ident { $(#[$first_doc:meta])* $first:ident, $( $(#[$other_doc:meta])* $other:ident ),+ $(,)? } )+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum $name {
            $(#[$first_doc])*
            #[default]
            $first,
            $( $(#[$other_doc])* $other, )+
        }
    )+};
}

switches! {
    /// See [`Switches::unknown_snapshot_name`].
    UnknownSnapshotName {
        /// An empty list, as two independent pollers rely on.
        EmptyList,
        /// `SnapshotNotFoundFault`, as the model declares.
        Fault,
    }
    /// See [`Switches::unknown_cluster_filter`].
    UnknownClusterFilter {
        /// The manual snapshots that a deleted cluster left, or an empty list.
        OldSnapshots,
        /// `CacheClusterNotFound`, as the model declares.
        Fault,
    }
    /// See [`Switches::combined_filters`].
    CombinedFilters {
        /// Both must match.
        Intersect,
        /// `InvalidParameterCombination`.
        Refuse,
    }
    /// See [`Switches::last_page_marker`].
    LastPageMarker {
        /// No marker.
        Absent,
        /// An empty one.
        Empty,
    }
    /// See [`Switches::snapshot_type_filter`].
    SnapshotTypeFilter {
        /// `automated` and `manual`, as the field says.
        FieldValues,
        /// `automated` and `user`, as one third-party list says.
        ThirdPartyList,
    }
    /// See [`Switches::name_rules`].
    NameRules {
        /// The guide's: 1 to 40 letters, digits and hyphens, a letter first, no two hyphens together, none last.
        Guide,
        /// Anything that is not empty.
        Anything,
    }
    /// See [`Switches::serverless_status_case`].
    StatusCase {
        /// `available`, as a tested controller compares.
        Lower,
        /// `AVAILABLE`, as the model documents.
        Upper,
    }
    /// See [`Switches::serverless_busy_status`].
    ServerlessBusyStatus {
        /// `exporting` and `copying`, like node-based snapshots.
        Shown,
        /// `available` throughout.
        Hidden,
    }
    /// See [`Switches::serverless_second_snapshot`].
    SecondSnapshot {
        /// `InvalidServerlessCacheStateFault`: no API calls during a serverless backup (2, S).
        Refused,
        /// Both run.
        Allowed,
    }
    /// See [`Switches::serverless_snapshot_fields`].
    ServerlessSnapshotFields {
        /// `BytesUsedForCache` once available, no `ExpiryTime`.
        BytesOnly,
        /// Neither.
        Neither,
    }
    /// See [`Switches::cmd_by_group_code`].
    CmdByGroupCode {
        /// `InvalidParameterCombination`.
        Combination,
        /// `InvalidParameterValue`.
        Value,
    }
    /// See [`Switches::create_check_order`].
    CreateCheckOrder {
        /// `SnapshotAlreadyExistsFault`.
        NameFirst,
        /// The state's fault.
        StateFirst,
    }
    /// See [`Switches::cme_node`].
    CmeNode {
        /// A replica where there is one.
        Replica,
        /// The primary.
        Primary,
    }
    /// See [`Switches::second_export`].
    SecondExport {
        /// `InvalidSnapshotState`.
        Refused,
        /// Both run; the snapshot is available when the last is done.
        Allowed,
    }
    /// See [`Switches::quota_refund`].
    QuotaRefund {
        /// The quota counts snapshots taken.
        Never,
        /// A deleted snapshot no longer counts.
        OnDelete,
    }
    /// See [`Switches::copy_quota`].
    CopyQuota {
        /// Copies are free.
        Free,
        /// A copy counts like a snapshot.
        Charged,
    }
    /// See [`Switches::export_quota`].
    ExportQuota {
        /// Exports are free.
        Free,
        /// An export counts like a snapshot.
        Charged,
    }
    /// See [`Switches::final_snapshot_quota`].
    FinalSnapshotQuota {
        /// It counts like any other.
        Charged,
        /// It is free.
        Free,
    }
    /// See [`Switches::cme_quota`].
    CmeQuota {
        /// Each shard's node.
        EachNode,
        /// The group, once.
        Group,
    }
    /// See [`Switches::retained_cap`].
    RetainedCap {
        /// No cap; none is published.
        None,
        /// At most 100 manual snapshots in the account.
        Hundred,
    }
    /// See [`Switches::data_tiering_code`].
    DataTieringCode {
        /// `InvalidParameterCombination`.
        Combination,
        /// `InvalidParameterValue`.
        Value,
    }
    /// See [`Switches::export_numbering`].
    ExportNumbering {
        /// From the shard's `NodeGroupId`, padded to four digits.
        NodeGroupId,
        /// 0001, 0002, … in the order of the shards.
        Ordinal,
    }
    /// See [`Switches::export_reply`].
    ExportReply {
        /// The source snapshot, `exporting`.
        Source,
        /// The source's description under the target's name, `creating`; `DescribeSnapshots` does not list it.
        Target,
    }
    /// See [`Switches::kms_bucket`].
    KmsBucket {
        /// Refused: the guide says that such keys cannot be used when exporting.
        Refused,
        /// Written.
        Written,
    }
    /// See [`Switches::serverless_keys`].
    ServerlessKeys {
        /// `{snapshot}-0001.rdb`, as for one shard.
        Numbered,
        /// `{snapshot}.rdb`.
        Plain,
    }
    /// See [`Switches::export_checksum`].
    ExportChecksum {
        /// As the server wrote it.
        Written,
        /// Zero: not computed.
        Zero,
    }
    /// See [`Switches::sns_subject`].
    SnsSubject {
        /// None.
        Absent,
        /// The event's name.
        EventName,
    }
    /// See [`Switches::sns_body`].
    SnsBody {
        /// `{"ElastiCache:SnapshotComplete":"<id>"}`.
        OneKey,
        /// The event's record: `Date`, `Message`, `SourceIdentifier`, `SourceType`.
        Record,
    }
    /// See [`Switches::detail_type_case`].
    DetailTypeCase {
        /// `Snapshot Created`, as the events reference spells.
        Title,
        /// `Snapshot created`, as the guide's tables spell.
        Sentence,
    }
    /// See [`Switches::node_based_events`].
    NodeBasedEvents {
        /// None; they are documented for serverless only.
        None,
        /// The same events as serverless.
        Emitted,
    }
    /// See [`Switches::export_rows`].
    ExportRows {
        /// None.
        None,
        /// One for success and one for failure.
        Written,
    }
    /// See [`Switches::restore_shards`].
    RestoreShards {
        /// Any number ("optional cluster resizing", as the guide says).
        Any,
        /// The snapshot's own number, as the API reference says.
        Same,
    }
    /// See [`Switches::restore_engine`].
    RestoreEngine {
        /// Refused: each engine to its own (the guide's pairing).
        Same,
        /// Redis OSS into Valkey is allowed.
        RedisIntoValkey,
    }
    /// See [`Switches::restore_version`].
    RestoreVersion {
        /// Refused.
        NotLower,
        /// Allowed.
        Any,
    }
    /// See [`Switches::unreadable_file`].
    UnreadableFile {
        /// The cache ends `create-failed` or `restore-failed`.
        FailsLater,
        /// `InvalidParameterValue`.
        Refused,
    }
    /// See [`Switches::slot_ranges`].
    SlotRanges {
        /// `InvalidParameterValue`: the documented form is `startkey-endkey`.
        One,
        /// Ranges with commas between them.
        Several,
    }
    /// See [`Switches::secondary_snapshot`].
    SecondarySnapshot {
        /// As of any other group.
        Allowed,
        /// `InvalidReplicationGroupState`.
        Refused,
    }
}
