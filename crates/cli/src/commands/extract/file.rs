//! Keys into a file, which gets its name only once it is whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

use cachekeep_rdb::keys::About;
use cachekeep_rdb::open::Opener;
use cachekeep_rdb::write::commands::Commands;
use cachekeep_rdb::write::json::JsonLines;
use cachekeep_rdb::write::rdb::RdbFile;
use cachekeep_rdb::write::{
    Conflict, Head, Lifetime, MODULE, WriteError, has_field_expiries, payload, resp, with_lifetime,
};

use super::keys::{Stopped, Target};
use super::report::{Report, shown};
use super::target::Form;
use super::{How, reason, restore};

/// A file that is being written under another name.
pub(super) struct KeyFile {
    path: PathBuf,
    part: PathBuf,
    form: Writer,
    about: About,
    /// Where the key at hand begins, to go back to if it cannot be written.
    start: u64,
    at_hand: Option<AtHand>,
    done: bool,
}

/// How the file is written.
enum Writer {
    Rdb(Option<RdbFile<BufWriter<File>>>),
    Commands { to: BufWriter<File>, db: Option<u64>, conflict: Conflict },
    Payloads { to: BufWriter<File>, db: Option<u64>, conflict: Conflict },
    Json(JsonLines<BufWriter<File>>),
}

/// The key that is being written.
struct AtHand {
    head: Head,
    lifetime: Lifetime,
    bytes: u64,
    way: Way,
}

/// What is done with its bytes.
enum Way {
    /// They are carried over.
    Raw,
    /// They are held until all are there.
    Held(Vec<u8>),
    /// They are opened, and made into commands.
    Commands(Opener, Box<Commands>),
    /// They are opened, and made into JSON.
    Json(Opener),
    /// They are passed over: the key was refused.
    Refused,
}

/// What the file is to be like.
pub(super) struct Wanted<'a> {
    pub(super) form: Form,
    pub(super) path: &'a Path,
    pub(super) how: How,
    pub(super) conflict: Conflict,
}

impl KeyFile {
    /// Begins a file. Until it is whole it has another name, in the same directory.
    pub(super) fn create(wanted: &Wanted<'_>) -> Result<Self, Stopped> {
        let path = wanted.path.to_owned();
        if path.symlink_metadata().is_ok() {
            return Err(Stopped::Exists { name: path.display().to_string() });
        }
        let part = part(&path);
        let failed = |source| Stopped::File { name: path.display().to_string(), source };
        let to = BufWriter::new(open(&part).map_err(failed)?);
        let (db, conflict) = (None, wanted.conflict);
        let form = match (wanted.form, wanted.how) {
            (Form::Rdb, _) => {
                let file = RdbFile::begin(to);
                Writer::Rdb(Some(file.inspect_err(|_| remove(&part)).map_err(failed)?))
            }
            (Form::Jsonl, _) => Writer::Json(JsonLines::new(to)),
            (Form::Resp, How::Restore) => Writer::Payloads { to, db, conflict },
            (Form::Resp, How::Commands) => Writer::Commands { to, db, conflict },
        };
        Ok(Self { path, part, form, about: About::default(), start: 0, at_hand: None, done: false })
    }

    fn failed(&self, source: io::Error) -> Stopped {
        Stopped::File { name: self.path.display().to_string(), source }
    }

    /// Chooses what is done with a key's bytes, and writes what stands before them.
    fn begun(&mut self, head: &Head, lifetime: Lifetime) -> Result<Way, WriteError> {
        let changed = lifetime != Lifetime::Keep && has_field_expiries(head);
        let open = || Opener::new(head.kind, head.dialect).map_err(WriteError::Open);
        match &mut self.form {
            Writer::Rdb(_) if changed => Ok(Way::Held(Vec::new())),
            Writer::Rdb(Some(file)) => {
                file.about(&self.about)?;
                file.key(head)?;
                Ok(Way::Raw)
            }
            Writer::Rdb(None) => Ok(Way::Refused),
            Writer::Payloads { to, db, .. } => {
                select(to, db, head.db)?;
                Ok(Way::Held(Vec::new()))
            }
            Writer::Commands { .. } | Writer::Json(_) if head.is_module() => Err(WriteError::Refused(MODULE)),
            Writer::Commands { to, db, conflict } => {
                select(to, db, head.db)?;
                let commands = Commands::new(head, Commands::temporary(&head.key, None), *conflict);
                Ok(Way::Commands(open()?, Box::new(commands)))
            }
            Writer::Json(lines) => {
                lines.key(head)?;
                Ok(Way::Json(open()?))
            }
        }
    }

    fn write(&mut self, way: &mut Way, lifetime: Lifetime, piece: &[u8]) -> Result<(), WriteError> {
        match (&mut self.form, way) {
            (Writer::Rdb(Some(file)), Way::Raw) => file.bytes(piece)?,
            (_, Way::Held(held)) if piece.len() > payload::LONGEST - held.len() => {
                return Err(WriteError::Refused(TOO_LARGE));
            }
            (_, Way::Held(held)) => held.extend_from_slice(piece),
            (Writer::Commands { to, .. }, Way::Commands(opener, commands)) => {
                opener
                    .push(piece, &mut |element| commands.take(&lifetime.on(element)))
                    .map_err(WriteError::Open)?;
                to.write_all(&commands.drain().bytes)?;
            }
            (Writer::Json(lines), Way::Json(opener)) => {
                opener
                    .push(piece, &mut |element| lines.take(&lifetime.on(element)))
                    .map_err(WriteError::Open)?;
            }
            (
                Writer::Rdb(_) | Writer::Commands { .. } | Writer::Payloads { .. } | Writer::Json(_),
                Way::Raw | Way::Commands(..) | Way::Json(_) | Way::Refused,
            ) => {}
        }
        Ok(())
    }

    fn ended(&mut self, head: &mut Head, lifetime: Lifetime, way: Way) -> Result<(), WriteError> {
        match (&mut self.form, way) {
            (Writer::Rdb(Some(file)), Way::Held(value)) => {
                let (kind, value) = with_lifetime(head, &value, lifetime)?;
                head.kind = kind;
                file.about(&self.about)?;
                file.key(head)?;
                file.bytes(&value)?;
            }
            (Writer::Payloads { to, conflict, .. }, Way::Held(value)) => {
                to.write_all(&restore(head, &value, lifetime, *conflict)?)?;
            }
            (Writer::Commands { to, .. }, Way::Commands(opener, mut commands)) => {
                opener.finish().map_err(WriteError::Open)?;
                commands.end();
                to.write_all(&commands.drain().bytes)?;
            }
            (Writer::Json(lines), Way::Json(opener)) => {
                opener.finish().map_err(WriteError::Open)?;
                lines.end()?;
            }
            (
                Writer::Rdb(_) | Writer::Commands { .. } | Writer::Payloads { .. } | Writer::Json(_),
                Way::Raw | Way::Held(_) | Way::Commands(..) | Way::Json(_) | Way::Refused,
            ) => {}
        }
        Ok(())
    }

    /// What could not be written is refused, and taken back; what cannot be taken back ends it all.
    fn refuse(&mut self, key: &[u8], error: WriteError, report: &mut Report) -> Result<(), Stopped> {
        let start = self.start;
        let back = match (&mut self.form, &error) {
            (_, WriteError::Io(_)) | (Writer::Rdb(_), WriteError::Open(_)) => None,
            (Writer::Rdb(_), WriteError::Refused(_)) => Some(Ok(())),
            (Writer::Commands { to, db, .. } | Writer::Payloads { to, db, .. }, _) => {
                // The command that chose the database may go with what is taken back.
                *db = None;
                Some(truncate(to, start))
            }
            (Writer::Json(lines), _) => Some(truncate(lines.abandon(), start)),
        };
        match (back, error) {
            (Some(Ok(())), error) => {
                report.refuse(key, reason(&error));
                Ok(())
            }
            (Some(Err(source)), _) | (None, WriteError::Io(source)) => Err(self.failed(source)),
            (None, source) => Err(Stopped::Key { key: shown(key), source }),
        }
    }

    fn position(&mut self) -> io::Result<u64> {
        match &mut self.form {
            Writer::Rdb(_) => Ok(0),
            Writer::Commands { to, .. } | Writer::Payloads { to, .. } => to.stream_position(),
            Writer::Json(lines) => lines.abandon().stream_position(),
        }
    }

    /// Writes the last bytes out, down to the disk.
    fn close(&mut self) -> io::Result<()> {
        let to = match &mut self.form {
            Writer::Rdb(file) => {
                let Some(mut file) = file.take() else { return Ok(()) };
                file.about(&self.about)?;
                return file.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all();
            }
            Writer::Commands { to, .. } | Writer::Payloads { to, .. } => to,
            Writer::Json(lines) => lines.abandon(),
        };
        to.flush()?;
        to.get_ref().sync_all()
    }
}

/// Why a value is refused that must be held whole.
const TOO_LARGE: &str = "its value is larger than a server takes in one argument (512 MiB): write it as commands or into an RDB file";

impl Target for KeyFile {
    fn about(&mut self, about: &About) {
        self.about = about.clone();
    }

    fn begin(&mut self, head: Head, lifetime: Lifetime, report: &mut Report) -> Result<(), Stopped> {
        self.start = self.position().map_err(|source| self.failed(source))?;
        let way = match self.begun(&head, lifetime) {
            Ok(way) => way,
            Err(error) => {
                self.refuse(&head.key, error, report)?;
                Way::Refused
            }
        };
        self.at_hand = Some(AtHand { head, lifetime, bytes: 0, way });
        Ok(())
    }

    fn bytes(&mut self, piece: &[u8], report: &mut Report) -> Result<(), Stopped> {
        let Some(mut at_hand) = self.at_hand.take() else { return Ok(()) };
        at_hand.bytes += piece.len() as u64;
        if let Err(error) = self.write(&mut at_hand.way, at_hand.lifetime, piece) {
            self.refuse(&at_hand.head.key, error, report)?;
            at_hand.way = Way::Refused;
        }
        self.at_hand = Some(at_hand);
        Ok(())
    }

    fn end(&mut self, report: &mut Report) -> Result<(), Stopped> {
        let Some(AtHand { mut head, lifetime, bytes, way }) = self.at_hand.take() else { return Ok(()) };
        if matches!(way, Way::Refused) {
            return Ok(());
        }
        match self.ended(&mut head, lifetime, way) {
            Ok(()) => report.wrote(bytes),
            Err(error) => self.refuse(&head.key, error, report)?,
        }
        Ok(())
    }

    fn function(&mut self, code: &[u8], report: &mut Report) -> Result<(), Stopped> {
        let written = match &mut self.form {
            Writer::Rdb(Some(file)) => file.about(&self.about).and_then(|()| file.function(code)),
            Writer::Rdb(None) => Ok(()),
            Writer::Commands { to, conflict, .. } | Writer::Payloads { to, conflict, .. } => {
                let mut out = Vec::new();
                match conflict {
                    Conflict::Keep => resp::command(&mut out, &[b"FUNCTION", b"LOAD", code]),
                    Conflict::Replace => resp::command(&mut out, &[b"FUNCTION", b"LOAD", b"REPLACE", code]),
                }
                to.write_all(&out)
            }
            Writer::Json(lines) => match lines.function(code) {
                Err(WriteError::Io(error)) => Err(error),
                Ok(()) | Err(WriteError::Open(_) | WriteError::Refused(_)) => Ok(()),
            },
        };
        report.functions += 1;
        written.map_err(|source| self.failed(source))
    }

    /// Gives the file its name, unless another has it by now.
    fn finish(&mut self, _: &mut Report) -> Result<(), Stopped> {
        self.close().map_err(|source| self.failed(source))?;
        match fs::hard_link(&self.part, &self.path) {
            Ok(()) => remove(&self.part),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(Stopped::Exists { name: self.path.display().to_string() });
            }
            // Not every file system has links.
            Err(_) => fs::rename(&self.part, &self.path).map_err(|source| self.failed(source))?,
        }
        self.done = true;
        Ok(())
    }
}

impl Drop for KeyFile {
    fn drop(&mut self) {
        if !self.done {
            remove(&self.part);
        }
    }
}

/// The name that a file has until it is whole.
fn part(path: &Path) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(format!(".{name}.{}.part", std::process::id()))
}

/// Opens a new file that only its owner may read: it holds values.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// What cannot be removed is not there, or cannot be helped.
fn remove(path: &Path) {
    _ = fs::remove_file(path);
}

fn truncate(to: &mut BufWriter<File>, size: u64) -> io::Result<()> {
    to.flush()?;
    to.get_ref().set_len(size)?;
    to.seek(SeekFrom::Start(size)).map(|_| ())
}

/// Goes to a key's database.
fn select(to: &mut impl Write, selected: &mut Option<u64>, db: u64) -> io::Result<()> {
    if *selected == Some(db) {
        return Ok(());
    }
    *selected = Some(db);
    let mut out = Vec::new();
    resp::command(&mut out, &[b"SELECT", db.to_string().as_bytes()]);
    to.write_all(&out)
}
