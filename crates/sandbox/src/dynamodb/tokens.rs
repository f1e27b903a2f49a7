//! A transaction's client token: the same request again within ten minutes answers what it answered before.
//!
//! The engine has such a memory too, but by the machine's clock, in which a simulated month passes in seconds.

use super::refusal::{Refused, parse};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use dynoxide::DynoxideError;
use dynoxide::actions::transact_write_items::TransactWriteItemsRequest;
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};

/// How long a token is remembered, in minutes.
const MEMORY_MINUTES: i64 = 10;

/// Characters in a token.
const MAX_TOKEN: usize = 36;

#[derive(Debug, Default)]
pub(super) struct Tokens {
    seen: BTreeMap<String, Seen>,
    /// Oldest first.
    order: VecDeque<(DateTime<Utc>, String)>,
}

#[derive(Debug)]
struct Seen {
    request: Bytes,
    reply: Vec<u8>,
}

impl Tokens {
    /// Performs the transaction in `body`, or repeats the answer to the same one.
    pub(super) fn run(
        &mut self,
        body: &Bytes,
        now: DateTime<Utc>,
        perform: impl FnOnce(TransactWriteItemsRequest) -> Result<Vec<u8>, Refused>,
    ) -> Result<Vec<u8>, Refused> {
        let mut request: TransactWriteItemsRequest = parse("TransactWriteItems", body)?;
        let Some(token) = request.client_request_token.take() else { return perform(request) };
        check_length(&token)?;
        self.forget(now);
        if let Some(seen) = self.seen.get(&token) {
            return seen.answer(body);
        }
        let reply = perform(request)?;
        self.seen.insert(token.clone(), Seen { request: body.clone(), reply: reply.clone() });
        self.order.push_back((now, token));
        Ok(reply)
    }

    fn forget(&mut self, now: DateTime<Utc>) {
        while let Some((_, token)) =
            self.order.pop_front_if(|(at, _)| *at + TimeDelta::minutes(MEMORY_MINUTES) <= now)
        {
            self.seen.remove(&token);
        }
    }
}

impl Seen {
    fn answer(&self, body: &Bytes) -> Result<Vec<u8>, Refused> {
        if self.request == *body || items(&self.request) == items(body) {
            return Ok(self.reply.clone());
        }
        let message = "An error occurred (IdempotentParameterMismatchException)".to_owned();
        Err(DynoxideError::IdempotentParameterMismatchException(message).into())
    }
}

fn items(body: &[u8]) -> Option<Value> {
    serde_json::from_slice::<Value>(body).ok()?.get_mut("TransactItems").map(Value::take)
}

fn check_length(token: &str) -> Result<(), Refused> {
    if token.len() <= MAX_TOKEN {
        return Ok(());
    }
    let message = format!(
        "1 validation error detected: Value '{token}' at 'clientRequestToken' failed to satisfy constraint: \
         Member must have length less than or equal to {MAX_TOKEN}"
    );
    Err(DynoxideError::ValidationException(message).into())
}
