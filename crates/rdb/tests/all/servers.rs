//! Files of hundreds of megabytes, written by real servers while the test runs: their checkers and their own counts agree.
//!
//! `redis-server` and `valkey-server` are looked for on the path. Without one there is nothing to compare with, which the
//! test says, and which fails it if `CACHEKEEP_ORACLES=required` is set.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use cachekeep_rdb::{Checksum, Level, Reader, Verdict};

use crate::servers_take::is_missing;

/// Documents of the mixed part, and how many a call of the script makes: about 50 MB.
const DOCUMENTS: usize = 100_000;
const DOCUMENTS_A_CALL: usize = 5_000;

/// Values of the large part: a megabyte each that does not compress, and a megabyte each that does.
const NOISE: usize = 150;
const TEXT: usize = 60;
const VALUE: usize = 1_000_000;

/// How many times a server is asked whether it is up, and the pause between.
const UP_TRIES: u32 = 100;
const UP_PAUSE: Duration = Duration::from_millis(100);

/// A server that was started for the test, and ends with it.
struct Server {
    process: Child,
    stream: BufReader<TcpStream>,
    directory: PathBuf,
}

impl Server {
    /// Starts a server, if there is one of this name.
    fn start(name: &str) -> Option<Self> {
        let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("server-{name}"));
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(name);
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--dir"]);
        let process = command.arg(&directory).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        let stream = (0..UP_TRIES).find_map(|_| {
            std::thread::sleep(UP_PAUSE);
            TcpStream::connect(("127.0.0.1", port)).ok()
        });
        Some(Self { process, stream: BufReader::new(stream.unwrap()), directory })
    }

    /// Sends a command and returns the answer's text.
    fn call(&mut self, parts: &[&[u8]]) -> String {
        let mut request = format!("*{}\r\n", parts.len()).into_bytes();
        for part in parts {
            request.extend(format!("${}\r\n", part.len()).into_bytes());
            request.extend_from_slice(part);
            request.extend(b"\r\n");
        }
        self.stream.get_mut().write_all(&request).unwrap();
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        assert!(!line.starts_with('-'), "{line}");
        let Some(length) = line.strip_prefix('$').filter(|length| !length.starts_with('-')) else {
            return line;
        };
        let mut bytes = vec![0; length.trim().parse::<usize>().unwrap() + 2];
        self.stream.read_exact(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    fn fill(&mut self) {
        let script = include_bytes!("../../benches/mixed.lua");
        for first in (1..=DOCUMENTS).step_by(DOCUMENTS_A_CALL) {
            let (from, to) = (first.to_string(), (first + DOCUMENTS_A_CALL - 1).to_string());
            self.call(&[b"EVAL", script, b"0", from.as_bytes(), to.as_bytes()]);
        }
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        for number in 0..NOISE {
            let noise = noise(&mut state);
            self.call(&[b"SET", format!("noise:{number}").as_bytes(), &noise]);
        }
        let text: Vec<u8> =
            (0..VALUE / 8).flat_map(|number| format!("{:07},", number * 31).into_bytes()).collect();
        for number in 0..TEXT {
            self.call(&[b"SET", format!("text:{number}").as_bytes(), &text[number..], b"EX", b"100000"]);
        }
        // Of these sizes servers disagree how many bytes they take after a listpack's element (tests/all/back_lengths.rs).
        for size in [(1 << 14) - 1, (1 << 21) - 1] {
            self.call(&[b"XADD", b"edges", b"*", b"body", &vec![b'x'; size - 5]]);
        }
    }

    /// Keys and keys with an expiry, by database, in the server's own words.
    fn keyspace(&mut self) -> BTreeMap<u64, (u64, u64)> {
        let said = self.call(&[b"INFO", b"keyspace"]);
        let number = |line: &str, name: &str| -> u64 {
            let (_, rest) = line.split_once(name).unwrap();
            rest.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
        };
        let lines = said.lines().filter(|line| line.starts_with("db"));
        lines.map(|line| (number(line, "db"), (number(line, "keys="), number(line, "expires=")))).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Bytes that no compression makes smaller (xorshift).
fn noise(state: &mut u64) -> Vec<u8> {
    let word = || {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(word).take(VALUE / 8).flatten().collect()
}

fn read(path: &Path, level: Level) -> Verdict {
    let mut reader = Reader::new(level);
    let mut file = File::open(path).unwrap();
    let mut piece = vec![0; 256 * 1024];
    loop {
        let count = file.read(&mut piece).unwrap();
        if count == 0 {
            return reader.finish();
        }
        // The verdict says it too.
        let _ = reader.push(&piece[..count]);
    }
}

/// Whether the server's own checker takes a file for whole.
fn accepts(checker: &str, path: &Path) -> bool {
    let output = Command::new(checker).arg(path).output().unwrap();
    output.status.success() && String::from_utf8_lossy(&output.stdout).contains("RDB looks OK!")
}

#[test]
fn a_file_of_hundreds_of_megabytes_holds_what_its_server_says_and_is_whole_to_its_checker_too() {
    let mut servers = 0;
    for name in ["redis-server", "valkey-server"] {
        let Some(mut server) = Server::start(name) else {
            is_missing(name);
            continue;
        };
        servers += 1;
        server.fill();
        server.call(&[b"SAVE"]);
        let checker = name.replace("server", "check-rdb");
        agrees(&mut server, &checker);
    }
    println!("compared with {servers} servers, and with those of their checkers that are installed");
}

fn agrees(server: &mut Server, checker: &str) {
    let path = server.directory.join("dump.rdb");
    let size = fs::metadata(&path).unwrap().len();
    assert!(size > 200_000_000, "{size} bytes");
    let keyspace = server.keyspace();
    for level in [Level::Structure, Level::Deep] {
        let verdict = read(&path, level);
        assert_eq!((verdict.error, verdict.checksum, verdict.bytes), (None, Checksum::Ok, size), "{level}");
        let counted =
            verdict.databases.iter().map(|database| (database.db, (database.keys, database.expires)));
        assert_eq!(counted.collect::<BTreeMap<_, _>>(), keyspace, "{level}");
    }
    server.call(&[b"SELECT", b"0"]);
    let said = server.call(&[b"DBSIZE"]);
    assert_eq!(said.trim().trim_start_matches(':').parse(), Ok(keyspace[&0].0));
    if Command::new(checker).arg("--version").output().is_err() {
        is_missing(checker);
        return;
    }
    assert!(accepts(checker, &path), "{checker} refuses what its own server wrote");
    for (what, breaking) in [("a bit flipped", flip as fn(&Path, u64)), ("cut", cut)] {
        breaking(&path, size);
        assert!(!accepts(checker, &path), "{checker}: {what}");
        assert!(!read(&path, Level::Structure).valid, "{what}");
    }
}

/// Flips a bit in the middle.
fn flip(path: &Path, size: u64) {
    use std::os::unix::fs::FileExt as _;
    let file = File::options().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, size / 2).unwrap();
    file.write_all_at(&[byte[0] ^ 1], size / 2).unwrap();
}

/// Takes the last part away.
fn cut(path: &Path, size: u64) {
    File::options().write(true).open(path).unwrap().set_len(size - size / 7).unwrap();
}
