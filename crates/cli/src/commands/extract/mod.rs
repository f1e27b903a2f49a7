//! `cachekeep extract`: some keys of a backup, put elsewhere.

mod carry;
mod count;
mod file;
mod keys;
mod link;
mod pace;
mod report;
mod server;
mod target;

use std::error::Error;

use cachekeep_rdb::Glob;
use cachekeep_rdb::write::{
    Conflict, Head, Lifetime, WriteError, has_field_expiries, payload, resp, with_lifetime,
};
use clap::ValueEnum;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::Input;
use crate::render;
use crate::source::{self, SourceArgs};
use crate::world::{World, block_on};
use carry::Carrier;
pub(crate) use keys::Stopped;
use keys::Target;
use link::Credentials;
use pace::Pace;
pub(crate) use report::Report;
use target::{Rename, To};

const HELP: &str = "\
Where keys go:
  FILE.rdb    an RDB file, for a server to start with or for the sandbox; values are carried over as they are
  FILE.resp   commands for `redis-cli --pipe`; with --resp restore, RESTORE payloads
  FILE.jsonl  a JSON object a key, with the whole value
  redis://HOST[:PORT][/DB]    a running server or cluster (any node of it); rediss:// with TLS
A file must not exist yet, and has its name only once it is whole. Into a server keys go as RESTORE payloads, and what it
cannot read as one as commands (of Redis 6.2 and later); each takes its place at once.

Expiries stay (--ttl keep), go (drop), or are later by the time since the backup (shift), so that a session has as long to
live as it had then. Keys that have expired by now are not put into a server.

Examples:
  cachekeep extract dump.rdb --match 'sessions:*' --to sessions.rdb
  cachekeep extract s3://backups/redis/orders-0001.rdb --match 'cart:42' --to cart.jsonl
  cachekeep extract --cache orders --at 2026-11-21T12:00:00Z --match 'sessions:*' --to sessions.rdb
  cachekeep extract dump.rdb --match 'sessions:*' --to rediss://orders.abc.euw1.cache.amazonaws.com:6379 \\
      --password-file token --on-conflict skip --ttl shift --dry-run
  cachekeep extract dump.rdb --match 'sessions:*' --rename sessions:=restored: --to redis://127.0.0.1:6379

Exit code 3: keys were refused, each with its reason. 1: it ended early; the report says what was written.

Output with --json:
  {\"target\": \"...\", \"dry_run\": false, \"complete\": true, \"matched\": 9, \"written\": 8, \"bytes\": 1234, \"functions\": 0,
   \"skipped\": 0, \"expired\": 0, \"refused\": 1, \"refusals\": [{\"key\"|\"key_base64\": \"...\", \"reason\": \"...\"}],
   \"unconfirmed\": 0, \"unconfirmed_keys\": [...], \"left_behind\": [...], \"error\": null|\"...\"}";

/// Takes some keys out of a backup: into an RDB file, as commands or JSON, or straight into a running server.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    source: SourceArgs,
    /// Which keys, as servers match them: `*`, `?`, `[a-z]`, and `\` before what stands for itself.
    #[arg(long = "match", value_name = "GLOB", required_unless_present = "functions")]
    pattern: Option<String>,
    /// Only keys of this database.
    #[arg(long, value_name = "N")]
    db: Option<u64>,
    /// Function libraries too.
    #[arg(long)]
    functions: bool,
    /// Where they go.
    #[arg(long, value_name = "FILE.rdb|FILE.resp|FILE.jsonl|redis://HOST[:PORT][/DB]")]
    to: To,
    /// How they go into a .resp file (commands unless told otherwise) or a server (restore unless told otherwise).
    #[arg(long, value_enum, value_name = "FORM")]
    resp: Option<How>,
    /// Keys that begin with OLD begin with NEW instead; may be repeated, and the first that fits counts.
    #[arg(long, value_name = "OLD=NEW")]
    rename: Vec<Rename>,
    /// What becomes of expiries.
    #[arg(long, value_enum, default_value = "keep")]
    ttl: Ttl,
    /// What becomes of keys that are there already.
    #[arg(long, value_enum, default_value = "fail")]
    on_conflict: OnConflict,
    /// Count what would be written, and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// The most keys a second into a server.
    #[arg(long, value_name = "KEYS", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    /// Who to log in as, where the server has users (RBAC).
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// A file with the password or token to log in with, or `-` for standard input.
    #[arg(long, value_name = "FILE|-", value_parser = crate::args::input)]
    password_file: Option<Input>,
    /// A file with the certificates to trust, as PEM, instead of the system's.
    #[arg(long, value_name = "FILE", value_parser = crate::args::input)]
    ca_file: Option<Input>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// How keys go as commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum How {
    /// Commands that anybody can read.
    Commands,
    /// The value as it is, with a version and a checksum.
    Restore,
}

/// What becomes of expiries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Ttl {
    /// They stay.
    Keep,
    /// There are none.
    Drop,
    /// They are later by the time since the backup.
    Shift,
}

/// What becomes of keys that are there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnConflict {
    /// They stay as they are.
    Skip,
    /// They are replaced, each at once.
    Replace,
    /// The first ends it.
    Fail,
}

impl Args {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        let mut report = Report { target: self.to.to_string(), dry_run: self.dry_run, ..Report::default() };
        let result = self.extract(world, &mut report);
        report.complete = result.is_ok();
        report.error = result.as_ref().err().map(|failure| chain(failure));
        if self.json {
            render::json(&report)?;
        } else {
            render::text(&render::extract::report(&report))?;
        }
        result.map(|()| Exit::healthy_if(report.refused == 0))
    }

    fn extract(&self, world: &World, report: &mut Report) -> Result<(), Failure> {
        let now = u64::try_from(world.now.timestamp_millis()).unwrap_or_default();
        let mut target = self.target(now)?;
        let place = self.source.place(world.now).ok_or(Failure::Stopped)?;
        let found = block_on(source::find(world, &self.source.stack, &place))?;
        let carrier = Carrier::new(target.as_mut(), report, &self.rename, self.ttl, now);
        carry::read(found, || self.wanted(), self.functions, carrier)?;
        target.finish(report).map_err(Failure::Extract)
    }

    /// Which keys are wanted.
    fn wanted(&self) -> cachekeep_rdb::keys::Wanted {
        let glob = self.pattern.as_ref().map(|pattern| Glob::new(pattern.as_bytes()));
        let only = self.db;
        Box::new(move |db, key| {
            only.is_none_or(|only| only == db) && glob.as_ref().is_some_and(|glob| glob.fits(key))
        })
    }

    fn target(&self, now: u64) -> Result<Box<dyn Target>, Failure> {
        match &self.to {
            To::File(..) if self.dry_run => Ok(Box::new(count::Count::default())),
            To::File(form, path) => {
                let how = self.resp.unwrap_or(How::Commands);
                let wanted = file::Wanted { form: *form, path, how, conflict: self.on_conflict.of_a_file() };
                Ok(Box::new(file::KeyFile::create(&wanted).map_err(Failure::Extract)?))
            }
            To::Server(address) => {
                let wanted = server::Wanted {
                    how: self.resp.unwrap_or(How::Restore),
                    on_conflict: self.on_conflict,
                    dry_run: self.dry_run,
                    now,
                };
                let server = server::Server::connect(
                    address.clone(),
                    &self.credentials()?,
                    wanted,
                    Pace::of(self.rate),
                );
                Ok(Box::new(server.map_err(Failure::Extract)?))
            }
        }
    }

    fn credentials(&self) -> Result<Credentials, Failure> {
        let read = |input: &Option<Input>| input.as_ref().map(Input::text).transpose();
        // An editor ends a file in a line feed, which is no part of a password.
        let password = read(&self.password_file)?.map(|text| text.trim_end_matches(['\r', '\n']).to_owned());
        Ok(Credentials {
            user: self.user.clone(),
            password,
            authorities: read(&self.ca_file)?.map(String::into_bytes),
        })
    }
}

impl OnConflict {
    /// A file cannot see what is there: the server that it goes to says so.
    fn of_a_file(self) -> Conflict {
        match self {
            Self::Skip | Self::Fail => Conflict::Keep,
            Self::Replace => Conflict::Replace,
        }
    }
}

/// The parts of a `RESTORE` command.
fn restore_parts(
    head: &Head,
    value: &[u8],
    lifetime: Lifetime,
    conflict: Conflict,
) -> Result<Vec<Vec<u8>>, WriteError> {
    let payload = if lifetime != Lifetime::Keep && has_field_expiries(head) {
        let (kind, value) = with_lifetime(head, value, lifetime)?;
        payload::payload(&Head { kind, ..head.clone() }, &value)
    } else {
        payload::payload(head, value)
    };
    let at = head.expires_at.unwrap_or(0).to_string().into_bytes();
    let mut parts = vec![b"RESTORE".to_vec(), head.key.clone(), at, payload, b"ABSTTL".to_vec()];
    match conflict {
        Conflict::Keep => {}
        Conflict::Replace => parts.push(b"REPLACE".to_vec()),
    }
    if let Some(idle) = head.idle {
        parts.extend([b"IDLETIME".to_vec(), idle.to_string().into_bytes()]);
    } else if let Some(frequency) = head.frequency {
        parts.extend([b"FREQ".to_vec(), frequency.to_string().into_bytes()]);
    }
    Ok(parts)
}

/// A `RESTORE` command on the wire.
fn restore(head: &Head, value: &[u8], lifetime: Lifetime, conflict: Conflict) -> Result<Vec<u8>, WriteError> {
    let parts = restore_parts(head, value, lifetime, conflict)?;
    let mut out = Vec::new();
    resp::command(&mut out, &parts.iter().map(Vec::as_slice).collect::<Vec<_>>());
    Ok(out)
}

/// Why a key was refused, on one line.
fn reason(error: &WriteError) -> String {
    match error {
        WriteError::Refused(why) => (*why).to_owned(),
        WriteError::Io(_) | WriteError::Open(_) => chain(error),
    }
}

/// An error and its causes on one line.
fn chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
