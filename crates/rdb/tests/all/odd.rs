//! Files that are odd without being corrupt, and files that only seem so: each as the servers take it.

use cachekeep_rdb::{Checksum, Level, Origin, Rule, Verdict};

use crate::{
    handmade::file,
    made::{intset, key, listpack, node, slot_import, stream, string, text, ziplist},
    servers_take::Engine,
    zoo::read,
};

/// A file made by hand and how servers take it.
struct Case {
    name: &'static str,
    magic: &'static [u8; 9],
    body: Vec<u8>,
    /// What is odd about it, where a server loads it.
    rules: Vec<Rule>,
    /// Which servers load it with their default settings.
    loads: Loads,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loads {
    Both,
    OnlyRedis,
    OnlyValkey,
    /// A Valkey with cluster mode enabled.
    OnlyCluster,
    Neither,
}

impl Loads {
    fn in_server(self, engine: Engine) -> bool {
        match self {
            Self::Both => true,
            Self::OnlyRedis => engine == Engine::Redis,
            Self::OnlyValkey => engine == Engine::Valkey,
            Self::OnlyCluster | Self::Neither => false,
        }
    }
}

const REDIS: &[u8; 9] = b"REDIS0010";
const VALKEY: &[u8; 9] = b"VALKEY080";

fn case(
    name: &'static str,
    magic: &'static [u8; 9],
    body: Vec<u8>,
    rules: impl Into<Vec<Rule>>,
    loads: Loads,
) -> Case {
    Case { name, magic, body, rules: rules.into(), loads }
}

/// Counts of streams: Redis does not look at them, Valkey does.
fn streams() -> Vec<Case> {
    let mut cases = Vec::new();
    for (magic, kind) in [(REDIS, 15), (REDIS, 19), (VALKEY, 15), (VALKEY, 19), (VALKEY, 21)] {
        let mut add = |name, nodes: &[Vec<u8>], length, rules: &[Rule]| {
            let loads = match (rules, magic) {
                ([], VALKEY) => Loads::OnlyValkey,
                ([], _) => Loads::Both,
                (_, VALKEY) => Loads::Neither,
                (_, _) => Loads::OnlyRedis,
            };
            let rules = if loads == Loads::Neither { &[] } else { rules };
            cases.push(case(name, magic, stream(kind, nodes, length), rules, loads));
        };
        add("as long as it has entries", &[node(2, 0, &[2, 2])], 2, &[]);
        add("all entries deleted", &[node(0, 2, &[3, 3])], 0, &[]);
        add("longer than its entries", &[node(2, 0, &[2, 2])], 3, &[Rule::StreamLength]);
        add("shorter than its entries", &[node(2, 0, &[2, 2])], 0, &[Rule::StreamLength]);
        add("an uncounted deletion", &[node(2, 0, &[2, 3])], 1, &[Rule::StreamNodeCounts]);
        add("a deletion that was none", &[node(1, 1, &[2, 2])], 2, &[Rule::StreamNodeCounts]);
        let both = [Rule::StreamNodeCounts, Rule::StreamLength];
        add("both", &[node(2, 0, &[2, 3])], 2, &both);
        let (first, mut second) = (node(1, 0, &[2]), node(1, 0, &[2]));
        // The lowest byte of the milliseconds.
        second[8] = 2;
        let mut miscounted = second.clone();
        // The string's id, its own head, and the size of the listpack stand before its count.
        miscounted[17 + 1 + 4] += 1;
        let loads = if magic == VALKEY { Loads::OnlyValkey } else { Loads::Both };
        for (name, nodes, rules, loads) in [
            ("nodes in order", [&first, &second], vec![], loads),
            ("nodes that servers sort", [&second, &first], vec![Rule::StreamOrder], loads),
            ("a node twice", [&first, &first], vec![], Loads::Neither),
        ] {
            cases.push(case(name, magic, stream(kind, &nodes.map(Vec::clone), 2), rules, loads));
        }
        let (rules, loads) = match magic {
            VALKEY => (vec![], Loads::Neither),
            _ => (vec![Rule::StreamListpackCount], Loads::OnlyRedis),
        };
        let body = stream(kind, &[first, miscounted], 2);
        cases.push(case("a node that packs less than it says", magic, body, rules, loads));
    }
    cases
}

/// Containers without elements: servers skip their keys.
fn empties() -> Vec<Case> {
    let packed = |kind, string_: Vec<u8>| key(kind, &string(&string_));
    let mut cases = Vec::new();
    for (magic, loads) in [(REDIS, Loads::Both), (VALKEY, Loads::OnlyValkey)] {
        for (name, body) in [
            ("a list", key(1, &[0])),
            ("a set", key(2, &[0])),
            ("a sorted set of old", key(3, &[0])),
            ("a sorted set", key(5, &[0])),
            ("a hash", key(4, &[0])),
            ("a list of no ziplists", key(14, &[0])),
            ("a list of an empty ziplist", key(14, &[&[1][..], &string(&ziplist(&[]))].concat())),
            ("a list of no nodes", key(18, &[0])),
            ("a list of an empty node", key(18, &[&[1, 2][..], &string(&listpack(&[]))].concat())),
            ("a list as an empty ziplist", packed(10, ziplist(&[]))),
            ("a sorted set as an empty ziplist", packed(12, ziplist(&[]))),
            ("a hash as an empty ziplist", packed(13, ziplist(&[]))),
            ("a hash as an empty listpack", packed(16, listpack(&[]))),
            ("a sorted set as an empty listpack", packed(17, listpack(&[]))),
        ] {
            cases.push(case(name, magic, body, [Rule::EmptyValue], loads));
        }
        for (name, body) in [
            ("an empty intset", packed(11, intset(&[]))),
            ("an empty zipmap", packed(9, vec![0, 0xff])),
            ("a list with a node of one element of no bytes", key(18, &[1, 1, 0])),
            (
                "a stream of an empty listpack",
                stream(15, &[[string(&[0; 16]), string(&listpack(&[]))].concat()], 0),
            ),
        ] {
            cases.push(case(name, magic, body, [], Loads::Neither));
        }
    }
    let empty = [Rule::EmptyValue];
    cases.push(case("a hash with expiries", VALKEY, key(22, &[0]), empty, Loads::OnlyValkey));
    cases.push(case(
        "a set as an empty listpack",
        VALKEY,
        packed(20, listpack(&[])),
        empty,
        Loads::OnlyValkey,
    ));
    cases
}

/// Records of slots that a node imports, versions and databases.
fn files() -> Vec<Case> {
    let job = [b'a'; 40];
    let import = |name, job: &[u8], slots: &[(u64, u64)], loads| {
        let rules = if loads == Loads::OnlyCluster { vec![Rule::SlotImport] } else { vec![] };
        case(name, VALKEY, slot_import(job, slots), rules, loads)
    };
    vec![
        import("slots", &job, &[(0, 5), (7, 7), (16_383, 16_383)], Loads::OnlyCluster),
        import("no slots", &job, &[], Loads::OnlyCluster),
        import("the same slots twice", &job, &[(1, 5), (3, 9)], Loads::OnlyCluster),
        import("a name of 39 bytes", &job[1..], &[(0, 5)], Loads::Neither),
        import("a name of 41 bytes", &[b'a'; 41], &[(0, 5)], Loads::Neither),
        import("slots backwards", &job, &[(6, 5)], Loads::Neither),
        import("a slot too many", &job, &[(6, 16_384)], Loads::Neither),
        case("slots in a file of Redis", REDIS, slot_import(&job, &[(0, 5)]), [], Loads::Neither),
        case("the last database", REDIS, b"\xfe\x0f\x00\x01k\x01v".to_vec(), [], Loads::Both),
        case(
            "a hash of Valkey in a file of Redis",
            REDIS,
            b"\x16\x01k\x01\x01f\x01v\xff\xff\xff\xff\xff\xff\xff\xff".to_vec(),
            [],
            Loads::Neither,
        ),
    ]
}

/// Texts of scores, which servers read as C does.
fn scores() -> Vec<Case> {
    let old = |score: &str| {
        let length = u8::try_from(score.len()).unwrap();
        key(3, &[&[1, 1, b'm', length], score.as_bytes()].concat())
    };
    let packed = |score: &str| key(17, &string(&listpack(&[text("m"), text(score)])));
    let mut cases = Vec::new();
    for score in ["1.5", "-inf", "Infinity", "1e-300", " 1", "1x", "0x1p3", "+.5"] {
        cases.push(case("a score", REDIS, old(score), [], Loads::Both));
    }
    for score in ["", "x", "nan", ".", "-"] {
        cases.push(case("no score", REDIS, old(score), [], Loads::Neither));
    }
    cases.push(case("a packed score", REDIS, packed("1.5"), [], Loads::Both));
    cases.push(case("no packed score", REDIS, packed("x"), [Rule::OddScore], Loads::Both));
    cases
}

fn cases() -> Vec<Case> {
    [streams(), empties(), files(), scores()].into_iter().flatten().collect()
}

/// The file with a string behind what is odd, so that reading goes on.
fn whole(case: &Case) -> Vec<u8> {
    file(case.magic, &[&case.body[..], b"\x00\x05after\x01v"].concat())
}

fn rules(verdict: &Verdict) -> Vec<Rule> {
    verdict.warnings.iter().map(|warning| warning.rule).collect()
}

#[test]
fn what_a_server_loads_is_not_corrupt_and_what_none_loads_is() {
    for case in cases() {
        let file = whole(&case);
        for piece in [1, 3, 17, usize::MAX] {
            let verdict = read(&file, Level::Deep, piece);
            let name = format!("{} in {}: {verdict}", case.name, String::from_utf8_lossy(case.magic));
            assert_eq!(verdict.valid, case.loads != Loads::Neither, "{name}");
            assert_eq!(verdict.checksum, Checksum::Ok, "{name}");
            assert_eq!(verdict.origin(), (!verdict.valid).then_some(Origin::Written), "{name}");
            if verdict.valid {
                assert_eq!(rules(&verdict), case.rules, "{name}");
            }
        }
    }
}

#[test]
fn a_warning_says_which_servers_refuse_the_file() {
    for case in cases().into_iter().filter(|case| case.loads != Loads::Neither) {
        for warning in read(&whole(&case), Level::Deep, usize::MAX).warnings {
            let refused = match case.loads {
                Loads::Both | Loads::OnlyValkey => None,
                Loads::OnlyRedis => Some("valkey 9.1 and later"),
                Loads::OnlyCluster => Some("valkey with cluster mode disabled"),
                Loads::Neither => Some(""),
            };
            assert_eq!(warning.refused_by.as_deref(), refused, "{}: {warning}", case.name);
        }
    }
}

#[test]
fn real_servers_load_what_is_said_of_them_and_count_the_same_keys() {
    for engine in Engine::installed() {
        for case in cases() {
            let file = whole(&case);
            let keys = engine.load(&file, &[]);
            let name = format!("{} in {}, {engine:?}", case.name, String::from_utf8_lossy(case.magic));
            assert_eq!(keys.is_some(), case.loads.in_server(engine), "{name}");
            let counted: u64 =
                read(&file, Level::Structure, usize::MAX).databases.iter().map(|db| db.keys).sum();
            assert!(keys.is_none_or(|keys| keys == counted), "{name}: {keys:?} keys, {counted} counted");
            if engine == Engine::Valkey && case.loads == Loads::OnlyCluster {
                assert_eq!(engine.load(&file, &["--cluster-enabled", "yes"]), Some(1), "{name}");
            }
        }
    }
}
