//! The names of causes, which people filter messages by and which the ledger keeps for a year.

use std::collections::BTreeSet;

use super::*;

/// One of each kind, in the order of their declaration. A new kind makes [`place`] refuse to compile, and this list too short.
fn every_kind() -> Vec<Cause> {
    vec![
        Cause::Quota,
        Cause::Spacing,
        Cause::Missed,
        Cause::Late { after: Some(Box::new(Cause::Busy { status: None })) },
        Cause::CacheGone,
        Cause::Busy { status: Some("modifying".to_owned()) },
        Cause::NoAutomaticSnapshot,
        Cause::SnapshotFailed,
        Cause::SnapshotVanished,
        Cause::SnapshotDeleted,
        Cause::SnapshotStuck,
        Cause::SnapshotGone,
        Cause::ExportIncomplete,
        Cause::ExportStuck,
        Cause::ManifestUnusable,
        Cause::Throttled,
        Cause::Unreachable,
        Cause::NoAnswer,
        Cause::AnswerUnreadable,
        Cause::ServiceFailed,
        Cause::NameTaken,
        Cause::Denied,
        Cause::NoCredentials,
        Cause::CredentialsRejected,
        Cause::SessionExpired,
        Cause::KeyUnusable,
        Cause::BucketMissing,
        Cause::BucketElsewhere { region: Some("us-west-2".to_owned()) },
        Cause::BucketForeign,
        Cause::BucketPolicy,
        Cause::BucketUnvalidated,
        Cause::BucketPermissions,
        Cause::ObjectExists { key: Some("folder/data-0001.rdb".to_owned()) },
        Cause::ObjectMissing,
        Cause::ObjectChanged,
        Cause::TableMissing,
        Cause::BusMissing,
        Cause::TopicMissing,
        Cause::RoleMissing,
        Cause::OutOfMemory,
        Cause::Missing { code: Some("UserGroupNotFound".to_owned()) },
        Cause::Refused { code: Some("InvalidParameterCombination".to_owned()) },
        Cause::PrefixForeign,
    ]
}

/// The place of a kind in [`every_kind`].
fn place(cause: &Cause) -> usize {
    match cause {
        Cause::Quota => 0,
        Cause::Spacing => 1,
        Cause::Missed => 2,
        Cause::Late { .. } => 3,
        Cause::CacheGone => 4,
        Cause::Busy { .. } => 5,
        Cause::NoAutomaticSnapshot => 6,
        Cause::SnapshotFailed => 7,
        Cause::SnapshotVanished => 8,
        Cause::SnapshotDeleted => 9,
        Cause::SnapshotStuck => 10,
        Cause::SnapshotGone => 11,
        Cause::ExportIncomplete => 12,
        Cause::ExportStuck => 13,
        Cause::ManifestUnusable => 14,
        Cause::Throttled => 15,
        Cause::Unreachable => 16,
        Cause::NoAnswer => 17,
        Cause::AnswerUnreadable => 18,
        Cause::ServiceFailed => 19,
        Cause::NameTaken => 20,
        Cause::Denied => 21,
        Cause::NoCredentials => 22,
        Cause::CredentialsRejected => 23,
        Cause::SessionExpired => 24,
        Cause::KeyUnusable => 25,
        Cause::BucketMissing => 26,
        Cause::BucketElsewhere { .. } => 27,
        Cause::BucketForeign => 28,
        Cause::BucketPolicy => 29,
        Cause::BucketUnvalidated => 30,
        Cause::BucketPermissions => 31,
        Cause::ObjectExists { .. } => 32,
        Cause::ObjectMissing => 33,
        Cause::ObjectChanged => 34,
        Cause::TableMissing => 35,
        Cause::BusMissing => 36,
        Cause::TopicMissing => 37,
        Cause::RoleMissing => 38,
        Cause::OutOfMemory => 39,
        Cause::Missing { .. } => 40,
        Cause::Refused { .. } => 41,
        Cause::PrefixForeign => 42,
    }
}

#[test]
fn every_kind_is_in_the_list() {
    let places: Vec<usize> = every_kind().iter().map(place).collect();
    assert_eq!(places, (0..43).collect::<Vec<_>>());
}

#[test]
fn each_kind_has_one_name_and_the_ledger_keeps_it_under_that_name() {
    let names: BTreeSet<&str> = every_kind().iter().map(Cause::name).collect();
    assert_eq!(names.len(), every_kind().len());
    for cause in every_kind() {
        let kept = serde_json::to_value(&cause).unwrap();
        assert_eq!(kept["is"], cause.name());
        assert_eq!(serde_json::from_value::<Cause>(kept).unwrap(), cause);
    }
}

#[test]
fn only_what_one_message_should_not_tell_together_has_a_detail() {
    let code = |code: &str| Some(code.to_owned());
    assert_eq!(Cause::Refused { code: code("InvalidARN") }.detail(), Some("InvalidARN"));
    assert_eq!(Cause::Late { after: Some(Box::new(Cause::Quota)) }.detail(), Some("quota"));
    assert_eq!(Cause::Late { after: None }.detail(), None);
    let region = Some("us-west-2".to_owned());
    assert_eq!(Cause::BucketElsewhere { region }.detail(), None);
}
