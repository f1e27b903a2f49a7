//! `CreateServerlessCache` with all of its members.

use aws_sdk_elasticache::Client;
use aws_sdk_elasticache::operation::create_serverless_cache::builders::CreateServerlessCacheFluentBuilder;
use aws_sdk_elasticache::types::{ConnectionType, NetworkType};
use cachekeep_core::restore::input::ServerlessInput;

use super::nested::{limits, tags};

/// The request with every member of the input.
pub(super) fn request(client: &Client, input: &ServerlessInput) -> CreateServerlessCacheFluentBuilder {
    client
        .create_serverless_cache()
        .set_serverless_cache_name(input.serverless_cache_name.clone())
        .set_description(input.description.clone())
        .set_engine(input.engine.clone())
        .set_major_engine_version(input.major_engine_version.clone())
        .set_cache_usage_limits(input.cache_usage_limits.as_ref().map(limits))
        .set_kms_key_id(input.kms_key_id.clone())
        .set_security_group_ids(input.security_group_ids.clone())
        .set_snapshot_arns_to_restore(input.snapshot_arns_to_restore.clone())
        .set_tags(input.tags.as_deref().map(tags))
        .set_user_group_id(input.user_group_id.clone())
        .set_subnet_ids(input.subnet_ids.clone())
        .set_snapshot_retention_limit(input.snapshot_retention_limit)
        .set_daily_snapshot_time(input.daily_snapshot_time.clone())
        .set_network_type(input.network_type.as_deref().map(NetworkType::from))
        .set_connection_type(input.connection_type.as_deref().map(ConnectionType::from))
}
