//! The two doors: the same answers over a socket and without one, and who is calling.

use crate::support::{REGION, client, directory, start};
use aws_sdk_elasticache::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_async::time::SharedTimeSource;
use bytes::Bytes;
use cachekeep_sandbox::door::call::ServiceName;
use cachekeep_sandbox::elasticache::{CacheSpec, Durations, Span};
use cachekeep_sandbox::fault::{Fault, Rule};
use cachekeep_sandbox::{Config, Sandbox};
use chrono::TimeDelta;
use http::Request;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// Work takes a tenth of a second, since over a socket time is real.
pub(crate) fn quick() -> Sandbox {
    let tenth = Span::exactly(TimeDelta::milliseconds(100));
    let durations = Durations { snapshot: tenth, export: tenth, copy: tenth, delete: tenth, cache: tenth };
    let sandbox = Sandbox::new(Config { durations, ..Config::new(start(), directory()) }).unwrap();
    sandbox.elasticache().create(CacheSpec::single_node("lone"));
    sandbox
}

pub(crate) async fn open(sandbox: &Sandbox) -> (SocketAddr, tokio::sync::oneshot::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let serving = sandbox.clone().serve(listener, async {
        _ = stopped.await;
    });
    tokio::spawn(serving);
    (address, stop)
}

/// An SDK client as `AWS_ENDPOINT_URL` would make it.
fn over_http(sandbox: &Sandbox, address: SocketAddr) -> aws_sdk_elasticache::Client {
    let config = aws_sdk_elasticache::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .endpoint_url(format!("http://{address}"))
        .credentials_provider(Credentials::new("tester", "secret", None, None, "test"))
        .time_source(SharedTimeSource::new(sandbox.clock().clone()))
        .retry_config(aws_smithy_types::retry::RetryConfig::disabled())
        .build();
    aws_sdk_elasticache::Client::from_conf(config)
}

#[tokio::test]
async fn over_loopback_a_snapshot_is_taken_as_time_runs() {
    let sandbox = quick();
    let (address, _stop) = open(&sandbox).await;
    let client = over_http(&sandbox, address);
    client.create_snapshot().cache_cluster_id("lone").snapshot_name("s").send().await.unwrap();
    let available = async {
        loop {
            let answer = client.describe_snapshots().snapshot_name("s").send().await.unwrap();
            if answer.snapshots()[0].snapshot_status() == Some("available") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), available).await.unwrap();
    assert!(sandbox.calls().count(ServiceName::ElastiCache, "DescribeSnapshots") > 0);
}

#[tokio::test]
async fn over_loopback_a_fault_closes_the_connection_after_the_effect() {
    let sandbox = quick();
    let (address, _stop) = open(&sandbox).await;
    sandbox.faults().inject(Rule::new(ServiceName::ElastiCache, "CreateSnapshot", Fault::TimeoutAfterEffect));
    let request = over_http(&sandbox, address).create_snapshot().cache_cluster_id("lone").snapshot_name("s");
    let lost = request.send().await.unwrap_err();
    assert!(matches!(lost, aws_sdk_elasticache::error::SdkError::DispatchFailure(_)), "{lost:?}");
    assert_eq!(sandbox.elasticache().snapshots().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_caller_is_told_who_it_is() {
    let sandbox = quick();
    let config = aws_sdk_sts::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(Credentials::new("tester", "secret", None, None, "test"))
        .http_client(sandbox.http_client())
        .time_source(SharedTimeSource::new(sandbox.clock().clone()))
        .build();
    let identity = aws_sdk_sts::Client::from_conf(config).get_caller_identity().send().await.unwrap();
    assert_eq!(identity.account(), Some("123456789012"));
    assert_eq!(identity.arn(), Some("arn:aws:iam::123456789012:user/tester"));
}

#[tokio::test(start_paused = true)]
async fn a_call_without_a_signature_or_of_an_unknown_action_is_refused() {
    let sandbox = quick();
    let unsigned = sandbox.handle(http::Request::new(bytes::Bytes::new())).await;
    assert_eq!(unsigned.status(), 403);
    let scope = "AWS4-HMAC-SHA256 Credential=t/20270301/us-east-1/elasticache/aws4_request, Signature=0";
    let request = http::Request::builder().method("POST").uri("/").header("authorization", scope);
    let answer = sandbox.handle(request.body("Action=Nonsense&Version=2015-02-02".into()).unwrap()).await;
    assert_eq!(answer.status(), 400);
    let body = String::from_utf8(answer.into_body().to_vec()).unwrap();
    assert!(
        body.starts_with("<ErrorResponse xmlns=\"http://elasticache.amazonaws.com/doc/2015-02-02/\"><Error>")
    );
    assert!(body.contains("<Type>Sender</Type><Code>InvalidAction</Code>"), "{body}");
}

#[tokio::test(start_paused = true)]
async fn a_broken_connection_shows_as_504_to_who_asks_without_one() {
    let sandbox = quick();
    sandbox.faults().cut_after(0);
    let scope = "AWS4-HMAC-SHA256 Credential=t/20270301/us-east-1/elasticache/aws4_request, Signature=0";
    let request = http::Request::builder().method("POST").uri("/").header("authorization", scope);
    let answer = sandbox.handle(request.body("Action=DescribeSnapshots".into()).unwrap()).await;
    assert_eq!(answer.status(), 504);
    sandbox.faults().reset();
    client(&sandbox).describe_snapshots().send().await.unwrap();
}

/// A request as an SDK signs it, as far as the sandbox looks.
fn request(service: &str, method: &str, uri: &str, target: &str, body: &'static str) -> Request<Bytes> {
    let scope =
        format!("AWS4-HMAC-SHA256 Credential=t/20270301/{REGION}/{service}/aws4_request, Signature=0");
    let request = Request::builder().method(method).uri(uri).header("host", "localhost");
    let request = request.header("x-amz-target", target).header("authorization", scope);
    request.body(body.into()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn every_service_says_in_every_answer_what_the_sandboxs_clock_reads() {
    let sandbox = quick();
    sandbox.clock().set("2030-01-01T00:00:00Z".parse().unwrap());
    let requests = [
        request("elasticache", "POST", "/", "", "Action=DescribeSnapshots&Version=2015-02-02"),
        request("elasticache", "POST", "/", "", "Action=Nonsense&Version=2015-02-02"),
        request("s3", "GET", "/", "", ""),
        request("s3", "GET", "/nobody/nothing", "", ""),
        request("dynamodb", "POST", "/", "DynamoDB_20120810.ListTables", "{}"),
        request("dynamodb", "POST", "/", "DynamoDB_20120810.DescribeTable", r#"{"TableName":"nobody"}"#),
        request("sns", "POST", "/", "", "Action=Publish&Version=2010-03-31&TopicArn=nobody&Message=m"),
        request("events", "POST", "/", "AWSEvents.PutEvents", r#"{"Entries":[]}"#),
        request("tagging", "POST", "/", "ResourceGroupsTaggingAPI_20170126.GetResources", "{}"),
        request("sts", "POST", "/", "", "Action=GetCallerIdentity&Version=2011-06-15"),
        Request::new(Bytes::new()),
    ];
    for request in requests {
        let asked = format!("{request:?}");
        let answer = sandbox.handle(request).await;
        assert_eq!(answer.headers()["date"], "Tue, 01 Jan 2030 00:00:00 GMT", "{asked}");
    }
}

#[tokio::test]
async fn over_loopback_the_date_is_the_sandboxs_too() {
    let sandbox = quick();
    let (address, _stop) = open(&sandbox).await;
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: sandbox\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let dates: Vec<&str> = answer.lines().filter(|line| line.to_lowercase().starts_with("date:")).collect();
    assert!(dates.len() == 1 && dates[0].contains("Mon, 01 Mar 2027 00:00"), "{answer}");
}
