//! A real server at work: it is filled, asked, and its own view of a value is made into the digest that the reader makes.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use cachekeep_rdb::open::{Digest, Element, StreamId, StreamState};

use crate::servers_take::Engine;

const TRIES: u32 = 6_000;
const PAUSE: Duration = Duration::from_millis(5);

static STARTED: AtomicU32 = AtomicU32::new(0);

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    Text(Vec<u8>),
    Number(i64),
    Nothing,
    Error(String),
    Array(Vec<Reply>),
}

impl Reply {
    pub(crate) fn bytes(&self) -> &[u8] {
        let Self::Text(text) = self else { panic!("{self:?} is no text") };
        text
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(self.bytes()).unwrap()
    }

    pub(crate) fn number(&self) -> i64 {
        let Self::Number(number) = self else { panic!("{self:?} is no number") };
        *number
    }

    pub(crate) fn array(&self) -> &[Reply] {
        let Self::Array(array) = self else { panic!("{self:?} is no array") };
        array
    }

    /// The value of a name, in an answer that is names and values in turn.
    fn named(&self, name: &str) -> &Reply {
        let pairs = self.array().chunks(2);
        &pairs.into_iter().find(|pair| pair[0].text() == name).unwrap()[1]
    }

    fn id(&self) -> StreamId {
        let (milliseconds, sequence) = self.text().split_once('-').unwrap();
        StreamId { milliseconds: milliseconds.parse().unwrap(), sequence: sequence.parse().unwrap() }
    }

    fn unsigned(&self) -> u64 {
        u64::try_from(self.number()).unwrap()
    }
}

/// A server that was started for the test, and ends with it.
pub(crate) struct Live {
    process: Child,
    directory: PathBuf,
    stream: Option<BufReader<UnixStream>>,
}

impl Live {
    /// Starts a server with a file, if it loads it.
    pub(crate) fn with_file(engine: Engine, file: &[u8], options: &[&str]) -> Option<Self> {
        let mut live = Self::start(engine, Some(file), options);
        for _ in 0..TRIES {
            if live.process.try_wait().unwrap().is_some() {
                return None;
            }
            live.stream = live.connect();
            if live.stream.is_some() {
                return Some(live);
            }
            std::thread::sleep(PAUSE);
        }
        panic!("{} neither loads a file nor ends", engine.server());
    }

    /// Starts an empty server.
    pub(crate) fn empty(engine: Engine) -> Self {
        Self::with_file(engine, b"", &[]).unwrap()
    }

    fn start(engine: Engine, file: Option<&[u8]>, options: &[&str]) -> Self {
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        // Not below the target directory, whose path may be longer than a socket's may.
        let directory = std::env::temp_dir().join(format!("cachekeep-live-{}-{number}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        if let Some(file) = file.filter(|file| !file.is_empty()) {
            fs::write(directory.join("dump.rdb"), file).unwrap();
        }
        let mut command = Command::new(engine.server());
        command.args(["--port", "0", "--save", "", "--enable-debug-command", "yes", "--unixsocket"]);
        command.arg(directory.join("socket")).arg("--dir").arg(&directory).args(options);
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Self { process, directory, stream: None }
    }

    /// Connects to a server that has loaded its file: before, it may refuse, say so, or end.
    fn connect(&self) -> Option<BufReader<UnixStream>> {
        let mut stream = BufReader::new(UnixStream::connect(self.socket()).ok()?);
        stream.get_mut().write_all(b"PING\r\n").ok()?;
        let mut answer = String::new();
        stream.read_line(&mut answer).ok()?;
        (answer == "+PONG\r\n").then_some(stream)
    }

    fn socket(&self) -> PathBuf {
        self.directory.join("socket")
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(crate) fn call<P: AsRef<[u8]>>(&mut self, parts: &[P]) -> Reply {
        let mut request = Vec::new();
        cachekeep_rdb::write::resp::command(
            &mut request,
            &parts.iter().map(AsRef::as_ref).collect::<Vec<_>>(),
        );
        self.send(&request);
        self.reply()
    }

    /// Sends commands that are on the wire already.
    pub(crate) fn send(&mut self, request: &[u8]) {
        self.stream.as_mut().unwrap().get_mut().write_all(request).unwrap();
    }

    pub(crate) fn reply(&mut self) -> Reply {
        let stream = self.stream.as_mut().unwrap();
        let mut line = Vec::new();
        stream.read_until(b'\n', &mut line).unwrap();
        let rest = std::str::from_utf8(&line[1..]).unwrap().trim_end().to_owned();
        match line[0] {
            b'+' => Reply::Text(rest.into_bytes()),
            b'-' => Reply::Error(rest),
            b':' => Reply::Number(rest.parse().unwrap()),
            b'$' | b'*' if rest == "-1" => Reply::Nothing,
            b'$' => {
                let mut text = vec![0; rest.parse::<usize>().unwrap() + 2];
                stream.read_exact(&mut text).unwrap();
                text.truncate(text.len() - 2);
                Reply::Text(text)
            }
            b'*' => Reply::Array((0..rest.parse::<usize>().unwrap()).map(|_| self.reply()).collect()),
            other => panic!("an answer that begins with {other}"),
        }
    }

    /// The keys of the database that is selected.
    pub(crate) fn keys(&mut self) -> Vec<Vec<u8>> {
        let keys = self.call(&["KEYS", "*"]);
        keys.array().iter().map(|key| key.bytes().to_vec()).collect()
    }

    /// What the server shows of all keys: by database and key, the digest of the value and its expiry.
    pub(crate) fn view(&mut self) -> BTreeMap<(u64, Vec<u8>), (u128, i64)> {
        let mut view = BTreeMap::new();
        for db in 0..16 {
            self.call(&["SELECT", &db.to_string()]);
            for key in self.keys() {
                let expiry = self.call(&[b"PEXPIRETIME", &key[..]]).number();
                let digest = self.digest(&key);
                view.insert((db, key), (digest, expiry));
            }
        }
        self.call(&["SELECT", "0"]);
        view
    }

    /// The digest of a value as the server shows it through commands, element by element.
    pub(crate) fn digest(&mut self, key: &[u8]) -> u128 {
        let mut digest = Digest::new();
        let kind = self.call(&[b"TYPE", key]);
        match kind.text() {
            "string" => digest.add(&Element::String(self.call(&[b"GET", key]).bytes())),
            "list" => {
                let items = self.call(&[b"LRANGE", key, b"0", b"-1"]);
                items.array().iter().for_each(|item| digest.add(&Element::Item(item.bytes())));
            }
            "set" => {
                let members = self.call(&[b"SMEMBERS", key]);
                members.array().iter().for_each(|member| digest.add(&Element::Member(member.bytes())));
            }
            "zset" => {
                let members = self.call(&[b"ZRANGE", key, b"0", b"-1", b"WITHSCORES"]);
                for pair in members.array().chunks(2) {
                    let score = pair[1].text().parse().unwrap();
                    digest.add(&Element::Scored { member: pair[0].bytes(), score });
                }
            }
            "hash" => self.fields(key, &mut digest),
            "stream" => self.stream(key, &mut digest),
            other => panic!("{other}"),
        }
        digest.value()
    }

    fn fields(&mut self, key: &[u8], digest: &mut Digest) {
        let pairs = self.call(&[b"HGETALL", key]);
        for pair in pairs.array().chunks(2) {
            let (field, value) = (pair[0].bytes(), pair[1].bytes());
            // A server without field expiry does not know the command.
            let expiry = self.call(&[b"HPEXPIRETIME", key, b"FIELDS", b"1", field]);
            let expires_at = match expiry {
                Reply::Array(expiries) => u64::try_from(expiries[0].number()).ok(),
                Reply::Text(_) | Reply::Number(_) | Reply::Nothing | Reply::Error(_) => None,
            };
            digest.add(&Element::Field { field, value, expires_at });
        }
    }

    fn stream(&mut self, key: &[u8], digest: &mut Digest) {
        let full = self.call(&[&b"XINFO"[..], b"STREAM", key, b"FULL", b"COUNT", b"0"]);
        for entry in full.named("entries").array() {
            let parts = entry.array();
            let fields: Vec<(&[u8], &[u8])> =
                parts[1].array().chunks(2).map(|pair| (pair[0].bytes(), pair[1].bytes())).collect();
            digest.add(&Element::Entry { id: parts[0].id(), fields: &fields });
        }
        let last_id = full.named("last-generated-id").id();
        digest.add(&Element::Stream(StreamState { last_id, ..StreamState::default() }));
        for group in full.named("groups").array() {
            let (name, last_id) = (group.named("name").bytes(), group.named("last-delivered-id").id());
            digest.add(&Element::Group { name, last_id, entries_read: None });
            for consumer in group.named("consumers").array() {
                let name = consumer.named("name").bytes();
                digest.add(&Element::Consumer { name, seen_at: 0, active_at: None });
                for pending in consumer.named("pending").array() {
                    let pending = pending.array();
                    digest.add(&Element::Pending {
                        id: pending[0].id(),
                        delivered_at: pending[1].unsigned(),
                        deliveries: pending[2].unsigned(),
                    });
                }
            }
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.directory);
    }
}
