//! What a sandbox says of itself: which caches it has, where it is, and what to paste.

use cachekeep_sandbox::door::log::Logged;
use chrono_tz::Tz;

use super::style::{FAINT, GOOD, HEADING, painted};
use super::table::{Align, Table};
use super::time;
use crate::commands::sandbox::{FleetLine, Message, Served};

/// Printed once it serves.
pub(crate) fn welcome(served: &Served<'_>) -> String {
    let Served { endpoint, region, bucket, topic, directory, fleet: lines } = served;
    let exports = [
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_REGION", region),
        ("AWS_DEFAULT_REGION", region),
        ("AWS_ACCESS_KEY_ID", "sandbox"),
        ("AWS_SECRET_ACCESS_KEY", "sandbox"),
        ("CACHEKEEP_BUCKET", bucket),
        ("CACHEKEEP_TABLE", "cachekeep"),
        ("CACHEKEEP_TOPIC_ARN", topic),
        ("CACHEKEEP_BUS", "cachekeep"),
    ];
    let exports = exports.map(|(name, value)| format!("  export {name}={value}\n")).concat();
    format!(
        "{} at {endpoint}, until Ctrl-C\n\n{}\n{exports}\n{}\nBuckets lie in {}\n",
        painted(GOOD, "The sandbox AWS serves"),
        painted(HEADING, "Paste this into the terminal that is to use it:"),
        fleet(lines),
        directory.display(),
    )
}

/// What SNS was given, as people would read it.
pub(crate) fn messages(messages: &[Message]) -> String {
    if messages.is_empty() {
        return "no messages yet\n".to_owned();
    }
    let one = |message: &Message| {
        let Message { at, topic, subject, text, .. } = message;
        let topic = topic.rsplit(':').next().unwrap_or(topic);
        let subject = subject.as_deref().unwrap_or("(no subject)");
        let head = painted(HEADING, format!("{}  {topic}: {subject}", time::second(*at, Tz::UTC)));
        format!("{head}\n{}\n", text.trim_end())
    };
    messages.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// A request, for whoever watches.
pub(crate) fn call(logged: &Logged) -> String {
    let Logged { call, at } = logged;
    painted(
        FAINT,
        format!("{}  {:?} {} by {}", at.format("%H:%M:%S%.3f"), call.service, call.action, call.caller),
    )
}

/// The caches that a plan file can select.
pub(crate) fn fleet(lines: &[FleetLine]) -> String {
    let columns =
        [("CACHE", Align::Left), ("KIND", Align::Left), ("TAGS", Align::Left), ("WHAT IT IS", Align::Left)];
    let mut table = Table::new(&columns);
    for FleetLine { cache, kind, tags, remark } in lines {
        let tags: Vec<String> = tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
        table.row([(&**cache).into(), kind.as_str().into(), tags.join(", ").into(), (&**remark).into()]);
    }
    table.lines()
}
