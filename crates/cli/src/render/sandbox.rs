//! What a served sandbox says of itself: where it is, and what to paste.

use super::style::{GOOD, HEADING, painted};
use super::table::{Align, Table};
use crate::commands::sandbox::Served;

/// Printed once it serves.
pub(crate) fn welcome(served: &Served<'_>) -> String {
    let Served { endpoint, region, bucket, topic, directory, sandbox } = served;
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
    let mut caches = Table::new(&[("CACHE", Align::Left), ("KIND", Align::Left)]);
    for cache in sandbox.elasticache().caches() {
        caches.row([cache.id.into(), cache.kind.into()]);
    }
    format!(
        "{} at {endpoint}, until Ctrl-C\n\n{}\n{exports}\n{}\nBuckets lie in {}\n",
        painted(GOOD, "The sandbox AWS serves"),
        painted(HEADING, "Paste this into the terminal that is to use it:"),
        caches.lines(),
        directory.display(),
    )
}
