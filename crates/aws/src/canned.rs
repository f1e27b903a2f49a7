//! For unit tests: clients whose transport is a function, so that each reply stands beside what is expected of it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime};

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::credential_fn::provide_credentials_fn;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_types::sdk_config::Builder;
use bytes::Bytes;
use hyper::body::{Body, Frame};
use tokio::time::Instant;

use crate::clients::Clients;
use crate::pacer::{Pace, Pacer};

/// What a client sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) uri: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Sent {
    fn of(request: &HttpRequest) -> Self {
        Self {
            method: request.method().to_owned(),
            uri: request.uri().to_owned(),
            headers: request
                .headers()
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            body: String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned(),
        }
    }

    /// A parameter of ElastiCache's query protocol, `Action` among them; empty if absent.
    pub(crate) fn parameter(&self, name: &str) -> String {
        let found = form_urlencoded::parse(self.body.as_bytes()).find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned()).unwrap_or_default()
    }

    /// What is asked, of ElastiCache or of a JSON service (`DynamoDB_20120810.DescribeTable`).
    pub(crate) fn operation(&self) -> String {
        let target = self.headers.get("x-amz-target").and_then(|target| target.rsplit('.').next());
        target.map_or_else(|| self.parameter("Action"), str::to_owned)
    }
}

/// What comes back.
pub(crate) enum Reply {
    /// A status and a body.
    Answer(u16, String),
    /// The same with headers.
    With(u16, Vec<(&'static str, &'static str)>, String),
    /// Status and headers at once, and the body after this long.
    Late(Duration, String),
    /// The transport fails.
    Broken(ConnectorError),
}

impl Reply {
    pub(crate) fn ok(body: impl Into<String>) -> Self {
        Self::Answer(200, body.into())
    }

    /// An error of the query protocol.
    pub(crate) fn fault(status: u16, code: &str, message: &str) -> Self {
        let xml = format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
             <RequestId>1</RequestId></ErrorResponse>"
        );
        Self::Answer(status, xml)
    }

    /// A result of the query protocol.
    pub(crate) fn result(operation: &str, inner: &str) -> Self {
        Self::ok(format!(
            "<{operation}Response><{operation}Result>{inner}</{operation}Result></{operation}Response>"
        ))
    }

    fn into_response(self) -> Result<HttpResponse, ConnectorError> {
        let (status, headers, body) = match self {
            Self::Answer(status, body) => (status, Vec::new(), body),
            Self::With(status, headers, body) => (status, headers, body),
            Self::Late(wait, body) => {
                let late = LateBody { body: Some(body.into()), wait: Box::pin(tokio::time::sleep(wait)) };
                return Ok(HttpResponse::new(
                    StatusCode::try_from(200).unwrap(),
                    SdkBody::from_body_1_x(late),
                ));
            }
            Self::Broken(error) => return Err(error),
        };
        let mut response = HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body));
        for (name, value) in headers {
            response.headers_mut().insert(name, value);
        }
        Ok(response)
    }
}

/// A body that comes as a whole, but late.
struct LateBody {
    body: Option<Bytes>,
    wait: Pin<Box<tokio::time::Sleep>>,
}

impl Body for LateBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        ready!(self.wait.as_mut().poll(cx));
        Poll::Ready(self.body.take().map(|body| Ok(Frame::data(body))))
    }
}

type Answer = dyn Fn(&Sent) -> Reply + Send + Sync;

#[derive(Clone)]
struct Transport {
    answer: Arc<Answer>,
    log: Log,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transport")
    }
}

impl HttpConnector for Transport {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let sent = Sent::of(&request);
        let reply = (self.answer)(&sent);
        self.log.0.lock().unwrap().push(sent);
        HttpConnectorFuture::ready(reply.into_response())
    }
}

impl HttpClient for Transport {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// Everything that was sent, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<Sent>>>);

impl Log {
    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn operations(&self) -> Vec<String> {
        self.sent().iter().map(Sent::operation).collect()
    }
}

/// Clients in eu-west-1 that get their replies from `answer`.
pub(crate) fn clients(answer: impl Fn(&Sent) -> Reply + Send + Sync + 'static) -> (Clients, Log) {
    let log = Log::default();
    let credentials = SharedCredentialsProvider::new(Credentials::new("AKID", "secret", None, None, "test"));
    let config = config(Arc::new(answer), log.clone()).credentials_provider(credentials).build();
    (Clients::new(&config), log)
}

/// The same, on a machine where no credentials are to be found.
pub(crate) fn clients_without_credentials() -> Clients {
    let nothing =
        provide_credentials_fn(|| async { Err(CredentialsError::not_loaded("no providers in chain")) });
    let config = config(Arc::new(|_| Reply::ok("")), Log::default());
    let config = config.credentials_provider(SharedCredentialsProvider::new(nothing)).build();
    Clients::new(&config)
}

/// The same, behind an endpoint of the environment's.
pub(crate) fn clients_at(
    endpoint: &str,
    answer: impl Fn(&Sent) -> Reply + Send + Sync + 'static,
) -> (Clients, Log) {
    let log = Log::default();
    let credentials = SharedCredentialsProvider::new(Credentials::new("AKID", "secret", None, None, "test"));
    let config =
        config(Arc::new(answer), log.clone()).credentials_provider(credentials).endpoint_url(endpoint);
    (Clients::new(&config.build()), log)
}

/// Clients of a configuration made elsewhere, behind this transport.
pub(crate) fn clients_of(
    config: Builder,
    answer: impl Fn(&Sent) -> Reply + Send + Sync + 'static,
) -> (Clients, Log) {
    let log = Log::default();
    let transport = Transport { answer: Arc::new(answer), log: log.clone() };
    (Clients::new(&config.http_client(SharedHttpClient::new(transport)).build()), log)
}

fn config(answer: Arc<Answer>, log: Log) -> Builder {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(aws_config::Region::new("eu-west-1"))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .http_client(SharedHttpClient::new(Transport { answer, log }))
}

/// A clock that goes with tokio's, so that what watches for stalls sees the time that a test lets pass.
#[derive(Debug)]
struct TokiosTime(Instant);

impl TimeSource for TokiosTime {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_hours(500_000) + self.0.elapsed()
    }
}

/// Clients whose clock is tokio's.
pub(crate) fn clients_in_tokios_time(
    answer: impl Fn(&Sent) -> Reply + Send + Sync + 'static,
) -> (Clients, Log) {
    let log = Log::default();
    let credentials = SharedCredentialsProvider::new(Credentials::new("AKID", "secret", None, None, "test"));
    let time = SharedTimeSource::new(TokiosTime(Instant::now()));
    let config = config(Arc::new(answer), log.clone()).credentials_provider(credentials).time_source(time);
    (Clients::new(&config.build()), log)
}

/// A pacer that never holds back for a minute.
pub(crate) fn pacer() -> Pacer {
    Pacer::new(Pace::UNLIMITED, Instant::now() + Duration::from_mins(1))
}
