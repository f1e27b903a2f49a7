//! As much of an RDB file as a restore needs: which keys it holds, in which databases, and how to spread them over shards
//! (docs/elasticache.md 10). Values are skipped, never read.

use bytes::Bytes;
use std::collections::BTreeSet;
use std::ops::Range;

/// Nine bytes of magic and version.
const HEADER: usize = 9;

const MODULE_AUX: u8 = 0xF7;
const FUNCTION: u8 = 0xF5;
const SLOT_INFO: u8 = 0xF4;
const IDLE: u8 = 0xF8;
const FREQUENCY: u8 = 0xF9;
const AUX: u8 = 0xFA;
const RESIZE: u8 = 0xFB;
const EXPIRES_MILLIS: u8 = 0xFC;
const EXPIRES_SECONDS: u8 = 0xFD;
const SELECT: u8 = 0xFE;
const END: u8 = 0xFF;

/// What a file holds, by where it stands in the bytes.
#[derive(Debug)]
pub(crate) struct Contents<'a> {
    file: &'a [u8],
    /// Everything before the first database.
    preamble: Range<usize>,
    keys: Vec<Key>,
}

#[derive(Debug)]
struct Key {
    database: u64,
    slot: u16,
    /// With its expiry and whatever else stands before it.
    entry: Range<usize>,
}

/// The version in a file's header, and whether it is Valkey's own numbering.
pub(crate) fn version(file: &[u8]) -> Option<u32> {
    let header = file.get(..HEADER)?;
    let digits = header.strip_prefix(b"REDIS").or_else(|| header.strip_prefix(b"VALKEY"))?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Reads a file; `None` where it is broken or holds what this reader does not know.
pub(crate) fn read(file: &[u8]) -> Option<Contents<'_>> {
    version(file)?;
    let valkey = file.starts_with(b"VALKEY");
    let mut input = Input { bytes: file, at: HEADER };
    let mut contents = Contents { file, preamble: HEADER..HEADER, keys: Vec::new() };
    let (mut database, mut started, mut entry) = (0, false, None);
    loop {
        let at = input.at;
        let opcode = input.byte()?;
        match opcode {
            END => break,
            AUX => input.strings(2)?,
            FUNCTION => input.strings(1)?,
            MODULE_AUX => input.module()?,
            SELECT => {
                database = input.length()?;
                started = true;
                continue;
            }
            RESIZE => _ = (input.length()?, input.length()?),
            SLOT_INFO => _ = (input.length()?, input.length()?, input.length()?),
            IDLE => {
                entry.get_or_insert(at);
                input.length()?;
            }
            FREQUENCY | EXPIRES_SECONDS | EXPIRES_MILLIS => {
                entry.get_or_insert(at);
                input.skip(match opcode {
                    FREQUENCY => 1,
                    EXPIRES_SECONDS => 4,
                    _ => 8,
                })?;
            }
            kind => {
                let slot = input.string().map(|key| key_slot(&key))?;
                input.value(kind, valkey)?;
                let entry = entry.take().unwrap_or(at)..input.at;
                contents.keys.push(Key { database, slot, entry });
            }
        }
        if !started {
            contents.preamble.end = input.at;
        }
    }
    Some(contents)
}

impl Contents<'_> {
    /// How many keys there are in all databases.
    pub(crate) fn keys(&self) -> usize {
        self.keys.len()
    }

    /// The databases that hold keys.
    pub(crate) fn databases(&self) -> BTreeSet<u64> {
        self.keys.iter().map(|key| key.database).collect()
    }
}

/// The files as the shards with these slots hold them: as they are where each holds its own shard's keys already, and
/// spread anew otherwise. `None` where one cannot be read.
pub(crate) fn place(files: &[Bytes], shards: &[Vec<(u16, u16)>]) -> Option<Vec<Bytes>> {
    let contents: Vec<Contents<'_>> = files.iter().map(|file| read(file)).collect::<Option<_>>()?;
    let in_place = contents.len() == shards.len()
        && contents.iter().zip(shards).all(|(file, slots)| file.keys.iter().all(|key| has(slots, key.slot)));
    Some(if in_place { files.to_vec() } else { spread(&contents, shards) })
}

fn has(slots: &[(u16, u16)], slot: u16) -> bool {
    slots.iter().any(|(from, to)| (*from..=*to).contains(&slot))
}

/// One file for each set of slots, with the keys of all the given files that belong there.
fn spread(files: &[Contents<'_>], shards: &[Vec<(u16, u16)>]) -> Vec<Bytes> {
    shards.iter().map(|slots| shard(files, slots)).collect()
}

fn shard(files: &[Contents<'_>], slots: &[(u16, u16)]) -> Bytes {
    let Some(first) = files.first() else { return Bytes::new() };
    let mut out = first.file[..first.preamble.end].to_vec();
    let mut current = None;
    for (file, key) in files.iter().flat_map(|file| file.keys.iter().map(move |key| (file, key))) {
        if !has(slots, key.slot) {
            continue;
        }
        if current != Some(key.database) {
            out.push(SELECT);
            // A database's number fits the six bits of a short length in every file that ElastiCache writes.
            out.push(u8::try_from(key.database.min(63)).unwrap_or(0));
            current = Some(key.database);
        }
        out.extend_from_slice(&file.file[key.entry.clone()]);
    }
    out.push(END);
    // A trailer of zeros says that no checksum was computed.
    out.extend([0; 8]);
    out.into()
}

/// The slots that `0-5460` or `0-10,20-30` name; `None` where that is not how slots are written.
pub(crate) fn slots(text: &str) -> Option<Vec<(u16, u16)>> {
    let range = |part: &str| {
        let (from, to) = part.trim().split_once('-').unwrap_or((part.trim(), part.trim()));
        let (from, to) = (from.parse().ok()?, to.parse().ok()?);
        (from <= to && to < SLOTS).then_some((from, to))
    };
    text.split(',').map(range).collect()
}

/// Slots of a cluster.
pub(crate) const SLOTS: u16 = 16_384;

/// The slot of a key: of what stands in its first braces where there is something, else of all of it.
fn key_slot(key: &[u8]) -> u16 {
    let tag = key.iter().position(|byte| *byte == b'{').and_then(|open| {
        let rest = &key[open + 1..];
        rest.iter().position(|byte| *byte == b'}').filter(|length| *length > 0).map(|length| &rest[..length])
    });
    crc16(tag.unwrap_or(key)) % SLOTS
}

/// CRC-16/XMODEM, as the cluster specification has it.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    })
}

struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// A length, or that what follows is not as many bytes.
enum Length {
    Plain(u64),
    Special(u8),
}

impl<'a> Input<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(count)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    fn skip(&mut self, count: usize) -> Option<()> {
        self.take(count).map(drop)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn number(&mut self, bytes: usize) -> Option<u64> {
        Some(self.take(bytes)?.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte)))
    }

    fn any_length(&mut self) -> Option<Length> {
        let first = self.byte()?;
        Some(match (first >> 6, first) {
            (0, _) => Length::Plain(u64::from(first)),
            (1, _) => Length::Plain((u64::from(first & 0x3F) << 8) | u64::from(self.byte()?)),
            (2, 0x80) => Length::Plain(self.number(4)?),
            (2, 0x81) => Length::Plain(self.number(8)?),
            (2, _) => return None,
            (_, _) => Length::Special(first & 0x3F),
        })
    }

    fn length(&mut self) -> Option<u64> {
        match self.any_length()? {
            Length::Plain(length) => Some(length),
            Length::Special(_) => None,
        }
    }

    fn size(&mut self) -> Option<usize> {
        usize::try_from(self.length()?).ok()
    }

    /// A string as its bytes: plain, as an integer, or compressed.
    fn string(&mut self) -> Option<Vec<u8>> {
        match self.any_length()? {
            Length::Plain(length) => self.take(usize::try_from(length).ok()?).map(<[u8]>::to_vec),
            Length::Special(0) => Some(i8::from_le_bytes(self.array()?).to_string().into_bytes()),
            Length::Special(1) => Some(i16::from_le_bytes(self.array()?).to_string().into_bytes()),
            Length::Special(2) => Some(i32::from_le_bytes(self.array()?).to_string().into_bytes()),
            Length::Special(3) => {
                let (packed, plain) = (self.size()?, self.size()?);
                decompress(self.take(packed)?, plain)
            }
            Length::Special(_) => None,
        }
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    /// Skips strings without decompressing them.
    fn strings(&mut self, count: u64) -> Option<()> {
        for _ in 0..count {
            let bytes = match self.any_length()? {
                Length::Plain(length) => usize::try_from(length).ok()?,
                Length::Special(0) => 1,
                Length::Special(1) => 2,
                Length::Special(2) => 4,
                Length::Special(3) => {
                    let packed = self.size()?;
                    self.length()?;
                    packed
                }
                Length::Special(_) => return None,
            };
            self.skip(bytes)?;
        }
        Some(())
    }

    /// Skips a value by its type; the numbers are those of the servers' own headers.
    fn value(&mut self, kind: u8, valkey: bool) -> Option<()> {
        match kind {
            0 | 9..=13 | 16 | 17 | 20 => self.strings(1),
            1 | 2 | 14 => {
                let count = self.length()?;
                self.strings(count)
            }
            4 => {
                let count = self.length()?;
                self.strings(count.checked_mul(2)?)
            }
            3 => self.repeat(|input| {
                input.strings(1)?;
                // A score as text, or one of three codes without any.
                match input.byte()? {
                    253..=255 => Some(()),
                    length => input.skip(usize::from(length)),
                }
            }),
            5 => self.repeat(|input| {
                input.strings(1)?;
                input.skip(8)
            }),
            7 => self.module(),
            18 => self.repeat(|input| {
                input.length()?;
                input.strings(1)
            }),
            15 | 19 | 21 => self.stream(kind),
            22 if valkey => self.repeat(|input| {
                input.strings(2)?;
                input.skip(8)
            }),
            _ => None,
        }
    }

    fn repeat(&mut self, mut each: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        let count = self.length()?;
        (0..count).try_for_each(|_| each(self))
    }

    fn lengths(&mut self, count: u32) -> Option<()> {
        (0..count).try_for_each(|_| self.length().map(drop))
    }

    fn stream(&mut self, kind: u8) -> Option<()> {
        self.repeat(|input| input.strings(2))?;
        // Entries and the last id, then since version 2 the first id, the highest deleted one and a count.
        self.lengths(if kind >= 19 { 8 } else { 3 })?;
        self.repeat(|input| {
            input.strings(1)?;
            input.lengths(if kind >= 19 { 3 } else { 2 })?;
            input.repeat(|input| {
                input.skip(16 + 8)?;
                input.length().map(drop)
            })?;
            input.repeat(|input| {
                input.strings(1)?;
                input.skip(if kind >= 21 { 16 } else { 8 })?;
                input.repeat(|input| input.skip(16))
            })
        })
    }

    /// A module's value: its id, then parts that say their own type, until an end.
    fn module(&mut self) -> Option<()> {
        self.length()?;
        loop {
            match self.length()? {
                0 => return Some(()),
                1 | 2 => self.length().map(drop)?,
                3 => self.skip(4)?,
                4 => self.skip(8)?,
                5 => self.strings(1)?,
                _ => return None,
            }
        }
    }
}

/// LZF, as far as keys need it.
fn decompress(packed: &[u8], plain: usize) -> Option<Vec<u8>> {
    let (mut out, mut at) = (Vec::new(), 0);
    let byte = |at: usize| packed.get(at).map(|byte| usize::from(*byte));
    while at < packed.len() {
        let control = byte(at)?;
        at += 1;
        if control < 32 {
            out.extend_from_slice(packed.get(at..=at + control)?);
            at += control + 1;
            continue;
        }
        let mut length = control >> 5;
        if length == 7 {
            length += byte(at)?;
            at += 1;
        }
        let distance = ((control & 0x1F) << 8) + byte(at)? + 1;
        at += 1;
        for _ in 0..length + 2 {
            let copied = *out.get(out.len().checked_sub(distance)?)?;
            out.push(copied);
        }
    }
    (out.len() == plain).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// What each server said of its own data; the modules of Redis 8 are no data of ElastiCache's.
    fn zoo() -> Vec<(String, Vec<u8>, Value)> {
        let said: Vec<Value> = serde_json::from_str(include_str!("../../zoo/zoo.json")).unwrap();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/zoo");
        let known = said.into_iter().filter(|file| !file["file"].as_str().unwrap().starts_with("redis-8.0"));
        known
            .map(|file| {
                let name = file["file"].as_str().unwrap().to_owned();
                (name.clone(), std::fs::read(format!("{folder}/{name}")).unwrap(), file)
            })
            .collect()
    }

    #[test]
    fn every_file_of_the_zoo_holds_the_keys_that_its_server_counted() {
        let zoo = zoo();
        assert!(zoo.len() > 30);
        for (name, bytes, said) in zoo {
            let databases = said["databases"].as_array().unwrap();
            let count: u64 = databases.iter().map(|database| database["keys"].as_u64().unwrap()).sum();
            let contents = read(&bytes).unwrap_or_else(|| panic!("{name} is not understood"));
            assert_eq!(u64::try_from(contents.keys()).unwrap(), count, "{name}");
            assert_eq!(contents.databases().len(), databases.len(), "{name}");
            assert_eq!(u64::from(version(&bytes).unwrap()), said["rdb_version"].as_u64().unwrap(), "{name}");
        }
    }

    #[test]
    fn the_shards_of_a_cluster_hold_the_keys_of_their_slots_and_may_be_spread_anew() {
        let files: Vec<Vec<u8>> = (1..=3)
            .map(|shard| {
                let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/zoo");
                std::fs::read(format!("{folder}/valkey-8.0-shard-{shard}.rdb")).unwrap()
            })
            .collect();
        let contents: Vec<Contents<'_>> = files.iter().map(|file| read(file).unwrap()).collect();
        let slots = [(0, 5461), (5462, 10_922), (10_923, 16_383)];
        for (shard, range) in contents.iter().zip(slots) {
            assert!(shard.keys.iter().all(|key| (range.0..=range.1).contains(&key.slot)));
        }
        let all: usize = contents.iter().map(Contents::keys).sum();
        let two = spread(&contents, &[vec![(0, 8191)], vec![(8192, 16_383)]]);
        let again: Vec<usize> = two.iter().map(|file| read(file).unwrap().keys()).collect();
        assert_eq!(again.iter().sum::<usize>(), all);
        assert!(again.iter().all(|keys| *keys > 0));
    }

    #[test]
    fn slots_follow_the_cluster_specification() {
        // The specification's own example of the checksum, and two keys with one tag.
        assert_eq!(crc16(b"123456789"), 0x31C3);
        assert_eq!(key_slot(b"{user1000}.following"), key_slot(b"{user1000}.followers"));
        assert_ne!(key_slot(b"{}a"), key_slot(b"{}b"));
        assert_eq!(slots("0-5460"), Some(vec![(0, 5460)]));
        assert_eq!(slots("0-1,7"), Some(vec![(0, 1), (7, 7)]));
        assert_eq!([slots("0-16384"), slots("9-3"), slots("a-b")], [None, None, None]);
    }

    #[test]
    fn a_cut_or_foreign_file_is_not_understood() {
        let file = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/zoo/redis-7.0-mixed.rdb")).unwrap();
        assert!(read(&file).is_some());
        assert!(read(&file[..file.len() / 2]).is_none());
        assert!(read(b"MSGPACK00").is_none());
    }
}
