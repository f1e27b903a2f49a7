//! `cachekeep keys`: which keys are in a backup?

mod filter;
mod rows;

use std::sync::Mutex;
use std::sync::atomic::AtomicU64;

use cachekeep_core::ids::Instant;

use crate::args;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render;
use crate::source::{self, Listening, Source, SourceArgs};
use crate::world::{World, block_on};
use filter::Filter;
pub(crate) use filter::type_of;
pub(crate) use rows::Row;
use rows::{Counter, Counts, Rows};

const HELP: &str = "\
Nothing of any value is printed. Sizes are those that values have in the file, without their keys; an offset is where a
key begins in its file. Keys of several shards come as they are read.

Examples:
  cachekeep keys dump.rdb
  cachekeep keys dump.rdb --match 'sessions:*' --count
  cachekeep keys s3://backups/redis/orders-0001.rdb --type hash --larger-than 1MiB
  cachekeep keys group:orders/gold/2026-11-21T06:00:00Z --expires-before 2026-11-22 --json
  cachekeep keys --cache orders --at 2026-11-21T12:00:00Z --limit 100

Exit code 1: a file is broken; what was printed before stands.

Output with --json, one line a key:
  {\"db\": 0, \"key\": \"...\", \"type\": \"hash\", \"elements\": null|3, \"bytes\": 123, \"expires_at\": null|\"2026-11-22T06:00:00Z\",
   \"idle_seconds\": null|9, \"frequency\": null|5, \"slot\": 1234, \"shard\": 1, \"offset\": 100}
A key that is not UTF-8 stands as \"key_base64\". A string and a module's value have no elements. With --count, one line:
  {\"keys\": 9, \"types\": {\"string\": 8, \"hash\": 1}}";

/// Lists the keys of a backup or an RDB file, and what is known of each without opening its value.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    source: SourceArgs,
    /// Which keys, as servers match them: `*`, `?`, `[a-z]`, and `\` before what stands for itself.
    #[arg(long = "match", value_name = "GLOB")]
    pattern: Option<String>,
    /// Only of this type: string, list, set, zset, hash, stream, or a module's own.
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Only of this database.
    #[arg(long, value_name = "N")]
    db: Option<u64>,
    /// Only keys that expire before this: RFC 3339 or a date.
    #[arg(long, value_name = "T", value_parser = args::instant)]
    expires_before: Option<Instant>,
    /// Only values that take more than this in the file, such as 4096 or 1MiB.
    #[arg(long, value_name = "SIZE", value_parser = args::size)]
    larger_than: Option<u64>,
    /// At most so many.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "count")]
    limit: Option<u64>,
    /// Say how many there are, and nothing else.
    #[arg(long)]
    count: bool,
    /// Print JSON lines.
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        let place = self.source.place(world.now).ok_or(Failure::Stopped)?;
        let source = block_on(source::find(world, &self.source.stack, &place))?;
        if self.count {
            self.count(&source)?;
        } else {
            self.list(&source)?;
        }
        Ok(Exit::Fine)
    }

    fn filter(&self) -> Filter {
        Filter::new(self.pattern.as_deref(), self.db)
            .of_type(self.kind.clone())
            .expiring_before(self.expires_before.and_then(|at| u64::try_from(at.timestamp_millis()).ok()))
            .larger_than(self.larger_than)
    }

    fn list(&self, source: &Source) -> Result<(), Failure> {
        let (filter, listed) = (self.filter(), AtomicU64::new(0));
        if !self.json {
            render::text(&render::keys::heading())?;
        }
        source::read(&[source], |_, shard| {
            let rows = Rows::new(&filter, &listed, self.limit, self.json, shard.number());
            Listening::new(shard, filter.wanted(), rows)
        })
        .map(|_| ())
    }

    fn count(&self, source: &Source) -> Result<(), Failure> {
        let (filter, counts) = (self.filter(), Mutex::new(Counts::default()));
        let outcome = source::read(&[source], |_, shard| {
            Listening::new(shard, filter.counted(), Counter::new(&filter, &counts))
        });
        // What was counted before a fault is told as well as the fault.
        let counts = counts.into_inner().unwrap_or_default();
        if self.json {
            render::json_line(&counts)?;
        } else {
            render::text(&format!("{}\n", counts.keys))?;
        }
        outcome.map(|_| ())
    }
}
