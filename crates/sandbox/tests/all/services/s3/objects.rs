//! Objects: written, read, listed, copied, versioned, deleted; and the files that they are.

use super::{body, put, read, versioned};
use crate::services::kit::{Kit, start};
use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::types::{ChecksumMode, Delete, MetadataDirective, ObjectIdentifier};
use chrono::TimeDelta;
use std::fs;

async fn kit() -> (Kit, Client) {
    let kit = Kit::new();
    let client = kit.s3();
    client.create_bucket().bucket("backups").send().await.unwrap();
    (kit, client)
}

#[tokio::test(start_paused = true)]
async fn an_object_is_a_file_under_its_own_name() {
    let (kit, client) = kit().await;
    put(&client, "backups", "redis/orders-0001.rdb", "REDIS0011").await;
    let file = kit.directory.join("backups/redis/orders-0001.rdb");
    assert_eq!(fs::read_to_string(&file).unwrap(), "REDIS0011");
    client.delete_object().bucket("backups").key("redis/orders-0001.rdb").send().await.unwrap();
    assert!(!kit.directory.join("backups/redis").exists());
    assert!(kit.directory.join("backups").exists());
}

#[tokio::test(start_paused = true)]
async fn what_the_writer_said_comes_back_with_the_sandboxs_date() {
    let (kit, client) = kit().await;
    kit.pass(TimeDelta::hours(5)).await;
    let write = client
        .put_object()
        .bucket("backups")
        .key("a b+ü.json")
        .body(body("{}"))
        .content_type("application/json");
    write.metadata("plan", "gold").tagging("team=data&env=prod").send().await.unwrap();
    let head = client.head_object().bucket("backups").key("a b+ü.json").send().await.unwrap();
    assert_eq!(head.last_modified().unwrap().secs(), (start() + TimeDelta::hours(5)).timestamp());
    assert_eq!((head.content_length(), head.content_type()), (Some(2), Some("application/json")));
    assert_eq!(head.metadata().unwrap()["plan"], "gold");
    assert_eq!(head.e_tag(), Some("\"99914b932bd37a50b983c5e7c90ae93b\""));
    let tags = client.get_object_tagging().bucket("backups").key("a b+ü.json").send().await.unwrap();
    let pairs: Vec<_> = tags.tag_set().iter().map(|tag| (tag.key(), tag.value())).collect();
    assert_eq!(pairs, [("env", "prod"), ("team", "data")]);
}

#[tokio::test(start_paused = true)]
async fn a_range_is_a_part_and_an_impossible_one_is_refused() {
    let (_kit, client) = kit().await;
    put(&client, "backups", "k", "0123456789").await;
    for (range, expected) in
        [("bytes=2-4", "234"), ("bytes=7-", "789"), ("bytes=-2", "89"), ("bytes=8-99", "89")]
    {
        let part = client.get_object().bucket("backups").key("k").range(range).send().await.unwrap();
        assert_eq!(part.body.collect().await.unwrap().to_vec(), expected.as_bytes(), "{range}");
    }
    let beyond =
        client.get_object().bucket("backups").key("k").range("bytes=10-11").send().await.unwrap_err();
    assert_eq!(beyond.code(), Some("InvalidRange"));
}

#[tokio::test(start_paused = true)]
async fn if_none_match_lets_only_the_first_writer_through() {
    let (_kit, client) = kit().await;
    let write =
        || client.put_object().bucket("backups").key("manifest").if_none_match("*").body(body("x")).send();
    write().await.unwrap();
    assert_eq!(write().await.unwrap_err().code(), Some("PreconditionFailed"));
    let etag = client.head_object().bucket("backups").key("manifest").send().await.unwrap().e_tag.unwrap();
    let replace = |etag: &str| {
        client.put_object().bucket("backups").key("manifest").if_match(etag).body(body("y")).send()
    };
    replace(&etag).await.unwrap();
    assert_eq!(replace(&etag).await.unwrap_err().code(), Some("PreconditionFailed"));
}

#[tokio::test(start_paused = true)]
async fn a_checksum_is_kept_and_a_wrong_one_refused() {
    let (_kit, client) = kit().await;
    let write = || client.put_object().bucket("backups").key("k").body(body("hello"));
    write().checksum_crc64_nvme("M3eFcAZSQlc=").send().await.unwrap();
    let head = client
        .head_object()
        .bucket("backups")
        .key("k")
        .checksum_mode(ChecksumMode::Enabled)
        .send()
        .await
        .unwrap();
    assert_eq!(head.checksum_crc64_nvme(), Some("M3eFcAZSQlc="));
    let wrong =
        write().checksum_sha256("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").send().await.unwrap_err();
    assert_eq!(wrong.code(), Some("BadDigest"));
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_is_named_as_aws_names_it() {
    let (_kit, client) = kit().await;
    let key =
        client.get_object().bucket("backups").key("none").send().await.unwrap_err().into_service_error();
    assert!(key.is_no_such_key());
    let head =
        client.head_object().bucket("backups").key("none").send().await.unwrap_err().into_service_error();
    assert!(head.is_not_found());
    let bucket = client.list_objects_v2().bucket("nobucket").send().await.unwrap_err().into_service_error();
    assert!(bucket.is_no_such_bucket());
    let bucket = client.head_bucket().bucket("nobucket").send().await.unwrap_err().into_service_error();
    assert!(bucket.is_not_found());
}

#[tokio::test(start_paused = true)]
async fn listings_come_in_pages_and_fold_at_the_delimiter() {
    let (_kit, client) = kit().await;
    for n in 0..1005 {
        put(&client, "backups", &format!("all/{n:04}"), "").await;
    }
    put(&client, "backups", "top", "x").await;
    let mut pages = client.list_objects_v2().bucket("backups").prefix("all/").into_paginator().send();
    let mut sizes = Vec::new();
    let mut keys = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        sizes.push(page.contents().len());
        keys.extend(page.contents().iter().map(|object| object.key().unwrap().to_owned()));
    }
    assert_eq!(sizes, [1000, 5]);
    assert!(keys.is_sorted());
    let folded = client.list_objects_v2().bucket("backups").delimiter("/").send().await.unwrap();
    assert_eq!(folded.common_prefixes()[0].prefix(), Some("all/"));
    assert_eq!((folded.contents().len(), folded.key_count()), (1, Some(2)));
    let after = client
        .list_objects_v2()
        .bucket("backups")
        .delimiter("/")
        .start_after("all/0500")
        .send()
        .await
        .unwrap();
    assert_eq!(after.key_count(), Some(1));
}

#[tokio::test(start_paused = true)]
async fn old_versions_stay_readable_while_the_directory_shows_the_newest() {
    let kit = Kit::new();
    let client = kit.s3();
    versioned(&client, "vault").await;
    let first = put(&client, "vault", "k", "one").await.unwrap();
    let second = put(&client, "vault", "k", "two").await.unwrap();
    let file = kit.directory.join("vault/k");
    assert_eq!(fs::read_to_string(&file).unwrap(), "two");
    let old = client.get_object().bucket("vault").key("k").version_id(&first).send().await.unwrap();
    assert_eq!(old.body.collect().await.unwrap().to_vec(), b"one");
    let marker = client.delete_object().bucket("vault").key("k").send().await.unwrap();
    assert_eq!((marker.delete_marker(), file.exists()), (Some(true), false));
    assert!(
        client
            .get_object()
            .bucket("vault")
            .key("k")
            .send()
            .await
            .unwrap_err()
            .into_service_error()
            .is_no_such_key()
    );
    let listed = client.list_object_versions().bucket("vault").send().await.unwrap();
    assert_eq!(
        listed.versions().iter().map(|version| version.version_id().unwrap()).collect::<Vec<_>>(),
        [&second, &first]
    );
    assert_eq!(listed.delete_markers()[0].is_latest(), Some(true));
    for id in [marker.version_id().unwrap(), &second] {
        client.delete_object().bucket("vault").key("k").version_id(id).send().await.unwrap();
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "one");
}

#[tokio::test(start_paused = true)]
async fn versions_are_listed_in_pages() {
    let kit = Kit::new();
    let client = kit.s3();
    versioned(&client, "vault").await;
    for n in 0..5 {
        put(&client, "vault", "a", &n.to_string()).await;
        put(&client, "vault", "b", &n.to_string()).await;
    }
    let (mut seen, mut key, mut version) = (Vec::new(), None, None);
    loop {
        let list = client.list_object_versions().bucket("vault").max_keys(3);
        let page = list.set_key_marker(key).set_version_id_marker(version).send().await.unwrap();
        seen.extend(page.versions().iter().map(|one| one.key().unwrap().to_owned()));
        if page.is_truncated() != Some(true) {
            break;
        }
        (key, version) = (page.next_key_marker, page.next_version_id_marker);
    }
    assert_eq!(seen, ["a", "a", "a", "a", "a", "b", "b", "b", "b", "b"]);
}

#[tokio::test(start_paused = true)]
async fn a_key_and_a_longer_one_through_it_live_side_by_side() {
    let (_kit, client) = kit().await;
    let keys = ["a", "a/b", "x/y", "x", "../up", "trailing/", "//", "c/./d"];
    for key in keys {
        put(&client, "backups", key, key).await;
    }
    for key in keys {
        assert_eq!(read(&client, "backups", key).await, key);
    }
    let listed = client.list_objects_v2().bucket("backups").send().await.unwrap();
    assert_eq!(listed.contents().len(), keys.len());
    for key in keys {
        client.delete_object().bucket("backups").key(key).send().await.unwrap();
    }
    assert_eq!(client.list_objects_v2().bucket("backups").send().await.unwrap().contents().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_copy_keeps_or_replaces_what_was_said_of_the_object() {
    let (_kit, client) = kit().await;
    let write = client.put_object().bucket("backups").key("a/b c.rdb").body(body("data")).metadata("k", "v");
    write.tagging("t=1").send().await.unwrap();
    let copy = |key: &str| client.copy_object().bucket("backups").key(key).copy_source("backups/a/b%20c.rdb");
    copy("same").send().await.unwrap();
    let changed = copy("changed").metadata_directive(MetadataDirective::Replace).metadata("k", "w");
    changed.send().await.unwrap();
    for (key, value) in [("same", "v"), ("changed", "w")] {
        let head = client.head_object().bucket("backups").key(key).send().await.unwrap();
        assert_eq!(head.metadata().unwrap()["k"], value);
        assert_eq!(read(&client, "backups", key).await, "data");
    }
    let tags = client.get_object_tagging().bucket("backups").key("same").send().await.unwrap();
    assert_eq!(tags.tag_set()[0].value(), "1");
    let itself = client.copy_object().bucket("backups").key("same").copy_source("backups/same").send().await;
    assert_eq!(itself.unwrap_err().code(), Some("InvalidRequest"));
}

#[tokio::test(start_paused = true)]
async fn many_keys_are_deleted_at_once_whether_there_or_not() {
    let (_kit, client) = kit().await;
    put(&client, "backups", "a", "").await;
    put(&client, "backups", "b", "").await;
    let key = |key: &str| ObjectIdentifier::builder().key(key).build().unwrap();
    let delete = Delete::builder().objects(key("a")).objects(key("none")).build().unwrap();
    let answer = client.delete_objects().bucket("backups").delete(delete).send().await.unwrap();
    assert_eq!((answer.deleted().len(), answer.errors().len()), (2, 0));
    assert_eq!(client.list_objects_v2().bucket("backups").send().await.unwrap().contents().len(), 1);
    let full = client.delete_bucket().bucket("backups").send().await.unwrap_err();
    assert_eq!(full.code(), Some("BucketNotEmpty"));
}
