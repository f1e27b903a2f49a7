//! What people and accidents do to a command line: each a line in a table, with the exit code and the words that it must end in.
//!
//! Whoever finds another one adds a line. None of them may hang, panic, or end in an exit code that scripts would misread.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::stack::Aws;

/// How long any of them may take. Each says `--timeout 1s` where it asks AWS.
const AT_MOST: Duration = Duration::from_secs(30);

/// What is done to the command.
#[derive(Clone, Copy)]
enum Given {
    /// A file of this name and content lies in the directory where it runs.
    File(&'static str, &'static [u8]),
    /// So does a directory, with a file in it.
    Directory(&'static str),
    /// Something comes on standard input.
    Input(&'static [u8]),
    /// A variable is set.
    Variable(&'static str, &'static str),
    /// The output goes to a disk that is full.
    FullDisk,
    /// Whoever reads the output has left.
    NobodyReads,
    /// What answers at the endpoint is not AWS: it sends these bytes and hangs up, or sends nothing and stays.
    Endpoint(Option<&'static [u8]>),
    /// A sandbox AWS answers, with a stack in it.
    Stack,
}

use Given::{Directory, Endpoint, File, FullDisk, Input, NobodyReads, Stack, Variable};

/// One attack: its name, what is given, the command, the exit code, and words that must stand on standard error.
type Attack = (&'static str, &'static [Given], &'static str, i32, &'static [&'static str]);

const HTML: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 26\r\n\r\n<html>please log in</html>";
const EMPTY_OBJECT: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
const GARBAGE: &[u8] = b"\x00\x01\x02\x03 no http at all";
const GZIP: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const BOMB: &[u8] = b"version: 1
a: &a [x,x,x,x,x,x,x,x,x]
b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]
c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]
d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]
e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]
f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]
g: [*f,*f,*f,*f,*f,*f,*f,*f,*f]
";
const ZERO: &[u8] = b"version: 1
plans:
  - name: gold
    select: { names: ['*'] }
    schedule: '0 * * * *'
    start_within: 0m
    keep: { last: 1 }
";

/// The table. Fields: name, given, command, exit code, words on standard error.
const ATTACKS: &[Attack] = &[
    // Plans.
    ("a plan that is empty", &[File("p.yaml", b"")], "plans check p.yaml --offline", 2, &["p.yaml"]),
    (
        "a plan that is no text",
        &[File("p.yaml", b"version: 1\nname: \xff\n")],
        "plans check p.yaml --offline",
        2,
        &["UTF-8"],
    ),
    ("a plan of zeros", &[File("p.yaml", &[0; 64])], "plans check p.yaml --offline", 2, &["p.yaml"]),
    (
        "a plan that unfolds without end",
        &[File("p.yaml", BOMB)],
        "plans check p.yaml --offline",
        2,
        &["aliases"],
    ),
    (
        "a length that is nothing",
        &[File("p.yaml", ZERO)],
        "plans check p.yaml --offline",
        2,
        &["`0m` is no length that can be meant"],
    ),
    (
        "a plan that is JSON of something else",
        &[File("p.yaml", b"[1,2]")],
        "plans check p.yaml --offline",
        2,
        &["p.yaml"],
    ),
    (
        "a plan that is a directory",
        &[Directory("p.yaml")],
        "plans check p.yaml --offline",
        1,
        &["failed to read p.yaml", "name a file in it"],
    ),
    ("a plan that is not there", &[], "plans check p.yaml --offline", 1, &["check the path"]),
    ("a plan from a standard input that is empty", &[Input(b"")], "plans check - --offline", 2, &["<stdin>"]),
    // Words on the command line.
    ("an id that is a second off", &[], "show group:orders/gold/2026-11-21T06:00:01Z", 2, &["whole minute"]),
    ("an id that is none", &[], "show orders", 2, &["is not a backup id"]),
    ("a status that nobody knows", &[], "list --status fine", 2, &["waiting, snapshotting"]),
    (
        "a name of a cache that is a path",
        &[Stack],
        "backup ../../etc/passwd --timeout 5s",
        1,
        &["no cache `../../etc/passwd`"],
    ),
    ("a reason with a line break", &[], "backup orders --reason a\u{1b}[31m", 2, &["control character"]),
    ("a limit of nothing", &[], "list --limit 0", 2, &["0"]),
    ("an endpoint that is no address", &[], "status --endpoint-url ftp://x", 2, &["http://127.0.0.1:4566"]),
    (
        "a policy that is none",
        &[File("h.json", b"[]")],
        "keep --history h.json --policy last=some",
        2,
        &["last"],
    ),
    (
        "a history that is none",
        &[File("h.json", b"{")],
        "keep --history h.json --policy last=1",
        1,
        &["failed to read the history"],
    ),
    // Files that are no RDB files.
    ("a file without an end", &[], "verify /dev/zero", 3, &[]),
    ("a file that is compressed", &[File("d.rdb", GZIP)], "verify d.rdb", 3, &[]),
    ("a file that is empty", &[File("d.rdb", b"")], "verify d.rdb", 3, &[]),
    (
        "a standard input that is closed or empty",
        &[Input(b"")],
        "verify -",
        1,
        &["failed to read standard input"],
    ),
    ("a directory", &[Directory("d.rdb")], "verify d.rdb", 1, &["name a file in it"]),
    (
        "one file of several that is not there",
        &[File("d.rdb", GZIP)],
        "verify d.rdb none.rdb",
        1,
        &["failed to read none.rdb"],
    ),
    // Disks and pipes.
    ("help to a full disk", &[FullDisk], "--help", 1, &["failed to write the output"]),
    ("a command's help to a full disk", &[FullDisk], "help keep", 1, &["failed to write the output"]),
    ("a schema to a full disk", &[FullDisk], "plans schema", 1, &["failed to write the output"]),
    ("a schema that nobody reads", &[NobodyReads], "plans schema", 0, &[]),
    ("help that nobody reads", &[NobodyReads], "--help", 0, &[]),
    // Directories of the sandbox.
    (
        "an output that is somebody's",
        &[Directory("out")],
        "sandbox run --days 1 --caches 1 --out out",
        1,
        &["--out"],
    ),
    (
        "an output that is a file",
        &[File("out", b"mine")],
        "sandbox run --days 1 --caches 1 --out out",
        1,
        &["out"],
    ),
    (
        "messages where no sandbox is",
        &[],
        "sandbox messages --endpoint-url http://127.0.0.1:1",
        1,
        &["no sandbox serves"],
    ),
    ("messages from something else", &[Endpoint(Some(HTML))], "sandbox messages", 1, &["no sandbox serves"]),
    // The environment.
    ("no region", &[Variable("CACHEKEEP_TABLE", "t")], "status", 1, &["region"]),
    ("no table", &[], "status", 2, &["CACHEKEEP_TABLE is not set"]),
    ("a present that is none", &[Variable("CACHEKEEP_NOW", "yesterday")], "status", 2, &["CACHEKEEP_NOW"]),
    (
        "calls without end",
        &[Stack, Variable("CACHEKEEP_MAX_CALLS_PER_SECOND", "0")],
        "status --timeout 5s",
        2,
        &["1 to 160"],
    ),
    (
        "a prefix that climbs",
        &[Stack, Variable("CACHEKEEP_PREFIX", "../")],
        "status --timeout 5s",
        2,
        &["CACHEKEEP_PREFIX"],
    ),
    (
        "a stack of another name",
        &[Stack, Variable("CACHEKEEP_STACK", "mallory")],
        "run all --timeout 5s",
        1,
        &["belongs to stack"],
    ),
    ("a profile that does not exist", &[Stack], "status --profile nobody", 1, &["nobody"]),
    // Clocks.
    (
        "a clock that is years ahead",
        &[Stack, Variable("CACHEKEEP_NOW", "2037-01-01T00:00:00Z")],
        "run all --timeout 5s",
        1,
        &["clock"],
    ),
    (
        "a clock that is years behind",
        &[Stack, Variable("CACHEKEEP_NOW", "2007-01-01T00:00:00Z")],
        "backup orders --timeout 5s",
        1,
        &["clock"],
    ),
    // Endpoints.
    ("an endpoint that never answers", &[Endpoint(None)], "status --table t --timeout 1s", 1, &["failed to"]),
    (
        "an endpoint that answers with a page",
        &[Endpoint(Some(HTML))],
        "status --table t --timeout 1s",
        1,
        &["failed to"],
    ),
    (
        "an endpoint that answers with nothing of a table",
        &[Endpoint(Some(EMPTY_OBJECT))],
        "init --timeout 1s --table t",
        1,
        &["failed to"],
    ),
    (
        "an endpoint that speaks no HTTP",
        &[Endpoint(Some(GARBAGE))],
        "status --table t --timeout 1s",
        1,
        &["failed to"],
    ),
];

/// Something that listens and is not AWS, for as long as it is held.
struct Impostor(std::net::SocketAddr);

impl Impostor {
    fn start(answer: Option<&'static [u8]>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        // It ends with the process: what is accepted and never answered must stay open until then.
        std::thread::spawn(move || {
            let mut silent = Vec::new();
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                match answer {
                    Some(answer) => {
                        // What is not read before it hangs up takes the answer with it.
                        _ = stream.read(&mut [0; 8 * 1024]);
                        _ = stream.write_all(answer);
                    }
                    None => silent.push(stream),
                }
            }
        });
        Self(address)
    }
}

fn directory(index: usize) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("attack-{}-{index}", std::process::id()));
    _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

/// Runs the command of an attack to its end, and fails where it takes too long.
fn run((name, given, command, ..): &Attack, directory: &Path) -> Output {
    let mut process = Command::new(env!("CARGO_BIN_EXE_cachekeep"));
    process.args(command.split(' ')).current_dir(directory).env_clear().stdin(Stdio::null());
    process.stdout(Stdio::piped()).stderr(Stdio::piped());
    process.envs([("AWS_EC2_METADATA_DISABLED", "true"), ("AWS_CONFIG_FILE", "/nonexistent")]);
    process.env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
    let mut keep: Vec<Box<dyn std::any::Any>> = Vec::new();
    for given in *given {
        match given {
            File(name, content) => fs::write(directory.join(name), content).unwrap(),
            Directory(name) => {
                fs::create_dir(directory.join(name)).unwrap();
                fs::write(directory.join(name).join("mine.txt"), "mine").unwrap();
            }
            Input(bytes) => {
                fs::write(directory.join("stdin"), bytes).unwrap();
                process.stdin(fs::File::open(directory.join("stdin")).unwrap());
            }
            Variable(name, value) => _ = process.env(name, value),
            FullDisk => _ = process.stdout(fs::File::options().write(true).open("/dev/full").unwrap()),
            NobodyReads => {
                let (reader, writer) = std::io::pipe().unwrap();
                drop(reader);
                process.stdout(writer);
            }
            Endpoint(answer) => {
                let impostor = Impostor::start(*answer);
                process.envs([
                    ("AWS_REGION", "us-east-1"),
                    ("AWS_ACCESS_KEY_ID", "k"),
                    ("AWS_SECRET_ACCESS_KEY", "s"),
                ]);
                process.env("AWS_ENDPOINT_URL", format!("http://{}", impostor.0));
                process.env("CACHEKEEP_BUCKET", "exports");
            }
            Stack => {
                let aws = Aws::start(&format!("attack-{}", directory.file_name().unwrap().to_string_lossy()));
                process.envs(aws.environment());
                let init = Command::new(env!("CARGO_BIN_EXE_cachekeep"))
                    .arg("init")
                    .env_clear()
                    .envs(aws.environment())
                    .output()
                    .unwrap();
                assert!(init.status.success(), "{name}: {}", String::from_utf8_lossy(&init.stderr));
                keep.push(Box::new(aws));
            }
        }
    }
    #[expect(clippy::disallowed_methods, reason = "how long a process takes is measured by the true clock")]
    let started = Instant::now();
    let output = process.spawn().unwrap().wait_with_output().unwrap();
    assert!(started.elapsed() < AT_MOST, "{name} took {:?}", started.elapsed());
    output
}

/// What is wrong with how it ended, if anything is.
fn judged(attack: &Attack, output: &Output) -> Option<String> {
    let (name, .., exit, words) = attack;
    let errors = String::from_utf8_lossy(&output.stderr);
    let missing: Vec<_> = words.iter().filter(|words| !errors.contains(**words)).collect();
    let panicked = errors.contains("panicked");
    let wrong = output.status.code() != Some(*exit) || !missing.is_empty() || panicked;
    wrong.then(|| {
        format!("{name}: {:?} instead of {exit}, without {missing:?}\n{errors}", output.status.code())
    })
}

#[test]
fn every_attack_ends_soon_with_the_exit_code_and_the_words_that_help() {
    let mut wrong = Vec::new();
    for (index, attack) in ATTACKS.iter().enumerate() {
        let directory = directory(index);
        wrong.extend(judged(attack, &run(attack, &directory)));
        _ = fs::remove_dir_all(directory);
    }
    assert!(wrong.is_empty(), "{} of {} went wrong:\n{}", wrong.len(), ATTACKS.len(), wrong.join("\n"));
}

#[test]
fn two_runs_into_one_directory_end_with_one_that_says_so() {
    let directory = directory(ATTACKS.len());
    let run = || {
        let mut process = Command::new(env!("CARGO_BIN_EXE_cachekeep"));
        let words = ["sandbox", "run", "--days", "1", "--caches", "1", "--out", "out", "--json"];
        process.args(words).current_dir(&directory).env_clear();
        process.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let both = [run(), run()].map(|process| process.wait_with_output().unwrap());
    let mut codes = both.each_ref().map(|output| output.status.code().unwrap());
    codes.sort_unstable();
    // Where the first was over before the second began, both are right.
    assert!(codes == [0, 1] || codes == [0, 0], "{codes:?}");
    if codes == [0, 1] {
        let said = both
            .iter()
            .any(|output| String::from_utf8_lossy(&output.stderr).contains("another run is writing"));
        assert!(said, "{both:?}");
    }
    _ = fs::remove_dir_all(directory);
}
