//! A cache as people name it: without its kind where that says enough.

use std::fmt;
use std::str::FromStr;

use super::{BadName, CacheId, CacheKind};

/// A cache by ElastiCache's own id, or with its kind before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CacheName {
    /// `orders`: of whatever kind.
    Plain(String),
    /// `group:orders`.
    Full(CacheId),
}

impl CacheName {
    /// Whether it names this cache.
    #[must_use]
    pub fn is(&self, id: &CacheId) -> bool {
        self.fits(id.kind(), id.name())
    }

    /// Whether it names the cache of this kind and name.
    #[must_use]
    pub fn fits(&self, kind: CacheKind, name: &str) -> bool {
        match self {
            Self::Plain(plain) => plain == name,
            Self::Full(full) => full.kind() == kind && full.name() == name,
        }
    }
}

impl FromStr for CacheName {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        if text.contains(':') { text.parse().map(Self::Full) } else { Ok(Self::Plain(text.to_lowercase())) }
    }
}

impl fmt::Display for CacheName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(name) => f.write_str(name),
            Self::Full(id) => id.fmt(f),
        }
    }
}
