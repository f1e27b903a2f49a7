//! `cachekeep diff`: what changed between two backups?

mod changes;
mod compare;
mod record;
mod scratch;
mod take;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use cachekeep_rdb::Glob;
use cachekeep_rdb::keys::Wanted;

use crate::commands::memory::Prefix;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render;
use crate::source::{self, Listening, Place, Source};
use crate::stack::StackArgs;
use crate::world::{World, block_on, temporary_directory};
use changes::Changes;
pub(crate) use changes::{Change, Counts, Side, Summary};
use compare::compare;
use scratch::Scratch;

const HELP: &str = "\
Values are compared by what they hold, not by how it is encoded: a hash that became large, a set whose members come in another
order, and a file of another version are no changes. When a key was last used is none either. Function libraries are not
compared. CACHE@TIME is the newest backup that was taken of a cache up to then.

Both are read once and at the same time. Keys go to 256 parts by a hash of their names, in temporary files of about 25 bytes and
its name for each key; the parts are then compared one by one. Memory does not depend on how many keys there are, up to a
billion. The files have no names, so that nothing is left of them, however it ends.

Examples:
  cachekeep diff before.rdb after.rdb
  cachekeep diff orders@2026-11-21T12:00:00Z orders@2026-11-21T13:00:00Z --match 'sessions:*'
  cachekeep diff group:orders/gold/2026-11-21T06:00:00Z s3://backups/redis/orders-0001.rdb --json

Output with --json, one line a change:
  {\"change\": \"added\"|\"removed\"|\"changed\"|\"expiry\", \"db\": 0, \"key\": \"...\",
   \"before\": null|{\"type\": \"hash\", \"expires_at\": null|\"2026-11-22T06:00:00Z\"}, \"after\": null|{...}}
A key that is not UTF-8 stands as \"key_base64\"; \"expiry\" means that nothing else changed. With --count, one line:
  {\"added\": 1, \"removed\": 9, \"changed\": 0, \"expiry\": 0, \"same\": 90,
   \"prefixes\": [{\"prefix\": \"sessions:\", \"added\": 1, ...}], \"others\": null|{...}}";

/// Compares two backups or RDB files: which keys were added, removed, changed, and which expire at another time.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// The earlier one: a file, `-`, an object, a backup's id, or a cache at a time.
    #[arg(value_name = "FILE|-|s3://BUCKET/KEY|BACKUP|CACHE@TIME")]
    before: Place,
    /// The later one.
    #[arg(value_name = "FILE|-|s3://BUCKET/KEY|BACKUP|CACHE@TIME")]
    after: Place,
    /// Which keys, as servers match them: `*`, `?`, `[a-z]`, and `\` before what stands for itself.
    #[arg(long = "match", value_name = "GLOB")]
    pattern: Option<String>,
    /// Only of this database.
    #[arg(long, value_name = "N")]
    db: Option<u64>,
    /// How many changed keys are named; all of them with --json.
    #[arg(long, value_name = "N", default_value = "20", conflicts_with = "json")]
    limit: usize,
    /// How many parts of a name make a prefix to count by.
    #[arg(long, value_name = "N", default_value = "1")]
    depth: NonZeroUsize,
    /// Say how many there are by prefix, and name none.
    #[arg(long)]
    count: bool,
    /// Where the temporary files go, instead of the system's directory for such.
    #[arg(long, value_name = "DIR")]
    scratch: Option<PathBuf>,
    /// Print JSON lines.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    stack: StackArgs,
}

impl Args {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        let sources = block_on(async {
            let before = source::find(world, &self.stack, &self.before).await?;
            Ok([before, source::find(world, &self.stack, &self.after).await?])
        })?;
        let scratch = self.spill(&sources)?;
        let mut changes = Changes::new(Prefix::new(":", self.depth), self.named(), self.json && !self.count);
        compare(&scratch, &mut changes)?;
        let summary = changes.summary();
        match (self.json, self.count) {
            (true, true) => render::json_line(&summary)?,
            (true, false) => {}
            (false, _) => {
                let names = [self.before.to_string(), self.after.to_string()];
                render::text(&render::diff::report(&names, &summary))?;
            }
        }
        Ok(Exit::Fine)
    }

    fn named(&self) -> usize {
        if self.count { 0 } else { self.limit }
    }

    /// Reads both, and sorts their keys into parts.
    fn spill(&self, sources: &[Source; 2]) -> Result<Scratch, Failure> {
        let directory = self.scratch.clone().unwrap_or_else(temporary_directory);
        let total = sources.iter().map(Source::bytes).sum();
        let scratch = Scratch::new(directory, total)?;
        let [before, after] = sources;
        source::read(&[before, after], |side, shard| {
            let side = if side == 0 { Side::Before } else { Side::After };
            Listening::new(shard, self.wanted(), take::Taking::new(&scratch, side))
        })?;
        Ok(scratch)
    }

    fn wanted(&self) -> Wanted {
        let (glob, only) = (self.pattern.as_ref().map(|pattern| Glob::new(pattern.as_bytes())), self.db);
        Box::new(move |db, key| {
            only.is_none_or(|only| only == db) && glob.as_ref().is_none_or(|glob| glob.fits(key))
        })
    }
}
