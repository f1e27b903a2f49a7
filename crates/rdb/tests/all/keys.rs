//! Keys one by one while a file is read: all that a server has, with what stands before them, in pieces of any size.

use std::collections::BTreeMap;

use cachekeep_rdb::{
    Level, Reader, Verdict,
    keys::{Listener, Wanted},
    open::{Digest, Element, Opener},
    write::Head,
};

use crate::{
    live::Live,
    made::{length, string},
    servers_take::Engine,
    zoo::zoo,
};

/// Collects keys with the bytes of their values.
#[derive(Default)]
pub(crate) struct Keys {
    pub(crate) whole: Vec<(Head, Vec<u8>)>,
    functions: Vec<Vec<u8>>,
    open: Option<(Option<Head>, Vec<u8>)>,
}

impl Listener for Keys {
    fn key(&mut self, head: Head) {
        assert!(self.open.is_none());
        self.open = Some((Some(head), Vec::new()));
    }

    fn function(&mut self) {
        assert!(self.open.is_none());
        self.open = Some((None, Vec::new()));
    }

    fn bytes(&mut self, piece: &[u8]) {
        self.open.as_mut().unwrap().1.extend_from_slice(piece);
    }

    fn end(&mut self) {
        match self.open.take().unwrap() {
            (Some(head), value) => self.whole.push((head, value)),
            (None, code) => self.functions.push(code),
        }
    }
}

pub(crate) fn listen(file: &[u8], piece: usize, wanted: Wanted) -> (Keys, Verdict) {
    let mut keys = Keys::default();
    let mut reader = Reader::listening(Level::Structure, wanted, true);
    for piece in file.chunks(piece) {
        // The verdict says it too.
        let _ = reader.push_to(piece, &mut keys);
    }
    (keys, reader.finish())
}

fn digest(head: &Head, value: &[u8]) -> u128 {
    let (mut opener, mut digest) = (Opener::new(head.kind, head.dialect).unwrap(), Digest::new());
    opener.push(value, &mut |element| digest.add(&element)).unwrap();
    opener.finish().unwrap();
    digest.value()
}

#[test]
fn all_keys_of_the_zoo_are_passed_on_with_the_values_and_expiries_that_servers_show() {
    for engine in Engine::installed() {
        let mut files = 0;
        for animal in zoo() {
            let file = animal.read();
            let Some(mut live) = Live::with_file(engine, &file, &[]) else { continue };
            files += 1;
            let (keys, verdict) = listen(&file, 100, Box::new(|_, _| true));
            assert!(verdict.valid, "{:?}", verdict.error);
            let read: BTreeMap<_, _> = keys
                .whole
                .iter()
                .map(|(head, value)| {
                    let expiry = head.expires_at.map_or(-1, |at| i64::try_from(at).unwrap());
                    ((head.db, head.key.clone()), (digest(head, value), expiry))
                })
                .collect();
            assert_eq!(read, live.view(), "{}", animal.file);
            assert_eq!(keys.functions.is_empty(), !animal.file.contains("functions"), "{}", animal.file);
        }
        assert!(files > 20, "{}", engine.server());
    }
}

#[test]
fn keys_that_no_server_here_loads_are_passed_on_too() {
    let animal = zoo().into_iter().find(|animal| animal.file == "redis-8.0-field-expiry.rdb").unwrap();
    let (keys, _) = listen(&animal.read(), 1000, Box::new(|_, key| key == b"hash:some"));
    let [(head, value)] = &keys.whole[..] else { panic!("one key") };
    let (mut opener, mut fields) = (Opener::new(head.kind, head.dialect).unwrap(), BTreeMap::new());
    let mut take = |element: Element<'_>| {
        let Element::Field { field, expires_at, .. } = element else { panic!("{element:?}") };
        fields.insert(field.to_vec(), expires_at);
    };
    opener.push(value, &mut take).unwrap();
    // Three of four fields expire in ten years, one of them a little later (make.py, `field_expiry`).
    let at = fields[&b"f0"[..]].unwrap();
    assert!((2_000_000_000_000..2_200_000_000_000).contains(&at), "{at}");
    assert_eq!((fields[&b"f1"[..]], fields[&b"f3"[..]]), (Some(at), None));
    assert!(fields[&b"f2"[..]].is_some_and(|later| later > at && later < at + 10_000));
}

#[test]
fn pieces_of_any_size_pass_on_the_same_and_what_is_not_wanted_is_read_past() {
    for animal in zoo() {
        let file = animal.read();
        let (all, verdict) = listen(&file, usize::MAX, Box::new(|_, _| true));
        let counted: u64 = verdict.databases.iter().map(|database| database.keys).sum();
        assert_eq!(all.whole.len() as u64, counted, "{}", animal.file);
        for piece in [1, 2, 7, 128, 1000] {
            let (keys, again) = listen(&file, piece, Box::new(|_, _| true));
            assert_eq!((keys.whole, keys.functions), (all.whole.clone(), all.functions.clone()), "{piece}");
            assert_eq!(again, verdict);
        }
        let (some, again) = listen(&file, 100, Box::new(|db, key| db == 0 && key.len() % 2 == 0));
        let expected = all.whole.iter().filter(|(head, _)| head.db == 0 && head.key.len() % 2 == 0);
        assert_eq!(some.whole, expected.cloned().collect::<Vec<_>>(), "{}", animal.file);
        assert_eq!(again, verdict);
    }
}

#[test]
fn what_stands_before_a_key_is_its_own_and_no_other_s() {
    let mut file = b"REDIS0011".to_vec();
    for (before, key) in [
        (&b"\xfc\xe8\x03\0\0\0\0\0\0"[..], "ms"),
        (b"", "none"),
        (b"\xfd\x02\0\0\0\xf9\x07", "s"),
        (b"\xf8\x05", "idle"),
        (b"\xfc\x01\0\0\0\0\0\0\0", "unwanted"),
        (b"", "last"),
    ] {
        file.extend([before, &[0], &string(key.as_bytes()), &string(b"value")].concat());
    }
    file.extend([0xff, 0, 0, 0, 0, 0, 0, 0, 0]);
    for piece in [usize::MAX, 1] {
        let (keys, verdict) = listen(&file, piece, Box::new(|_, key| key != b"unwanted"));
        assert!(verdict.valid, "{:?}", verdict.error);
        let read = keys.whole.iter().map(|(head, value)| {
            assert_eq!(value, &string(b"value"));
            (head.key.as_slice(), head.expires_at, head.idle, head.frequency)
        });
        let expected = [
            (&b"ms"[..], Some(1000), None, None),
            (b"none", None, None, None),
            (b"s", Some(2000), None, Some(7)),
            (b"idle", None, Some(5), None),
            (b"last", None, None, None),
        ];
        assert_eq!(read.collect::<Vec<_>>(), expected);
    }
}

#[test]
fn a_key_in_a_broken_file_is_passed_on_only_if_it_was_whole() {
    let compressed = [&[0xc3, 5, 0x50, 0][..], &[0; 5]].concat();
    let file = [
        b"REDIS0011".to_vec(),
        [&[0][..], &string(b"whole"), &string(b"value")].concat(),
        // Its compressed bytes are wrong, which a reader finds out later than it reads past them.
        [&[0][..], &string(b"wrong"), &compressed].concat(),
        [&[0][..], &string(b"behind"), &string(b"value")].concat(),
        [&[2][..], &string(b"cut"), &length(9), &string(b"member")].concat(),
    ]
    .concat();
    for piece in [usize::MAX, 1] {
        let (keys, verdict) = listen(&file, piece, Box::new(|_, _| true));
        assert_eq!(verdict.error.unwrap().key.as_deref(), Some("wrong"));
        let names: Vec<&[u8]> = keys.whole.iter().map(|(head, _)| head.key.as_slice()).collect();
        assert_eq!(names, [b"whole"]);
    }
}
