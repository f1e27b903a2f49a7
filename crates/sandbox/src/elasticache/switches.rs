//! What nobody outside AWS knows: each unknown of docs/elasticache.md is one switch, and its default the likelier reading.
//!
//! Numbers in parentheses are sections of docs/elasticache.md, letters its confidence. The list is written once, at the end:
//! from it come the struct, the readings, and [`Switches::other_readings`], which the scenario of every switch goes through
//! (tests/all/switches.rs).

use chrono::TimeDelta;

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

/// A reading that is not the default, with everything else left at its default.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// The switch.
    pub switch: Switch,
    /// The reading's name.
    pub name: &'static str,
    /// ElastiCache as it is then.
    pub switches: Switches,
}

/// How late listings are under the other reading of [`Staleness`]: longer than a snapshot takes.
const LATE: Staleness = Staleness { listings: TimeDelta::minutes(20), lookups: TimeDelta::zero() };

macro_rules! switches {
    ($(
        $(#[$doc:meta])*
        $field:ident: $name:ident {
            $(#[$first_doc:meta])* $first:ident,
            $( $(#[$other_doc:meta])* $other:ident ),+ $(,)?
        }
    )+) => {
        /// How the emulator behaves where the facts are unknown or contradict each other.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Switches {
            $( $(#[$doc])* pub $field: $name, )+
            /// How late `DescribeSnapshots` and `DescribeServerlessCacheSnapshots` are (1.3, U).
            pub snapshot_staleness: Staleness,
        }

        /// Every switch, by the name of its type.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Switch {
            $( #[doc = concat!("See [`Switches::", stringify!($field), "`].")] $name, )+
            /// See [`Switches::snapshot_staleness`].
            Staleness,
        }

        impl Switches {
            /// Every reading but the defaults, one at a time.
            #[must_use]
            pub fn other_readings() -> Vec<Reading> {
                let late = Self { snapshot_staleness: LATE, ..Self::default() };
                vec![
                    $( $( Reading {
                        switch: Switch::$name,
                        name: stringify!($other),
                        switches: Self { $field: $name::$other, ..Self::default() },
                    }, )+ )+
                    Reading { switch: Switch::Staleness, name: "Late", switches: late },
                ]
            }
        }

        $(
            #[doc = concat!("See [`Switches::", stringify!($field), "`].")]
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
            pub enum $name {
                $(#[$first_doc])*
                #[default]
                $first,
                $( $(#[$other_doc])* $other, )+
            }
        )+
    };
}

switches! {
    /// `DescribeSnapshots` with a name that does not exist (1.3, L; probe 4).
    unknown_snapshot_name: UnknownSnapshotName {
        /// An empty list, as two independent pollers rely on.
        EmptyList,
        /// `SnapshotNotFoundFault`, as the model declares.
        Fault,
    }
    /// `DescribeSnapshots` filtered by a cluster that does not exist (1.3, U).
    unknown_cluster_filter: UnknownClusterFilter {
        /// The manual snapshots that a deleted cluster left, or an empty list.
        OldSnapshots,
        /// `CacheClusterNotFound`, as the model declares.
        Fault,
    }
    /// `DescribeSnapshots` with a snapshot's and a cluster's name at once (1.3, U).
    combined_filters: CombinedFilters {
        /// Both must match.
        Intersect,
        /// `InvalidParameterCombination`.
        Refuse,
    }
    /// What the last page of a listing carries as its marker (1.3, S for old replies).
    last_page_marker: LastPageMarker {
        /// No marker.
        Absent,
        /// An empty one.
        Empty,
    }
    /// The values that the serverless `SnapshotType` filter takes (1.3, U).
    snapshot_type_filter: SnapshotTypeFilter {
        /// `automated` and `manual`, as the field says.
        FieldValues,
        /// `automated` and `user`, as one third-party list says.
        ThirdPartyList,
    }
    /// How strictly names of manual snapshots are checked (1.4, U).
    name_rules: NameRules {
        /// The guide's: 1 to 40 letters, digits and hyphens, a letter first, no two hyphens together, none last.
        Guide,
        /// Anything that is not empty.
        Anything,
    }
    /// The case of serverless caches' and snapshots' statuses (2, L).
    serverless_status_case: StatusCase {
        /// `available`, as a tested controller compares.
        Lower,
        /// `AVAILABLE`, as the model documents.
        Upper,
    }
    /// The status of a serverless snapshot while it is exported or copied (2, U).
    serverless_busy_status: ServerlessBusyStatus {
        /// `exporting` and `copying`, like node-based snapshots.
        Shown,
        /// `available` throughout.
        Hidden,
    }
    /// A second serverless snapshot while one is being taken (2, inferred).
    serverless_second_snapshot: SecondSnapshot {
        /// `InvalidServerlessCacheStateFault`: no API calls during a serverless backup (2, S).
        Refused,
        /// Both run.
        Allowed,
    }
    /// `ExpiryTime` and `BytesUsedForCache` on a manual serverless snapshot (probe 11, U).
    serverless_snapshot_fields: ServerlessSnapshotFields {
        /// `BytesUsedForCache` once available, no `ExpiryTime`.
        BytesOnly,
        /// Neither.
        Neither,
    }
    /// The code that refuses a snapshot of a CMD group by group id (2, U).
    cmd_by_group_code: CmdByGroupCode {
        /// `InvalidParameterCombination`.
        Combination,
        /// `InvalidParameterValue`.
        Value,
    }
    /// What `CreateSnapshot` checks first when its name is taken and its source busy (not stated).
    create_check_order: CreateCheckOrder {
        /// `SnapshotAlreadyExistsFault`.
        NameFirst,
        /// The state's fault.
        StateFirst,
    }
    /// Which node of a CME shard is used (2, U).
    cme_node: CmeNode {
        /// A replica where there is one.
        Replica,
        /// The primary.
        Primary,
    }
    /// A second export or copy of a snapshot that is being exported or copied (2, U).
    second_export: SecondExport {
        /// `InvalidSnapshotState`.
        Refused,
        /// Both run; the snapshot is available when the last is done.
        Allowed,
    }
    /// Whether deleting a snapshot gives its quota back (3, inferred).
    quota_refund: QuotaRefund {
        /// The quota counts snapshots taken.
        Never,
        /// A deleted snapshot no longer counts.
        OnDelete,
    }
    /// Whether an in-service copy is charged to the source's nodes (3, U).
    copy_quota: CopyQuota {
        /// Copies are free.
        Free,
        /// A copy counts like a snapshot.
        Charged,
    }
    /// Whether an export is charged to the source's nodes (3, U).
    export_quota: ExportQuota {
        /// Exports are free.
        Free,
        /// An export counts like a snapshot.
        Charged,
    }
    /// Whether a final snapshot is charged (3, U).
    final_snapshot_quota: FinalSnapshotQuota {
        /// It counts like any other.
        Charged,
        /// It is free.
        Free,
    }
    /// What a CME snapshot is charged to (3, L).
    cme_quota: CmeQuota {
        /// Each shard's node.
        EachNode,
        /// The group, once.
        Group,
    }
    /// Whether the number of manual snapshots kept is capped (3, U).
    retained_cap: RetainedCap {
        /// No cap; none is published.
        None,
        /// At most 100 manual snapshots in the account.
        Hundred,
    }
    /// The code that refuses to export a data-tiering snapshot (4, U).
    data_tiering_code: DataTieringCode {
        /// `InvalidParameterCombination`.
        Combination,
        /// `InvalidParameterValue`.
        Value,
    }
    /// Whether a node-based snapshot under a customer-managed key can be exported (4, L).
    customer_key_export: CustomerKeyExport {
        /// The call is refused, in the words that were noted by somebody who tried.
        Refused,
        /// It can be exported like any other.
        Accepted,
    }
    /// Where NNNN in an export's key comes from (5, U).
    export_numbering: ExportNumbering {
        /// From the shard's `NodeGroupId`, padded to four digits.
        NodeGroupId,
        /// 0001, 0002, … in the order of the shards.
        Ordinal,
    }
    /// An export to a bucket whose default encryption is a KMS key (5, U).
    kms_bucket: KmsBucket {
        /// Refused: the guide says that such keys cannot be used when exporting.
        Refused,
        /// Written.
        Written,
    }
    /// The keys of a serverless export (5, U).
    serverless_keys: ServerlessKeys {
        /// `{snapshot}-0001.rdb`, as for one shard.
        Numbered,
        /// `{snapshot}.rdb`.
        Plain,
    }
    /// The checksum in an exported file's trailer (10, U).
    export_checksum: ExportChecksum {
        /// As the server wrote it.
        Written,
        /// Zero: not computed.
        Zero,
    }
    /// The subject of node-based SNS messages (6.1, L).
    sns_subject: SnsSubject {
        /// None.
        Absent,
        /// The event's name.
        EventName,
    }
    /// The body of node-based SNS messages (6.1, L against an older guide).
    sns_body: SnsBody {
        /// `{"ElastiCache:SnapshotComplete":"<id>"}`.
        OneKey,
        /// The event's record: `Date`, `Message`, `SourceIdentifier`, `SourceType`.
        Record,
    }
    /// The spelling of EventBridge detail-types (6.2, S for the conflict).
    detail_type_case: DetailTypeCase {
        /// `Snapshot Created`, as the events reference spells.
        Title,
        /// `Snapshot created`, as the guide's tables spell.
        Sentence,
    }
    /// Whether node-based caches put events on EventBridge (6.2, L).
    node_based_events: NodeBasedEvents {
        /// None; they are documented for serverless only.
        None,
        /// The same events as serverless.
        Emitted,
    }
    /// Whether a node-based export leaves rows in `DescribeEvents` (6.3, U).
    export_rows: ExportRows {
        /// None.
        None,
        /// One for success and one for failure.
        Written,
    }
    /// A restore into another number of shards from a snapshot's name (7, S for the conflict).
    restore_shards: RestoreShards {
        /// Any number ("optional cluster resizing", as the guide says).
        Any,
        /// The snapshot's own number, as the API reference says.
        Same,
    }
    /// A Redis OSS snapshot restored as Valkey (7, U).
    restore_engine: RestoreEngine {
        /// Refused: each engine to its own (the guide's pairing).
        Same,
        /// Redis OSS into Valkey is allowed.
        RedisIntoValkey,
    }
    /// A restore into a lower engine version (7, L / U).
    restore_version: RestoreVersion {
        /// Refused.
        NotLower,
        /// Allowed.
        Any,
    }
    /// How a restore ends whose file is newer than the engine reads, or broken (10, L; what AWS answers is unknown).
    unreadable_file: UnreadableFile {
        /// The cache ends `create-failed` or `restore-failed`.
        FailsLater,
        /// `InvalidParameterValue`.
        Refused,
    }
    /// Whether one shard may be given several ranges of slots (7, U).
    slot_ranges: SlotRanges {
        /// `InvalidParameterValue`: the documented form is `startkey-endkey`.
        One,
        /// Ranges with commas between them.
        Several,
    }
    /// A manual snapshot of a secondary group of a global datastore (7, L / U).
    secondary_snapshot: SecondarySnapshot {
        /// As of any other group.
        Allowed,
        /// `InvalidReplicationGroupState`.
        Refused,
    }
}
