//! `cachekeep memory`: where are the bytes?

mod groups;
mod tally;

use std::num::NonZeroUsize;
use std::sync::Mutex;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::render;
use crate::source::{self, Listening, SourceArgs};
use crate::world::{World, block_on};
pub(crate) use groups::{By, Count, Group, Groups, Prefix};
use tally::Tally;
pub(crate) use tally::{Large, Report, Sum};

const HELP: &str = "\
Encoded is what values take in the file, without their keys. Estimated is about what the server's own MEMORY USAGE would say
of the keys, in Redis 7 or, where Valkey 8.1 or later wrote the file, in Valkey 9, on 64 bits with jemalloc; its tables and buffers
come on top, and the report says how much the tables take. crates/rdb/README.md states how far off the estimates were on real servers.

A prefix ends with the delimiter. At most 20,000 prefixes are counted at a time: when there are more, the 10,000 that take the
most so far stay, and all others are counted together as \"(others)\". One of those that comes again begins anew.

Examples:
  cachekeep memory dump.rdb
  cachekeep memory dump.rdb --depth 2 --top 50
  cachekeep memory group:orders/gold/2026-11-21T06:00:00Z --by type
  cachekeep memory --cache orders --by slot --json

Output with --json, on one line:
  {\"keys\": 9, \"encoded\": 1234, \"estimated\": 2345, \"estimated_for\": \"Redis 7\", \"tables\": 128, \"by\": \"prefix\",
   \"groups\": [{\"group\": \"sessions:\", \"keys\": 9, \"encoded\": 1234, \"estimated\": 2345, \"without_expiry\": 1}], \"others\": null|{...},
   \"largest\": [{\"db\": 0, \"key\": \"...\", \"type\": \"hash\", \"elements\": 3, \"encoded\": 123, \"estimated\": 234}],
   \"expiry\": [{\"within\": \"expired\"|\"1h\"|\"1d\"|\"7d\"|\"30d\"|\"later\"|\"never\", \"keys\": 9, \"encoded\": 1234, \"estimated\": 2345}]}";

/// Says where the bytes of a backup are: by prefix, type, database or slot, in the largest keys, and by when they expire.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    source: SourceArgs,
    /// What keys are put together by.
    #[arg(long, value_enum, default_value = "prefix")]
    by: By,
    /// How many parts of a name make a prefix.
    #[arg(long, value_name = "N", default_value = "1")]
    depth: NonZeroUsize,
    /// What parts of a name end with.
    #[arg(long, value_name = "TEXT", default_value = ":", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    delimiter: String,
    /// How many groups and largest keys are shown.
    #[arg(long, value_name = "N", default_value = "20", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    top: u32,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        let place = self.source.place(world.now).ok_or(Failure::Stopped)?;
        let source = block_on(source::find(world, &self.source.stack, &place))?;
        let now = u64::try_from(world.now.timestamp_millis()).unwrap_or_default();
        let prefix = Prefix::new(&self.delimiter, self.depth);
        let all = Mutex::new(Tally::new(self.by, prefix, self.top as usize, now));
        let begin = || all.lock().unwrap_or_else(std::sync::PoisonError::into_inner).another();
        let outcome = source::read(&[&source], |_, shard| {
            Listening::new(shard, Box::new(|_, _| true), tally::Taking::new(begin(), &all))
        });
        let report = all.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).report();
        if self.json {
            render::json_line(&report)?;
        } else {
            render::text(&render::memory::report(&place.to_string(), &report))?;
        }
        // What was counted before a fault is told as well as the fault.
        outcome.map(|_| Exit::Fine)
    }
}
