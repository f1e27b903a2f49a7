//! What real servers load and what they refuse, with their default settings: the truth that verdicts are held against.

use std::{
    fs,
    io::{Read, Write},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

/// How often a server is asked whether it has loaded a small file or refused it, and the pause between: half a minute.
const TRIES: u32 = 6_000;
const PAUSE: Duration = Duration::from_millis(5);

#[expect(clippy::disallowed_methods, reason = "only the environment knows what must be installed")]
fn are_required() -> bool {
    std::env::var("CACHEKEEP_ORACLES").is_ok_and(|value| value == "required")
}

/// Says that there is nothing to compare with, which is an error where `CACHEKEEP_ORACLES=required` is set, as CI sets it.
#[expect(clippy::print_stdout, reason = "that nothing was compared must be said")]
pub(crate) fn is_missing(what: &str) {
    assert!(!are_required(), "{what} is not installed, and CACHEKEEP_ORACLES says that it must be");
    println!("{what} is not installed: nothing to compare with");
}

/// A server that is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Redis,
    Valkey,
}

impl Engine {
    pub(crate) const ALL: [Self; 2] = [Self::Redis, Self::Valkey];

    pub(crate) fn server(self) -> &'static str {
        match self {
            Self::Redis => "redis-server",
            Self::Valkey => "valkey-server",
        }
    }

    /// Those that are installed.
    pub(crate) fn installed() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|engine| {
            let installed = Command::new(engine.server()).arg("--version").output().is_ok();
            if !installed {
                is_missing(engine.server());
            }
            installed
        })
    }

    /// Whether it starts with the file, and with it holds as many keys as it then says.
    pub(crate) fn load(self, file: &[u8], options: &[&str]) -> Option<u64> {
        let mut running = Running::start(self, file, options);
        for _ in 0..TRIES {
            if running.process.try_wait().unwrap().is_some() {
                return None;
            }
            if let Some(keys) = running.keys() {
                return Some(keys);
            }
            std::thread::sleep(PAUSE);
        }
        panic!("{} neither loads a file nor ends", self.server());
    }
}

/// A server that was started with a file, and ends with the value.
struct Running {
    process: Child,
    directory: PathBuf,
}

static STARTED: AtomicU32 = AtomicU32::new(0);

impl Running {
    fn start(engine: Engine, file: &[u8], options: &[&str]) -> Self {
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        // Not below the target directory, whose path may be longer than a socket's may.
        let directory = std::env::temp_dir().join(format!("cachekeep-{}-{number}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("dump.rdb"), file).unwrap();
        let mut command = Command::new(engine.server());
        command.args(["--port", "0", "--save", "", "--unixsocket"]).arg(directory.join("socket"));
        command.arg("--dir").arg(&directory).args(options);
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Self { process, directory }
    }

    /// How many keys it says it loaded, once it answers.
    fn keys(&self) -> Option<u64> {
        let said = ask(&self.directory.join("socket"))?;
        let keys = said
            .lines()
            .filter_map(|line| line.split_once(":keys="))
            .map(|(_, rest)| rest.split(',').next().and_then(|keys| keys.parse::<u64>().ok()).unwrap());
        Some(keys.sum())
    }
}

/// What a server says of its databases; nothing while it does not answer or is still loading.
fn ask(socket: &Path) -> Option<String> {
    let mut stream = UnixStream::connect(socket).ok()?;
    stream.write_all(b"INFO keyspace\r\nQUIT\r\n").ok()?;
    let mut said = String::new();
    stream.read_to_string(&mut said).ok()?;
    said.contains("# Keyspace").then_some(said)
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.directory);
    }
}
