//! What a sandbox says of itself: which caches it has, where it is, and what to paste.

use super::style::{GOOD, HEADING, painted};
use super::table::{Align, Table};
use crate::commands::sandbox::{FleetLine, Served};

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
