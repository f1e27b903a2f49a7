//! The copy itself, and whether the new cache can take what is in it.

use crate::cache::RecreateOperation;
use crate::manifest::NODE_GROUPS;
use crate::restore::draft::Draft;
use crate::restore::engine::{EngineVersion, Fit, Way};
use crate::restore::facts::{Access, Copy, Facts, FilesCopy, Found, Place, Proof, ShardFile, SnapshotCopy};
use crate::restore::input::Input;
use crate::restore::plan::is_files;
use crate::restore::refusal::{Refusal, Rule};
use crate::restore::request::Request;
use crate::restore::slots;
use crate::snapshot::{Sighting, SnapshotStatus};

/// From where ElastiCache reads files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::restore) enum Reach {
    /// From where they are.
    InPlace,
    /// From where they are copied first.
    Staged,
}

/// What keeps a copy from being restored from.
pub(in crate::restore) fn copy(
    request: &Request,
    copy: &Copy,
    reach: Reach,
    unchecked: &mut Vec<String>,
) -> Vec<Refusal> {
    let mut refusals: Vec<Refusal> = proven(request, copy, unchecked).into_iter().collect();
    match &copy.place {
        Place::Snapshot(snapshot) => refusals.extend(in_service(request, snapshot)),
        Place::Files(files) => {
            if reach == Reach::InPlace {
                refusals.extend(reachable(files, unchecked));
            }
            refusals.extend(files.files.iter().filter_map(|file| readable(files, file, reach)));
        }
    }
    refusals
}

fn proven(request: &Request, copy: &Copy, unchecked: &mut Vec<String>) -> Option<Refusal> {
    let asked = request.from.is_some();
    let (why, how) = match &copy.proof {
        Proof::Read => return None,
        Proof::Unreadable => {
            unchecked.push("nobody has read the data: it was never exported".to_owned());
            return None;
        }
        Proof::Unread if asked => {
            unchecked.push("nobody has read the data yet: it is taken because it was asked for".to_owned());
            return None;
        }
        // The export may have been damaged on its way; the snapshot then still is what it was.
        Proof::Broken(what) if asked && !is_files(copy) => {
            unchecked.push(format!("its export is not whole ({what}); the snapshot is taken because it was asked for"));
            return None;
        }
        Proof::Unread => (
            "nobody has read this copy yet, so that it is not proven good".to_owned(),
            format!("wait for the verify job, choose an older backup, or say --from {} to take it unread", word(copy)),
        ),
        Proof::Broken(what) => (
            format!("its export was read and is not whole: {what}"),
            "choose another backup (`cachekeep list`); where the snapshot still exists, --from snapshot takes that".to_owned(),
        ),
    };
    Some(Refusal::new(Rule::Proven, why, how))
}

const fn word(copy: &Copy) -> &'static str {
    match copy.kind {
        crate::backup::CopyKind::Snapshot => "snapshot",
        crate::backup::CopyKind::Export => "export",
        crate::backup::CopyKind::Replica => "replica",
    }
}

fn in_service(request: &Request, copy: &SnapshotCopy) -> Vec<Refusal> {
    let name = &copy.name;
    let mut refusals = Vec::new();
    let shown = match &copy.sighting {
        Sighting::Shown(snapshot) => Some(&snapshot.status),
        Sighting::Absent | Sighting::Unlisted | Sighting::Nameless => None,
    };
    match shown {
        // A snapshot that is restored from can be restored from again (docs/elasticache.md 2, S).
        Some(SnapshotStatus::Available | SnapshotStatus::Busy) => {}
        Some(status) => refusals.push(Refusal::new(
            Rule::SnapshotAvailable,
            format!("snapshot {name} is {status}, and only an available one can be restored"),
            "wait until it is available, or restore another copy with --from export",
        )),
        None => refusals.push(Refusal::new(
            Rule::SnapshotAvailable,
            format!("ElastiCache shows no snapshot {name}"),
            "restore another copy with --from export or --from replica",
        )),
    }
    if let Some(stack) = copy.foreign.as_ref().filter(|_| !request.foreign) {
        refusals.push(Refusal::new(
            Rule::SnapshotOurs,
            format!("snapshot {name} belongs to stack {stack}"),
            "say --foreign if it is to be taken all the same",
        ));
    }
    refusals
}

fn reachable(files: &FilesCopy, unchecked: &mut Vec<String>) -> Option<Refusal> {
    let bucket = &files.bucket;
    match &files.access {
        Access::Open => None,
        Access::Untold => {
            unchecked.push(format!(
                "whether ElastiCache may read bucket {bucket}: the caller may not look at its policy (s3:GetBucketPolicy)"
            ));
            None
        }
        Access::Closed => Some(Refusal::new(
            Rule::BucketReadable,
            format!("nothing in the policy of bucket {bucket} lets ElastiCache read it"),
            "allow REGION.elasticache-snapshot.amazonaws.com s3:GetObject, s3:ListBucket and s3:GetBucketAcl on the bucket \
             and its objects (`cachekeep init` writes that policy where there is none)",
        )),
        Access::Elsewhere { region } => Some(Refusal::new(
            Rule::BucketHere,
            format!("bucket {bucket} is in {region}, and ElastiCache reads files of its own region only"),
            format!("restore in {region} (--region {region}), or take another copy"),
        )),
        Access::Missing => Some(Refusal::new(
            Rule::BucketReadable,
            format!("there is no bucket {bucket}"),
            "restore another copy: --from snapshot or --from replica",
        )),
    }
}

fn readable(files: &FilesCopy, file: &ShardFile, reach: Reach) -> Option<Refusal> {
    let place = format!("s3://{}/{}", files.bucket, file.file.key);
    let another = "restore another copy, or an earlier version of the object";
    if reach == Reach::InPlace && file.file.key.contains(',') {
        let why = format!("the name of {place} has a comma, which ElastiCache does not take");
        return Some(Refusal::new(Rule::FilesReadable, why, "copy the object to a name without one"));
    }
    match &file.found {
        Found::Whole => None,
        Found::UnderKey if reach == Reach::Staged => None,
        Found::Missing => Some(Refusal::new(Rule::FilesWhole, format!("{place} does not exist"), another)),
        Found::Other { bytes } => Some(Refusal::new(
            Rule::FilesWhole,
            format!(
                "{place} is another object than the one that was read: {bytes} bytes instead of {}, or other ones",
                file.file.size
            ),
            another,
        )),
        Found::UnderKey => Some(Refusal::new(
            Rule::FilesReadable,
            format!("{place} is encrypted under a KMS key, and ElastiCache reads SSE-S3 objects only"),
            "take a copy that is not under a key: --from snapshot or --from export",
        )),
    }
}

/// Cluster mode can be entered, never left (docs/elasticache.md 4, S).
pub(super) fn cluster_mode(facts: &Facts, copy: &Copy, draft: &Draft) -> Option<Refusal> {
    let had_shards = was_clustered(facts) || (!is_files(copy) && !copy.shards().is_empty());
    let loses = match draft.operation {
        RecreateOperation::CreateReplicationGroup => !draft.has_shards(),
        RecreateOperation::CreateCacheCluster => true,
        RecreateOperation::CreateServerlessCache => false,
    };
    (had_shards && loses).then(|| {
        Refusal::new(
            Rule::ClusterMode,
            "the data is of a cache with cluster mode enabled, and ElastiCache does not restore it with cluster mode disabled",
            "restore it into a group with cluster mode enabled, or into a serverless cache (--into serverless)",
        )
    })
}

fn was_clustered(facts: &Facts) -> bool {
    facts.configuration.input.contains_key(NODE_GROUPS)
}

/// Only database 0 goes into cluster mode, before Valkey 9 (docs/elasticache.md 4, S).
pub(super) fn databases(
    facts: &Facts,
    draft: &Draft,
    input: &Input,
    unchecked: &mut Vec<String>,
) -> Option<Refusal> {
    let clustered = draft.has_shards() || draft.operation == RecreateOperation::CreateServerlessCache;
    let from_many =
        !was_clustered(facts) && facts.configuration.operation != RecreateOperation::CreateServerlessCache;
    if !clustered || !from_many || engine_of(input).has_databases_in_cluster_mode() {
        return None;
    }
    match facts.data.last_database {
        Some(0) => None,
        Some(last) => Some(Refusal::new(
            Rule::Databases,
            format!("keys are in databases up to {last}, and with cluster mode there is database 0 only"),
            "restore it with cluster mode disabled, or into Valkey 9 or newer",
        )),
        None => {
            unchecked.push("whether all keys are in database 0, as cluster mode wants".to_owned());
            None
        }
    }
}

/// From files, each shard says its slots, together all of them (docs/elasticache.md 7, S).
pub(super) fn slots(copy: &Copy, draft: &Draft, input: &Input) -> Option<Refusal> {
    let Input::Group(group) = input else { return None };
    if !draft.has_shards() {
        return None;
    }
    let how = "give every shard its slots with --set NodeGroupConfiguration='[{\"NodeGroupId\":\"0001\",\"Slots\":\"0-8191\"},…]', \
               or say how many shards there are to be with --set NumNodeGroups=N, which spreads the slots evenly";
    let shards = group.node_group_configuration.as_deref().unwrap_or_default();
    let told: Option<Vec<&str>> = shards.iter().map(|shard| shard.slots.as_deref()).collect();
    let none_told = shards.iter().all(|shard| shard.slots.is_none());
    match told {
        // From a snapshot AWS knows the slots itself.
        _ if none_told && !is_files(copy) => None,
        Some(told) if !told.is_empty() => {
            let error = slots::check(told).err()?;
            Some(Refusal::new(
                Rule::Slots,
                format!("the slots of the shards do not fit together: {error}"),
                how,
            ))
        }
        Some(_) | None => Some(Refusal::new(
            Rule::Slots,
            "nothing tells the slots of every shard, and ElastiCache asks for them",
            how,
        )),
    }
}

pub(super) fn engine_of(input: &Input) -> EngineVersion {
    let (name, version) = match input {
        Input::Group(group) => (&group.engine, &group.engine_version),
        Input::Cluster(cluster) => (&cluster.engine, &cluster.engine_version),
        Input::Serverless(cache) => (&cache.engine, &cache.major_engine_version),
    };
    EngineVersion::new(name.as_deref().unwrap_or_default(), version.as_deref().unwrap_or_default())
}

pub(super) fn engine(
    facts: &Facts,
    copy: &Copy,
    input: &Input,
    unchecked: &mut Vec<String>,
) -> Option<Refusal> {
    let way = if is_files(copy) { Way::Files } else { Way::Snapshot };
    match engine_of(input).fit(&facts.subject.engine, way) {
        Fit::Reads => None,
        Fit::Untold(why) => {
            unchecked.push(format!("whether the new engine takes the data: {why}"));
            None
        }
        Fit::Refuses(why) => Some(Refusal::new(
            Rule::Engine,
            why,
            format!(
                "leave the engine as it was ({}), or take a newer one: --set EngineVersion=…",
                facts.subject.engine
            ),
        )),
    }
}

/// A cluster takes exactly one file (docs/elasticache.md 7, S).
pub(super) fn one_file(copy: &Copy, draft: &Draft) -> Option<Refusal> {
    let Place::Files(files) = &copy.place else { return None };
    let several = draft.operation == RecreateOperation::CreateCacheCluster && files.files.len() != 1;
    several.then(|| {
        Refusal::new(
            Rule::ClusterMode,
            format!("a single node takes one file, and the export has {}", files.files.len()),
            "restore it into a group (--into group) or a serverless cache (--into serverless)",
        )
    })
}
