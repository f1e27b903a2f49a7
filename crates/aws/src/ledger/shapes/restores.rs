//! The shapes of a restore and of its events.

use std::collections::BTreeMap;

use cachekeep_core::backup::CopyKind;
use cachekeep_core::cache::RecreateOperation;
use cachekeep_core::event::Event;
use cachekeep_core::restore::{
    Members, Missing, Origin, Restore, RestoreChange, RestoreState, Source, StagedFile, Staging, Target,
};

use super::super::encode as as_item;
use super::super::item::Item;
use super::super::tests::stack;
use super::{at, each, id, orders, why};

pub(super) fn items() -> Vec<Item> {
    let states = states().into_iter().map(|state| as_item::restore(&restore(state), at()).unwrap());
    let told = |change| Event::of_change(&restore(RestoreState::Planned), change, at());
    states.chain(changes().into_iter().map(told).map(|event| as_item::event(&event).unwrap())).collect()
}

fn restore(state: RestoreState) -> Restore {
    Restore {
        target: Target { id: orders(), region: "eu-west-1".parse().unwrap() },
        version: 2,
        stack: stack(),
        backup: Some(id()),
        source: Source { kind: CopyKind::Export, location: "s3://exports/f/".to_owned() },
        operation: RecreateOperation::CreateReplicationGroup,
        input: Members::from([("Port".to_owned(), 6379.into())]),
        origins: origins(),
        missing: vec![Missing {
            member: "AuthToken".to_owned(),
            why: "AWS tells it to nobody".to_owned(),
            how: "--auth-token-file".to_owned(),
        }],
        mark: "m".to_owned(),
        staging: Some(Staging {
            from: "vault".to_owned(),
            from_region: Some("eu-central-1".to_owned()),
            bucket: "exports".to_owned(),
            folder: "staging/group/orders/1f2e3d4c5b/".to_owned(),
            files: vec![StagedFile { from: "f/a.rdb".to_owned(), to: "t/0001.rdb".to_owned(), bytes: 9 }],
        }),
        state,
        reason: "planned".to_owned(),
    }
}

fn origins() -> BTreeMap<String, Origin> {
    let all = each(|before| match before {
        None => Some(Origin::Manifest),
        Some(Origin::Manifest) => Some(Origin::Snapshot),
        Some(Origin::Snapshot) => Some(Origin::Override),
        Some(Origin::Override) => Some(Origin::Default),
        Some(Origin::Default) => None,
    });
    all.into_iter().map(|origin| (format!("From{origin:?}"), origin)).collect()
}

fn states() -> Vec<RestoreState> {
    each(|before| {
        Some(match before {
            None => RestoreState::Planned,
            Some(RestoreState::Planned) => RestoreState::Staging { at: at() },
            Some(RestoreState::Staging { .. }) => RestoreState::Requested { at: at() },
            Some(RestoreState::Requested { .. }) => RestoreState::Creating { at: at() },
            Some(RestoreState::Creating { .. }) => RestoreState::Available { at: at(), seconds: 9 },
            Some(RestoreState::Available { .. }) => RestoreState::Failed { at: at(), remains: true },
            Some(RestoreState::Failed { .. }) => return None,
        })
    })
}

fn changes() -> Vec<RestoreChange> {
    each(|before| {
        Some(match before {
            None => RestoreChange::Staging,
            Some(RestoreChange::Staging) => RestoreChange::Unstaged,
            Some(RestoreChange::Unstaged) => RestoreChange::Requested,
            Some(RestoreChange::Requested) => RestoreChange::Started,
            Some(RestoreChange::Started) => RestoreChange::Finished { seconds: 9 },
            Some(RestoreChange::Finished { .. }) => RestoreChange::Failed { why: why(), remains: true },
            Some(RestoreChange::Failed { .. }) => return None,
        })
    })
}
