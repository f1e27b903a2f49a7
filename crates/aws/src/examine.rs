//! Settings that nobody needs to do the work, and somebody looks at who asks what is wrong.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::{PointInTimeRecoveryStatus, TimeToLiveStatus};
use aws_sdk_eventbridge::types::RuleState;
use cachekeep_core::cache::Cache;
use cachekeep_core::ids::CacheId;
use cachekeep_core::stack::Identity;
use cachekeep_core::view::doctor::{Rules, TableSettings};

use crate::clients::Clients;
use crate::error::{AwsError, OrAws as _};
use crate::pacer::{Effect, Pacer};

/// The bus that AWS's own events come on.
const DEFAULT_BUS: &str = "default";

/// How many pages of rules, or of parameters, are read: a bus has at most 300 rules, and a group about 100 parameters.
const PAGES_MAX: usize = 10;

/// The parameter that keeps memory free.
const RESERVED: &str = "reserved-memory-percent";

/// The settings of the ledger's table.
///
/// # Errors
/// When DynamoDB refuses to show them.
pub async fn table(clients: &Clients, table: &str) -> Result<TableSettings, AwsError> {
    let described =
        clients.dynamodb.describe_table().table_name(table).send().await.or_aws("DescribeTable")?.table;
    let ttl = clients.dynamodb.describe_time_to_live().table_name(table).send().await;
    let ttl =
        ttl.or_aws("DescribeTimeToLive")?.time_to_live_description.and_then(|ttl| ttl.time_to_live_status);
    let backups = clients.dynamodb.describe_continuous_backups().table_name(table).send().await;
    let backups = backups.or_aws("DescribeContinuousBackups")?.continuous_backups_description;
    let recovery = backups.and_then(|backups| backups.point_in_time_recovery_description);
    let stream = described.as_ref().and_then(|table| table.stream_specification.as_ref());
    Ok(TableSettings {
        has_stream: stream.is_some_and(|stream| stream.stream_enabled),
        expires: matches!(ttl, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)),
        recovers: recovery.and_then(|recovery| recovery.point_in_time_recovery_status)
            == Some(PointInTimeRecoveryStatus::Enabled),
        is_protected: described.and_then(|table| table.deletion_protection_enabled) == Some(true),
    })
}

/// The rules on the stack's bus, and those on AWS's own that bear the stack's name.
///
/// # Errors
/// [`crate::Class::NotFound`] for a bus that does not exist.
pub async fn rules(clients: &Clients, bus: &str, stack: &Identity) -> Result<Rules, AwsError> {
    let mut rules = Rules::default();
    add_rules(clients, bus, None, &mut rules).await?;
    if bus != DEFAULT_BUS {
        add_rules(clients, DEFAULT_BUS, Some(stack.as_str()), &mut rules).await?;
    }
    Ok(rules)
}

async fn add_rules(
    clients: &Clients,
    bus: &str,
    prefix: Option<&str>,
    rules: &mut Rules,
) -> Result<(), AwsError> {
    let mut token = None;
    for _ in 0..PAGES_MAX {
        let request = clients.eventbridge.list_rules().event_bus_name(bus).set_next_token(token);
        let page = request.set_name_prefix(prefix.map(str::to_owned)).send().await.or_aws("ListRules")?;
        for rule in page.rules() {
            let name = rule.name().unwrap_or("without a name").to_owned();
            if rule.state() == Some(&RuleState::Disabled) {
                rules.disabled.push(name);
            } else {
                rules.enabled.push(name);
            }
        }
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    Ok(())
}

/// How much memory each cache keeps free, in percent, where its parameter group says. One call a group that caches use.
///
/// # Errors
/// When ElastiCache refuses to show a group.
pub async fn reserved_memory(
    clients: &Clients,
    pacer: &Pacer,
    fleet: &[Cache],
) -> Result<BTreeMap<CacheId, u32>, AwsError> {
    let group_of: BTreeMap<&CacheId, String> =
        fleet.iter().filter_map(|cache| Some((&cache.id, parameter_group(cache)?))).collect();
    let groups: BTreeSet<&String> = group_of.values().collect();
    let mut reserved: BTreeMap<&String, u32> = BTreeMap::new();
    for group in groups {
        if let Some(percent) = of_group(clients, pacer, group).await? {
            reserved.insert(group, percent);
        }
    }
    let of_cache = |(id, group): (&&CacheId, &String)| Some(((*id).clone(), *reserved.get(group)?));
    Ok(group_of.iter().filter_map(of_cache).collect())
}

fn parameter_group(cache: &Cache) -> Option<String> {
    let input = cache.configuration.recreate().ok()?.input;
    Some(input.get("CacheParameterGroupName")?.as_str()?.to_owned())
}

async fn of_group(clients: &Clients, pacer: &Pacer, group: &str) -> Result<Option<u32>, AwsError> {
    let mut marker = None;
    for _ in 0..PAGES_MAX {
        let request = clients.elasticache.describe_cache_parameters().cache_parameter_group_name(group);
        let request = request.set_marker(marker);
        let page = pacer.run("DescribeCacheParameters", Effect::Reads, || request.clone().send()).await?;
        let found = page.parameters().iter().find(|parameter| parameter.parameter_name() == Some(RESERVED));
        if let Some(parameter) = found {
            return Ok(parameter.parameter_value().and_then(|value| value.parse().ok()));
        }
        marker = page.marker;
        if marker.is_none() {
            break;
        }
    }
    Ok(None)
}
