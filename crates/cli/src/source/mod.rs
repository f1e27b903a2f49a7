//! What the keys of a backup are read from: files, objects, or all shards of a backup, several at once.

mod find;
mod listen;
mod read;

use std::fmt;
use std::str::FromStr;

use cachekeep_aws::Clients;
use cachekeep_aws::bucket::Bucket;
use cachekeep_core::ids::{BackupId, Instant};

use crate::args::{self, CacheName};
use crate::commands::verify;
use crate::input::Input;
use crate::stack::StackArgs;

pub(crate) use find::find;
pub(crate) use listen::{Listening, Sink};
pub(crate) use read::{Flow, Work, read};

/// What people call a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A file, standard input or an object.
    Direct(verify::Source),
    /// A backup, with all its shards.
    Backup(BackupId),
    /// The newest backup of a cache up to an instant.
    Moment(CacheName, Instant),
}

/// Which source a command reads.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct SourceArgs {
    /// A file, `-` for standard input, an object in S3, or a backup's id, which stands for all its shards.
    #[arg(
        value_name = "FILE|-|s3://BUCKET/KEY|BACKUP",
        required_unless_present = "cache",
        conflicts_with = "cache"
    )]
    source: Option<Place>,
    /// The newest backup of this cache that can be read, instead of a source.
    #[arg(long, value_name = "CACHE")]
    cache: Option<CacheName>,
    /// The newest that was taken up to then: RFC 3339 or a date.
    #[arg(long, value_name = "TIME", requires = "cache", value_parser = args::instant)]
    at: Option<Instant>,
    #[command(flatten)]
    pub(crate) stack: StackArgs,
}

/// A source that was found.
#[derive(Debug)]
pub(crate) struct Source {
    shards: Vec<Shard>,
    /// How its objects are reached, where it has any.
    clients: Option<Clients>,
}

/// One of the files that a source consists of.
#[derive(Debug)]
pub(crate) struct Shard {
    /// What people call it.
    name: String,
    /// Which of the source's files it is, from 1.
    number: usize,
    origin: Origin,
}

#[derive(Debug)]
enum Origin {
    Input(Input),
    Object { bucket: Bucket, key: String, etag: String, size: u64 },
}

impl SourceArgs {
    /// The place that they name; `now` is what they mean without a time.
    pub(crate) fn place(&self, now: Instant) -> Option<Place> {
        let moment = || Some(Place::Moment(self.cache.clone()?, self.at.unwrap_or(now)));
        self.source.clone().or_else(moment)
    }
}

impl Source {
    /// Each of its files as a source of its own, for whoever takes one after the other.
    pub(crate) fn one_by_one(self) -> impl Iterator<Item = Self> {
        let Self { shards, clients } = self;
        shards.into_iter().map(move |shard| Self { shards: vec![shard], clients: clients.clone() })
    }

    /// How many bytes it has, where that is known of all its files.
    pub(crate) fn bytes(&self) -> Option<u64> {
        self.shards.iter().map(Shard::bytes).sum()
    }
}

impl Shard {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn number(&self) -> usize {
        self.number
    }

    fn bytes(&self) -> Option<u64> {
        match &self.origin {
            Origin::Input(input) => input.bytes(),
            Origin::Object { size, .. } => Some(*size),
        }
    }
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(backup) = text.parse() {
            return Ok(Self::Backup(backup));
        }
        Ok(moment(text).map_or(Self::Direct(text.parse()?), |(cache, at)| Self::Moment(cache, at)))
    }
}

/// `orders@2026-11-21T12:00:00Z`: a cache at an instant. A file of such a name is written with its directory: `./orders@…`.
fn moment(text: &str) -> Option<(CacheName, Instant)> {
    let (cache, at) = text.rsplit_once('@').filter(|(cache, _)| !cache.is_empty() && !cache.contains('/'))?;
    Some((cache.parse().ok()?, args::instant(at).ok()?))
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Direct(source) => source.fmt(f),
            Self::Backup(id) => id.fmt(f),
            Self::Moment(cache, at) => {
                write!(f, "{cache}@{}", at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_backup_a_cache_at_a_time_an_object_or_a_file() {
        let read = |text: &str| text.parse::<Place>().unwrap();
        assert!(matches!(read("group:orders/gold/2026-11-21T06:00:00Z"), Place::Backup(_)));
        assert!(matches!(read("orders@2026-11-21T12:00:00Z"), Place::Moment(..)));
        assert!(matches!(read("group:orders@2026-11-21"), Place::Moment(CacheName::Full(_), _)));
        assert!(matches!(read("s3://b/k"), Place::Direct(verify::Source::Object(_))));
        for file in ["-", "dump.rdb", "./orders@2026-11-21", "orders@noon", "@2026-11-21", "./group:a/b/c"] {
            assert!(matches!(read(file), Place::Direct(verify::Source::Input(_))), "{file}");
        }
    }

    #[test]
    fn a_place_is_shown_as_it_can_be_written() {
        for text in ["orders@2026-11-21T12:00:00Z", "group:orders/gold/2026-11-21T06:00:00Z", "s3://b/k"] {
            assert_eq!(text.parse::<Place>().unwrap().to_string(), text);
        }
    }
}
