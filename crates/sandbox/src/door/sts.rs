//! STS, as far as `GetCallerIdentity`: every tool asks it first.

use super::call::{Call, ServiceName};
use super::refusal::response;
use crate::account::Account;
use crate::service::{Request, Response, Service};
use futures_util::future::BoxFuture;
use http::StatusCode;

pub(super) const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

pub(super) struct Sts(pub(super) Account);

impl Sts {
    fn answer(&self, request: &Request) -> Response {
        let call = Call::of(request).filter(|call| call.service == ServiceName::Sts);
        match call {
            Some(call) if call.action == "GetCallerIdentity" => self.caller_identity(&call.caller),
            Some(_) | None => invalid_action(),
        }
    }

    fn caller_identity(&self, caller: &str) -> Response {
        let account = &self.0;
        let name = caller.replace(['<', '&', '>'], "");
        let arn = format!("arn:{}:iam::{}:user/{name}", account.partition, account.id);
        let body = format!(
            "<GetCallerIdentityResponse xmlns=\"{NAMESPACE}\"><GetCallerIdentityResult><Arn>{arn}</Arn>\
             <UserId>{name}</UserId><Account>{}</Account></GetCallerIdentityResult>\
             <ResponseMetadata><RequestId>00000000-0000-0000-0000-000000000000</RequestId></ResponseMetadata>\
             </GetCallerIdentityResponse>",
            account.id
        );
        response(StatusCode::OK, "text/xml", body)
    }
}

fn invalid_action() -> Response {
    let body = format!(
        "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>Sender</Type><Code>InvalidAction</Code>\
         <Message>The sandbox's STS answers GetCallerIdentity only.</Message></Error></ErrorResponse>"
    );
    response(StatusCode::BAD_REQUEST, "text/xml", body)
}

impl Service for Sts {
    fn handle(&self, request: Request) -> BoxFuture<'_, Response> {
        Box::pin(std::future::ready(self.answer(&request)))
    }
}
