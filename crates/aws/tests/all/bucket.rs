//! Buckets: made, filled, read, copied, emptied.

use cachekeep_aws::bucket::{self, Bucket, CopyTo, Encryption, Ensured, Unusable};
use cachekeep_aws::{Class, Region};
use serde_json::json;

use crate::approved;
use crate::support::World;

fn exports() -> Bucket {
    Bucket::here("exports")
}

async fn world() -> World {
    let world = World::new();
    bucket::ensure(&world.clients, &exports()).await.unwrap();
    world
}

async fn keys(world: &World, bucket: &Bucket, prefix: &str) -> Vec<String> {
    let objects = bucket::list(&world.clients, bucket, prefix).await.unwrap();
    objects.into_iter().map(|object| object.key).collect()
}

#[tokio::test(start_paused = true)]
async fn init_makes_the_bucket_once_and_leaves_it_alone_after_that() {
    let world = World::new();
    let first = bucket::ensure(&world.clients, &exports()).await.unwrap();
    assert!(first.created);
    assert_eq!(first.set.len(), 5, "{:?}", first.set);
    let second = bucket::ensure(&world.clients, &exports()).await.unwrap();
    assert_eq!(second, Ensured::default());
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_cannot_take_exports_is_told_by_why() {
    let world = world().await;
    let check = |bucket| {
        let clients = world.clients.clone();
        async move { bucket::check(&clients, &bucket).await }
    };
    assert!(check(exports()).await.is_ok());
    assert!(matches!(check(Bucket::here("nowhere")).await, Err(Unusable::Missing { .. })));
    assert!(matches!(check(Bucket::here("Bad_Name!")).await, Err(Unusable::BadName(_))));

    let far = Bucket::in_region("far", Region::new("eu-west-1"));
    bucket::ensure(&world.clients, &far).await.unwrap();
    assert!(check(far).await.is_ok());
    let elsewhere = check(Bucket::here("far")).await.unwrap_err();
    assert!(matches!(elsewhere, Unusable::Elsewhere { .. }), "{elsewhere:?}");
    assert!(elsewhere.to_string().contains("is in eu-west-1, the caches are in us-east-1"), "{elsewhere}");

    let stranger = world.as_account("999999999999");
    let refused = bucket::check(&stranger, &exports()).await.unwrap_err();
    assert!(matches!(refused, Unusable::Forbidden { .. }), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn a_document_is_written_and_read_whole_and_in_part() {
    let world = world().await;
    let document = json!({ "cache": "group:orders", "files": ["orders-0001.rdb"] });
    bucket::put_json(&world.clients, &exports(), "redis/manifest.json", &document).await.unwrap();
    let head = bucket::head(&world.clients, &exports(), "redis/manifest.json").await.unwrap().unwrap();
    let whole = bucket::get_range(&world.clients, &exports(), "redis/manifest.json", 0..1000).await.unwrap();
    assert_eq!(whole.len() as u64, head.bytes);
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&whole).unwrap(), document);
    let part = bucket::get_range(&world.clients, &exports(), "redis/manifest.json", 4..9).await.unwrap();
    assert_eq!(part, whole[4..9]);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_none_or_not_found() {
    let world = world().await;
    assert_eq!(bucket::head(&world.clients, &exports(), "gone").await.unwrap(), None);
    let read = bucket::get_range(&world.clients, &exports(), "gone", 0..4).await;
    assert_eq!(read.unwrap_err().class(), Class::NotFound);
    let missing = bucket::list(&world.clients, &Bucket::here("nowhere"), "").await.unwrap_err();
    assert!(missing.to_string().contains("set CACHEKEEP_BUCKET"), "{missing}");
}

#[tokio::test(start_paused = true)]
async fn more_than_a_page_of_objects_is_listed_and_deleted() {
    let world = world().await;
    for n in 0..1005 {
        bucket::put_json(&world.clients, &exports(), &format!("many/{n:04}"), &json!(n)).await.unwrap();
    }
    bucket::put_json(&world.clients, &exports(), "other", &json!(0)).await.unwrap();
    let many = keys(&world, &exports(), "many/").await;
    assert_eq!((many.len(), many[1004].as_str()), (1005, "many/1004"));
    let approval = approved::folder("many/");
    let all = keys(&world, &exports(), "").await;
    let beyond = bucket::delete_keys(&world.clients, &exports(), &approval, &all).await.unwrap_err();
    assert_eq!(beyond.class(), Class::Refused);
    assert_eq!(bucket::delete_keys(&world.clients, &exports(), &approval, &many).await.unwrap(), []);
    assert_eq!(keys(&world, &exports(), "").await, ["other"]);
}

#[tokio::test(start_paused = true)]
async fn a_copy_reaches_another_region_and_keeps_its_bytes() {
    let world = world().await;
    let far = Bucket::in_region("far", Region::new("eu-west-1"));
    bucket::ensure(&world.clients, &far).await.unwrap();
    bucket::put_json(&world.clients, &exports(), "redis/a b+c", &json!({ "some": "bytes" })).await.unwrap();
    let to = CopyTo {
        bucket: far.clone(),
        key: "copies/abc".to_owned(),
        encryption: Encryption::OfTheBucket,
        lock_until: None,
    };
    let copied = bucket::copy(&world.clients, &exports(), "redis/a b+c", &to).await.unwrap();
    let original = bucket::head(&world.clients, &exports(), "redis/a b+c").await.unwrap().unwrap();
    let copy = bucket::head(&world.clients, &far, "copies/abc").await.unwrap().unwrap();
    assert_eq!((copied.bytes, copy.bytes), (original.bytes, original.bytes));
    let gone = bucket::copy(&world.clients, &exports(), "gone", &to).await.unwrap_err();
    assert_eq!(gone.class(), Class::NotFound);
}

#[tokio::test(start_paused = true)]
async fn a_lock_needs_a_bucket_that_has_object_lock() {
    let world = world().await;
    bucket::put_json(&world.clients, &exports(), "a", &json!(1)).await.unwrap();
    let until = Some("2027-04-01T00:00:00Z".parse().unwrap());
    let to = CopyTo {
        bucket: exports(),
        key: "b".to_owned(),
        encryption: Encryption::OfTheBucket,
        lock_until: until,
    };
    let refused = bucket::copy(&world.clients, &exports(), "a", &to).await.unwrap_err();
    assert_eq!(refused.class(), Class::Refused);
    assert_eq!(keys(&world, &exports(), "").await, ["a"]);
}
