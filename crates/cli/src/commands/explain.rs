//! `cachekeep explain`: why each backup is kept, or will go.

use std::fmt;
use std::str::FromStr;

use cachekeep_core::ids::{BackupId, CacheId};
use cachekeep_core::view::explain::Explained;
use cachekeep_engine::Mode;

use crate::args::CacheName;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render;
use crate::stack::{Stack, StackArgs};
use crate::world::{World, block_on};

const HELP: &str = "\
Examples:
  cachekeep explain orders
  cachekeep explain group:orders/gold/2026-11-21T06:00:00Z

It asks the very decision that the next prune would make at this moment, and changes nothing.

Output with --json, newest first:
  [{\"id\": \"group:orders/gold/2026-11-21T06:00:00Z\", \"status\": \"good\", \"keep\": true,
    \"reasons\": [\"last snapshot\", \"daily snapshot\"]}]";

/// Explains why a cache's backups, or one of them, are kept or will go.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// A backup's id as `cachekeep list` shows it, or a cache such as `orders` or `group:orders`.
    #[arg(value_name = "BACKUP|CACHE")]
    subject: Subject,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    stack: StackArgs,
}

/// What is to be explained.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Subject {
    Backup(BackupId),
    Cache(CacheName),
}

impl FromStr for Subject {
    type Err = cachekeep_core::ids::BadName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains('/') { text.parse().map(Self::Backup) } else { text.parse().map(Self::Cache) }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Backup(id) => id.fmt(f),
            Self::Cache(name) => name.fmt(f),
        }
    }
}

impl Subject {
    fn is_of(&self, cache: &CacheId) -> bool {
        match self {
            Self::Backup(id) => id.cache == *cache,
            Self::Cache(name) => name.is(cache),
        }
    }

    fn covers(&self, backup: &BackupId) -> bool {
        match self {
            Self::Backup(id) => id == backup,
            Self::Cache(name) => name.is(&backup.cache),
        }
    }
}

impl Args {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        let mut explained = block_on(self.explain(world))?;
        explained.retain(|backup| self.subject.covers(&backup.id));
        if explained.is_empty() {
            return Err(Failure::NothingKnown { subject: self.subject.to_string() });
        }
        if self.json {
            render::json(&explained)?;
        } else {
            render::text(&render::explain::report(&explained))?;
        }
        Ok(Exit::Fine)
    }

    async fn explain(&self, world: &World) -> Result<Vec<Explained>, Failure> {
        let stack = Stack::open(world, &self.stack).await?;
        let pass = stack.pass(Mode::DryRun);
        let explained =
            cachekeep_engine::explain(&stack.context, &pass, |cache| self.subject.is_of(cache)).await;
        explained.map_err(|source| Failure::Engine { doing: "read what retention looks at", source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_with_slashes_is_a_backup_and_any_other_a_cache() {
        let orders = "group:orders".parse().unwrap();
        for name in ["orders", "Orders", "group:orders", "group:orders/gold/2026-11-21T06:00:00Z"] {
            assert!(name.parse::<Subject>().unwrap().is_of(&orders), "{name}");
        }
        for name in ["order", "cluster:orders", "group:other/gold/2026-11-21T06:00:00Z"] {
            assert!(!name.parse::<Subject>().unwrap().is_of(&orders), "{name}");
        }
        assert!("group:orders/gold".parse::<Subject>().is_err());
    }
}
