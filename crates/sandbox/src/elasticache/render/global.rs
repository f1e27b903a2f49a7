//! A global datastore as the API shows it.

use super::enabled;
use crate::elasticache::model::global::Datastore;
use crate::elasticache::model::group::Mode;
use crate::elasticache::state::State;
use crate::query::xml::Xml;

/// Whether the members are listed (`ShowMemberInfo`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MemberInfo {
    Shown,
    Hidden,
}

pub(crate) fn write(xml: &mut Xml, state: &State, datastore: &Datastore, members: MemberInfo) {
    let settings = &datastore.settings;
    xml.text("GlobalReplicationGroupId", &datastore.id);
    xml.text("GlobalReplicationGroupDescription", &datastore.description);
    xml.text("Status", datastore.status()).text("CacheNodeType", &settings.node_type);
    xml.text("Engine", settings.engine.as_str()).text("EngineVersion", &settings.engine_version);
    if members == MemberInfo::Shown {
        xml.list("Members", "GlobalReplicationGroupMember", &datastore.members, |xml, member| {
            xml.text("ReplicationGroupId", &member.group).text("ReplicationGroupRegion", &member.region);
            xml.text("Role", member.role.as_str()).text("AutomaticFailover", enabled(member.fails_over));
            xml.text("Status", member.status.as_str());
        });
    }
    xml.value("ClusterEnabled", datastore.mode == Mode::Enabled);
    xml.list("GlobalNodeGroups", "GlobalNodeGroup", &datastore.shards, |xml, (id, slots)| {
        xml.text("GlobalNodeGroupId", &format!("{}-{id}", datastore.id));
        xml.optional("Slots", slots.as_deref());
    });
    xml.value("AuthTokenEnabled", settings.auth_token);
    xml.value("TransitEncryptionEnabled", settings.transit_encryption);
    xml.value("AtRestEncryptionEnabled", settings.at_rest_encryption);
    let resource = format!("globalreplicationgroup:{}", datastore.id);
    xml.text("ARN", &state.account.global_arn("elasticache", &resource));
}
