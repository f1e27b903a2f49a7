//! Large objects by ranges: in order, in bounded room, past faults, and never two objects for one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cachekeep_aws::bucket::ranges::{self, Pinned, RANGE, RANGES_AT_ONCE, Window};
use cachekeep_aws::bucket::{self, Bucket};
use cachekeep_aws::{AwsError, Class};
use cachekeep_sandbox::door::call::ServiceName;
use cachekeep_sandbox::fault::{Cut, Fault, Moment, Rule, When};
use futures_util::StreamExt as _;
use http::StatusCode;

use crate::support::World;

const KEY: &str = "redis/orders-0001.rdb";

/// A bucket with one object of five ranges and a half, its entity tag and its bytes.
async fn world() -> (World, String, String) {
    let world = World::new();
    bucket::ensure(&world.clients, &exports()).await.unwrap();
    let length = usize::try_from(RANGE).unwrap() * 11 / 2;
    let words: Vec<String> = (0..length / 8).map(|number| format!("{number:08}")).collect();
    let mut text = words.concat();
    let etag = put(&world, &text).await;
    // As JSON it stands in quotes.
    text = format!("\"{text}\"");
    (world, etag, text)
}

async fn put(world: &World, text: &str) -> String {
    bucket::put_json(&world.clients, &exports(), KEY, &text).await.unwrap();
    bucket::head(&world.clients, &exports(), KEY).await.unwrap().unwrap().etag.unwrap()
}

fn exports() -> Bucket {
    Bucket::here("exports")
}

async fn read(world: &World, etag: &str, from: u64, to: u64, window: &Window) -> Result<String, AwsError> {
    let bucket = exports();
    let object = Pinned { bucket: &bucket, key: KEY, etag };
    let mut ranges = std::pin::pin!(ranges::read(&world.clients, object, from..to, window));
    let mut bytes = Vec::new();
    while let Some(held) = ranges.next().await {
        bytes.extend_from_slice(held?.bytes());
    }
    Ok(String::from_utf8(bytes).unwrap())
}

async fn whole(world: &World, etag: &str, text: &str) -> Result<String, AwsError> {
    read(world, etag, 0, text.len() as u64, &Window::new()).await
}

#[tokio::test(start_paused = true)]
async fn ranges_come_in_order_and_from_any_place() {
    let (world, etag, text) = world().await;
    assert!(whole(&world, &etag, &text).await.unwrap() == text);
    for from in [1, RANGE - 1, RANGE, 3 * RANGE + 5, text.len() as u64 - 1, text.len() as u64] {
        let rest = read(&world, &etag, from, text.len() as u64, &Window::new()).await.unwrap();
        assert!(rest == text[usize::try_from(from).unwrap()..], "{from}");
    }
}

#[tokio::test(start_paused = true)]
async fn as_many_ranges_are_on_their_way_as_there_is_room_for_and_readings_share_it() {
    let (world, etag, text) = world().await;
    world.sandbox.faults().inject(Rule::new(
        ServiceName::S3,
        "GetObject",
        Fault::Delay(Duration::from_secs(1)),
    ));
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (now_hook, most_hook) = (now.clone(), most.clone());
    world.sandbox.faults().hook(Arc::new(move |call, moment| {
        match (call.action.as_str(), moment) {
            ("GetObject", Moment::Before) => {
                most_hook.fetch_max(now_hook.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            }
            ("GetObject", Moment::After) => {
                now_hook.fetch_sub(1, Ordering::SeqCst);
            }
            _ => {}
        }
        Ok(())
    }));
    let window = Window::new();
    let started = tokio::time::Instant::now();
    let size = text.len() as u64;
    let (one, other) = futures_util::future::join(
        read(&world, &etag, 0, size, &window),
        read(&world, &etag, 0, size, &window),
    )
    .await;
    assert!(one.unwrap() == text && other.unwrap() == text);
    assert_eq!(most.load(Ordering::SeqCst), RANGES_AT_ONCE);
    // Twelve ranges of a second each, four at a time.
    assert_eq!(started.elapsed().as_secs(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_range_that_fails_is_asked_for_again_and_never_the_file() {
    let (world, etag, text) = world().await;
    let failing = Fault::ServerError(StatusCode::SERVICE_UNAVAILABLE);
    // More often than the SDK repeats by itself.
    world.sandbox.faults().inject(Rule::new(ServiceName::S3, "GetObject", failing).when(When::First(5)));
    world.sandbox.calls().reset();
    assert!(whole(&world, &etag, &text).await.unwrap() == text);
    assert_eq!(world.sandbox.calls().count(ServiceName::S3, "GetObject"), 6 + 5);
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_does_not_answer_is_believed_after_some_tries() {
    let (world, etag, text) = world().await;
    world.sandbox.faults().hook(Arc::new(
        |call, _| {
            if call.action == "GetObject" { Err(Cut::Closed) } else { Ok(()) }
        },
    ));
    assert!(whole(&world, &etag, &text).await.unwrap_err().is_retryable());
}

#[tokio::test(start_paused = true)]
async fn an_object_that_was_replaced_is_noticed_and_one_that_is_gone_is_not_found() {
    let (world, etag, text) = world().await;
    put(&world, "something else").await;
    assert!(whole(&world, &etag, &text).await.unwrap_err().is_changed());
    let bucket = exports();
    let gone = Pinned { bucket: &bucket, key: "redis/gone.rdb", etag: &etag };
    let window = Window::new();
    let mut ranges = std::pin::pin!(ranges::read(&world.clients, gone, 0..9, &window));
    assert_eq!(ranges.next().await.unwrap().unwrap_err().class(), Class::NotFound);
}
