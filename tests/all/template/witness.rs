//! Watches what each job asks of AWS, in a scenario that takes every path that a job has.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use bytes::Bytes;
use cachekeep_core::job::Job;
use cachekeep_core::message;
use cachekeep_engine::Memory;
use cachekeep_lab::Lab;
use cachekeep_sandbox::door::call::ServiceName;
use cachekeep_sandbox::elasticache::{CacheSpec, Engine};
use cachekeep_sandbox::fault::{Fault, Rule, When};
use cachekeep_sandbox::service::Request;
use http::{HeaderValue, Method};
use serde_json::{Value, json};

use super::asked::{self, Asked};
use crate::following::begun;
use crate::stage::{lab, wait};

/// The bucket that exports are copied to.
pub(super) const REPLICA: &str = "replica";

/// What each job asked.
pub(super) type Calls = BTreeMap<Job, BTreeSet<Asked>>;

/// A transport that writes down what IAM would be asked.
#[derive(Debug, Clone)]
struct Watched {
    client: SharedHttpClient,
    seen: Arc<Mutex<BTreeSet<Asked>>>,
}

impl HttpClient for Watched {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let connector = self.client.http_connector(settings, components);
        SharedHttpConnector::new(Watching { connector, seen: Arc::clone(&self.seen) })
    }
}

#[derive(Debug)]
struct Watching {
    connector: SharedHttpConnector,
    seen: Arc<Mutex<BTreeSet<Asked>>>,
}

impl HttpConnector for Watching {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).extend(asked::by(&request));
        self.connector.call(request)
    }
}

/// Every kind of cache; exports with a prefix of the plan's own and without; copies under a lock and a key; few backups kept, so that soon some go; automatic snapshots.
const PLANS: &str = "
version: 1
quota: { reserve: 2 }
plans:
  - name: gold
    select: { tags: { backup: gold } }
    schedule: '0 */6 * * *'
    keep: { last: 1 }
    snapshots: { keep: 1 }
    export:
      prefix: 'redis/'
      verify: deep
      copies: [{ bucket: replica, kms_key: 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555', lock: 1d }]
  - name: automatic
    select: { tags: { backup: automatic } }
    schedule: '30 4 * * *'
    source: automatic
    keep: { last: 1 }
    export: {}
";

fn caches() -> Vec<CacheSpec> {
    vec![
        CacheSpec::group("orders", 2).tag("backup", "gold"),
        CacheSpec::cluster_mode_group("catalog", 2, 1).tag("backup", "gold"),
        CacheSpec::single_node("sessions").tag("backup", "gold"),
        CacheSpec::serverless("carts", Engine::Valkey).tag("backup", "gold"),
        CacheSpec::memcached("pages", 2).tag("backup", "gold"),
        CacheSpec::group("search", 1).tag("backup", "automatic").automatic(3, "02:00-03:00"),
    ]
}

/// One request to S3 as its owner makes it, past all clients: (what it answered).
pub(super) async fn ask_s3(
    lab: &Lab,
    method: Method,
    path: &str,
    headers: &[(&'static str, &'static str)],
) -> String {
    let mut request = signed(method, "s3", path);
    for (name, value) in headers {
        request.headers_mut().insert(*name, HeaderValue::from_static(value));
    }
    let response = lab.sandbox.handle(request).await;
    let text = String::from_utf8_lossy(response.body()).into_owned();
    assert!(response.status().is_success(), "{path}: {text}");
    text
}

/// When somebody deletes our snapshots by hand: around the slot after the first day, in tens of minutes.
const LOSING: std::ops::Range<u32> = 144..156;

/// When somebody restores a group and a serverless cache and does not wait, in tens of minutes: the second backups are good.
const RESTORING: u32 = 48;

/// Deletes our snapshot of `orders`, where there is one that can be deleted.
async fn lose_a_snapshot(lab: &Lab) {
    let snapshots = lab.sandbox.elasticache().snapshots();
    let ours = snapshots.into_iter().filter(|snapshot| snapshot.name.starts_with("ck-orders"));
    for snapshot in ours {
        let body = format!("Action=DeleteSnapshot&Version=2015-02-02&SnapshotName={}", snapshot.name);
        let mut request = signed(Method::POST, "elasticache", "/");
        *request.body_mut() = body.into();
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert("content-type", form);
        // One that is being taken, exported or deleted is refused, and the next time may do.
        _ = lab.sandbox.handle(request).await;
    }
}

/// A request as the account's owner signs it.
fn signed(method: Method, service: &str, path: &str) -> Request {
    let mut request = Request::new(Bytes::new());
    *request.method_mut() = method;
    *request.uri_mut() = format!("http://{service}.us-east-1.amazonaws.com{path}").parse().unwrap();
    let scope = format!(
        "AWS4-HMAC-SHA256 Credential=owner/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=none"
    );
    let host = format!("{service}.us-east-1.amazonaws.com");
    for (name, value) in [("authorization", scope), ("host", host)] {
        request.headers_mut().insert(name, value.try_into().unwrap());
    }
    request
}

/// How long a function has to start calls.
const AN_INVOCATION: Duration = Duration::from_mins(1);

/// What `notify` wakes a job with. A job that is not woken so refuses it before any call.
fn waiting(job: Job) -> Value {
    let backups = json!(["group:orders/gold/2026-11-21T06:00:00Z"]);
    let detail = json!({ "version": message::VERSION, "job": job.as_str(), "backups": backups });
    json!({ "source": message::SOURCE, "detail-type": message::WORK_WAITING, "detail": detail })
}

/// Two days of all six jobs in a stack with this prefix, with what goes wrong now and then, and what each job asked.
pub(super) async fn every_path(prefix: &str) -> (Lab, Calls) {
    let mut lab = lab(caches()).await;
    lab.context.prefix = prefix.parse().unwrap();
    lab.apply_plans(PLANS).await.unwrap();
    ask_s3(&lab, Method::PUT, &format!("/{REPLICA}"), &[("x-amz-bucket-object-lock-enabled", "true")]).await;
    let faults = [
        ("CreateSnapshot", Fault::SnapshotFails),
        ("CopySnapshot", Fault::TimeoutAfterEffect),
        ("DescribeSnapshots", Fault::Throttle),
    ];
    for (action, fault) in faults {
        lab.sandbox.faults().inject(Rule::new(ServiceName::ElastiCache, action, fault).when(When::First(1)));
    }
    // As often as one export is tried: it fails for good.
    let refused = Rule::new(ServiceName::ElastiCache, "ExportServerlessCacheSnapshot", Fault::AccessDenied);
    lab.sandbox.faults().inject(refused.when(When::First(3)));
    let mut calls = Calls::new();
    let mut memories: BTreeMap<Job, Memory> = BTreeMap::new();
    for ten_minutes in 0..48 * 6 {
        if LOSING.contains(&ten_minutes) {
            lose_a_snapshot(&lab).await;
        }
        if ten_minutes == RESTORING {
            begun(&lab, "orders", "orders-2").await;
            begun(&lab, "carts", "carts-2").await;
        }
        for job in Job::ALL {
            let seen = Arc::new(Mutex::new(BTreeSet::new()));
            let client = lab.sandbox.http_client();
            let mut watched =
                lab.with_transport(SharedHttpClient::new(Watched { client, seen: Arc::clone(&seen) }));
            // Each function is a process of its own.
            watched.context.memory = memories.entry(job).or_default().clone();
            // A pass that a fault ends has asked as well.
            _ = watched.pass(job).await;
            _ = watched.receive(job, waiting(job), AN_INVOCATION).await;
            calls.entry(job).or_default().append(&mut seen.lock().unwrap_or_else(PoisonError::into_inner));
        }
        wait(&lab, 10).await;
    }
    (lab, calls)
}
