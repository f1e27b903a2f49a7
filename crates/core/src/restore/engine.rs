//! Engines and their versions: which of them reads what another one wrote.

use std::fmt;

/// An engine with a version, as far as the version is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineVersion {
    /// `valkey`, `redis` or `memcached`.
    pub name: String,
    parts: Vec<u32>,
    text: String,
}

/// The RDB version of the files that an engine writes and the newest that it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RdbVersion(u32);

impl fmt::Display for RdbVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Whether an engine takes what another one wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fit {
    /// It does.
    Reads,
    /// AWS does not say; it is tried.
    Untold(&'static str),
    /// It does not.
    Refuses(String),
}

/// How the data comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// From a snapshot, by AWS's rules of engines.
    Snapshot,
    /// From files, which the new engine itself reads.
    Files,
}

impl EngineVersion {
    /// An engine's name and version in AWS's words. A version may be a major one alone.
    #[must_use]
    pub fn new(name: &str, version: &str) -> Self {
        let parts = version.split('.').map_while(|part| part.parse().ok()).collect();
        Self { name: name.to_ascii_lowercase(), parts, text: version.to_owned() }
    }

    /// Whether anything is known of the version.
    fn is_told(&self) -> bool {
        !self.parts.is_empty()
    }

    /// Whether this one is lower, as far as both say: `8` is not lower than `8.0`.
    fn is_lower_than(&self, other: &Self) -> bool {
        let said = self.parts.len().min(other.parts.len());
        self.parts[..said] < other.parts[..said]
    }

    /// Whether it has several databases in cluster mode (docs/elasticache.md 4, S).
    pub(super) fn has_databases_in_cluster_mode(&self) -> bool {
        self.name == "valkey" && self.parts.first().is_some_and(|major| *major >= 9)
    }

    /// The family of its parameter groups, such as `valkey8` or `redis6.x`.
    #[must_use]
    pub fn family(&self) -> Option<String> {
        let major = *self.parts.first()?;
        let minor = self.parts.get(1).copied();
        Some(match (self.name.as_str(), major, minor) {
            ("valkey", _, _) | ("redis", 7.., _) => format!("{}{major}", self.name),
            ("redis", 6, _) => "redis6.x".to_owned(),
            ("redis", 2..=5, Some(minor)) => format!("redis{major}.{minor}"),
            _ => return None,
        })
    }

    /// The RDB version of its files (docs/elasticache.md 10, S and L).
    #[must_use]
    pub fn rdb(&self) -> Option<RdbVersion> {
        let minor = self.parts.get(1).copied().unwrap_or(0);
        let version = match (self.name.as_str(), *self.parts.first()?) {
            ("redis", ..=3) => 7,
            ("redis", 4) => 8,
            ("redis", 5 | 6) => 9,
            ("redis", 7) if minor < 2 => 10,
            ("valkey", 7 | 8) => 11,
            ("valkey", 9..) => 80,
            _ => return None,
        };
        Some(RdbVersion(version))
    }

    /// Whether this engine takes what `held` wrote.
    pub(super) fn fit(&self, held: &Self, way: Way) -> Fit {
        if !self.is_told() || !held.is_told() || self.name.is_empty() || held.name.is_empty() {
            return Fit::Untold("a version is not known");
        }
        if (self.name == "memcached") != (held.name == "memcached") {
            return Fit::Refuses(format!("data of {held} cannot be read by {self}"));
        }
        if self.name == held.name && self.is_lower_than(held) {
            return Fit::Refuses(format!(
                "the data was written by {held}, and {self} is older: the same version or a newer one is safe"
            ));
        }
        match (held.name.as_str(), self.name.as_str(), way) {
            // AWS allows this one way back (docs/elasticache.md 7, S).
            ("valkey", "redis", Way::Snapshot)
                if held.parts.starts_with(&[7, 2]) && self.parts.starts_with(&[7, 1]) =>
            {
                Fit::Reads
            }
            ("redis", "valkey", Way::Snapshot) => {
                Fit::Untold("AWS does not say whether a Redis OSS snapshot goes into Valkey")
            }
            _ => self.read_files_of(held),
        }
    }

    /// No server reads files that are newer than it knows.
    fn read_files_of(&self, held: &Self) -> Fit {
        match (held.rdb(), self.rdb()) {
            (Some(written), Some(read)) if written > read => Fit::Refuses(format!(
                "{held} writes RDB version {written}, and {self} reads up to version {read}"
            )),
            (Some(_), Some(_)) => Fit::Reads,
            (None, _) | (_, None) => Fit::Untold("the RDB version is not known"),
        }
    }
}

impl fmt::Display for EngineVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(held: (&str, &str), wanted: (&str, &str), way: Way) -> Fit {
        EngineVersion::new(wanted.0, wanted.1).fit(&EngineVersion::new(held.0, held.1), way)
    }

    #[test]
    fn the_same_version_or_a_newer_one_reads_the_data_and_an_older_one_does_not() {
        for (held, wanted) in [("8.0", "8.0"), ("8.0.1", "8.0"), ("7.2", "8.0"), ("8.0", "9.0"), ("8", "8.1")]
        {
            assert_eq!(
                fit(("valkey", held), ("valkey", wanted), Way::Snapshot),
                Fit::Reads,
                "{held} {wanted}"
            );
        }
        let older = fit(("valkey", "8.0"), ("valkey", "7.2"), Way::Files);
        assert!(matches!(older, Fit::Refuses(_)), "{older:?}");
    }

    #[test]
    fn a_file_goes_into_the_other_engine_where_that_reads_its_version() {
        assert_eq!(fit(("redis", "7.1"), ("valkey", "7.2"), Way::Files), Fit::Reads);
        for held in ["9.0", "8.0", "7.2"] {
            let back = fit(("valkey", held), ("redis", "7.1"), Way::Files);
            assert!(matches!(&back, Fit::Refuses(why) if why.contains("RDB version")), "{held}: {back:?}");
        }
        let newest = fit(("valkey", "9.0"), ("valkey", "8.1"), Way::Files);
        assert!(matches!(newest, Fit::Refuses(_)), "{newest:?}");
    }

    #[test]
    fn of_snapshots_only_valkey_7_2_is_known_to_go_back_to_redis_7_1() {
        assert_eq!(fit(("valkey", "7.2"), ("redis", "7.1"), Way::Snapshot), Fit::Reads);
        let newer = fit(("valkey", "8.0"), ("redis", "7.1"), Way::Snapshot);
        assert!(matches!(newer, Fit::Refuses(_)), "{newer:?}");
        let upgrade = fit(("redis", "7.1"), ("valkey", "8.0"), Way::Snapshot);
        assert!(matches!(upgrade, Fit::Untold(_)), "{upgrade:?}");
    }
}
