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

/// How far a listing was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// To its end.
    Whole,
    /// Not to its end: what was not seen may be there.
    Part,
}

/// Hands each page to `take` until that wants no more, the listing is at its end, or `most` pages are read.
pub(crate) async fn some<T, Fut>(
    most: usize,
    fetch: impl Fn(Option<String>) -> Fut,
    mut take: impl FnMut(Vec<T>) -> Want,
) -> Result<Extent, AwsError>
where
    Fut: Future<Output = Result<Page<T>, AwsError>>,
{
    let mut marker = None;
    for _ in 0..most.min(PAGES_LIMIT) {
        let page = fetch(marker).await?;
        let want = take(page.items);
        // Some last pages carry an empty marker instead of none (docs/elasticache.md 1.3, S).
        marker = page.next.filter(|next| !next.is_empty());
        match (want, &marker) {
            (_, None) => return Ok(Extent::Whole),
            (Want::NoMore, Some(_)) => break,
            (Want::More, Some(_)) => {}
        }
    }
    Ok(Extent::Part)
}

/// Whether another page is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    More,
    NoMore,
}

/// Hands each item of all pages to `take`, in AWS's order, and keeps none: for listings that are larger than memory should be.
pub(crate) async fn each<T, Fut>(
    operation: &'static str,
    fetch: impl Fn(Option<String>) -> Fut,
    mut take: impl FnMut(T),
) -> Result<(), AwsError>
where
    Fut: Future<Output = Result<Page<T>, AwsError>>,
{
    let extent = some(PAGES_LIMIT, fetch, |items| {
        items.into_iter().for_each(&mut take);
        Want::More
    });
    match extent.await? {
        Extent::Whole => Ok(()),
        Extent::Part => {
            Err(AwsError::refused(operation, format!("the listing does not end within {PAGES_LIMIT} pages")))
        }
    }
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
    each(operation, fetch, |item| items.push(item)).await?;
    Ok(items)
}
