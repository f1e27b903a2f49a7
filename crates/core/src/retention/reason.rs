//! Why a backup stays, in restic's own words.

use std::fmt;

use super::bucket::Period;
use super::span::Span;

/// Where in the history a rule found the backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The newest of its bucket.
    Newest,
    /// Not the newest of its bucket, but the oldest backup of all.
    Oldest,
}

/// One rule's reason to keep a backup. `Display` gives restic's wording exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Newer than this span before the newest backup.
    Within(Span),
    /// One of the last n.
    Last,
    /// One of the last n of this period.
    Bucket(Period, Place),
    /// One of this period, inside the window.
    BucketWithin(Period, Place, Span),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newest => Ok(()),
            Self::Oldest => f.write_str("oldest "),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Within(span) => write!(f, "within {span}"),
            Self::Last => f.write_str("last snapshot"),
            Self::Bucket(period, place) => write!(f, "{place}{period} snapshot"),
            Self::BucketWithin(period, place, span) => write!(f, "{place}{period} within {span}"),
        }
    }
}
