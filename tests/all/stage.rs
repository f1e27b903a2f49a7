//! A lab for one test, and its state in a form that two runs can be compared by.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use cachekeep_core::backup::{Backup, CopyView};
use cachekeep_core::job::Job;
use cachekeep_engine::Report;
use cachekeep_lab::{Lab, Options};
use cachekeep_sandbox::elasticache::CacheSpec;
use cachekeep_sandbox::service::Request;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderValue, Method};

/// A plan that backs everything up every six hours, exports it and reads it.
pub(crate) const PLAN: &str = "
version: 1
quota: { reserve: 2 }
plans:
  - name: gold
    select: { names: ['*'] }
    schedule: '0 */6 * * *'
    start_within: 1h
    keep: { last: 2 }
    grace: 0
    snapshots: { keep: 1 }
    export: { prefix: 'redis/' }
";

pub(crate) fn start() -> DateTime<Utc> {
    "2026-11-21T05:50:00Z".parse().unwrap()
}

/// A lab at ten to six with these caches and this plan.
pub(crate) async fn lab_with(options: Options, caches: Vec<CacheSpec>, plan: &str) -> Lab {
    let lab = Lab::new(options).await.unwrap();
    for cache in caches {
        lab.sandbox.elasticache().create(cache);
    }
    lab.apply_plans(plan).await.unwrap();
    lab
}

pub(crate) async fn lab(caches: Vec<CacheSpec>) -> Lab {
    lab_with(options(), caches, PLAN).await
}

pub(crate) fn options() -> Options {
    Options::new(start(), 7, directory())
}

pub(crate) fn directory() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let path =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("lab-{}-{number}", std::process::id()));
    _ = std::fs::remove_dir_all(&path);
    path
}

/// Lets some minutes go by; ElastiCache goes on, no pass runs.
pub(crate) async fn wait(lab: &Lab, minutes: i64) {
    lab.sandbox.run_until(lab.now() + TimeDelta::minutes(minutes)).await;
}

/// One pass, which must run through.
pub(crate) async fn pass(lab: &Lab, job: Job) -> Report {
    lab.pass(job).await.unwrap()
}

/// All six jobs every five minutes, as a cron job would run them, until `minutes` have gone by.
pub(crate) async fn operate(lab: &Lab, minutes: i64) {
    operate_every(lab, 5, minutes).await;
}

pub(crate) async fn operate_every(lab: &Lab, every: i64, minutes: i64) {
    let until = lab.now() + TimeDelta::minutes(minutes);
    while lab.now() < until {
        for job in Job::ALL {
            pass(lab, job).await;
        }
        wait(lab, every).await;
    }
}

/// Everything that a clean run and a troubled one must agree on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) snapshots: Vec<String>,
    pub(crate) objects: Vec<String>,
    pub(crate) backups: Vec<(String, String, Vec<CopyView>)>,
}

pub(crate) async fn state(lab: &Lab) -> State {
    let mut snapshots: Vec<String> = lab
        .sandbox
        .elasticache()
        .snapshots()
        .into_iter()
        .filter(|snapshot| !snapshot.automatic)
        .map(|snapshot| format!("{} of {} is {:?}", snapshot.name, snapshot.source, snapshot.status))
        .collect();
    snapshots.sort();
    let backups = backups(lab).await;
    let row = |backup: &Backup| (backup.id.to_string(), backup.status().to_string(), backup.copies());
    State { snapshots, objects: copies(lab), backups: backups.iter().map(row).collect() }
}

/// The keys in the stack's bucket, but for the mark that says whose it is.
fn copies(lab: &Lab) -> Vec<String> {
    let keys = lab.sandbox.s3().keys(lab.context.bucket.name());
    keys.into_iter().filter(|key| !is_mark(key)).collect()
}

/// Whether an object says whose a prefix is, rather than being a copy.
pub(crate) fn is_mark(key: &str) -> bool {
    key.ends_with("cachekeep.json")
}

/// Every backup in the ledger, by cache and slot.
pub(crate) async fn backups(lab: &Lab) -> Vec<Backup> {
    let mut backups = Vec::new();
    for cache in lab.context.ledger.caches().await.unwrap() {
        backups.extend(lab.context.ledger.history(&cache).await.unwrap());
    }
    backups
}

/// The subjects of the topic's messages, but for the daily digest, whose subject begins with its day.
pub(crate) fn subjects(lab: &Lab) -> Vec<String> {
    let inbox = lab.sandbox.sns().inbox(&lab.topic).into_iter();
    inbox
        .filter_map(|message| message.subject)
        .filter(|subject| !subject.starts_with("cachekeep: 2026-"))
        .collect()
}

/// One request as the account's owner makes it, past all clients: what was answered.
pub(crate) async fn owner_asks(
    lab: &Lab,
    (method, service, path): (Method, &str, &str),
    headers: &[(&'static str, &str)],
    body: String,
) -> String {
    let host = format!("{service}.us-east-1.amazonaws.com");
    let scope = format!(
        "AWS4-HMAC-SHA256 Credential=owner/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=none"
    );
    let mut request = Request::new(Bytes::from(body));
    *request.method_mut() = method;
    *request.uri_mut() = format!("http://{host}{path}").parse().unwrap();
    for (name, value) in [("authorization", scope.as_str()), ("host", &host)].iter().chain(headers) {
        request.headers_mut().insert(*name, HeaderValue::from_str(value).unwrap());
    }
    let answer = lab.sandbox.handle(request).await;
    let text = String::from_utf8_lossy(answer.body()).into_owned();
    assert!(answer.status().is_success(), "{path}: {text}");
    text
}
