//! How a new replication group is arranged: shards, replicas, slots and zones, as the call or the snapshot says.

use crate::elasticache::catalog::ParameterGroup;
use crate::elasticache::settings::Settings;
use crate::elasticache::spec::{Shape, ShardSpec};
use crate::elasticache::state::State;
use crate::elasticache::switches::SlotRanges;
use crate::elasticache::wire::error::ApiError;
use crate::elasticache::{fleet, rdb};
use crate::query::params::{Params, Structure};

/// More shards or nodes than any account may have, which bounds what one call can create.
const MOST: u32 = 500;

/// Replicas of one primary (the source document).
const REPLICAS: u32 = 5;

/// A group's arrangement.
pub(super) struct Arrangement {
    pub(super) shape: Shape,
    pub(super) shards: Vec<ShardSpec>,
}

/// Whether keys are spread over shards: by `ClusterMode`, by the parameter group, or because there is more than one.
pub(super) fn is_clustered(
    state: &State,
    params: &Params,
    settings: &Settings,
    inherited: Option<&[ShardSpec]>,
) -> Result<bool, ApiError> {
    let by_group =
        |name: &str| state.catalog.parameter_groups.get(name).map(ParameterGroup::enables_cluster_mode);
    let named = params.id("CacheParameterGroupName").and_then(|name| by_group(&name));
    let several = wanted_shards(params)?.is_some_and(|shards| shards > 1);
    match (params.get("ClusterMode"), named) {
        (Some("disabled" | "compatible"), Some(true)) | (Some("enabled"), Some(false)) => Err(
            ApiError::combination("The parameter group's cluster-enabled does not agree with ClusterMode."),
        ),
        (_, Some(false)) if several => Err(ApiError::combination(
            "The parameter group must have cluster mode enabled for more than one node group.",
        )),
        (Some("enabled"), _) | (_, Some(true)) => Ok(true),
        (Some(_), _) | (None, Some(false)) => Ok(false),
        (None, None) => {
            let handed_down = by_group(&settings.parameter_group) == Some(true) || inherited.is_some();
            Ok(several || handed_down)
        }
    }
}

/// With the arrangement of the snapshot where the call says none.
pub(super) fn clustered(params: &Params, inherited: Option<&[ShardSpec]>) -> Result<Arrangement, ApiError> {
    let said = shards(params)?;
    let replicas = params.number("ReplicasPerNodeGroup")?.map(replicas).transpose()?;
    let count = match (wanted_shards(params)?, inherited) {
        (Some(count), _) => count,
        (None, Some(held)) => u32::try_from(held.len()).unwrap_or(MOST),
        (None, None) => 1,
    };
    if !said.is_empty() && u32::try_from(said.len()) != Ok(count) {
        return Err(ApiError::value(
            "NumNodeGroups must equal the number of node groups in NodeGroupConfiguration.",
        ));
    }
    let held = inherited.filter(|held| u32::try_from(held.len()) == Ok(count));
    let mut shards = match held {
        Some(held) if said.is_empty() => held.to_vec(),
        Some(_) | None => said,
    };
    for shard in &mut shards {
        // A number for all of them stands above what the snapshot hands down.
        shard.replicas = replicas.filter(|_| held.is_some()).or(shard.replicas);
    }
    check_zones(&shards, replicas)?;
    let shape = Shape::ClusterModeGroup { shards: count, replicas: replicas.unwrap_or(0) };
    Ok(Arrangement { shape, shards })
}

/// One primary and its replicas.
pub(super) fn single(params: &Params) -> Result<Arrangement, ApiError> {
    let said = shards(params)?;
    let nodes = params.number("NumCacheClusters")?;
    if nodes.is_some_and(|nodes| !(1..=6).contains(&nodes)) {
        return Err(ApiError::value("NumCacheClusters must be from 1 to 6."));
    }
    let by_shard = said.first().and_then(|shard| shard.replicas).map(i64::from);
    let count = nodes.map(|nodes| nodes - 1).or(params.number("ReplicasPerNodeGroup")?).or(by_shard);
    let count = replicas(count.unwrap_or(0))?;
    let zones = params.list("PreferredCacheClusterAZs", "AvailabilityZone");
    if !zones.is_empty() && u32::try_from(zones.len()) != Ok(count + 1) {
        return Err(ApiError::value(
            "The number of Availability Zones listed must equal the value of NumCacheClusters.",
        ));
    }
    let mut shard = said.into_iter().next().unwrap_or_default();
    if !zones.is_empty() {
        shard.zones = zones;
    }
    Ok(Arrangement { shape: Shape::Group { replicas: count }, shards: vec![shard] })
}

/// The slots of every shard, together all there are and each once (docs/elasticache.md 7, S); several ranges are a switch.
pub(super) fn check_slots(state: &State, arrangement: &Arrangement) -> Result<(), ApiError> {
    let Shape::ClusterModeGroup { shards, .. } = arrangement.shape else { return Ok(()) };
    let mut ranges = Vec::new();
    for index in 0..shards {
        let said = usize::try_from(index).ok().and_then(|index| arrangement.shards.get(index)?.slots.clone());
        let text = said.unwrap_or_else(|| fleet::slots(index, shards));
        let several = text.contains(',') && state.switches.slot_ranges == SlotRanges::One;
        let parsed = rdb::slots(&text).filter(|_| !several);
        ranges.extend(parsed.ok_or_else(|| ApiError::value(format!("{text} is not a valid keyspace.")))?);
    }
    ranges.sort_unstable();
    let whole = ranges.iter().try_fold(0, |next, (from, to)| (*from == next).then_some(to + 1));
    if whole == Some(rdb::SLOTS) {
        return Ok(());
    }
    Err(ApiError::value("The slots of the node groups must cover 0-16383, each of them once."))
}

fn wanted_shards(params: &Params) -> Result<Option<u32>, ApiError> {
    let configured = params.structures("NodeGroupConfiguration", "NodeGroupConfiguration").len();
    let number = match params.number("NumNodeGroups")? {
        Some(number) => number,
        None if configured == 0 => return Ok(None),
        None => i64::try_from(configured).unwrap_or(i64::MAX),
    };
    let fits = u32::try_from(number).ok().filter(|number| (1..=MOST).contains(number));
    fits.map(Some).ok_or_else(|| ApiError::value(format!("NumNodeGroups is out of range: {number}.")))
}

/// AWS's own words, as people met them (docs/elasticache.md 7, S).
fn replicas(number: i64) -> Result<u32, ApiError> {
    let fits = u32::try_from(number).ok().filter(|number| *number <= REPLICAS);
    fits.ok_or_else(|| {
        ApiError::value(format!("The number of replicas per node group must be within 0 and {REPLICAS}."))
    })
}

fn shards(params: &Params) -> Result<Vec<ShardSpec>, ApiError> {
    params.structures("NodeGroupConfiguration", "NodeGroupConfiguration").iter().map(shard).collect()
}

fn shard(item: &Structure<'_>) -> Result<ShardSpec, ApiError> {
    let given = |member: &str| item.get(member).map(str::to_owned);
    let count = given("ReplicaCount").map(|text| text.parse().unwrap_or(-1)).map(replicas).transpose()?;
    let primary = given("PrimaryAvailabilityZone");
    let others = item.list("ReplicaAvailabilityZones", "AvailabilityZone");
    Ok(ShardSpec {
        id: given("NodeGroupId"),
        slots: given("Slots"),
        replicas: count,
        zones: primary.into_iter().chain(others).collect(),
    })
}

/// A zone for each replica or for none (the source document).
fn check_zones(shards: &[ShardSpec], replicas: Option<u32>) -> Result<(), ApiError> {
    let fits = |shard: &ShardSpec| {
        let replicas = shard.replicas.or(replicas).unwrap_or(0);
        shard.zones.len() <= 1 || u32::try_from(shard.zones.len() - 1) == Ok(replicas)
    };
    if shards.iter().all(fits) {
        return Ok(());
    }
    Err(ApiError::value("The number of ReplicaAvailabilityZones must match the value of ReplicaCount."))
}
