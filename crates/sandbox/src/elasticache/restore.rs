//! Restoring: what a new cache may be made from, and what of it does not fit.

use super::fleet::{self, Made};
use super::model::agenda::RestoredFrom;
use super::model::snapshot::{Origin, Piece, PieceShard, Snapshot};
use super::model::status::SnapshotStatus;
use super::rdb;
use super::settings::{Engine, Settings};
use super::spec::{CacheSpec, Shape, ShardSpec};
use super::state::State;
use super::switches::{RestoreEngine, RestoreShards, RestoreVersion, UnreadableFile};
use super::wire::error::ApiError;
use super::{bucket, export};
use crate::elasticache::CacheStatus;
use crate::query::params::Tags;
use crate::s3::{Permission, ServiceDenied};
use bytes::Bytes;

/// What the caller names as the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// An in-service snapshot of a node or group.
    Snapshot(String),
    /// An in-service snapshot of a serverless cache.
    Serverless(String),
    /// RDB files in S3, as ARNs.
    Files(Vec<String>),
}

impl Source {
    /// Exactly one way of naming a source (docs/elasticache.md 7, L).
    pub(crate) fn one_of(ways: [Option<Self>; 3]) -> Result<Option<Self>, ApiError> {
        let mut given = ways.into_iter().flatten();
        match (given.next(), given.next()) {
            (source, None) => Ok(source),
            (_, Some(_)) => Err(ApiError::combination("Only one source to restore from can be given.")),
        }
    }

    /// From the ARNs that `CreateServerlessCache` takes: snapshots of both kinds, or files (docs/elasticache.md 7, S / L).
    pub(crate) fn from_arns(state: &State, arns: &[String]) -> Result<Option<Self>, ApiError> {
        let Some(first) = arns.first() else { return Ok(None) };
        let name = |kind: &str| first.strip_prefix(&state.arn(kind, "")).map(str::to_owned);
        let source = match (name("snapshot"), name("serverlesscachesnapshot")) {
            (Some(name), _) => Self::Snapshot(name),
            (None, Some(name)) => Self::Serverless(name),
            (None, None) => Self::Files(arns.to_vec()),
        };
        match (&source, arns.len()) {
            (Self::Snapshot(_) | Self::Serverless(_), 2..) => {
                Err(ApiError::combination("Only one snapshot can be restored."))
            }
            (Self::Snapshot(_) | Self::Serverless(_) | Self::Files(_), _) => Ok(Some(source)),
        }
    }
}

/// What a source holds.
pub(crate) struct Content {
    data: Vec<Bytes>,
    /// Files in S3 come without.
    pub(crate) origin: Option<ContentOrigin>,
    from: Option<RestoredFrom>,
    tags: Option<Tags>,
}

/// What a snapshot tells of its cache.
pub(crate) struct ContentOrigin {
    /// Those settings that a new cache inherits, in the place of the defaults.
    pub(crate) settings: Settings,
    /// The shards, where cluster mode was enabled.
    pub(crate) shards: Option<Vec<ShardSpec>>,
}

/// Reads the source, which must be there and readable.
pub(crate) fn read(state: &State, source: Option<&Source>) -> Result<Option<Content>, ApiError> {
    Ok(match source {
        None => None,
        Some(Source::Snapshot(name)) => Some(of_snapshot(state, name)?),
        Some(Source::Serverless(name)) => Some(of_serverless(state, name)?),
        Some(Source::Files(arns)) => Some(of_files(state, arns)?),
    })
}

/// Fills a new cache with what its source holds, once everything fits, and holds the source until the cache is ready.
pub(crate) fn fill(
    state: &mut State,
    spec: &mut CacheSpec,
    content: Option<Content>,
) -> Result<Made, ApiError> {
    let Some(content) = content else { return Ok(Made { from: None, ends: CacheStatus::Available }) };
    if let Some(origin) = &content.origin {
        check_fit(state, spec, origin)?;
    }
    let ends = ending(state, spec, &content.data)?;
    if spec.tags.is_empty() {
        // Tags of the snapshot, when the request has none (docs/elasticache.md 7, S).
        spec.tags = content.tags.unwrap_or_default();
    }
    spec.data = placed(spec, content.data);
    hold(state, content.from.as_ref());
    Ok(Made { from: content.from, ends })
}

fn of_snapshot(state: &State, name: &str) -> Result<Content, ApiError> {
    let snapshot = state.snapshots.get(name).ok_or_else(|| not_found(name))?;
    check_available(name, snapshot.status())?;
    let settings = (*snapshot.settings).clone();
    Ok(Content {
        data: snapshot.pieces.iter().map(|piece| piece.data.clone()).collect(),
        origin: Some(ContentOrigin { settings, shards: shards(snapshot) }),
        from: Some(RestoredFrom::NodeBased(name.into())),
        tags: state.tags.get(&state.arn("snapshot", name)).cloned(),
    })
}

fn shards(snapshot: &Snapshot) -> Option<Vec<ShardSpec>> {
    let shard = |piece: &Piece| piece.shard.as_ref().map(shard_spec);
    match &snapshot.origin {
        Origin::Node { .. } => None,
        Origin::Group { .. } => Some(snapshot.pieces.iter().filter_map(shard).collect()),
    }
}

fn shard_spec(shard: &PieceShard) -> ShardSpec {
    ShardSpec {
        id: Some(shard.id.clone()),
        slots: Some(shard.slots.clone()),
        replicas: u32::try_from(shard.replica_zones.len()).ok(),
        zones: Vec::new(),
    }
}

/// A serverless cache is spread over zones, and so its snapshot says Multi-AZ to whoever inherits it
/// (docs/elasticache.md 7, S).
fn of_serverless(state: &State, name: &str) -> Result<Content, ApiError> {
    let snapshot = state.serverless_snapshots.get(name).ok_or_else(|| not_found(name))?;
    check_available(name, snapshot.status())?;
    let Settings { engine, engine_version, .. } = &*snapshot.settings;
    let settings = Settings { multi_az: true, ..Settings::engine(*engine, engine_version) };
    Ok(Content {
        data: vec![snapshot.data.clone()],
        origin: Some(ContentOrigin { settings, shards: None }),
        from: Some(RestoredFrom::Serverless(name.into())),
        tags: state.tags.get(&state.arn("serverlesscachesnapshot", name)).cloned(),
    })
}

/// The creating actions declare no fault of their own for it (docs/elasticache.md 1.2, S).
fn not_found(name: &str) -> ApiError {
    ApiError::value(format!("Snapshot not found: {name}"))
}

fn check_available(name: &str, status: SnapshotStatus) -> Result<(), ApiError> {
    if matches!(status, SnapshotStatus::Available | SnapshotStatus::Restoring) {
        return Ok(());
    }
    Err(ApiError::value(format!(
        "Snapshot {name} is in the {} state; it must be available.",
        status.as_str()
    )))
}

/// The service reads the bucket as it writes it, and the caller needs the objects too (docs/elasticache.md 7, S).
fn of_files(state: &State, arns: &[String]) -> Result<Content, ApiError> {
    let data = arns.iter().map(|arn| file(state, arn)).collect::<Result<_, _>>()?;
    Ok(Content { data, origin: None, from: None, tags: None })
}

fn file(state: &State, arn: &str) -> Result<Bytes, ApiError> {
    let path = arn.strip_prefix(&format!("arn:{}:s3:::", state.account.partition));
    let (name, key) = path
        .and_then(|path| path.split_once('/'))
        .filter(|(_, key)| !key.contains(','))
        .ok_or_else(|| ApiError::value(format!("The ARN {arn} does not name an object in S3.")))?;
    match state.neighbours.s3.service_access(&state.account.snapshot_principal(), name) {
        // Reading needs no permission to write.
        Ok(()) | Err(ServiceDenied::Missing(Permission::Write)) => {}
        Err(denied) => return Err(ApiError::value(export::refusal(name, &denied))),
    }
    // Only what S3 itself encrypts can be read (docs/elasticache.md 7, S).
    let object = bucket::object(state, name, key).filter(|object| !object.under_a_key);
    object
        .map(|object| object.bytes)
        .ok_or_else(|| ApiError::value(format!("Failed to retrieve file from S3: {arn}")))
}

fn check_fit(state: &State, spec: &CacheSpec, origin: &ContentOrigin) -> Result<(), ApiError> {
    check_engine(state, &spec.settings, &origin.settings)?;
    check_version(state, &spec.settings, &origin.settings)?;
    check_shape(state, spec.shape, origin.shards.as_ref().map(Vec::len))?;
    // A data-tiering snapshot goes back into data tiering only (docs/elasticache.md 4, S).
    if origin.settings.data_tiering && !spec.settings.data_tiering {
        return Err(ApiError::combination(
            "A snapshot with data tiering can be restored into r6gd nodes only.",
        ));
    }
    Ok(())
}

/// Each engine to its own; Valkey 7.2 may go into Redis OSS 7.1, and Redis OSS into Valkey is unknown
/// (docs/elasticache.md 7, S / U).
fn check_engine(state: &State, wanted: &Settings, held: &Settings) -> Result<(), ApiError> {
    let allowed = match (held.engine, wanted.engine) {
        (Engine::Redis, Engine::Valkey) => state.switches.restore_engine == RestoreEngine::RedisIntoValkey,
        (Engine::Valkey, Engine::Redis) => {
            held.engine_version.starts_with("7.2") && wanted.engine_version.starts_with("7.1")
        }
        (held, wanted) => held == wanted,
    };
    if allowed {
        return Ok(());
    }
    let (held, wanted) = (held.engine.as_str(), wanted.engine.as_str());
    Err(ApiError::combination(format!("A {held} snapshot cannot be restored as {wanted}.")))
}

/// The same version or a higher one is the safe rule (docs/elasticache.md 7, L / U).
fn check_version(state: &State, wanted: &Settings, held: &Settings) -> Result<(), ApiError> {
    let same_engine = wanted.engine == held.engine;
    let lower = same_engine && is_lower(&wanted.engine_version, &held.engine_version);
    match state.switches.restore_version {
        RestoreVersion::NotLower if lower => Err(ApiError::combination(format!(
            "A snapshot of version {} cannot be restored as version {}.",
            held.engine_version, wanted.engine_version
        ))),
        RestoreVersion::NotLower | RestoreVersion::Any => Ok(()),
    }
}

/// As far as both say: `8` is not lower than `8.0`.
fn is_lower(wanted: &str, held: &str) -> bool {
    let (wanted, held) = (version(wanted), version(held));
    let said = wanted.len().min(held.len());
    wanted[..said] < held[..said]
}

fn version(text: &str) -> Vec<u32> {
    text.split('.').filter_map(|part| part.parse().ok()).collect()
}

/// Cluster mode cannot be left; its number of shards may have to stay (docs/elasticache.md 7, S).
fn check_shape(state: &State, shape: Shape, held: Option<usize>) -> Result<(), ApiError> {
    match (shape, held) {
        (Shape::Group { .. } | Shape::Cluster { .. }, Some(_)) => Err(ApiError::combination(
            "A snapshot with cluster mode enabled cannot be restored with cluster mode disabled.",
        )),
        (Shape::ClusterModeGroup { shards, .. }, Some(held))
            if state.switches.restore_shards == RestoreShards::Same
                && usize::try_from(shards) != Ok(held) =>
        {
            Err(ApiError::combination(format!("NumNodeGroups must be {held}, as in the snapshot.")))
        }
        (
            Shape::ClusterModeGroup { .. } | Shape::Group { .. } | Shape::Cluster { .. } | Shape::Serverless,
            _,
        ) => Ok(()),
    }
}

/// How the restore ends. Several databases do not fit into cluster mode below Valkey 9, and no server reads a file that is
/// newer than it knows (docs/elasticache.md 7, S; 10, L). How AWS says the latter is unknown.
fn ending(state: &State, spec: &CacheSpec, data: &[Bytes]) -> Result<CacheStatus, ApiError> {
    let failed = match spec.shape {
        Shape::Cluster { .. } => CacheStatus::RestoreFailed,
        Shape::Group { .. } | Shape::ClusterModeGroup { .. } | Shape::Serverless => CacheStatus::CreateFailed,
    };
    if data.iter().any(|file| !is_readable(&spec.settings, file)) {
        return match state.switches.unreadable_file {
            UnreadableFile::FailsLater => Ok(failed),
            UnreadableFile::Refused => {
                Err(ApiError::value("The RDB file cannot be read by the engine version of the new cache."))
            }
        };
    }
    let clustered = matches!(spec.shape, Shape::ClusterModeGroup { .. });
    let several = clustered && !has_numbered_databases(&spec.settings) && data.iter().any(is_several);
    Ok(if several { failed } else { CacheStatus::Available })
}

fn is_several(file: &Bytes) -> bool {
    rdb::read(file).is_some_and(|contents| contents.databases().iter().any(|database| *database > 0))
}

/// Valkey 9.0 has numbered databases in cluster mode (docs/elasticache.md 7, L).
fn has_numbered_databases(settings: &Settings) -> bool {
    settings.engine == Engine::Valkey && !is_lower(&settings.engine_version, "9")
}

/// Whether the engine's version reads the file's (docs/elasticache.md 10, S). Memcached's snapshots are not files.
fn is_readable(settings: &Settings, file: &Bytes) -> bool {
    let newest = match (settings.engine, &*version(&settings.engine_version)) {
        (Engine::Memcached, _) => return true,
        (Engine::Redis, [3, ..]) => 7,
        (Engine::Redis, [4, ..]) => 8,
        (Engine::Redis, [5 | 6, ..]) => 9,
        (Engine::Redis, _) => 10,
        (Engine::Valkey, [7 | 8, ..]) => 11,
        (Engine::Valkey, _) => 80,
    };
    // Between Valkey 8 and 9 lie the numbers of others (docs/elasticache.md 10, L).
    rdb::version(file).is_some_and(|version| version <= newest && !(12..80).contains(&version))
}

/// The data where the new cache's shards want it. What this reader does not know of stays in the order of the files.
fn placed(spec: &CacheSpec, data: Vec<Bytes>) -> Vec<Bytes> {
    let shards = match spec.shape {
        Shape::ClusterModeGroup { shards, .. } => (0..shards)
            .map(|index| {
                let said =
                    usize::try_from(index).ok().and_then(|index| spec.shards.get(index)?.slots.clone());
                rdb::slots(&said.unwrap_or_else(|| fleet::slots(index, shards)))
            })
            .collect::<Option<Vec<_>>>(),
        Shape::Group { .. } | Shape::Cluster { .. } | Shape::Serverless => {
            Some(vec![vec![(0, rdb::SLOTS - 1)]])
        }
    };
    shards.and_then(|shards| rdb::place(&data, &shards)).unwrap_or(data)
}

fn hold(state: &mut State, from: Option<&RestoredFrom>) {
    let holds = match from {
        None => None,
        Some(RestoredFrom::NodeBased(name)) => {
            state.snapshots.get_mut(name).map(|snapshot| &mut snapshot.holds)
        }
        Some(RestoredFrom::Serverless(name)) => {
            state.serverless_snapshots.get_mut(name).map(|snapshot| &mut snapshot.holds)
        }
    };
    if let Some(holds) = holds {
        holds.restores += 1;
    }
}
