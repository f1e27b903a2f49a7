//! What a datastore asks for, and what comes next in each state that AWS can show.

use super::*;
use crate::backup::CopyKind;
use crate::cache::{Configuration, Engine, GlobalRole, Membership, Recreate, Support, Topology};
use crate::ids::CacheId;
use crate::restore::plan::{Source, Target};

fn input() -> Members {
    serde_json::from_value(json!({
        "ReplicationGroupId": "orders-2", "ReplicationGroupDescription": "orders", "Engine": "valkey",
        "EngineVersion": "8.0", "CacheNodeType": "cache.r7g.large", "NumCacheClusters": 2, "Port": 6380,
        "CacheSubnetGroupName": "private", "SecurityGroupIds": ["sg-1"], "SnapshotName": "ck-orders",
        "Tags": [{"Key": "team", "Value": "shop"}],
    }))
    .unwrap()
}

fn plan() -> Plan {
    Plan {
        backup: None,
        source: Some(Source { kind: CopyKind::Snapshot, location: "ck-orders".to_owned() }),
        target: Target { id: "group:orders-2".parse().unwrap(), region: "us-east-1".parse().unwrap() },
        operation: RecreateOperation::CreateReplicationGroup,
        input: input(),
        origins: std::collections::BTreeMap::new(),
        missing: Vec::new(),
        refusals: Vec::new(),
        differs: Vec::new(),
        unchecked: Vec::new(),
        estimate: None,
        mark: "m".to_owned(),
        staging: None,
        cost: None,
    }
}

fn wish(secondaries: &[&str], overrides: &[&str]) -> Wish {
    let overrides: Vec<Override> = overrides.iter().map(|text| Override::parse(text).unwrap()).collect();
    Wish {
        suffix: "shop".to_owned(),
        secondaries: secondaries.iter().map(|text| text.parse().unwrap()).collect(),
        overrides: Wish::split(&overrides).1,
    }
}

fn refused(wish: &Wish, plan: &Plan) -> usize {
    let refusals = refusals(wish, plan);
    assert!(refusals.iter().all(|refusal| refusal.rule == Rule::Global), "{refusals:?}");
    refusals.len()
}

#[test]
fn what_cannot_be_a_global_datastore_is_refused_before_anything_is_created() {
    assert_eq!(refused(&wish(&["eu-west-1=a", "eu-west-2=b"], &[]), &plan()), 0);
    assert_eq!(refused(&wish(&["eu-west-1=a", "eu-west-2=b", "eu-west-3=c"], &[]), &plan()), 1);
    assert_eq!(refused(&wish(&["eu-west-1=a", "eu-west-1=b"], &[]), &plan()), 1);
    assert_eq!(refused(&wish(&["us-east-1=a"], &[]), &plan()), 1);
    assert_eq!(refused(&wish(&["eu-west-1=-a"], &[]), &plan()), 1);
    let with = |member: &str, value: Value| {
        let mut plan = plan();
        plan.input.insert(member.to_owned(), value);
        refused(&wish(&["eu-west-1=a"], &[]), &plan)
    };
    assert_eq!(with("CacheNodeType", json!("cache.t4g.medium")), 1);
    assert_eq!(with("CacheNodeType", json!("cache.r6g.xlarge")), 0);
    assert_eq!(with("Durability", json!("sync")), 1);
    let redis = |version: &str| {
        let mut plan = plan();
        plan.input.insert("Engine".to_owned(), json!("redis"));
        plan.input.insert("EngineVersion".to_owned(), json!(version));
        refused(&wish(&[], &[]), &plan)
    };
    assert_eq!([redis("4.0.10"), redis("5.0.5"), redis("5.0.6"), redis("7.1")], [1, 1, 0, 0]);
    let serverless = Plan { operation: RecreateOperation::CreateServerlessCache, ..plan() };
    assert_eq!(refused(&wish(&[], &[]), &serverless), 1);
}

#[test]
fn a_secondary_has_its_regions_own_members_and_none_that_aws_forbids_there() {
    let asked = wish(&["eu-west-1=orders-eu"], &["eu-west-1:CacheSubnetGroupName=private-eu"]);
    let made = joining(&asked, &asked.secondaries[0], &input(), "ldgnf-shop", "m").unwrap().members();
    assert_eq!(
        json!(made),
        json!({
            "ReplicationGroupId": "orders-eu", "ReplicationGroupDescription": "orders", "NumCacheClusters": 2,
            "GlobalReplicationGroupId": "ldgnf-shop", "CacheSubnetGroupName": "private-eu", "Port": 6380,
            "Tags": [{"Key": "team", "Value": "shop"}, {"Key": "cachekeep:restore", "Value": "m"}],
        })
    );
    assert!(FORBIDDEN.iter().all(|member| !made.contains_key(*member)));
    for member in FORBIDDEN {
        let asked = wish(&["eu-west-1=a"], &[&format!("eu-west-1:{member}=x")]);
        assert_eq!(refused(&asked, &plan()), 1, "{member}");
    }
    assert_eq!(refused(&wish(&["eu-west-1=a"], &["eu-west-2:Port=1"]), &plan()), 1);
    assert_eq!(refused(&wish(&["eu-west-1=a"], &["eu-west-1:port=1"]), &plan()), 1);
}

fn cache(id: &str, status: CacheStatus, global: Option<(&str, GlobalRole)>) -> Cache {
    let operation = RecreateOperation::CreateReplicationGroup;
    let recreate = Recreate { operation, input: Members::new(), unknowable: Vec::new(), global: None };
    Cache {
        id: CacheId::new(CacheKind::Group, id),
        arn: String::new(),
        engine: Engine { name: "valkey".to_owned(), version: "8.0".to_owned() },
        topology: Topology::Sharded { shards: 1 },
        status,
        backup: Support::Supported,
        export: Support::Supported,
        tags: std::collections::BTreeMap::new(),
        global: global.map(|(id, role)| Membership { datastore: id.to_owned(), role }),
        configuration: Configuration::from(&recreate),
    }
}

fn datastore(status: &str, members: &[(&str, &str, &str)]) -> Datastore {
    let member = |(id, region, status): &(&str, &str, &str)| Member {
        id: (*id).to_owned(),
        region: (*region).to_owned(),
        role: "secondary".to_owned(),
        status: (*status).to_owned(),
    };
    Datastore {
        id: "ldgnf-shop".to_owned(),
        status: status.to_owned(),
        members: members.iter().map(member).collect(),
    }
}

#[test]
fn each_state_that_aws_can_show_has_its_next_step() {
    let restore = Restore::of_plan(&plan(), crate::stack::some_stack()).unwrap();
    let asked = wish(&["eu-west-1=orders-eu"], &[]);
    let see = |primary: Option<&Cache>, datastore: Option<&Datastore>, there: Option<Cache>| {
        next(&asked, &restore, &Seen { primary, datastore, secondaries: &[there] })
    };
    let busy = || CacheStatus::Other("modifying".to_owned());
    let alone = cache("orders-2", CacheStatus::Available, None);
    let member = cache("orders-2", CacheStatus::Available, Some(("ldgnf-shop", GlobalRole::Primary)));
    assert!(matches!(see(None, None, None), Next::Failed(_)));
    assert!(matches!(see(Some(&cache("orders-2", busy(), None)), None, None), Next::Wait(_)));
    assert_eq!(see(Some(&alone), None, None), Next::Create);
    for (other, role) in [("ldgnf-other", GlobalRole::Primary), ("ldgnf-shop", GlobalRole::Secondary)] {
        let elsewhere = cache("orders-2", CacheStatus::Available, Some((other, role)));
        assert!(matches!(see(Some(&elsewhere), None, None), Next::Failed(_)), "{other}");
    }
    assert!(matches!(see(Some(&member), None, None), Next::Wait(_)));
    assert!(matches!(see(Some(&member), Some(&datastore("creating", &[])), None), Next::Wait(_)));
    let ready = datastore("primary-only", &[]);
    assert!(matches!(see(Some(&member), Some(&ready), None), Next::Join { .. }));
    let strange = cache("orders-eu", CacheStatus::Available, None);
    assert!(matches!(see(Some(&member), Some(&ready), Some(strange)), Next::Failed(_)));
    let mut own = cache("orders-eu", busy(), None);
    own.tags.insert(names::RESTORE_TAG.to_owned(), "m".to_owned());
    assert!(matches!(see(Some(&member), Some(&ready), Some(own)), Next::Wait(_)));
    let associating = datastore("available", &[("orders-eu", "eu-west-1", "associating")]);
    assert!(matches!(see(Some(&member), Some(&associating), None), Next::Wait(_)));
    let foreign = datastore("available", &[("another", "eu-west-1", "associated")]);
    assert!(matches!(see(Some(&member), Some(&foreign), None), Next::Failed(_)));
    let done = datastore("available", &[("orders-eu", "eu-west-1", "associated")]);
    assert_eq!(see(Some(&member), Some(&done), None), Next::Done);
}
