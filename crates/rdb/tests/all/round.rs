//! Round trips: what a server holds is written in each form, loaded into a server, and shown by it as before.

use std::{collections::BTreeMap, fs, io::Cursor, process::Command};

use cachekeep_rdb::{
    keys::About,
    open::{Digest, Element, Opener, StreamId, StreamState},
    write::{
        Conflict, Head, commands::Commands, json::JsonLines, payload::payload, rdb::RdbFile, resp::command,
    },
};
use serde_json::Value;

use crate::{
    live::{Live, Reply},
    servers_take::{Engine, is_missing},
    values::undumped,
    zoo::zoo,
};

/// Files that hold every type and encoding of the servers that read them.
const FILES: [&str; 8] = [
    "redis-5.0-encodings.rdb",
    "redis-7.0-mixed.rdb",
    "redis-7.0-streams.rdb",
    "redis-7.0-lzf.rdb",
    "redis-7.0-plain-nodes.rdb",
    "valkey-9.1-encodings.rdb",
    "valkey-9.1-streams.rdb",
    "valkey-9.1-field-expiry.rdb",
];

/// A key as it stands in a file.
struct Key {
    head: Head,
    value: Vec<u8>,
}

impl Key {
    fn open(&self, take: &mut dyn FnMut(Element<'_>)) {
        let mut opener = Opener::new(self.head.kind, self.head.dialect).unwrap();
        opener.push(&self.value, take).unwrap();
        opener.finish().unwrap();
    }
}

/// All keys of a server, as it dumps them.
fn keys(live: &mut Live) -> Vec<Key> {
    let mut keys = Vec::new();
    for db in 0..16 {
        live.call(&["SELECT", &db.to_string()]);
        for key in live.keys() {
            let payload = live.call(&[b"DUMP", &key[..]]);
            let (kind, value, dialect) = undumped(payload.bytes());
            let expires_at = u64::try_from(live.call(&[b"PEXPIRETIME", &key[..]]).number()).ok();
            let head = Head { db, key, kind, dialect, expires_at, idle: None, frequency: None };
            keys.push(Key { head, value: value.to_vec() });
        }
    }
    live.call(&["SELECT", "0"]);
    keys
}

fn as_rdb(keys: &[Key]) -> Vec<u8> {
    let mut file = RdbFile::begin(Cursor::new(Vec::new())).unwrap();
    let about = About { writer: Some("redis 7.0.15".to_owned()), created: Some(1_700_000_000) };
    file.about(&about).unwrap();
    for key in keys {
        file.key(&key.head).unwrap();
        key.value.chunks(100).for_each(|piece| file.bytes(piece).unwrap());
    }
    file.finish().unwrap().into_inner()
}

/// Commands on the wire, and how many.
fn as_commands(keys: &[Key]) -> (Vec<u8>, usize) {
    let (mut out, mut count) = (Vec::new(), 0);
    for key in keys {
        command(&mut out, &[b"SELECT", key.head.db.to_string().as_bytes()]);
        let mut commands = Commands::new(&key.head, Commands::temporary(&key.head.key, None), Conflict::Keep);
        key.open(&mut |element| commands.take(&element));
        commands.end();
        let batched = commands.drain();
        out.extend(batched.bytes);
        count += batched.ends.len() + 1;
    }
    (out, count)
}

fn as_payloads(keys: &[Key]) -> (Vec<u8>, usize) {
    let mut out = Vec::new();
    for key in keys {
        command(&mut out, &[b"SELECT", key.head.db.to_string().as_bytes()]);
        let at = key.head.expires_at.unwrap_or(0).to_string();
        let payload = payload(&key.head, &key.value);
        command(&mut out, &[b"RESTORE", &key.head.key, at.as_bytes(), &payload, b"ABSTTL"]);
    }
    (out, keys.len() * 2)
}

fn send(live: &mut Live, (commands, count): (Vec<u8>, usize)) {
    live.send(&commands);
    for _ in 0..count {
        if let Reply::Error(error) = live.reply() {
            panic!("{error}");
        }
    }
    live.call(&["SELECT", "0"]);
}

type View = BTreeMap<(u64, Vec<u8>), (u128, i64)>;

/// Fails with what is different, by name.
fn assert_same(found: &View, expected: &View, what: &str) {
    let names = |view: &View, other: &View| {
        let differing = view.iter().filter(|(key, value)| other.get(*key) != Some(value));
        differing.map(|((db, key), _)| format!("{db} {}", String::from_utf8_lossy(key))).collect::<Vec<_>>()
    };
    assert_eq!(names(expected, found), Vec::<String>::new(), "{what}: different or missing");
    assert_eq!(names(found, expected), Vec::<String>::new(), "{what}: too much");
}

/// Whether a server's checker takes a file for whole.
fn check(engine: Engine, file: &[u8], live: &Live) {
    let checker = engine.server().replace("server", "check-rdb");
    let path = live.directory().join("checked.rdb");
    fs::write(&path, file).unwrap();
    match Command::new(&checker).arg(&path).output() {
        Ok(output) => assert!(output.status.success(), "{checker}: {output:?}"),
        Err(_) => is_missing(&checker),
    }
}

#[test]
fn every_value_is_the_same_after_every_way_into_another_server() {
    let zoo = zoo();
    let read = |name: &str| zoo.iter().find(|animal| animal.file == name).unwrap().read();
    for engine in Engine::installed() {
        let mut trips = 0;
        for name in FILES {
            let Some(mut source) = Live::with_file(engine, &read(name), &[]) else { continue };
            trips += 1;
            let (keys, expected) = (keys(&mut source), source.view());
            assert_eq!(keys.len(), expected.len());
            let file = as_rdb(&keys);
            check(engine, &file, &source);
            let mut target = Live::with_file(engine, &file, &[]).unwrap();
            assert_same(&target.view(), &expected, &format!("{name} as a file"));
            for (way, commands) in [("payloads", as_payloads(&keys)), ("commands", as_commands(&keys))] {
                target.call(&["FLUSHALL"]);
                send(&mut target, commands);
                assert_same(&target.view(), &expected, &format!("{name} as {way}"));
            }
        }
        assert!(trips >= 5, "{}", engine.server());
    }
}

#[test]
fn what_one_family_wrote_goes_into_the_other_as_a_file_and_as_commands() {
    let engines: Vec<Engine> = Engine::installed().collect();
    let [redis, valkey] = engines[..] else { return };
    let zoo = zoo();
    for name in FILES.into_iter().filter(|name| !name.contains("field-expiry")) {
        let animal = zoo.iter().find(|animal| animal.file == name).unwrap();
        // Valkey reads what Redis wrote, and Redis 7.0 what Valkey wrote of types that it knows.
        let mut source = Live::with_file(valkey, &animal.read(), &[]).unwrap();
        let (keys, expected) = (keys(&mut source), source.view());
        let mut target = Live::empty(redis);
        send(&mut target, as_commands(&keys));
        assert_same(&target.view(), &expected, &format!("{name} as commands"));
        let old: Vec<Key> = keys.into_iter().filter(|key| key.head.version() <= 10).collect();
        let file = as_rdb(&old);
        assert!(file.starts_with(b"REDIS00"), "{name}");
        let mut target = Live::with_file(redis, &file, &[]).unwrap();
        let expected = expected
            .into_iter()
            .filter(|((db, key), _)| old.iter().any(|old| (old.head.db, &old.head.key) == (*db, key)));
        assert_same(&target.view(), &expected.collect(), &format!("{name} as a file"));
    }
}

#[test]
fn json_lines_hold_every_value() {
    for engine in Engine::installed() {
        for animal in zoo() {
            let Some(mut source) = Live::with_file(engine, &animal.read(), &[]) else { continue };
            let (keys, expected) = (keys(&mut source), source.view());
            let mut lines = JsonLines::new(Vec::new());
            for key in &keys {
                lines.key(&key.head).unwrap();
                key.open(&mut |element| lines.take(&element));
                lines.end().unwrap();
            }
            let text = String::from_utf8(lines.into_inner()).unwrap();
            let read: View =
                text.lines().map(|line| from_json(&serde_json::from_str(line).unwrap())).collect();
            assert_same(&read, &expected, &animal.file);
        }
    }
}

/// A string, or what stands for one that is not UTF-8.
fn bytes(value: &Value) -> Vec<u8> {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    value.as_str().map_or_else(
        || BASE64_STANDARD.decode(value["base64"].as_str().unwrap()).unwrap(),
        |text| text.as_bytes().to_vec(),
    )
}

fn id(value: &Value) -> StreamId {
    let (milliseconds, sequence) = value.as_str().unwrap().split_once('-').unwrap();
    StreamId { milliseconds: milliseconds.parse().unwrap(), sequence: sequence.parse().unwrap() }
}

fn from_json(line: &Value) -> ((u64, Vec<u8>), (u128, i64)) {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    let key = line["key_base64"].as_str().map_or_else(
        || line["key"].as_str().unwrap().as_bytes().to_vec(),
        |key| BASE64_STANDARD.decode(key).unwrap(),
    );
    let mut digest = Digest::new();
    let (value, none) = (&line["value"], Vec::new());
    let elements = value.as_array().unwrap_or(&none);
    match line["type"].as_str().unwrap() {
        "string" => digest.add(&Element::String(&bytes(value))),
        "list" => elements.iter().for_each(|item| digest.add(&Element::Item(&bytes(item)))),
        "set" => elements.iter().for_each(|member| digest.add(&Element::Member(&bytes(member)))),
        "zset" => elements.iter().for_each(|pair| {
            let score = &pair["score"];
            let score = score.as_f64().unwrap_or_else(|| score.as_str().unwrap().parse().unwrap());
            digest.add(&Element::Scored { member: &bytes(&pair["member"]), score });
        }),
        "hash" => elements.iter().for_each(|pair| {
            let (field, value) = (bytes(&pair["field"]), bytes(&pair["value"]));
            let expires_at = pair["expires_at_ms"].as_u64();
            digest.add(&Element::Field { field: &field, value: &value, expires_at });
        }),
        _ => stream(value, &mut digest),
    }
    let db = line["db"].as_u64().unwrap();
    ((db, key), (digest.value(), line["expires_at_ms"].as_i64().unwrap_or(-1)))
}

fn stream(value: &Value, digest: &mut Digest) {
    for entry in value["entries"].as_array().unwrap() {
        let fields = entry["fields"].as_array().unwrap().iter();
        let fields: Vec<(Vec<u8>, Vec<u8>)> = fields.map(|pair| (bytes(&pair[0]), bytes(&pair[1]))).collect();
        let fields: Vec<(&[u8], &[u8])> =
            fields.iter().map(|(name, value)| (&name[..], &value[..])).collect();
        digest.add(&Element::Entry { id: id(&entry["id"]), fields: &fields });
    }
    digest.add(&Element::Stream(StreamState { last_id: id(&value["last_id"]), ..StreamState::default() }));
    for group in value["groups"].as_array().unwrap() {
        let last_id = id(&group["last_id"]);
        digest.add(&Element::Group { name: &bytes(&group["name"]), last_id, entries_read: None });
        for consumer in group["consumers"].as_array().unwrap() {
            digest.add(&Element::Consumer { name: &bytes(&consumer["name"]), seen_at: 0, active_at: None });
            for pending in consumer["pending"].as_array().unwrap() {
                digest.add(&Element::Pending {
                    id: id(&pending["id"]),
                    delivered_at: pending["delivered_at_ms"].as_u64().unwrap(),
                    deliveries: pending["deliveries"].as_u64().unwrap(),
                });
            }
        }
    }
}
