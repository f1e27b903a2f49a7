//! The protocols: how a call is read into one document, and how an answer is written.

use super::NAMESPACE;
use super::cbor::{self, Item};
use super::metrics::{Refused, Series};
use crate::door::refusal::{json as json_error, response};
use crate::query::params::{Params, Structure};
use crate::query::{self, xml::Xml};
use crate::service::{Request, Response};
use bytes::Bytes;
use chrono::SecondsFormat;
use http::StatusCode;
use serde_json::{Value, json};

/// How a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    /// Smithy RPC v2 with CBOR, as the newest SDKs do.
    Cbor,
    /// AWS JSON 1.0.
    Json,
    /// AWS Query.
    Query,
}

/// The header by which both sides of Smithy RPC know each other.
const SMITHY: &str = "smithy-protocol";
const RPC_V2: &str = "rpc-v2-cbor";

impl Protocol {
    pub(super) fn of(request: &Request) -> Self {
        let headers = request.headers();
        if headers.get(SMITHY).is_some_and(|value| value == RPC_V2) {
            Self::Cbor
        } else if headers.contains_key("x-amz-target") {
            Self::Json
        } else {
            Self::Query
        }
    }

    pub(super) fn read(self, request: &Request) -> Result<Value, Refused> {
        match self {
            Self::Cbor => cbor::read(request.body()).map(Item::into_json).ok_or(Refused::Body),
            Self::Json => serde_json::from_slice(request.body()).map_err(|_| Refused::Body),
            Self::Query => {
                Ok(of_form(&Params::parse(request.body(), request.uri().query().unwrap_or_default())))
            }
        }
    }

    pub(super) fn write(self, series: &[Series]) -> Response {
        match self {
            Self::Cbor => cbor_response(StatusCode::OK, &cbor_answer(series)),
            Self::Json => {
                response(StatusCode::OK, "application/x-amz-json-1.0", json_answer(series).to_string())
            }
            Self::Query => {
                let mut xml = Xml::default();
                write_xml(&mut xml, series);
                query::answer(NAMESPACE, "GetMetricData", &xml.finish())
            }
        }
    }

    pub(super) fn refuse(self, status: StatusCode, code: &str, message: &str) -> Response {
        match self {
            Self::Cbor => {
                let error = Item::Map(vec![
                    ("__type".into(), Item::Text(code.into())),
                    ("message".into(), Item::Text(message.into())),
                ]);
                cbor_response(status, &error)
            }
            Self::Json => json_error(status, code, message),
            Self::Query => query::refuse(NAMESPACE, status, code, message),
        }
    }
}

fn of_form(form: &Params) -> Value {
    let query = |item: &Structure<'_>| {
        let dimension =
            |item: &Structure<'_>| json!({ "Name": item.get("Name"), "Value": item.get("Value") });
        let dimensions: Vec<Value> =
            item.structures("MetricStat.Metric.Dimensions", "member").iter().map(dimension).collect();
        json!({
            "Id": item.get("Id"),
            "Label": item.get("Label"),
            "ReturnData": item.get("ReturnData") != Some("false"),
            "MetricStat": {
                "Metric": {
                    "Namespace": item.get("MetricStat.Metric.Namespace"),
                    "MetricName": item.get("MetricStat.Metric.MetricName"),
                    "Dimensions": dimensions,
                },
                "Period": item.get("MetricStat.Period").and_then(|period| period.parse::<i64>().ok()),
                "Stat": item.get("MetricStat.Stat"),
            },
        })
    };
    let queries: Vec<Value> = form.structures("MetricDataQueries", "member").iter().map(query).collect();
    json!({
        "StartTime": form.get("StartTime"),
        "EndTime": form.get("EndTime"),
        "ScanBy": form.get("ScanBy"),
        "MetricDataQueries": queries,
    })
}

fn json_answer(series: &[Series]) -> Value {
    let one = |series: &Series| {
        let times: Vec<i64> = series.points.iter().map(|(at, _)| at.timestamp()).collect();
        let values: Vec<f64> = series.points.iter().map(|(_, value)| *value).collect();
        json!({
            "Id": series.id, "Label": series.label, "Timestamps": times, "Values": values, "StatusCode": "Complete",
        })
    };
    json!({ "MetricDataResults": series.iter().map(one).collect::<Vec<_>>(), "Messages": [] })
}

fn cbor_answer(series: &[Series]) -> Item {
    let one = |series: &Series| {
        let times = series.points.iter().map(|(at, _)| Item::Time(at.timestamp())).collect();
        let values = series.points.iter().map(|(_, value)| Item::Number(*value)).collect();
        Item::Map(vec![
            ("Id".into(), Item::Text(series.id.clone())),
            ("Label".into(), Item::Text(series.label.clone())),
            ("Timestamps".into(), Item::List(times)),
            ("Values".into(), Item::List(values)),
            ("StatusCode".into(), Item::Text("Complete".into())),
        ])
    };
    Item::Map(vec![
        ("MetricDataResults".into(), Item::List(series.iter().map(one).collect())),
        ("Messages".into(), Item::List(Vec::new())),
    ])
}

fn write_xml(xml: &mut Xml, series: &[Series]) {
    xml.list("MetricDataResults", "member", series, |xml, series| {
        xml.text("Id", &series.id).text("Label", &series.label);
        xml.element("Timestamps", |xml| {
            for (at, _) in &series.points {
                xml.text("member", &at.to_rfc3339_opts(SecondsFormat::Secs, true));
            }
        });
        xml.element("Values", |xml| {
            for (_, value) in &series.points {
                xml.value("member", value);
            }
        });
        xml.text("StatusCode", "Complete");
    });
}

fn cbor_response(status: StatusCode, item: &Item) -> Response {
    let mut answer = Response::new(Bytes::from(cbor::write(item)));
    *answer.status_mut() = status;
    answer
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/cbor"));
    answer.headers_mut().insert(SMITHY, http::HeaderValue::from_static(RPC_V2));
    answer
}
