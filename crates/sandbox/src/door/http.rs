//! The loopback door: the same router over HTTP/1.1, for the AWS CLI, boto3 and any SDK with `AWS_ENDPOINT_URL`.

use crate::Sandbox;
use crate::fault::Cut;
use crate::service::Response;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto;
use std::future::Future;
use std::io;
use std::pin::pin;
use tokio::net::{TcpListener, TcpStream};

/// Why a connection ends without an answer.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("the request's body did not arrive")]
    Body(#[source] hyper::Error),
    #[error("an injected fault")]
    Fault(#[source] Cut),
}

pub(crate) async fn serve(
    sandbox: Sandbox,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let mut shutdown = pin!(shutdown);
    let mut clockwork = pin!(sandbox.keep_time());
    loop {
        tokio::select! {
            () = &mut shutdown => return Ok(()),
            () = &mut clockwork => return Ok(()),
            accepted = listener.accept() => accept(&sandbox, accepted?.0),
        }
    }
}

/// One task a connection; it ends when the client hangs up or a fault cuts it.
fn accept(sandbox: &Sandbox, stream: TcpStream) {
    let sandbox = sandbox.clone();
    tokio::spawn(async move {
        // Without it every warm call waits 40 ms for a delayed_fault acknowledgement (docs/measured.md 8). A connection that
        // cannot be tuned still works, and how a connection ends is the client's to notice.
        _ = stream.set_nodelay(true);
        let service = service_fn(move |request| answer(sandbox.clone(), request));
        let server = auto::Builder::new(hyper_util::rt::TokioExecutor::new()).http1_only();
        _ = server.serve_connection(TokioIo::new(stream), service).await;
    });
}

async fn answer(
    sandbox: Sandbox,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<Full<Bytes>>, Broken> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(Broken::Body)?.to_bytes();
    let response: Response =
        sandbox.try_handle(http::Request::from_parts(parts, body)).await.map_err(Broken::Fault)?;
    Ok(response.map(Full::new))
}
