//! What a file ends in, and what its checksum says of where a fault comes from.

use cachekeep_rdb::{Checksum, Level, Origin, Reader, Rule, Verdict};

use crate::{handmade::file, servers_take::Engine, zoo::read};

const BODY: &[u8] = b"\xfe\x00\x00\x01k\x01v";
/// What a server sends behind a file that it sends to a replica.
const MARK: &[u8; 40] = b"0123456789abcdef0123456789abcdef01234567";

fn in_all_pieces(file: &[u8], level: Level) -> Verdict {
    let whole = read(file, level, usize::MAX);
    for piece in 1..60 {
        assert_eq!(read(file, level, piece), whole, "in pieces of {piece}");
    }
    whole
}

#[test]
fn a_fault_that_the_checksum_covers_was_written_by_the_server_and_any_other_is_damage() {
    // A listpack that says one byte more than it has.
    let mut wrong = file(b"REDIS0010", b"\x10\x01k\x0d\x0e\0\0\0\x02\0\x81a\x02\x81b\x02\xff");
    let written = in_all_pieces(&wrong, Level::Structure);
    assert_eq!(
        (written.valid, written.checksum, written.origin()),
        (false, Checksum::Ok, Some(Origin::Written))
    );
    assert!(written.to_string().contains("the server wrote it so"), "{written}");
    let last = wrong.len() - 10;
    wrong[last] ^= 1;
    let rotten = in_all_pieces(&wrong, Level::Structure);
    assert_eq!(
        (rotten.valid, rotten.checksum, rotten.origin()),
        (false, Checksum::Bad, Some(Origin::Damaged))
    );
    // The very same fault in both.
    assert_eq!(written.error, rotten.error);
    let end = wrong.len() - 8;
    wrong[end..].fill(0);
    let unsummed = in_all_pieces(&wrong, Level::Structure);
    assert_eq!((unsummed.checksum, unsummed.origin()), (Checksum::Absent, Some(Origin::Unknown)));
    let cut = in_all_pieces(&file(b"REDIS0010", BODY)[..14], Level::Structure);
    assert_eq!((cut.checksum, cut.origin()), (Checksum::Bad, Some(Origin::Damaged)));
    let whole = in_all_pieces(&file(b"REDIS0010", BODY), Level::Structure);
    assert_eq!((whole.checksum, whole.origin()), (Checksum::Ok, None));
}

#[test]
fn a_fault_keeps_its_origin_when_the_reader_is_put_away_behind_it() {
    let wrong = file(b"REDIS0010", b"\x10\x01k\x0d\x0e\0\0\0\x02\0\x81a\x02\x81b\x02\xff");
    for at in 30..wrong.len() {
        let mut reader = Reader::new(Level::Structure);
        let _ = reader.push(&wrong[..at]);
        let mut resumed = Reader::resume(String::from(reader.save()).try_into().unwrap());
        let from = usize::try_from(resumed.position()).unwrap();
        let _ = resumed.push(&wrong[from..]);
        assert_eq!(resumed.finish().origin(), Some(Origin::Written), "put away at {at}");
    }
}

#[test]
fn the_mark_of_a_replication_behind_the_end_is_a_warning_at_every_level() {
    let marked = [&file(b"REDIS0010", BODY)[..], MARK].concat();
    for level in [Level::Presence, Level::Checksum, Level::Structure, Level::Deep] {
        let verdict = in_all_pieces(&marked, level);
        assert!(verdict.valid, "{verdict}");
        let expected = if level == Level::Presence { Checksum::Unread } else { Checksum::Ok };
        assert_eq!(verdict.checksum, expected, "{level}");
        let [warning] = verdict.warnings.try_into().unwrap();
        assert_eq!((warning.rule, warning.refused_by), (Rule::ReplicationMark, None));
        assert_eq!(warning.offset, (marked.len() - 40) as u64);
        assert!(warning.message.contains("replica"), "{}", warning.message);
    }
    let mut rotten = marked.clone();
    rotten[13] ^= 1;
    for level in [Level::Checksum, Level::Structure] {
        assert_eq!(in_all_pieces(&rotten, level).checksum, Checksum::Bad, "{level}");
    }
    for engine in Engine::installed() {
        assert_eq!(engine.load(&marked, &[]), Some(1), "{engine:?}");
    }
}

#[test]
fn other_bytes_behind_the_end_are_refused_although_the_checksum_of_the_file_is_right() {
    let right = file(b"REDIS0010", BODY);
    let capitals = MARK.to_ascii_uppercase();
    for more in [&MARK[1..], &capitals, &[&MARK[..], b"0"].concat(), b"x", &[0; 1000]] {
        let verdict = in_all_pieces(&[&right[..], more].concat(), Level::Structure);
        let error = verdict.error.unwrap();
        assert_eq!((error.offset, verdict.checksum), (right.len() as u64, Checksum::Ok), "{more:?}");
        assert_eq!(error.message, "trailing bytes after the end of the file");
    }
}

#[test]
fn a_newer_version_is_read_as_far_as_it_is_known_with_a_warning() {
    for (magic, refused_by) in [
        (b"REDIS0013", "redis 8.0 and earlier, and every valkey"),
        (b"REDIS0079", "redis 8.0 and earlier, and every valkey"),
        (b"VALKEY081", "valkey 9.1 and earlier, and every redis"),
        (b"VALKEY999", "valkey 9.1 and earlier, and every redis"),
    ] {
        let newer = file(magic, BODY);
        for level in [Level::Presence, Level::Checksum, Level::Structure] {
            let verdict = in_all_pieces(&newer, level);
            assert!(verdict.valid, "{verdict}");
            let [warning] = verdict.warnings.try_into().unwrap();
            assert_eq!(warning.rule, Rule::NewerVersion);
            assert_eq!(warning.refused_by.as_deref(), Some(refused_by), "{level}");
        }
        let unknown = in_all_pieces(&file(magic, b"\x1e\x01k\x01v"), Level::Structure);
        let message = "unknown opcode or value type 30 (0x1e), \
                       in a file of a version that is newer than this reader knows";
        assert_eq!(unknown.error.unwrap().message, message);
        for engine in Engine::installed() {
            assert_eq!(engine.load(&newer, &[]), None, "{engine:?}");
        }
    }
    for magic in [b"REDIS0080", b"VALKEY079", b"REDIS0000"] {
        assert!(!in_all_pieces(&file(magic, BODY), Level::Presence).valid);
        for engine in Engine::installed() {
            assert_eq!(engine.load(&file(magic, BODY), &[]), None, "{engine:?}");
        }
    }
}

#[test]
fn keys_before_the_first_selection_are_in_database_0_with_those_after_it() {
    let body =
        b"\x00\x01a\x01v\xfc\0\0\0\0\0\0\0\x7f\x00\x01b\x01v\xfe\x00\x00\x01c\x01v\xfe\x02\x00\x01d\x01v";
    let body = file(b"REDIS0010", body);
    let verdict = in_all_pieces(&body, Level::Structure);
    let counts: Vec<_> = verdict.databases.iter().map(|db| (db.db, db.keys, db.expires)).collect();
    assert_eq!(counts, [(0, 3, 1), (2, 1, 0)]);
    for engine in Engine::installed() {
        assert_eq!(engine.load(&body, &[]), Some(4), "{engine:?}");
    }
}

#[test]
fn a_database_beyond_those_that_servers_have_is_a_warning() {
    let sixteenth = file(b"REDIS0010", b"\xfe\x10\x00\x01a\x01v\xfe\x11\x00\x01a\x01v");
    let verdict = in_all_pieces(&sixteenth, Level::Structure);
    assert!(verdict.valid);
    let [warning] = verdict.warnings.try_into().unwrap();
    assert_eq!((warning.rule, warning.count, warning.offset), (Rule::DatabaseNumber, 2, 9));
    assert_eq!(warning.message, "database 16, where servers have 16 unless they are configured for more");
    for engine in Engine::installed() {
        assert_eq!(engine.load(&sixteenth, &[]), None, "{engine:?}");
        assert_eq!(engine.load(&sixteenth, &["--databases", "18"]), Some(2), "{engine:?}");
    }
}

#[test]
fn a_warning_comes_once_for_its_rule_and_says_where_first_and_how_often() {
    let mut body = Vec::new();
    for key in b'a'..=b'z' {
        body.extend([0, 1, key, 1, b'v', 2, 2, b's', key, 0]);
    }
    let verdict = in_all_pieces(&file(b"REDIS0010", &body), Level::Structure);
    assert_eq!(verdict.databases[0].keys, 26);
    let json = serde_json::to_value(&verdict).unwrap();
    let expected = serde_json::json!([{
        "rule": "empty-value",
        "key": "sa",
        "offset": 18,
        "message": "a value without elements, which servers skip with its key",
        "refused_by": null,
        "count": 26,
    }]);
    assert_eq!(json["warnings"], expected);
    let table = verdict.to_string();
    let line = "  warning: a value without elements, which servers skip with its key, \
                at byte 18, in key 'sa' (26 times in all)\n";
    assert!(table.contains(line), "{table}");
}
