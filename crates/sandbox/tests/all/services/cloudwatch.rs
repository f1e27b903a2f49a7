//! CloudWatch's `CurrItems` in the three protocols that clients speak.

use crate::support::{REGION, client, pass, sandbox};
use bytes::Bytes;
use cachekeep_sandbox::Sandbox;
use cachekeep_sandbox::door::call::ServiceName;
use cachekeep_sandbox::elasticache::{CacheSpec, CacheStatus, Engine};
use cachekeep_sandbox::fault::{Fault, Rule};
use chrono::TimeDelta;
use http::Request;
use serde_json::{Value, json};

/// The file holds seven keys (crates/sandbox/zoo/zoo.json).
static TINY: &[u8] = include_bytes!("../../../zoo/valkey-8.0-tiny.rdb");
const KEYS: f64 = 7.0;

fn signed(region: &str) -> http::request::Builder {
    let scope =
        format!("AWS4-HMAC-SHA256 Credential=t/20270301/{region}/monitoring/aws4_request, Signature=0");
    Request::builder().method("POST").uri("/").header("authorization", scope)
}

fn query(dimension: &str, value: &str) -> Value {
    json!({
        "Id": "q", "MetricStat": {
            "Metric": {
                "Namespace": "AWS/ElastiCache", "MetricName": "CurrItems",
                "Dimensions": [{ "Name": dimension, "Value": value }],
            },
            "Period": 60, "Stat": "Maximum",
        },
    })
}

/// The values of the last ten minutes, asked in JSON.
async fn values(sandbox: &Sandbox, region: &str, query: Value) -> Vec<f64> {
    let now = sandbox.clock().now().timestamp();
    let body = json!({ "StartTime": now - 600, "EndTime": now, "MetricDataQueries": [query] });
    let request = signed(region).header("x-amz-target", "GraniteServiceVersion20100801.GetMetricData");
    let answer = sandbox.handle(request.body(body.to_string().into()).unwrap()).await;
    assert_eq!(answer.status(), 200, "{answer:?}");
    let answer: Value = serde_json::from_slice(answer.body()).unwrap();
    let result = &answer["MetricDataResults"][0];
    assert_eq!((&result["Id"], &result["StatusCode"]), (&json!("q"), &json!("Complete")));
    let values = result["Values"].as_array().unwrap();
    assert_eq!(values.len(), result["Timestamps"].as_array().unwrap().len());
    values.iter().map(|value| value.as_f64().unwrap()).collect()
}

async fn fleet() -> Sandbox {
    let sandbox = sandbox();
    let data = vec![Bytes::from_static(TINY)];
    sandbox.elasticache().create(CacheSpec { data: data.clone(), ..CacheSpec::group("orders", 1) });
    sandbox.elasticache().create(CacheSpec { data, ..CacheSpec::serverless("feed", Engine::Valkey) });
    pass(&sandbox, TimeDelta::minutes(20)).await;
    sandbox
}

#[tokio::test(start_paused = true)]
async fn the_keys_of_a_node_and_of_a_serverless_cache_are_counted() {
    let sandbox = fleet().await;
    assert_eq!(values(&sandbox, REGION, query("CacheClusterId", "orders-002")).await, [KEYS; 10]);
    assert_eq!(values(&sandbox, REGION, query("clusterId", "feed")).await, [KEYS; 10]);
    assert!(values(&sandbox, REGION, query("CacheClusterId", "no")).await.is_empty());
    assert!(values(&sandbox, "eu-west-1", query("CacheClusterId", "orders-002")).await.is_empty());
    sandbox.elasticache().set_status("orders", CacheStatus::RestoreFailed);
    assert!(values(&sandbox, REGION, query("CacheClusterId", "orders-002")).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_restored_cache_counts_what_its_backup_held() {
    let sandbox = fleet().await;
    let client = client(&sandbox);
    client.create_snapshot().cache_cluster_id("orders-002").snapshot_name("s").send().await.unwrap();
    pass(&sandbox, TimeDelta::minutes(10)).await;
    let request = client.create_cache_cluster().cache_cluster_id("again").engine("valkey").snapshot_name("s");
    request.send().await.unwrap();
    assert!(
        values(&sandbox, REGION, query("CacheClusterId", "again")).await.is_empty(),
        "it is not there yet"
    );
    pass(&sandbox, TimeDelta::minutes(30)).await;
    assert_eq!(values(&sandbox, REGION, query("CacheClusterId", "again")).await, [KEYS; 10]);
}

#[tokio::test(start_paused = true)]
async fn the_query_protocol_is_answered_in_xml() {
    let sandbox = fleet().await;
    let body = "Action=GetMetricData&Version=2010-08-01&StartTime=2027-03-01T00%3A10%3A00Z\
                &EndTime=2027-03-01T00%3A12%3A00Z&ScanBy=TimestampAscending&MetricDataQueries.member.1.Id=q\
                &MetricDataQueries.member.1.MetricStat.Metric.Namespace=AWS%2FElastiCache\
                &MetricDataQueries.member.1.MetricStat.Metric.MetricName=CurrItems\
                &MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Name=CacheClusterId\
                &MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Value=orders-001\
                &MetricDataQueries.member.1.MetricStat.Period=60&MetricDataQueries.member.1.MetricStat.Stat=Average";
    let answer = sandbox.handle(signed(REGION).body(body.into()).unwrap()).await;
    let text = String::from_utf8(answer.body().to_vec()).unwrap();
    assert!(
        text.starts_with("<GetMetricDataResponse xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\">")
    );
    let expected = "<Timestamps><member>2027-03-01T00:10:00Z</member><member>2027-03-01T00:11:00Z</member>\
                    </Timestamps><Values><member>7</member><member>7</member></Values>";
    assert!(text.contains(expected), "{text}");
}

/// A text of CBOR that is shorter than 24 bytes, or than 256.
fn text(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).unwrap();
    let head = if length < 24 { vec![0x60 | length] } else { vec![0x78, length] };
    [head, text.as_bytes().to_vec()].concat()
}

/// A time as Smithy writes it: tagged, as a floating-point number of seconds.
fn time(seconds: i32) -> Vec<u8> {
    [vec![0xC1, 0xFB], f64::from(seconds).to_be_bytes().to_vec()].concat()
}

fn map(pairs: Vec<(&str, Vec<u8>)>) -> Vec<u8> {
    let head = vec![0xA0 | u8::try_from(pairs.len()).unwrap()];
    let pairs = pairs.into_iter().flat_map(|(key, value)| [text(key), value]);
    std::iter::once(head).chain(pairs).collect::<Vec<_>>().concat()
}

fn cbor(body: Vec<u8>) -> Request<Bytes> {
    signed(REGION)
        .uri("/service/GraniteServiceVersion20100801/operation/GetMetricData")
        .header("smithy-protocol", "rpc-v2-cbor")
        .body(body.into())
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn cbor_is_answered_in_cbor_with_its_errors() {
    let sandbox = fleet().await;
    let dimension = map(vec![("Name", text("CacheClusterId")), ("Value", text("orders-001"))]);
    let metric = map(vec![
        ("Namespace", text("AWS/ElastiCache")),
        ("MetricName", text("CurrItems")),
        ("Dimensions", [vec![0x81], dimension].concat()),
    ]);
    let stat = map(vec![("Metric", metric), ("Period", vec![0x18, 60]), ("Stat", text("Maximum"))]);
    let query = map(vec![("Id", text("q")), ("MetricStat", stat)]);
    let end = i32::try_from(sandbox.clock().now().timestamp()).unwrap();
    let asked = |from: i32| {
        map(vec![
            ("StartTime", time(from)),
            ("EndTime", time(end)),
            ("MetricDataQueries", [vec![0x81], query.clone()].concat()),
        ])
    };
    let answer = sandbox.handle(cbor(asked(end - 60))).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["smithy-protocol"], "rpc-v2-cbor");
    let value = [text("Values"), vec![0x81, 0xFB], KEYS.to_be_bytes().to_vec()].concat();
    assert!(answer.body().windows(value.len()).any(|window| window == value), "{:x?}", answer.body());
    let refused = sandbox.handle(cbor(asked(end))).await;
    assert_eq!(refused.status(), 400);
    let code = text("InvalidParameterValue");
    assert!(refused.body().windows(code.len()).any(|window| window == code));
    sandbox.faults().inject(Rule::new(ServiceName::CloudWatch, "GetMetricData", Fault::Throttle));
    let throttled = sandbox.handle(cbor(asked(end - 60))).await;
    assert_eq!(throttled.headers()["smithy-protocol"], "rpc-v2-cbor");
}
