//! Global datastores: made around a group, and looked at. Their secondaries are groups like others, in their regions.

use aws_sdk_elasticache::types::{GlobalReplicationGroup, GlobalReplicationGroupMember};
use cachekeep_core::restore::global::{Datastore, Member};

use crate::clients::Clients;
use crate::error::{AwsError, Class};
use crate::pacer::{Effect, Pacer};

/// The datastore of this id, with its members; `None` where AWS does not show it (any more).
///
/// # Errors
/// When AWS does not answer.
pub async fn datastore(clients: &Clients, pacer: &Pacer, id: &str) -> Result<Option<Datastore>, AwsError> {
    let request = clients.elasticache.describe_global_replication_groups();
    let request = request.global_replication_group_id(id).show_member_info(true);
    let found = pacer.run("DescribeGlobalReplicationGroups", Effect::Reads, || request.clone().send()).await;
    match found {
        Ok(answer) => Ok(answer.global_replication_groups().first().and_then(read)),
        Err(error) if error.class() == Class::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes a datastore around a group of these clients' region, which must be available and becomes its primary.
///
/// # Errors
/// [`Class::AlreadyExists`] where the id is taken; [`Class::WrongState`] while the group is not available.
pub async fn make_global(
    clients: &Clients,
    pacer: &Pacer,
    suffix: &str,
    primary: &str,
) -> Result<(), AwsError> {
    let request = clients.elasticache.create_global_replication_group();
    let request = request.global_replication_group_id_suffix(suffix).primary_replication_group_id(primary);
    pacer.run("CreateGlobalReplicationGroup", Effect::Changes, || request.clone().send()).await?;
    Ok(())
}

fn read(group: &GlobalReplicationGroup) -> Option<Datastore> {
    Some(Datastore {
        id: group.global_replication_group_id()?.to_owned(),
        status: group.status().unwrap_or_default().to_ascii_lowercase(),
        members: group.members().iter().filter_map(member).collect(),
    })
}

fn member(member: &GlobalReplicationGroupMember) -> Option<Member> {
    let lower = |text: Option<&str>| text.unwrap_or_default().to_ascii_lowercase();
    Some(Member {
        id: member.replication_group_id()?.to_owned(),
        region: member.replication_group_region()?.to_owned(),
        role: lower(member.role()),
        status: lower(member.status()),
    })
}
