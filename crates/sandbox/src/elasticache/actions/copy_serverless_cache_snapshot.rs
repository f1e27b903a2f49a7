//! `CopyServerlessCacheSnapshot`.

use super::create_serverless_cache_snapshot::{charge, check_name};
use super::export_serverless_cache_snapshot::check_free;
use crate::elasticache::completion::serverless_holder;
use crate::elasticache::model::agenda::Due;
use crate::elasticache::model::serverless::ServerlessSnapshot;
use crate::elasticache::model::status::{Holds, SnapshotSource, SnapshotStatus};
use crate::elasticache::names;
use crate::elasticache::render::serverless::write_snapshot;
use crate::elasticache::state::{State, check_tag_count};
use crate::elasticache::switches::CopyQuota;
use crate::elasticache::wire::error::ApiError;
use crate::query::params::Params;
use crate::query::xml::Xml;

pub(super) fn execute(state: &mut State, params: &Params, xml: &mut Xml) -> Result<(), ApiError> {
    let source = params.required_id("SourceServerlessCacheSnapshotName")?;
    let target = params.required_id("TargetServerlessCacheSnapshotName")?;
    names::check(&target, names::SERVERLESS, state.switches.name_rules)?;
    check_free(state, &source)?;
    check_name(state, &target)?;
    let tags = params.tags()?;
    tags.as_ref().map_or(Ok(()), check_tag_count)?;
    let copy = copy_of(state, &source, &target, params.get("KmsKeyId"))?;
    if state.switches.copy_quota == CopyQuota::Charged {
        charge(state, &serverless_holder(&copy.cache), &target)?;
    }
    state.serverless_snapshots.insert(copy);
    let at = state.finish(state.durations.copy, &format!("serverless copy {target}"));
    state.agenda.add(at, Due::ServerlessCopied { source: source.clone(), target: target.clone() });
    if let Some(snapshot) = state.serverless_snapshots.get_mut(&source) {
        snapshot.holds.copies += 1;
    }
    let kind = "serverlesscachesnapshot";
    let (arn, source_arn) = (state.arn(kind, &target), state.arn(kind, &source));
    state.tag_snapshot(arn, tags, &source_arn)?;
    let snapshot = state.serverless_snapshot(&target)?;
    xml.element("ServerlessCacheSnapshot", |xml| write_snapshot(xml, state, snapshot));
    Ok(())
}

fn copy_of(
    state: &State,
    source: &str,
    target: &str,
    key: Option<&str>,
) -> Result<ServerlessSnapshot, ApiError> {
    let source = state.serverless_snapshot(source)?.clone();
    Ok(ServerlessSnapshot {
        name: target.into(),
        source: SnapshotSource::Manual,
        base: SnapshotStatus::Creating,
        holds: Holds::default(),
        kms_key_id: key.map(str::to_owned).or_else(|| source.kms_key_id.clone()),
        created: state.now,
        expires: None,
        ..source
    })
}
