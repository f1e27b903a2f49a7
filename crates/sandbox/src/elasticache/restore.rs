//! Restoring: what a new cache may be made from, and what of it does not fit.

use super::model::agenda::RestoredFrom;
use super::model::snapshot::{Origin, Snapshot};
use super::model::status::SnapshotStatus;
use super::settings::{Engine, Settings};
use super::spec::{CacheSpec, Shape};
use super::state::State;
use super::switches::{RestoreEngine, RestoreShards, RestoreVersion};
use super::wire::error::ApiError;
use super::{bucket, fleet::Made, zoo};
use crate::elasticache::CacheStatus;
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
struct Content {
    data: Vec<Bytes>,
    /// Files in S3 come without.
    origin: Option<ContentOrigin>,
    from: Option<RestoredFrom>,
    tags: Option<super::wire::params::Tags>,
}

struct ContentOrigin {
    settings: Settings,
    shards: Option<usize>,
}

/// Fills a new cache with what its source holds, once everything fits, and holds the source until the cache is ready.
pub(crate) fn fill(
    state: &mut State,
    spec: &mut CacheSpec,
    source: Option<&Source>,
) -> Result<Made, ApiError> {
    let Some(source) = source else { return Ok(Made { from: None, ends: CacheStatus::Available }) };
    let content = match source {
        Source::Snapshot(name) => of_snapshot(state, name)?,
        Source::Serverless(name) => of_serverless(state, name)?,
        Source::Files(arns) => of_files(state, arns)?,
    };
    if let Some(origin) = &content.origin {
        check_fit(state, spec, origin)?;
    }
    let ends = ending(spec, &content.data);
    if spec.tags.is_empty() {
        // Tags of the snapshot, when the request has none (docs/elasticache.md 7, S).
        spec.tags = content.tags.unwrap_or_default();
    }
    spec.data = content.data;
    hold(state, content.from.as_ref());
    Ok(Made { from: content.from, ends })
}

fn of_snapshot(state: &State, name: &str) -> Result<Content, ApiError> {
    let snapshot = state.snapshots.get(name).ok_or_else(|| not_found(name))?;
    check_available(name, snapshot.status())?;
    Ok(Content {
        data: snapshot.pieces.iter().map(|piece| piece.data.clone()).collect(),
        origin: Some(ContentOrigin { settings: (*snapshot.settings).clone(), shards: shards(snapshot) }),
        from: Some(RestoredFrom::NodeBased(name.into())),
        tags: state.tags.get(&state.arn("snapshot", name)).cloned(),
    })
}

fn shards(snapshot: &Snapshot) -> Option<usize> {
    match &snapshot.origin {
        Origin::Node { .. } => None,
        Origin::Group { .. } => Some(snapshot.pieces.len()),
    }
}

fn of_serverless(state: &State, name: &str) -> Result<Content, ApiError> {
    let snapshot = state.serverless_snapshots.get(name).ok_or_else(|| not_found(name))?;
    check_available(name, snapshot.status())?;
    Ok(Content {
        data: vec![snapshot.data.clone()],
        origin: Some(ContentOrigin { settings: (*snapshot.settings).clone(), shards: None }),
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
        Err(denied) => return Err(ApiError::value(super::export::refusal(name, &denied))),
    }
    bucket::object(state, name, key)
        .ok_or_else(|| ApiError::value(format!("Failed to retrieve file from S3: {arn}")))
}

fn check_fit(state: &State, spec: &CacheSpec, origin: &ContentOrigin) -> Result<(), ApiError> {
    check_engine(state, spec.settings.engine, origin.settings.engine)?;
    check_version(state, &spec.settings, &origin.settings)?;
    check_shape(state, spec.shape, origin.shards)?;
    // A data-tiering snapshot goes back into data tiering only (docs/elasticache.md 4, S).
    if origin.settings.data_tiering && !spec.settings.data_tiering {
        return Err(ApiError::combination(
            "A snapshot with data tiering can be restored into r6gd nodes only.",
        ));
    }
    Ok(())
}

/// Each engine to its own; Redis OSS into Valkey is unknown (docs/elasticache.md 7, S / U).
fn check_engine(state: &State, wanted: Engine, held: Engine) -> Result<(), ApiError> {
    let upgrade = wanted == Engine::Valkey && held == Engine::Redis;
    let allowed = upgrade && state.switches.restore_engine == RestoreEngine::RedisIntoValkey;
    if wanted == held || allowed {
        return Ok(());
    }
    let (held, wanted) = (held.as_str(), wanted.as_str());
    Err(ApiError::combination(format!("A {held} snapshot cannot be restored as {wanted}.")))
}

/// The same version or a higher one is the safe rule (docs/elasticache.md 7, L / U).
fn check_version(state: &State, wanted: &Settings, held: &Settings) -> Result<(), ApiError> {
    let same_engine = wanted.engine == held.engine;
    let lower = same_engine && version(&wanted.engine_version) < version(&held.engine_version);
    match state.switches.restore_version {
        RestoreVersion::NotLower if lower => Err(ApiError::combination(format!(
            "A snapshot of version {} cannot be restored as version {}.",
            held.engine_version, wanted.engine_version
        ))),
        RestoreVersion::NotLower | RestoreVersion::Any => Ok(()),
    }
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

/// Several databases do not fit into cluster mode: the restore fails (docs/elasticache.md 7, S).
fn ending(spec: &CacheSpec, data: &[Bytes]) -> CacheStatus {
    let clustered = matches!(spec.shape, Shape::ClusterModeGroup { .. });
    if clustered && data.iter().any(|file| zoo::has_several_databases(file)) {
        CacheStatus::CreateFailed
    } else {
        CacheStatus::Available
    }
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
