//! What keys come to without opening their values: elements, sizes and offsets, and the memory that servers say they take.

use std::collections::BTreeMap;

use cachekeep_rdb::{
    Level, Reader,
    keys::{About, Listener, Measured},
    memory::{Allocator, Server, Structures, estimate},
    write::Head,
};

use crate::{
    live::{Live, Reply},
    made::{key, length, string},
    servers_take::Engine,
    zoo::zoo,
};

/// How far the estimate of all keys may be from what a server says, in percent, and that of one type.
const ALLOWED: (u64, u64) = (5, 15);

/// Collects what keys come to.
#[derive(Default)]
struct Sizes {
    about: About,
    head: Option<Head>,
    bytes: u64,
    all: Vec<(Head, Measured)>,
}

impl Listener for Sizes {
    fn about(&mut self, about: &About) {
        self.about = about.clone();
    }

    fn key(&mut self, head: Head) {
        (self.head, self.bytes) = (Some(head), 0);
    }

    fn function(&mut self) {}

    fn bytes(&mut self, piece: &[u8]) {
        self.bytes += piece.len() as u64;
    }

    fn measured(&mut self, measured: &Measured) {
        assert_eq!(measured.bytes, self.bytes);
        self.all.push((self.head.take().unwrap(), measured.clone()));
    }

    fn end(&mut self) {
        self.head = None;
    }
}

fn sizes(file: &[u8], piece: usize) -> Vec<(Head, Measured)> {
    listed(file, piece).all
}

fn listed(file: &[u8], piece: usize) -> Sizes {
    let mut sizes = Sizes::default();
    let mut reader = Reader::listening(Level::Structure, Box::new(|_, _| true), false);
    for piece in file.chunks(piece) {
        // What a broken file held before its fault stands.
        let _ = reader.push_to(piece, &mut sizes);
    }
    sizes
}

/// How many elements a server says there are; nothing for what has none.
fn elements(live: &mut Live, key: &[u8]) -> Option<u64> {
    let command: &[u8] = match live.call(&[b"TYPE", key]).text() {
        "list" => b"LLEN",
        "set" => b"SCARD",
        "zset" => b"ZCARD",
        "hash" => b"HLEN",
        "stream" => b"XLEN",
        _ => return None,
    };
    u64::try_from(live.call(&[command, key]).number()).ok()
}

#[test]
fn keys_have_as_many_elements_as_servers_say() {
    for engine in Engine::installed() {
        let mut keys = 0;
        for animal in zoo() {
            let file = animal.read();
            let Some(mut live) = Live::with_file(engine, &file, &[]) else { continue };
            for (head, measured) in sizes(&file, 100) {
                live.call(&["SELECT", &head.db.to_string()]);
                if live.call(&[b"EXISTS", &head.key[..]]).number() == 0 {
                    continue;
                }
                let name = String::from_utf8_lossy(&head.key);
                assert_eq!(measured.elements, elements(&mut live, &head.key), "{} {name}", animal.file);
                keys += 1;
            }
        }
        assert!(keys > 300, "{keys}");
    }
}

#[test]
fn sizes_do_not_depend_on_the_pieces_and_add_up_to_what_the_verdict_counts() {
    for animal in zoo() {
        let file = animal.read();
        let whole = sizes(&file, usize::MAX);
        for piece in [100, 7, 1] {
            assert_eq!(sizes(&file, piece), whole, "{} in pieces of {piece}", animal.file);
        }
        let mut reader = Reader::new(Level::Structure);
        reader.push(&file).unwrap();
        let verdict = reader.finish();
        let counted: u64 = verdict.databases.iter().map(|database| database.keys).sum();
        assert_eq!(whole.len() as u64, counted, "{}", animal.file);
        let largest = whole.iter().map(|(_, measured)| measured.bytes).max();
        assert_eq!(largest, verdict.largest_value.map(|largest| largest.bytes), "{}", animal.file);
        for (head, measured) in &whole {
            // An expiry, an idle time or a frequency stands before the type.
            let first = file[usize::try_from(measured.offset).unwrap()];
            let marks = [0xfc, 0xfd, 0xf8, 0xf9];
            assert!(first == head.kind || marks.contains(&first), "{} {first:#x}", animal.file);
        }
    }
}

#[test]
fn a_value_without_elements_comes_to_nothing_and_leaves_the_next_key_its_own_offset() {
    let file =
        [&b"REDIS0011\xfe\x00"[..], &key(2, &length(0)), &key(0, &string(b"v")), b"\xff", &[0; 8]].concat();
    for piece in [usize::MAX, 1] {
        let sizes = sizes(&file, piece);
        assert_eq!(sizes.len(), 1);
        assert_eq!((sizes[0].0.kind, sizes[0].1.offset, sizes[0].1.bytes), (0, 15, 2));
    }
}

#[test]
fn what_came_before_a_fault_is_passed_on() {
    let file = [&b"REDIS0011\xfe\x00"[..], &key(0, &string(b"v")), b"\x42"].concat();
    assert_eq!(sizes(&file, usize::MAX).len(), 1);
    assert_eq!(sizes(&file, 1).len(), 1);
}

/// What a server says that keys take, and what is estimated, by type.
#[derive(Default)]
struct Off {
    said: u64,
    estimated: u64,
    keys: u64,
}

impl Off {
    /// By how much the estimate is wrong, in tenths of a percent.
    fn tenths(&self) -> i64 {
        let (said, estimated) = (i64::try_from(self.said).unwrap(), i64::try_from(self.estimated).unwrap());
        (estimated - said) * 1000 / said.max(1)
    }
}

/// The server that a file says it was written by, with the allocator that it runs with here.
fn server_of(about: &About, live: &mut Live) -> Server {
    let said = live.call(&["INFO", "memory"]);
    let libc = said.text().contains("mem_allocator:libc");
    Server { allocator: if libc { Allocator::Libc } else { Allocator::Jemalloc }, ..Server::of(about) }
}

/// Fills a server with keys of every type and many sizes, through Lua.
const FILL: &str = r"
math.randomseed(7)
local call, rnd = redis.call, math.random
local function text(n) local t = {} for i = 1, n do t[i] = string.char(rnd(97, 122)) end return table.concat(t) end
for i = 1, 3000 do
  call('SET', 'string:' .. i, text(rnd(1, 300)))
  call('SET', 'number:' .. i, rnd(1000000000))
  call('SET', 'repeated:' .. i, string.rep('{\'id\':' .. i .. '},', rnd(1, 80)), 'EX', 100000)
end
for i = 1, 300 do
  local n = (i % 3 == 0) and rnd(200, 900) or rnd(1, 60)
  for e = 1, n do
    call('HSET', 'hash:' .. i, 'field:' .. e, text(rnd(1, 60)))
    call('SADD', 'set:' .. i, text(rnd(8, 40)))
    call('ZADD', 'zset:' .. i, rnd(), 'member:' .. e .. text(rnd(1, 20)))
    call('RPUSH', 'list:' .. i, text(rnd(1, 80)))
    call('SADD', 'numbers:' .. i, rnd(1000000))
    call('XADD', 'stream:' .. i, '*', 'event', text(rnd(1, 40)), 'by', 'somebody')
  end
end
return 'OK'";

#[test]
fn the_memory_that_keys_take_is_near_what_servers_say() {
    for engine in Engine::installed() {
        let mut live = Live::empty(engine);
        assert_eq!(live.call(&["EVAL", FILL, "0"]), Reply::Text(b"OK".to_vec()));
        assert_eq!(live.call(&["SAVE"]), Reply::Text(b"OK".to_vec()));
        let file = std::fs::read(live.directory().join("dump.rdb")).unwrap();
        // As a server has them that loaded the file: before, it holds room for what may be added.
        let mut live = Live::with_file(engine, &file, &[]).unwrap();
        let mut types: BTreeMap<String, Off> = BTreeMap::new();
        let listed = listed(&file, usize::MAX);
        let server = server_of(&listed.about, &mut live);
        let structures = match engine {
            Engine::Redis => Structures::Redis7,
            Engine::Valkey => Structures::Valkey9,
        };
        assert_eq!(server.structures, structures);
        for (head, measured) in listed.all {
            let said = live.call(&[&b"MEMORY"[..], b"USAGE", &head.key, b"SAMPLES", b"0"]).number();
            let name =
                String::from_utf8(head.key.split(|byte| *byte == b':').next().unwrap().to_vec()).unwrap();
            for name in [name, "all".to_owned()] {
                let off = types.entry(name).or_default();
                off.said += u64::try_from(said).unwrap();
                off.estimated += estimate(&head, &measured, server);
                off.keys += 1;
            }
        }
        for (name, off) in &types {
            let tenths = off.tenths();
            println!(
                "{} with {:?} {name}: {} keys, {} bytes said, {} estimated, {}{}.{} %",
                engine.server(),
                server.allocator,
                off.keys,
                off.said,
                off.estimated,
                if tenths < 0 { "-" } else { "+" },
                tenths.abs() / 10,
                tenths.abs() % 10
            );
            let (all, one_type) = ALLOWED;
            let most = if name == "all" { all } else { one_type };
            assert!(tenths.unsigned_abs() <= most * 10, "{name}");
        }
    }
}
