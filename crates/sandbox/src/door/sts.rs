//! STS, as far as `GetCallerIdentity`: every tool asks it first.

use super::call::{Call, ServiceName};
use crate::account::Account;
use crate::query::{self, xml::Xml};
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
        let account = self.0.of_key(caller);
        let arn = format!("arn:{}:iam::{}:user/{caller}", account.partition, account.id);
        let mut result = Xml::default();
        result.text("Arn", &arn).text("UserId", caller).text("Account", &account.id);
        query::answer(NAMESPACE, "GetCallerIdentity", &result.finish())
    }
}

fn invalid_action() -> Response {
    let message = "The sandbox's STS answers GetCallerIdentity only.";
    query::refuse(NAMESPACE, StatusCode::BAD_REQUEST, "InvalidAction", message)
}

impl Service for Sts {
    fn handle(&self, request: Request) -> BoxFuture<'_, Response> {
        Box::pin(std::future::ready(self.answer(&request)))
    }
}
