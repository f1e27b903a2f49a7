//! Real caches for tests: servers with and without TLS, and a cluster of two nodes.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use std::{fs, thread};

use redis::{Client, ConnectionLike as _, TlsCertificates, Value};

/// How often something that takes a moment is asked for, and the pause between: half a minute.
const TRIES: u32 = 3_000;
const PAUSE: Duration = Duration::from_millis(10);

#[expect(clippy::disallowed_methods, reason = "only the environment knows what must be installed")]
#[expect(clippy::print_stdout, reason = "that nothing was tried must be said")]
fn is_missing(what: &str) {
    let required = std::env::var("CACHEKEEP_ORACLES").is_ok_and(|value| value == "required");
    assert!(!required, "{what} is not installed, and CACHEKEEP_ORACLES says that it must be");
    println!("{what} is not installed: nothing to try this on");
}

/// A server that is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Engine(&'static str);

/// Those that are installed.
pub(crate) fn installed() -> impl Iterator<Item = Engine> {
    ["redis", "valkey"].into_iter().map(Engine).filter(|engine| {
        let found = Command::new(engine.server()).arg("--version").output().is_ok();
        if !found {
            is_missing(&engine.server());
        }
        found
    })
}

impl Engine {
    pub(crate) fn name(self) -> &'static str {
        self.0
    }

    fn server(self) -> String {
        format!("{}-server", self.0)
    }
}

/// A server that was started for the test, and ends with it.
pub(crate) struct Server {
    process: Child,
    directory: PathBuf,
    port: u16,
    authority: Option<Vec<u8>>,
}

static STARTED: AtomicU32 = AtomicU32::new(0);

impl Server {
    /// An empty server.
    pub(crate) fn start(engine: Engine, options: &[&str]) -> Self {
        Self::launch(engine, None, None, options)
    }

    /// A server with a file, which it must load.
    pub(crate) fn with_file(engine: Engine, file: &Path) -> Self {
        Self::launch(engine, Some(file), None, &[])
    }

    /// A server that speaks TLS only.
    pub(crate) fn with_tls(engine: Engine, certificates: &Certificates) -> Self {
        let path = |name: &str| certificates.directory.join(name).display().to_string();
        let (authority, certificate, key) = (path("ca.pem"), path("server.pem"), path("server.key"));
        let options =
            ["--tls-ca-cert-file", &authority, "--tls-cert-file", &certificate, "--tls-key-file", &key];
        let read = fs::read(&authority).unwrap();
        Self::launch(engine, None, Some(read), &[&options[..], &["--tls-auth-clients", "no"]].concat())
    }

    fn launch(engine: Engine, file: Option<&Path>, authority: Option<Vec<u8>>, options: &[&str]) -> Self {
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let directory = std::env::temp_dir().join(format!("cachekeep-cache-{}-{number}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        if let Some(file) = file {
            fs::copy(file, directory.join("dump.rdb")).unwrap();
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (plain, tls) = if authority.is_some() { (0, port) } else { (port, 0) };
        let mut command = Command::new(engine.server());
        command.args(["--port", &plain.to_string(), "--bind", "127.0.0.1", "--save", "", "--dir"]);
        command.arg(&directory).args(["--enable-debug-command", "yes"]).args(options);
        if tls > 0 {
            command.args(["--tls-port", &tls.to_string()]);
        }
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let server = Self { process, directory, port, authority };
        until("the server answers", || {
            TcpStream::connect(("127.0.0.1", port)).is_ok()
                && server
                    .try_call(&["PING"])
                    .is_some_and(|answer| answer == Value::SimpleString("PONG".to_owned()))
        });
        server
    }

    pub(crate) fn url(&self) -> String {
        let scheme = if self.authority.is_some() { "rediss" } else { "redis" };
        format!("{scheme}://127.0.0.1:{}", self.port)
    }

    /// A command's answer, errors included.
    pub(crate) fn call(&self, parts: &[&str]) -> Value {
        self.try_call(parts).unwrap()
    }

    /// The same, of a command that answers a number.
    pub(crate) fn number(&self, parts: &[&str]) -> i64 {
        let Value::Int(number) = self.call(parts) else { panic!("{parts:?}") };
        number
    }

    /// The same, of a command that answers a list.
    pub(crate) fn array(&self, parts: &[&str]) -> Vec<Value> {
        let Value::Array(array) = self.call(parts) else { panic!("{parts:?}") };
        array
    }

    /// The same, of a command that answers a text.
    fn text(&self, parts: &[&str]) -> String {
        let Value::BulkString(text) = self.call(parts) else { panic!("{parts:?}") };
        String::from_utf8(text).unwrap()
    }

    fn try_call(&self, parts: &[&str]) -> Option<Value> {
        let mut command = redis::Cmd::new();
        command.arg(parts);
        let client = match &self.authority {
            None => Client::open(self.url()),
            Some(authority) => {
                let root_cert = Some(authority.clone());
                Client::build_with_tls(self.url(), TlsCertificates { client_tls: None, root_cert })
            }
        };
        client.unwrap().get_connection().ok()?.req_command(&command).ok()
    }

    /// Sends what is on the wire already, and returns what went wrong.
    pub(crate) fn pipe(&self, commands: &[u8]) -> Vec<String> {
        use std::io::Write as _;
        let mut pipe = Command::new("redis-cli")
            .args(["-p", &self.port.to_string(), "--pipe"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        pipe.stdin.take().unwrap().write_all(commands).unwrap();
        let output = pipe.wait_with_output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains("errors: "), "{said}");
        if said.contains("errors: 0,") { Vec::new() } else { vec![said] }
    }

    /// What all keys and values of the server come to.
    pub(crate) fn digest(&self) -> Value {
        self.call(&["DEBUG", "DIGEST"])
    }

    /// Its name in a cluster.
    pub(crate) fn id(&self) -> String {
        self.text(&["CLUSTER", "MYID"])
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

/// A cluster of two nodes, each with half of the slots.
pub(crate) fn cluster(engine: Engine) -> [Server; 2] {
    let nodes = [(); 2]
        .map(|()| Server::start(engine, &["--cluster-enabled", "yes", "--cluster-node-timeout", "5000"]));
    for (node, range) in nodes.iter().zip([["0", "8191"], ["8192", "16383"]]) {
        node.call(&["CLUSTER", "ADDSLOTSRANGE", range[0], range[1]]);
    }
    nodes[1].call(&["CLUSTER", "SET-CONFIG-EPOCH", "2"]);
    nodes[0].call(&["CLUSTER", "MEET", "127.0.0.1", &nodes[1].port.to_string()]);
    until("the cluster is whole", || {
        nodes.iter().all(|node| {
            let info = node.text(&["CLUSTER", "INFO"]);
            info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:2")
        })
    });
    nodes
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    for _ in 0..TRIES {
        if done() {
            return;
        }
        thread::sleep(PAUSE);
    }
    panic!("{what}: it never was so");
}

/// An authority, and a certificate for 127.0.0.1 that it signed.
pub(crate) struct Certificates {
    directory: PathBuf,
}

impl Certificates {
    /// Makes them, where `openssl` is installed.
    pub(crate) fn make(directory: &Path) -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_err() {
            is_missing("openssl");
            return None;
        }
        let run = |args: &str| {
            let output =
                Command::new("openssl").current_dir(directory).args(args.split(' ')).output().unwrap();
            assert!(output.status.success(), "{output:?}");
        };
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
        run(&format!("req -x509 {key} -keyout ca.key -out ca.pem -days 2 -subj /CN=authority"));
        run(&format!("req {key} -keyout server.key -out server.csr -subj /CN=cache"));
        fs::write(directory.join("names"), "subjectAltName=IP:127.0.0.1").unwrap();
        run(
            "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 2 -extfile names",
        );
        Some(Self { directory: directory.to_owned() })
    }
}
