//! What AWS alone can know: each fault of the create calls with its next step.

/// The faults of `CreateReplicationGroup` and `CreateGlobalReplicationGroup`, by their names in AWS's reference.
pub const DOCUMENTED: [&str; 23] = [
    "CacheClusterNotFoundFault",
    "InvalidCacheClusterStateFault",
    "ReplicationGroupAlreadyExistsFault",
    "InvalidUserGroupStateFault",
    "UserGroupNotFoundFault",
    "InsufficientCacheClusterCapacityFault",
    "CacheSecurityGroupNotFoundFault",
    "CacheSubnetGroupNotFoundFault",
    "ClusterQuotaForCustomerExceededFault",
    "NodeQuotaForClusterExceededFault",
    "NodeQuotaForCustomerExceededFault",
    "CacheParameterGroupNotFoundFault",
    "InvalidVPCNetworkStateFault",
    "TagQuotaPerResourceExceeded",
    "NodeGroupsPerReplicationGroupQuotaExceededFault",
    "GlobalReplicationGroupNotFoundFault",
    "InvalidGlobalReplicationGroupStateFault",
    "InvalidParameterValueException",
    "InvalidParameterCombinationException",
    "ReplicationGroupNotFoundFault",
    "InvalidReplicationGroupStateFault",
    "GlobalReplicationGroupAlreadyExistsFault",
    "ServiceLinkedRoleNotFoundFault",
];

/// What to do about this fault of a create call; `None` for what has none of its own.
#[must_use]
pub fn next_step(code: &str) -> Option<&'static str> {
    let step = match code.trim_end_matches("Exception").trim_end_matches("Fault") {
        "CacheClusterNotFound" => "the primary cluster does not exist: leave PrimaryClusterId out",
        "InvalidCacheClusterState" | "InvalidReplicationGroupState" | "InvalidServerlessCacheState" => {
            "wait until that cache is available, and say it again"
        }
        "ReplicationGroupAlreadyExists" | "CacheClusterAlreadyExists" | "ServerlessCacheAlreadyExists" => {
            "choose another id with --as"
        }
        "ReplicationGroupNotFound" => "the group does not exist here: check --region",
        "InvalidUserGroupState" => {
            "wait until the user group is active, or leave it out: --set UserGroupIds="
        }
        "UserGroupNotFound" => {
            "make the user group again, name another one (--set UserGroupIds=…), or leave it out (--set UserGroupIds=)"
        }
        "InsufficientCacheClusterCapacity" => {
            "AWS has no such nodes in these zones now: leave the zones to AWS (--set PreferredCacheClusterAZs=), take \
             another node type (--set CacheNodeType=…), or say it again later"
        }
        "CacheSecurityGroupNotFound" => {
            "cache security groups exist outside of a VPC only: --set CacheSecurityGroupNames= and --set SecurityGroupIds=sg-…"
        }
        "CacheSubnetGroupNotFound" => "name a subnet group that exists here: --set CacheSubnetGroupName=…",
        "ClusterQuotaForCustomerExceeded" => {
            "the account has as many clusters as it may: delete some, or have the quota raised (Service Quotas, ElastiCache)"
        }
        "NodeQuotaForClusterExceeded" => {
            "a cluster may not have so many nodes: fewer shards or replicas (--set NumNodeGroups=…, --set ReplicasPerNodeGroup=…)"
        }
        "NodeQuotaForCustomerExceeded" => {
            "the account has as many nodes as it may: fewer replicas (--set ReplicasPerNodeGroup=0), or have the quota raised"
        }
        "CacheParameterGroupNotFound" => {
            "make the parameter group again, or take a default one: --set CacheParameterGroupName=default.…"
        }
        "InvalidVPCNetworkState" => {
            "look at the subnet group's subnets: they must have free addresses and belong to one VPC"
        }
        "TagQuotaPerResourceExceeded" => "a cache has 50 tags at most: give fewer with --set Tags=[…]",
        "NodeGroupsPerReplicationGroupQuotaExceeded" => {
            "the account may not have so many shards in a group: --set NumNodeGroups=…, or have the quota raised"
        }
        "GlobalReplicationGroupNotFound" => {
            "the global datastore does not exist any more: restore a group of its own first"
        }
        "InvalidGlobalReplicationGroupState" => {
            "wait until the global datastore is available or primary-only, and say it again"
        }
        "GlobalReplicationGroupAlreadyExists" => "choose another suffix with --global",
        "ServerlessCacheQuotaForCustomerExceeded" => {
            "the account has as many serverless caches as it may: delete some, or have the quota raised"
        }
        "ServiceLinkedRoleNotFound" => {
            "make ElastiCache's role once: aws iam create-service-linked-role --aws-service-name elasticache.amazonaws.com"
        }
        "InvalidKMSKey" => "name a key that is enabled and may be used here: --set KmsKeyId=…",
        "InvalidCredentials" => "AWS did not accept the AUTH token: 16 to 128 letters, digits and !&#$^<>-",
        "InvalidParameterValue" | "InvalidParameterCombination" => {
            "change the member that AWS names with --set Member=VALUE; docs/restore.md lists them all"
        }
        _ => return None,
    };
    Some(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_fault_has_its_next_step() {
        for code in DOCUMENTED {
            assert!(next_step(code).is_some(), "{code}");
        }
        assert_eq!(next_step("Unheard"), None);
    }
}
