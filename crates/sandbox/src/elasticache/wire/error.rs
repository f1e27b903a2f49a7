//! Every error that ElastiCache answers: its code, status and AWS's own words.

use crate::query::params::BadParameter;
use crate::service::Response;
use http::StatusCode;

/// An error answer. The text is what the caller reads; where AWS's own wording is known it is that.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("The parameter {name} must be provided.")]
    MissingParameter { name: &'static str },
    #[error("The action {action} is not valid for this endpoint.")]
    InvalidAction { action: String },
    #[error("{message}")]
    InvalidParameterValue { message: String },
    #[error("{message}")]
    InvalidParameterCombination { message: String },
    #[error("Snapshot with specified name already exists: {name}")]
    SnapshotAlreadyExists { name: String },
    #[error("Snapshot not found: {name}")]
    SnapshotNotFound { name: String },
    /// The text of the user guide (docs/elasticache.md 3, S).
    #[error(
        "The maximum number of manual snapshots for this node taken within 24 hours has been reached its quota of {quota}"
    )]
    SnapshotQuotaExceeded { quota: usize },
    #[error("{message}")]
    SnapshotFeatureNotSupported { message: String },
    #[error("Snapshot {name} is in the {status} state; it must be in the {needed} state.")]
    InvalidSnapshotState { name: String, status: &'static str, needed: &'static str },
    #[error("CacheCluster not found: {id}")]
    CacheClusterNotFound { id: String },
    /// What a tag read answers while the cluster takes a snapshot (docs/elasticache.md 2, S).
    #[error("{id} is either not present or not available.")]
    CacheClusterNotAvailable { id: String },
    #[error("CacheCluster {id} is not in the available state.")]
    InvalidCacheClusterState { id: String },
    #[error("CacheCluster already exists: {id}")]
    CacheClusterAlreadyExists { id: String },
    #[error("ReplicationGroup {id} not found.")]
    ReplicationGroupNotFound { id: String },
    #[error("{message}")]
    InvalidReplicationGroupState { message: String },
    #[error("Replication group already exists: {id}")]
    ReplicationGroupAlreadyExists { id: String },
    #[error("Serverless Cache not found: {name}")]
    ServerlessCacheNotFound { name: String },
    #[error("Serverless Cache {name} is not in the available state.")]
    InvalidServerlessCacheState { name: String },
    #[error("Serverless Cache already exists: {name}")]
    ServerlessCacheAlreadyExists { name: String },
    #[error("Serverless Cache Snapshot not found: {name}")]
    ServerlessCacheSnapshotNotFound { name: String },
    #[error("Serverless Cache Snapshot already exists: {name}")]
    ServerlessCacheSnapshotAlreadyExists { name: String },
    #[error(
        "The maximum number of manual snapshots for this cache taken within 24 hours has been reached its quota of {quota}"
    )]
    ServerlessCacheSnapshotQuotaExceeded { quota: usize },
    #[error("Serverless Cache Snapshot {name} is in the {status} state; it must be in the available state.")]
    InvalidServerlessCacheSnapshotState { name: String, status: &'static str },
    #[error("The ARN {arn} is not valid.")]
    InvalidArn { arn: String },
    #[error("A resource can have at most {limit} tags.")]
    TagQuotaExceeded { limit: usize },
    #[error("Tag {key} not found on the resource.")]
    TagNotFound { key: String },
    #[error("User Group {id} not found.")]
    UserGroupNotFound { id: String },
    #[error("User Group {id} is not in a valid state.")]
    InvalidUserGroupState { id: String },
    #[error("Insufficient capacity for cache node type {node_type}.")]
    InsufficientCapacity { node_type: String },
    #[error("CacheSecurityGroup not found: {name}")]
    CacheSecurityGroupNotFound { name: String },
    #[error("Cache Subnet Group {name} does not exist.")]
    CacheSubnetGroupNotFound { name: String },
    /// As people met it (docs/elasticache.md 7, S).
    #[error("CacheParameterGroup not found: {name}")]
    CacheParameterGroupNotFound { name: String },
    #[error("The VPC network of subnet group {subnet_group} is in an invalid state: no free addresses.")]
    InvalidVpcNetworkState { subnet_group: String },
    #[error("The quota of {quota} clusters for this customer has been exceeded.")]
    ClusterQuotaExceeded { quota: usize },
    #[error("The quota of {quota} nodes for a cluster has been exceeded.")]
    NodeQuotaForClusterExceeded { quota: usize },
    #[error("The quota of {quota} nodes for this customer has been exceeded.")]
    NodeQuotaForCustomerExceeded { quota: usize },
    #[error("The quota of {quota} node groups for a replication group has been exceeded.")]
    NodeGroupQuotaExceeded { quota: usize },
    #[error("The quota of {quota} serverless caches for this customer has been exceeded.")]
    ServerlessCacheQuotaExceeded { quota: usize },
    #[error("The service linked role of ElastiCache was not found.")]
    ServiceLinkedRoleNotFound,
    #[error("Global Replication Group {id} not found.")]
    GlobalReplicationGroupNotFound { id: String },
    #[error("{message}")]
    InvalidGlobalReplicationGroupState { message: String },
    #[error("Global Replication Group already exists: {id}")]
    GlobalReplicationGroupAlreadyExists { id: String },
}

impl From<BadParameter> for ApiError {
    fn from(bad: BadParameter) -> Self {
        match bad {
            BadParameter::Missing { name } => Self::MissingParameter { name },
            BadParameter::Invalid { message } => Self::InvalidParameterValue { message },
        }
    }
}

impl ApiError {
    pub(crate) fn value(message: impl Into<String>) -> Self {
        Self::InvalidParameterValue { message: message.into() }
    }

    pub(crate) fn combination(message: impl Into<String>) -> Self {
        Self::InvalidParameterCombination { message: message.into() }
    }

    /// The wire code and status (docs/elasticache.md 1.2, S).
    fn code(&self) -> (&'static str, StatusCode) {
        const BAD: StatusCode = StatusCode::BAD_REQUEST;
        const GONE: StatusCode = StatusCode::NOT_FOUND;
        match self {
            Self::MissingParameter { .. } => ("MissingParameter", BAD),
            Self::InvalidAction { .. } => ("InvalidAction", BAD),
            Self::InvalidParameterValue { .. } => ("InvalidParameterValue", BAD),
            Self::InvalidParameterCombination { .. } => ("InvalidParameterCombination", BAD),
            Self::SnapshotAlreadyExists { .. } => ("SnapshotAlreadyExistsFault", BAD),
            Self::SnapshotNotFound { .. } => ("SnapshotNotFoundFault", GONE),
            Self::SnapshotQuotaExceeded { .. } => ("SnapshotQuotaExceededFault", BAD),
            Self::SnapshotFeatureNotSupported { .. } => ("SnapshotFeatureNotSupportedFault", BAD),
            Self::InvalidSnapshotState { .. } => ("InvalidSnapshotState", BAD),
            Self::CacheClusterNotFound { .. } | Self::CacheClusterNotAvailable { .. } => {
                ("CacheClusterNotFound", GONE)
            }
            Self::InvalidCacheClusterState { .. } => ("InvalidCacheClusterState", BAD),
            Self::CacheClusterAlreadyExists { .. } => ("CacheClusterAlreadyExists", BAD),
            Self::ReplicationGroupNotFound { .. } => ("ReplicationGroupNotFoundFault", GONE),
            Self::InvalidReplicationGroupState { .. } => ("InvalidReplicationGroupState", BAD),
            Self::ReplicationGroupAlreadyExists { .. } => ("ReplicationGroupAlreadyExists", BAD),
            Self::ServerlessCacheNotFound { .. } => ("ServerlessCacheNotFoundFault", GONE),
            Self::InvalidServerlessCacheState { .. } => ("InvalidServerlessCacheStateFault", BAD),
            Self::ServerlessCacheAlreadyExists { .. } => ("ServerlessCacheAlreadyExistsFault", BAD),
            Self::ServerlessCacheSnapshotNotFound { .. } => ("ServerlessCacheSnapshotNotFoundFault", GONE),
            Self::ServerlessCacheSnapshotAlreadyExists { .. } => {
                ("ServerlessCacheSnapshotAlreadyExistsFault", BAD)
            }
            Self::ServerlessCacheSnapshotQuotaExceeded { .. } => {
                ("ServerlessCacheSnapshotQuotaExceededFault", BAD)
            }
            Self::InvalidServerlessCacheSnapshotState { .. } => {
                ("InvalidServerlessCacheSnapshotStateFault", BAD)
            }
            Self::InvalidArn { .. } => ("InvalidARN", BAD),
            Self::TagQuotaExceeded { .. } => ("TagQuotaPerResourceExceeded", BAD),
            Self::TagNotFound { .. } => ("TagNotFound", GONE),
            Self::UserGroupNotFound { .. } => ("UserGroupNotFound", GONE),
            Self::InvalidUserGroupState { .. } => ("InvalidUserGroupState", BAD),
            Self::InsufficientCapacity { .. } => ("InsufficientCacheClusterCapacity", BAD),
            Self::CacheSecurityGroupNotFound { .. } => ("CacheSecurityGroupNotFound", GONE),
            Self::CacheSubnetGroupNotFound { .. } => ("CacheSubnetGroupNotFoundFault", BAD),
            Self::CacheParameterGroupNotFound { .. } => ("CacheParameterGroupNotFound", GONE),
            Self::InvalidVpcNetworkState { .. } => ("InvalidVPCNetworkStateFault", BAD),
            Self::ClusterQuotaExceeded { .. } => ("ClusterQuotaForCustomerExceeded", BAD),
            Self::NodeQuotaForClusterExceeded { .. } => ("NodeQuotaForClusterExceeded", BAD),
            Self::NodeQuotaForCustomerExceeded { .. } => ("NodeQuotaForCustomerExceeded", BAD),
            Self::NodeGroupQuotaExceeded { .. } => ("NodeGroupsPerReplicationGroupQuotaExceeded", BAD),
            Self::ServerlessCacheQuotaExceeded { .. } => {
                ("ServerlessCacheQuotaForCustomerExceededFault", BAD)
            }
            Self::ServiceLinkedRoleNotFound => ("ServiceLinkedRoleNotFoundFault", BAD),
            Self::GlobalReplicationGroupNotFound { .. } => ("GlobalReplicationGroupNotFoundFault", GONE),
            Self::InvalidGlobalReplicationGroupState { .. } => ("InvalidGlobalReplicationGroupState", BAD),
            Self::GlobalReplicationGroupAlreadyExists { .. } => {
                ("GlobalReplicationGroupAlreadyExistsFault", BAD)
            }
        }
    }

    /// The error document (docs/elasticache.md 1.1, S).
    pub(crate) fn answer(&self) -> Response {
        let (code, status) = self.code();
        crate::query::refuse(crate::elasticache::NAMESPACE, status, code, &self.to_string())
    }
}
