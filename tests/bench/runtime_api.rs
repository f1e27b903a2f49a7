//! A Lambda Runtime API for one process: it hands out one event and keeps the process waiting for another once that is
//! answered, as a warm Lambda waits.

use std::convert::Infallible;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// How long Lambda lets an invocation run at most.
const TIMEOUT: Duration = Duration::from_mins(15);

/// Listens on loopback.
pub(crate) struct RuntimeApi {
    listener: TcpListener,
}

/// The event that waits to be asked for, and where its answer goes.
struct Invocation {
    event: Mutex<Option<Bytes>>,
    answer: Mutex<Option<oneshot::Sender<Bytes>>>,
}

impl RuntimeApi {
    pub(crate) async fn new() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").await.unwrap() }
    }

    /// What `AWS_LAMBDA_RUNTIME_API` must say.
    pub(crate) fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }

    /// Hands out `event` and returns the answer to it. An error that the function reports ends the benchmark.
    pub(crate) async fn invoke(self, event: &'static [u8]) -> serde_json::Value {
        let (sender, answer) = oneshot::channel();
        let event = Mutex::new(Some(Bytes::from_static(event)));
        let invocation = Arc::new(Invocation { event, answer: Mutex::new(Some(sender)) });
        let server = tokio::spawn(serve(self.listener, invocation));
        let answer = answer.await.unwrap();
        server.abort();
        serde_json::from_slice(&answer).unwrap()
    }
}

async fn serve(listener: TcpListener, invocation: Arc<Invocation>) {
    loop {
        let stream = listener.accept().await.unwrap().0;
        let invocation = Arc::clone(&invocation);
        let service = service_fn(move |request| reply(Arc::clone(&invocation), request));
        // A connection ends when the process does.
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn reply(
    invocation: Arc<Invocation>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    if parts.method == Method::GET {
        let event = invocation.event.lock().unwrap().take();
        return match event {
            Some(event) => Ok(next(event)),
            None => pending().await,
        };
    }
    let body = body.collect().await.unwrap().to_bytes();
    assert!(parts.uri.path().ends_with("/response"), "{}: {body:?}", parts.uri);
    if let Some(answer) = invocation.answer.lock().unwrap().take() {
        answer.send(body).unwrap();
    }
    Ok(Response::new(Full::default()))
}

#[expect(clippy::disallowed_methods, reason = "a deadline is a time of day")]
fn next(event: Bytes) -> Response<Full<Bytes>> {
    let deadline = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap() + TIMEOUT;
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:cachekeep";
    Response::builder()
        .header("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
        .header("lambda-runtime-deadline-ms", deadline.as_millis().to_string())
        .header("lambda-runtime-invoked-function-arn", arn)
        .body(Full::new(event))
        .unwrap()
}
