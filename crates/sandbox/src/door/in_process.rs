//! The door without sockets: an HTTP client for the Rust SDK that hands each request to the router.

use crate::Sandbox;
use crate::fault::Cut;
use crate::service::{Request, Response};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body_util::BodyExt;
use std::fmt;

/// The SDK's connection to a sandbox.
#[derive(Clone)]
pub(crate) struct InProcess(pub(crate) Sandbox);

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InProcess")
    }
}

impl HttpClient for InProcess {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let sandbox = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = read(request).await?;
            write(sandbox.try_handle(request).await.map_err(failed)?)
        })
    }
}

async fn read(request: HttpRequest) -> Result<Request, ConnectorError> {
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    let (parts, body) = request.into_parts();
    let body = collect(body).await?;
    Ok(with_host(Request::from_parts(parts, body)))
}

async fn collect(body: SdkBody) -> Result<Bytes, ConnectorError> {
    match body.bytes() {
        Some(bytes) => Ok(Bytes::copy_from_slice(bytes)),
        None => Ok(body.collect().await.map_err(ConnectorError::user)?.to_bytes()),
    }
}

/// A connection would add the header; S3 reads the bucket out of it.
fn with_host(mut request: Request) -> Request {
    let authority = request.uri().authority().map(ToString::to_string);
    if let Some(value) = authority.and_then(|host| http::HeaderValue::try_from(host).ok()) {
        request.headers_mut().entry(http::header::HOST).or_insert(value);
    }
    request
}

fn write(response: Response) -> Result<HttpResponse, ConnectorError> {
    let response = response.map(SdkBody::from);
    HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
}

fn failed(cut: Cut) -> ConnectorError {
    match cut {
        Cut::TimedOut => ConnectorError::timeout(cut.into()),
        Cut::Closed => ConnectorError::io(cut.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_comes_from_the_address_that_was_dialled() {
        let uri = "http://backups.s3.us-east-1.amazonaws.com/a";
        let request = http::Request::builder().uri(uri).body(Bytes::new()).unwrap();
        let request = with_host(request);
        assert_eq!(request.headers()["host"], "backups.s3.us-east-1.amazonaws.com");
        assert_eq!(crate::door::call::Call::of(&request), None);
    }
}
