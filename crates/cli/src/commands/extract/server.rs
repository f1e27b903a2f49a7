//! Keys into a running server or cluster.

use cachekeep_rdb::keys::About;
use cachekeep_rdb::open::{Element, Opener};
use cachekeep_rdb::slot;
use cachekeep_rdb::write::commands::Commands;
use cachekeep_rdb::write::{Conflict, Head, Lifetime, WriteError, payload};
use redis::{Cmd, RedisError, Value};

use super::keys::{Stopped, Target};
use super::link::{Answers, Credentials, Link, Said, refusal};
use super::pace::Pace;
use super::report::{Report, shown};
use super::target::Address;
use super::{How, OnConflict, reason, restore_parts};

/// Keys and bytes that go out together: enough that the way there and back does not count, and few enough to hold and to
/// name when a server dies.
const BATCH_KEYS: usize = 256;
const BATCH_BYTES: usize = 4 << 20;
/// The largest value that goes as one payload, in bytes: a server does nothing else while it takes one. What is larger goes
/// as commands, element by element, and is not held.
const ONE_PAYLOAD: usize = 64 << 20;

/// Why a server cannot be written to.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// There is no connection.
    #[error("failed to connect")]
    Connect(#[source] RedisError),
    /// The connection broke, or no answer came.
    #[error("it does not answer any more")]
    Lost(#[source] RedisError),
    /// It does not take any key.
    #[error("it says: {0}")]
    Says(Said),
}

impl Trouble {
    /// What to do about it.
    pub(crate) fn next_step(&self) -> Option<String> {
        let step = match self {
            Self::Connect(_) => {
                "check address and port; a cache with encryption in transit wants rediss://, and one with \
                 authentication --password-file and, with RBAC, --user"
            }
            Self::Lost(_) => {
                "look at the server, then run the same command with --on-conflict skip: what was written stays"
            }
            Self::Says(said) => match said.code.as_str() {
                "NOPERM" => {
                    "give the user the rights: +restore +exists +select, for commands +@write +unlink, and the keys"
                }
                "OOM" => "make room, or restore into a larger node",
                "READONLY" => "name the primary endpoint",
                _ => return None,
            },
        };
        Some(step.to_owned())
    }
}

/// A server that keys are written to.
pub(super) struct Server {
    link: Link,
    address: Address,
    how: How,
    on_conflict: OnConflict,
    dry_run: bool,
    /// In milliseconds since 1970: what expires earlier is not written.
    now: u64,
    pace: Pace,
    selected: Option<u64>,
    batch: Vec<Held>,
    batch_bytes: usize,
    at_hand: Option<AtHand>,
}

/// What is to be done.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    pub(super) how: How,
    pub(super) on_conflict: OnConflict,
    pub(super) dry_run: bool,
    pub(super) now: u64,
}

/// A key with its value.
struct Held {
    head: Head,
    lifetime: Lifetime,
    value: Vec<u8>,
    /// How long it is, which is all that a dry run keeps of it.
    bytes: u64,
}

/// The key that is being read.
enum AtHand {
    Held(Held),
    /// It is large, and goes out as it comes in.
    Going(Box<Going>),
    /// Its bytes are passed over: it is counted already, or goes nowhere.
    Passed,
}

struct Going {
    head: Head,
    lifetime: Lifetime,
    bytes: u64,
    opener: Option<Opener>,
    commands: Commands,
    refused: Option<Why>,
    last: Vec<Value>,
}

/// Why a key that goes as commands is not written.
#[derive(Clone)]
enum Why {
    /// The server does not take one of the commands.
    Said(Said),
    /// Its value cannot be opened.
    Unopened(String),
}

/// What became of a key.
enum Outcome {
    Written,
    /// It is there already.
    Conflict,
    /// It expired on the way.
    Expired,
    /// The server cannot read it as a payload.
    Unreadable(Said),
    Refused(String),
    /// The server takes no keys.
    Stop(Said),
}

impl Server {
    /// Connects.
    pub(super) fn connect(
        address: Address,
        credentials: &Credentials,
        wanted: Wanted,
        pace: Pace,
    ) -> Result<Self, Stopped> {
        let link = Link::connect(&address, credentials).map_err(|source| Stopped::Server {
            address: address.to_string(),
            source: Trouble::Connect(source),
        })?;
        let Wanted { how, on_conflict, dry_run, now } = wanted;
        Ok(Self {
            link,
            address,
            how,
            on_conflict,
            dry_run,
            now,
            pace,
            selected: None,
            batch: Vec::new(),
            batch_bytes: 0,
            at_hand: None,
        })
    }

    fn trouble(&self, source: Trouble) -> Stopped {
        Stopped::Server { address: self.address.to_string(), source }
    }

    fn conflict(&self) -> Conflict {
        match self.on_conflict {
            OnConflict::Replace => Conflict::Replace,
            OnConflict::Skip | OnConflict::Fail => Conflict::Keep,
        }
    }

    /// Goes to the database of a key.
    fn select(&mut self, db: u64) -> Result<(), Stopped> {
        if self.selected != Some(db) {
            self.link.select(db).map_err(|source| match redis::ServerError::try_from(source) {
                Ok(error) => self.trouble(Trouble::Says((&error).into())),
                Err(source) => self.trouble(Trouble::Lost(source)),
            })?;
            self.selected = Some(db);
        }
        Ok(())
    }

    /// Sends what is held.
    fn flush(&mut self, report: &mut Report) -> Result<(), Stopped> {
        let batch = std::mem::take(&mut self.batch);
        self.batch_bytes = 0;
        let Some(first) = batch.first() else { return Ok(()) };
        self.select(first.head.db)?;
        self.pace.wait(batch.len());
        match (self.dry_run, self.how) {
            (true, _) => self.look(&batch, report),
            (false, How::Restore) => self.restore(batch, report),
            (false, How::Commands) => batch.into_iter().try_for_each(|held| self.command(held, report)),
        }
    }

    /// Counts what would be written, and what is there already.
    fn look(&mut self, batch: &[Held], report: &mut Report) -> Result<(), Stopped> {
        let ask = |held: &Held| redis::cmd("EXISTS").arg(&held.head.key).clone();
        let Answers { answers, lost } = self.link.ask(&batch.iter().map(ask).collect::<Vec<_>>());
        for (held, answer) in batch.iter().zip(&answers) {
            if let Some(said) = refusal(answer) {
                return Err(self.trouble(Trouble::Says(said)));
            }
            match self.on_conflict {
                OnConflict::Skip | OnConflict::Fail if *answer == Value::Int(1) => report.skipped += 1,
                OnConflict::Skip | OnConflict::Fail | OnConflict::Replace => report.wrote(held.bytes),
            }
        }
        lost.map_or(Ok(()), |source| Err(self.trouble(Trouble::Lost(source))))
    }

    /// Sends keys as payloads. What the server cannot read as one follows as commands.
    fn restore(&mut self, batch: Vec<Held>, report: &mut Report) -> Result<(), Stopped> {
        let (mut sent, mut commands): (Vec<Held>, Vec<Cmd>) = (Vec::new(), Vec::new());
        for held in batch {
            match restore_parts(&held.head, &held.value, held.lifetime, self.conflict()) {
                Ok(parts) => {
                    let mut command = Cmd::new();
                    command.arg(parts);
                    commands.push(command);
                    sent.push(held);
                }
                Err(error) => report.refuse(&held.head.key, reason(&error)),
            }
        }
        let Answers { answers, lost } = self.link.send(&commands);
        let (mut stopped, mut again) = (None, Vec::new());
        for (place, held) in sent.into_iter().enumerate() {
            let Some(answer) = answers.get(place) else {
                report.unconfirmed(&held.head.key);
                continue;
            };
            match of_payload(answer) {
                Outcome::Unreadable(_) if !held.head.is_module() => again.push(held),
                Outcome::Unreadable(said) => report.refuse(&held.head.key, no_module(&said)),
                outcome @ (Outcome::Written
                | Outcome::Conflict
                | Outcome::Expired
                | Outcome::Refused(_)
                | Outcome::Stop(_)) => {
                    let counted = self.count(&held.head.key, held.bytes, outcome, report);
                    stopped = stopped.or(counted.err());
                }
            }
        }
        if let Some(source) = lost {
            return Err(self.trouble(Trouble::Lost(source)));
        }
        stopped.map_or(Ok(()), Err)?;
        again.into_iter().try_for_each(|held| self.command(held, report))
    }

    /// Sends one key as commands.
    fn command(&mut self, key: Held, report: &mut Report) -> Result<(), Stopped> {
        let mut going = match self.going(key.head, key.lifetime) {
            Ok(going) => going,
            Err((head, error)) => {
                report.refuse(&head.key, reason(&error));
                return Ok(());
            }
        };
        self.go(&mut going, &key.value, report)?;
        self.gone(going, report)
    }

    /// Begins to send a key as commands.
    fn going(&self, head: Head, lifetime: Lifetime) -> Result<Going, (Head, WriteError)> {
        if head.is_module() {
            return Err((head, WriteError::Refused(cachekeep_rdb::write::MODULE)));
        }
        let opener = match Opener::new(head.kind, head.dialect) {
            Ok(opener) => opener,
            Err(error) => return Err((head, WriteError::Open(error))),
        };
        let slot = matches!(self.link, Link::Cluster(_)).then_some(slot as fn(&[u8]) -> u16);
        let commands = Commands::new(&head, Commands::temporary(&head.key, slot), self.conflict());
        Ok(Going {
            head,
            lifetime,
            bytes: 0,
            opener: Some(opener),
            commands,
            refused: None,
            last: Vec::new(),
        })
    }

    /// Sends the elements that are whole.
    fn go(&mut self, going: &mut Going, piece: &[u8], report: &mut Report) -> Result<(), Stopped> {
        going.bytes += piece.len() as u64;
        if going.refused.is_some() {
            return Ok(());
        }
        let (lifetime, commands) = (going.lifetime, &mut going.commands);
        let mut take = |element: Element<'_>| commands.take(&lifetime.on(element));
        let opened = going.opener.as_mut().map_or(Ok(()), |opener| opener.push(piece, &mut take));
        if let Err(error) = opened {
            going.refused = Some(Why::Unopened(reason(&WriteError::Open(error))));
        }
        self.send(going, report)
    }

    fn send(&mut self, going: &mut Going, report: &mut Report) -> Result<(), Stopped> {
        let Answers { answers, lost } = self.link.send_value(&going.commands.drain());
        if let Some(said) = answers.iter().find_map(refusal) {
            going.refused.get_or_insert(Why::Said(said));
        }
        going.last.extend(answers);
        going.last.drain(..going.last.len().saturating_sub(LAST));
        if let Some(source) = lost {
            report.unconfirmed(&going.head.key);
            if let Some(name) = going.commands.built_under() {
                report.left(name);
            }
            return Err(self.trouble(Trouble::Lost(source)));
        }
        Ok(())
    }

    /// Ends a key that went as commands.
    fn gone(&mut self, mut going: Going, report: &mut Report) -> Result<(), Stopped> {
        let opener = going.opener.take();
        if let Err(error) = opener.map_or(Ok(()), Opener::finish) {
            going.refused.get_or_insert(Why::Unopened(reason(&WriteError::Open(error))));
        }
        // It gets its name only once all of it is there.
        going.commands.flush();
        self.send(&mut going, report)?;
        let whole = going.refused.is_none();
        if whole {
            going.commands.end();
            self.send(&mut going, report)?;
        }
        let outcome = of_commands(&going, whole, self.conflict());
        if let (Outcome::Refused(_) | Outcome::Stop(_), Some(name)) = (&outcome, going.commands.built_under())
        {
            // What was begun does not stay.
            let Answers { lost, .. } = self.link.send(&[redis::cmd("UNLINK").arg(name).clone()]);
            if lost.is_some() {
                report.left(name);
            }
        }
        self.count(&going.head.key, going.bytes, outcome, report)
    }

    fn count(&self, key: &[u8], bytes: u64, outcome: Outcome, report: &mut Report) -> Result<(), Stopped> {
        match (outcome, self.on_conflict) {
            (Outcome::Written, _) => report.wrote(bytes),
            (Outcome::Expired, _) => report.expired += 1,
            (Outcome::Conflict, OnConflict::Skip | OnConflict::Replace) => report.skipped += 1,
            (Outcome::Conflict, OnConflict::Fail) => return Err(Stopped::Conflict { key: shown(key) }),
            (Outcome::Unreadable(said), _) => report.refuse(key, said.to_string()),
            (Outcome::Refused(why), _) => report.refuse(key, why),
            (Outcome::Stop(said), _) => return Err(self.trouble(Trouble::Says(said))),
        }
        Ok(())
    }
}

impl Target for Server {
    fn about(&mut self, _: &About) {}

    fn begin(&mut self, mut head: Head, lifetime: Lifetime, report: &mut Report) -> Result<(), Stopped> {
        if let Link::Cluster(_) = self.link
            && head.db != 0
        {
            report.refuse(
                &head.key,
                format!("it is in database {}, and a cluster has database 0 only", head.db),
            );
            self.at_hand = Some(AtHand::Passed);
            return Ok(());
        }
        head.db = self.address.db.unwrap_or(head.db);
        if head.expires_at.is_some_and(|at| at <= self.now) {
            report.expired += 1;
            self.at_hand = Some(AtHand::Passed);
            return Ok(());
        }
        if self.batch.first().is_some_and(|first| first.head.db != head.db) {
            self.flush(report)?;
        }
        self.at_hand = Some(AtHand::Held(Held { head, lifetime, value: Vec::new(), bytes: 0 }));
        Ok(())
    }

    fn bytes(&mut self, piece: &[u8], report: &mut Report) -> Result<(), Stopped> {
        match self.at_hand.take() {
            Some(AtHand::Held(Held { head, lifetime, mut value, bytes })) => {
                let most = if head.is_module() { payload::LONGEST } else { ONE_PAYLOAD };
                if value.len() + piece.len() <= most || self.dry_run {
                    if !self.dry_run {
                        value.extend_from_slice(piece);
                    }
                    self.at_hand =
                        Some(AtHand::Held(Held { head, lifetime, value, bytes: bytes + piece.len() as u64 }));
                    return Ok(());
                }
                self.flush(report)?;
                self.select(head.db)?;
                match self.going(head, lifetime) {
                    Ok(mut going) => {
                        self.go(&mut going, &value, report)?;
                        self.go(&mut going, piece, report)?;
                        self.at_hand = Some(AtHand::Going(Box::new(going)));
                    }
                    Err((head, error)) => {
                        report.refuse(&head.key, reason(&error));
                        self.at_hand = Some(AtHand::Passed);
                    }
                }
            }
            Some(AtHand::Going(mut going)) => {
                self.go(&mut going, piece, report)?;
                self.at_hand = Some(AtHand::Going(going));
            }
            passed @ (Some(AtHand::Passed) | None) => self.at_hand = passed,
        }
        Ok(())
    }

    fn end(&mut self, report: &mut Report) -> Result<(), Stopped> {
        match self.at_hand.take() {
            Some(AtHand::Held(held)) => {
                self.batch_bytes += held.value.len();
                self.batch.push(held);
                if self.batch.len() >= self.pace.batch(BATCH_KEYS) || self.batch_bytes >= BATCH_BYTES {
                    self.flush(report)?;
                }
                Ok(())
            }
            Some(AtHand::Going(going)) => self.gone(*going, report),
            Some(AtHand::Passed) | None => Ok(()),
        }
    }

    fn function(&mut self, code: &[u8], report: &mut Report) -> Result<(), Stopped> {
        if self.dry_run {
            report.functions += 1;
            return Ok(());
        }
        let mut command = redis::cmd("FUNCTION");
        command.arg("LOAD");
        if self.on_conflict == OnConflict::Replace {
            command.arg("REPLACE");
        }
        let Answers { answers, lost } = self.link.send(&[command.arg(code).clone()]);
        match (answers.iter().find_map(refusal), lost) {
            (_, Some(source)) => Err(self.trouble(Trouble::Lost(source))),
            (Some(said), None) if said.code == "ERR" && self.on_conflict == OnConflict::Skip => {
                report.refuse(b"(a function library)", said.to_string());
                Ok(())
            }
            (Some(said), None) => Err(self.trouble(Trouble::Says(said))),
            (None, None) => {
                report.functions += 1;
                Ok(())
            }
        }
    }

    fn finish(&mut self, report: &mut Report) -> Result<(), Stopped> {
        self.flush(report)
    }
}

/// How many of the last answers tell what became of a key.
const LAST: usize = 2;

/// What a server says of a payload.
fn of_payload(answer: &Value) -> Outcome {
    let Some(said) = refusal(answer) else { return Outcome::Written };
    match said.code.as_str() {
        "BUSYKEY" => Outcome::Conflict,
        // A version or an encoding that it does not know; everything that it takes no key for has a code of its own.
        "ERR" => Outcome::Unreadable(said),
        _ => Outcome::Stop(said),
    }
}

/// What a server says of the commands that make a value, and at last give it its name where it was `whole`.
fn of_commands(going: &Going, whole: bool, conflict: Conflict) -> Outcome {
    match &going.refused {
        Some(Why::Unopened(why)) => return Outcome::Refused(why.clone()),
        // What expired under its temporary name cannot get another.
        Some(Why::Said(said)) if whole && said.code == "ERR" => return Outcome::Expired,
        Some(Why::Said(said)) if ["ERR", "WRONGTYPE"].contains(&said.code.as_str()) => {
            return Outcome::Refused(said.to_string());
        }
        Some(Why::Said(said)) => return Outcome::Stop(said.clone()),
        None => {}
    }
    match (going.commands.built_under(), conflict, going.last.as_slice()) {
        (None, _, []) => Outcome::Refused("it has no elements, and servers keep no such key".to_owned()),
        // A string that is there already answers nothing, anything else that it was not renamed.
        (None, Conflict::Keep, [.., Value::Nil]) | (Some(_), Conflict::Keep, [.., Value::Int(0), _]) => {
            Outcome::Conflict
        }
        _ => Outcome::Written,
    }
}

fn no_module(said: &Said) -> String {
    format!("it is a module's value, and no module of the server reads it ({said})")
}
