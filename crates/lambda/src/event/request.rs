//! The one event that asks for something: `Backup Requested`, which anybody puts on the stack's bus.

use cachekeep_core::backup::Word;
use cachekeep_core::decide::order::Order;
use cachekeep_core::ids::Instant;
use serde::Deserialize;
use serde_json::Value;

use super::EventError;

/// Its detail type.
pub(super) const DETAIL_TYPE: &str = "Backup Requested";

/// What it says. A member that nobody knows is refused: `keeps` instead of `keep` would lose the backup early.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Detail {
    cache: String,
    plan: Option<String>,
    reason: Option<String>,
    keep: Option<String>,
}

/// Reads a request. Its minute is that of the event, so that a second delivery asks for the same backup.
///
/// # Errors
/// [`EventError::Request`] with what is wrong.
pub fn request(event: &Value) -> Result<Order, EventError> {
    let wrong = |problem: String| EventError::Request { problem };
    let Detail { cache, plan, reason, keep } =
        Detail::deserialize(&event["detail"]).map_err(|error| wrong(error.to_string()))?;
    let told = |member: &str, error: &dyn std::error::Error| wrong(format!("`{member}`: {error}"));
    let time = event["time"].as_str().and_then(|time| time.parse::<Instant>().ok());
    Ok(Order {
        cache: cache.parse().map_err(|error| told("cache", &error))?,
        plan: plan.map(|plan| plan.parse()).transpose().map_err(|error| told("plan", &error))?,
        keep: keep.map(|keep| keep.parse()).transpose().map_err(|error| told("keep", &error))?,
        word: Word {
            // Who sent it stands outside of what they could get wrong, and is only shown.
            by: event["source"].as_str().and_then(|source| source.parse().ok()),
            why: reason.map(|why| why.parse()).transpose().map_err(|error| told("reason", &error))?,
        },
        at: time.ok_or_else(|| wrong("the event has no `time`".to_owned()))?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(detail: &Value) -> Value {
        json!({"source": "ci", "detail-type": DETAIL_TYPE, "time": "2026-11-21T06:07:30Z", "detail": detail})
    }

    fn refused(event: &Value) -> String {
        request(event).unwrap_err().to_string()
    }

    #[test]
    fn a_request_says_which_cache_and_what_else_it_likes() {
        let order = request(&event(&json!({"cache": "orders"}))).unwrap();
        assert_eq!((order.plan, order.keep, order.word.why), (None, None, None));
        assert_eq!(
            (order.word.by.unwrap().as_str(), order.at.to_rfc3339()),
            ("ci", "2026-11-21T06:07:30+00:00".to_owned())
        );
        let all = json!({"cache": "group:orders", "plan": "gold", "reason": "v7", "keep": "30d"});
        let order = request(&event(&all)).unwrap();
        assert_eq!(
            (order.keep.unwrap().to_string(), order.word.why.unwrap().as_str()),
            ("30d".to_owned(), "v7")
        );
    }

    #[test]
    fn a_request_that_is_wrong_anywhere_is_refused_with_the_member_that_is() {
        let with = |member: &str, value: &str| {
            let mut detail = json!({"cache": "orders"});
            detail[member] = json!(value);
            refused(&event(&detail))
        };
        assert!(with("keeps", "30d").contains("`keeps`"), "{}", with("keeps", "30d"));
        assert!(with("keep", "30").contains("`keep`: `30` is not a length of time"));
        assert!(with("cache", "heap:orders").contains("`cache`"));
        assert!(with("plan", "Gold!").contains("`plan`"));
        assert!(with("reason", "").contains("`reason`: it is empty"));
        assert!(refused(&event(&json!({}))).contains("`cache`"));
        let timeless = json!({"source": "ci", "detail": {"cache": "orders"}});
        assert!(refused(&timeless).contains("no `time`"));
    }
}
