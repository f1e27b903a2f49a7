//! The input of the call that creates the new cache, member by member with where it came from.

mod convert;
mod shards;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::engine::EngineVersion;
use super::facts::{Copy, Facts, Origin, Place, SnapshotCopy};
use super::plan::Missing;
use super::refusal::{Refusal, Rule};
use super::request::{Request, Token};
use super::staging::Staging;
use super::{AUTH_TOKEN, Members};
use crate::cache::RecreateOperation;
use crate::ids::CacheKind;
use crate::names;
use crate::snapshot::Family;

/// Members that belong to the old cache or to the way its data comes, and are never carried over.
const NEVER_CARRIED: &[&str] = &[
    "ReplicationGroupId",
    "CacheClusterId",
    "ServerlessCacheName",
    "GlobalReplicationGroupId",
    "PrimaryClusterId",
    "SnapshotName",
    "SnapshotArns",
    "SnapshotArnsToRestore",
    "ServerlessCacheSnapshotName",
];

/// An input as it grows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Draft {
    pub(super) operation: RecreateOperation,
    pub(super) members: Members,
    pub(super) origins: BTreeMap<String, Origin>,
    pub(super) missing: Vec<Missing>,
    pub(super) refusals: Vec<Refusal>,
    pub(super) differs: Vec<String>,
}

impl Draft {
    /// The input for this request from this copy.
    pub(super) fn new(facts: &Facts, request: &Request, copy: &Copy, staging: Option<&Staging>) -> Self {
        let kind = request.into.unwrap_or_else(|| facts.subject.cache.kind());
        let mut draft = Self {
            operation: RecreateOperation::of_kind(kind),
            members: Members::new(),
            origins: BTreeMap::new(),
            missing: Vec::new(),
            refusals: Vec::new(),
            differs: Vec::new(),
        };
        draft.carry_over(facts);
        draft.name(request, kind);
        draft.fill_from(facts, copy, staging);
        draft.mark(facts, copy);
        draft.seed_shards(copy);
        draft.always_say_multi_az();
        draft.miss_token(facts, request);
        draft.override_with(request);
        draft.fit_to_overrides(request);
        draft.follow_engine(request);
        draft.miss_untold(facts);
        draft
    }

    pub(super) fn set(&mut self, member: &str, value: impl Into<Value>, origin: Origin) {
        self.members.insert(member.to_owned(), value.into());
        self.origins.insert(member.to_owned(), origin);
    }

    pub(super) fn drop(&mut self, member: &str) -> Option<Value> {
        self.origins.remove(member);
        self.members.remove(member)
    }

    pub(super) fn number(&self, member: &str) -> Option<i64> {
        self.members.get(member).and_then(Value::as_i64)
    }

    fn carry_over(&mut self, facts: &Facts) {
        let carried = facts.configuration.input.iter();
        let carried = carried.filter(|(member, _)| !NEVER_CARRIED.contains(&member.as_str()));
        for (member, value) in carried {
            self.set(member, value.clone(), facts.told_by);
        }
        if facts.configuration.operation != self.operation {
            self.convert(facts.configuration.operation);
        }
    }

    fn name(&mut self, request: &Request, kind: CacheKind) {
        self.set(id_member(kind), request.target.to_ascii_lowercase(), Origin::Override);
        if kind == CacheKind::Group && !self.members.contains_key("ReplicationGroupDescription") {
            self.set("ReplicationGroupDescription", request.target.clone(), Origin::Default);
        }
    }

    /// Where the data comes from, in the one member that the call has for it (docs/elasticache.md 7, S).
    fn fill_from(&mut self, facts: &Facts, copy: &Copy, staging: Option<&Staging>) {
        match &copy.place {
            Place::Snapshot(snapshot) => self.fill_from_snapshot(facts, snapshot),
            Place::Files(files) => {
                let arn = |key: &str| format!("arn:{}:s3:::{}/{key}", files.partition, files.bucket);
                let in_place = || files.files.iter().map(|file| arn(&file.file.key)).collect();
                let arns: Vec<String> =
                    staging.map_or_else(in_place, |staging| staging.arns(&files.partition));
                let member = match self.operation {
                    RecreateOperation::CreateReplicationGroup | RecreateOperation::CreateCacheCluster => {
                        "SnapshotArns"
                    }
                    RecreateOperation::CreateServerlessCache => "SnapshotArnsToRestore",
                };
                self.set(member, json!(arns), Origin::Manifest);
            }
        }
    }

    fn fill_from_snapshot(&mut self, facts: &Facts, snapshot: &SnapshotCopy) {
        let name = snapshot.name.as_str();
        match (self.operation, snapshot.family) {
            (RecreateOperation::CreateServerlessCache, family) => {
                let arn = snapshot.sighting.shown().and_then(|shown| shown.arn.clone());
                let arn = arn.unwrap_or_else(|| snapshot_arn(facts, family, name));
                self.set("SnapshotArnsToRestore", json!([arn]), Origin::Snapshot);
            }
            (RecreateOperation::CreateReplicationGroup, Family::Serverless) => {
                self.set("ServerlessCacheSnapshotName", name, Origin::Snapshot);
            }
            (
                RecreateOperation::CreateReplicationGroup | RecreateOperation::CreateCacheCluster,
                Family::NodeBased | Family::Serverless,
            ) => self.set("SnapshotName", name, Origin::Snapshot),
        }
    }

    /// The tag by which a repeat finds the cache that it had created. With a tag of its own, a cache does not inherit those of
    /// the snapshot either, which would pass it for a backup (docs/elasticache.md 7, S).
    fn mark(&mut self, facts: &Facts, copy: &Copy) {
        let tags = self.members.get("Tags").and_then(Value::as_array).cloned().unwrap_or_default();
        let ours = |tag: &Value| tag["Key"].as_str().is_some_and(|key| key.starts_with(names::TAGS));
        let mut tags: Vec<Value> = tags.into_iter().filter(|tag| !ours(tag)).collect();
        tags.push(json!({ "Key": names::RESTORE_TAG, "Value": mark(facts, copy) }));
        let origin = self.origins.get("Tags").copied().unwrap_or(Origin::Default);
        self.set("Tags", Value::Array(tags), origin);
    }

    /// A snapshot hands Multi-AZ on to whatever is made from it, also where it cannot hold (docs/elasticache.md 7, S).
    fn always_say_multi_az(&mut self) {
        if self.operation == RecreateOperation::CreateReplicationGroup
            && !self.members.contains_key("MultiAZEnabled")
        {
            self.set("MultiAZEnabled", false, Origin::Default);
        }
    }

    fn miss_token(&mut self, facts: &Facts, request: &Request) {
        let had_one = facts.configuration.unknowable.iter().any(|member| member == AUTH_TOKEN);
        let waived =
            request.token == Token::Waived || request.overrides.iter().any(|it| it.member == AUTH_TOKEN);
        if request.token == Token::Given {
            self.origins.insert(AUTH_TOKEN.to_owned(), Origin::Override);
            return;
        }
        if !had_one || self.operation == RecreateOperation::CreateServerlessCache {
            return;
        }
        self.missing.push(Missing {
            member: AUTH_TOKEN.to_owned(),
            why: "the cache had one, and AWS never tells it".to_owned(),
            how: "take it from where your clients have it, and give it with --auth-token-file FILE (or - for standard \
                  input); --set AuthToken= makes the cache without one"
                .to_owned(),
        });
        if waived {
            self.differs.push("the old cache asked for an AUTH token, the new one asks for none".to_owned());
        } else {
            self.refusals.push(Refusal::new(
                Rule::Auth,
                "the cache had an AUTH token, and none is given: clients that send one could not connect, and anybody in \
                 its network could",
                "give it with --auth-token-file FILE, or say --set AuthToken= to make the cache without one",
            ));
        }
    }

    /// A snapshot alone does not tell what protects a cache (docs/elasticache.md 7, S).
    fn miss_untold(&mut self, facts: &Facts) {
        if facts.told_by != Origin::Snapshot {
            return;
        }
        let untold: &[&str] = match self.operation {
            RecreateOperation::CreateReplicationGroup => &[
                "SecurityGroupIds",
                "TransitEncryptionEnabled",
                "AtRestEncryptionEnabled",
                "UserGroupIds",
                "NumCacheClusters",
            ],
            RecreateOperation::CreateCacheCluster => &["SecurityGroupIds", "TransitEncryptionEnabled"],
            RecreateOperation::CreateServerlessCache => {
                &["SecurityGroupIds", "SubnetIds", "UserGroupId", "CacheUsageLimits"]
            }
        };
        let left = untold.iter().filter(|member| self.origins.get(**member) != Some(&Origin::Override));
        let left = left.filter(|member| **member != "NumCacheClusters" || !self.has_shards());
        let missing: Vec<Missing> = left.map(|member| untold_by_snapshot(member)).collect();
        self.missing.extend(missing);
    }

    /// A default parameter group is one of an engine's family: it follows the engine, and cluster mode.
    fn follow_engine(&mut self, request: &Request) {
        let name = "CacheParameterGroupName";
        let asked = request.overrides.iter().any(|wanted| wanted.member == name);
        let now = self.members.get(name).and_then(Value::as_str).filter(|now| now.starts_with("default."));
        let (Some(now), false) = (now.map(str::to_owned), asked) else { return };
        let text = |member: &str| self.members.get(member).and_then(Value::as_str).unwrap_or_default();
        let Some(family) = EngineVersion::new(text("Engine"), text("EngineVersion")).family() else { return };
        let mode = if self.has_shards() { ".cluster.on" } else { "" };
        let fitting = format!("default.{family}{mode}");
        if fitting != now {
            self.differs.push(format!("parameter group {fitting} instead of {now}"));
            self.set(name, fitting, Origin::Default);
        }
    }

    fn override_with(&mut self, request: &Request) {
        let ids = [CacheKind::Group, CacheKind::Cluster, CacheKind::Serverless].map(id_member);
        for wanted in request.overrides.iter().filter(|wanted| wanted.member != AUTH_TOKEN) {
            let refused = |why: String, how: &str| Refusal::new(Rule::Input, why, how);
            if ids.contains(&wanted.member.as_str()) {
                self.refusals
                    .push(refused(format!("{} is the new cache's id", wanted.member), "give it with --as"));
                continue;
            }
            if NEVER_CARRIED.contains(&wanted.member.as_str()) {
                let why = format!("{} follows from the copy that is restored", wanted.member);
                self.refusals.push(refused(why, "choose the copy with --from, --snapshot or --manifest"));
                continue;
            }
            match wanted.read(self.operation) {
                Ok(Some(value)) => self.set(&wanted.member, value, Origin::Override),
                Ok(None) => _ = self.drop(&wanted.member),
                Err(why) => {
                    self.refusals.push(refused(why, "correct --set; docs/restore.md lists every member"));
                }
            }
        }
    }
}

fn untold_by_snapshot(member: &str) -> Missing {
    Missing {
        member: member.to_owned(),
        why: "a snapshot does not tell it".to_owned(),
        how: format!("say --set {member}=… if the old cache had one that counts"),
    }
}

/// What the mark of a restored cache says: the backup, or the snapshot that is none.
pub(super) fn mark(facts: &Facts, copy: &Copy) -> String {
    facts.subject.backup.as_ref().map_or_else(|| copy.location.clone(), ToString::to_string)
}

/// AWS's name of the member that holds the new cache's id.
pub(super) const fn id_member(kind: CacheKind) -> &'static str {
    match kind {
        CacheKind::Group => "ReplicationGroupId",
        CacheKind::Cluster => "CacheClusterId",
        CacheKind::Serverless => "ServerlessCacheName",
    }
}

/// The ARN of a snapshot that does not tell its own (docs/elasticache.md 9, S).
fn snapshot_arn(facts: &Facts, family: Family, name: &str) -> String {
    let kind = match family {
        Family::NodeBased => "snapshot",
        Family::Serverless => "serverlesscachesnapshot",
    };
    let site = &facts.site;
    format!("arn:{}:elasticache:{}:{}:{kind}:{name}", site.partition(), site.region(), site.account())
}
