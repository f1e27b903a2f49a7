//! Reads listings to their end, or fails: half a listing must never look like a whole one.

use std::future::Future;

use crate::error::AwsError;

/// How many pages one listing may have. At 50 to 1,000 records a page this is far beyond the largest fleet planned for, so
/// that a marker which never ends is the likelier reason.
const PAGES_LIMIT: usize = 2000;

/// One page of a listing.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// Where the next page begins.
    pub(crate) next: Option<String>,
}

/// All items of all pages, in AWS's order.
pub(crate) async fn all<T, Fut>(
    operation: &'static str,
    fetch: impl Fn(Option<String>) -> Fut,
) -> Result<Vec<T>, AwsError>
where
    Fut: Future<Output = Result<Page<T>, AwsError>>,
{
    let mut items = Vec::new();
    let mut marker = None;
    for _ in 0..PAGES_LIMIT {
        let page = fetch(marker).await?;
        items.extend(page.items);
        // Some last pages carry an empty marker instead of none (docs/elasticache.md 1.3, S).
        marker = page.next.filter(|next| !next.is_empty());
        if marker.is_none() {
            return Ok(items);
        }
    }
    Err(AwsError::refused(operation, format!("the listing does not end within {PAGES_LIMIT} pages")))
}
