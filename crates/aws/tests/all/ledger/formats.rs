//! Items of other formats: real ones that earlier versions wrote, and those of a version to come. None is read, and none is
//! written over. Each of the `fixtures` is what a sandbox's
//! ledger held after 150 minutes of that format.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use cachekeep_aws::ledger::{Applied, Beside, FORMAT, Ledger, LedgerError, NextLook, Recorded, Transition};
use cachekeep_aws::pacer::Pace;
use cachekeep_core::backup::{Backup, Change, Word};
use cachekeep_core::cache::Configuration;
use cachekeep_core::event::{Event, Notice};
use cachekeep_core::ids::{BackupId, CacheId, NodeId};
use cachekeep_core::job::Job;
use cachekeep_core::quota::Meter;
use cachekeep_core::review::Review;
use cachekeep_core::slot::Slot;
use cachekeep_core::stack::Registration;

use super::{TABLE, at, due, dynamodb, gold, ledger, recreate, step, why};
use crate::support::World;

type Item = HashMap<String, AttributeValue>;

fn fixture(format: u64) -> Vec<Item> {
    let text = match format {
        1 => include_str!("fixtures/format-1.json"),
        2 => include_str!("fixtures/format-2.json"),
        _ => include_str!("fixtures/format-3.json"),
    };
    let items: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
    items.iter().map(members).collect()
}

/// An item as DynamoDB's JSON has it.
fn members(value: &serde_json::Value) -> Item {
    value.as_object().unwrap().iter().map(|(name, value)| (name.clone(), attribute(value))).collect()
}

fn attribute(value: &serde_json::Value) -> AttributeValue {
    let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
    match kind.as_str() {
        "S" => AttributeValue::S(value.as_str().unwrap().to_owned()),
        "N" => AttributeValue::N(value.as_str().unwrap().to_owned()),
        "BOOL" => AttributeValue::Bool(value.as_bool().unwrap()),
        "NULL" => AttributeValue::Null(true),
        "L" => AttributeValue::L(value.as_array().unwrap().iter().map(attribute).collect()),
        "M" => AttributeValue::M(members(value)),
        other => panic!("no item of ours has {other}"),
    }
}

async fn put(world: &World, items: Vec<Item>) {
    for item in items {
        let put = dynamodb(world).put_item().table_name(TABLE).set_item(Some(item));
        put.send().await.unwrap();
    }
}

/// All that the table holds, by key.
async fn everything(world: &World) -> BTreeMap<(String, String), Item> {
    let items = dynamodb(world).scan().table_name(TABLE).send().await.unwrap().items.unwrap();
    let text = |item: &Item, name: &str| item[name].as_s().unwrap().clone();
    items.into_iter().map(|item| ((text(&item, "pk"), text(&item, "sk")), item)).collect()
}

/// The cache of which a ledger has one item of each kind, and what must be known of them to write over them.
struct Subject {
    backup: BackupId,
    node: NodeId,
    /// The versions of the backup and of the meter, how often the review was touched, and the version of the plans.
    versions: (u64, u64, u64, u64),
    address: String,
    registered: u64,
}

impl Subject {
    /// As the items say, whatever their format.
    async fn of(world: &World, cache: &str) -> Self {
        let items = everything(world).await;
        let pk = format!("cache#group:{cache}");
        let one = |sk: &str| items.iter().find(|((of, key), _)| *of == pk && key.starts_with(sk)).unwrap();
        let single = |sk: &str| items.get(&("plans".to_owned(), sk.to_owned()));
        let number = |item: &Item, name: &str| item[name].as_n().unwrap().parse().unwrap();
        let versions = (
            number(one("backup#").1, "version"),
            number(one("quota#").1, "version"),
            number(one("review").1, "touched"),
            single("current").map_or(0, |item| number(item, "version")),
        );
        Self {
            backup: one("backup#").1["id"].as_s().unwrap().parse().unwrap(),
            node: NodeId::new(one("quota#").1["node"].as_s().unwrap()),
            versions,
            address: one("configuration#").0.1.trim_start_matches("configuration#").to_owned(),
            registered: single("stack").map_or(0, |item| number(item, "version")),
        }
    }

    fn cache(&self) -> CacheId {
        self.backup.cache.clone()
    }

    fn before(&self) -> Backup {
        Backup { id: self.backup.clone(), version: self.versions.0, ..due("any") }
    }

    fn meter(&self) -> Meter {
        Meter { version: self.versions.1, ..Meter::new(self.cache(), self.node.clone()) }
    }

    /// A change of the backup that is written with everything that can be written beside one, and touches the review.
    fn transitions(&self) -> Vec<Transition<Backup>> {
        let change = || Change::Missed { why: why("it is a test") };
        let id = |minute| BackupId { slot: Slot::containing(at(minute)), ..self.backup.clone() };
        let missed = step(&Backup { id: id(600), ..due("any") }, change(), at(600));
        let configuration = Beside::Configuration {
            cache: self.cache(),
            address: self.address.clone(),
            configuration: Box::new(Configuration::from(&recreate())),
        };
        vec![
            step(&self.before(), Change::Held { word: Word::default() }, at(1)),
            // The rest is of new backups, so that only what stands beside them can be in the way.
            missed,
            Transition { beside: vec![configuration], ..of_new(&self.backup, 660) },
            Transition { beside: vec![Beside::Meter(self.meter())], ..of_new(&self.backup, 720) },
        ]
    }

    fn event(&self) -> Event {
        Event { seq: 1, ..Event::of_change(&self.before(), Change::Held { word: Word::default() }, at(0)) }
    }
}

/// The first change of another backup of the cache, which calls for no review.
fn of_new(id: &BackupId, minute: i64) -> Transition<Backup> {
    let slot = Slot::containing(at(minute));
    let before = Backup { id: BackupId { slot, ..id.clone() }, ..due("any") };
    step(&before, Change::Waiting { why: why("it is a test"), retry_at: at(minute) }, at(minute))
}

/// What became of every write that there is, each tried alone over the items that are there.
async fn write_all(ledger: &Ledger, of: &Subject) -> Vec<(&'static str, Result<bool, LedgerError>)> {
    let mut tried = Vec::new();
    for transition in of.transitions() {
        let recorded = ledger.record(vec![transition]).await.pop().unwrap();
        tried.push((
            "record",
            match recorded {
                Recorded::Done => Ok(true),
                Recorded::Lost => Ok(false),
                Recorded::Failed(error) => Err(error),
            },
        ));
    }
    let review = Review { touched: of.versions.2, ..Review::new(of.cache(), at(9)) };
    let notice = Event::of_notice(of.cache(), gold(), Notice::Late { last_good: None }, at(9));
    tried.push(("settle_review", ledger.settle_review(review, vec![notice]).await));
    let day = at(0).date_naive();
    let late = Slot::containing(at(999_999));
    let counts = BTreeMap::from([("held".to_owned(), 1)]);
    tried.push(("announced", ledger.announced(&[of.event()], &BTreeMap::new()).await.map(|()| true)));
    tried.push(("announced", ledger.announced(&[], &counts).await.map(|()| true)));
    tried.push(("digest_sent", ledger.digest_sent(day, None).await));
    let look = NextLook { plans: 99, at: Some(at(1)) };
    tried.push(("look_next", ledger.look_next(look).await.map(|()| true)));
    tried.push(("advance", ledger.advance(&gold(), late, None).await.map(|()| true)));
    let applied = ledger.apply_plans("version: 1\nplans: []\n", Some(of.versions.3), at(1)).await;
    tried.push(("apply_plans", applied.map(|applied| matches!(applied, Applied::New { .. }))));
    tried
}

/// The writes of what the first formats had not, or of what those ledgers happen to lack.
async fn write_rest(ledger: &Ledger, of: &Subject) -> Vec<(&'static str, Result<bool, LedgerError>)> {
    let elsewhere = Registration { bucket: "elsewhere".to_owned(), ..registration() };
    vec![
        ("learn", ledger.learn(Pace::per_second(7.0)).await.map(|()| true)),
        ("parameters_told", ledger.parameters_told("something").await.map(|()| true)),
        ("register", ledger.register(&elsewhere, of.registered).await),
    ]
}

fn registration() -> Registration {
    Registration {
        stack: crate::support::stack(),
        bucket: "exports".to_owned(),
        prefix: "site/".parse().unwrap(),
        topic: None,
        bus: None,
        replicas: None,
    }
}

/// What became of every read.
async fn read_all(ledger: &Ledger, of: &Subject) -> Vec<(&'static str, Option<LedgerError>)> {
    let queued = |job| ledger.queue(job, at(9_999_999), 999);
    vec![
        ("backup", ledger.backup(&of.backup).await.err()),
        ("history", ledger.history(&of.cache()).await.err()),
        ("live_history", ledger.live_history(&of.cache(), at(0)).await.err()),
        ("events", ledger.events(&of.backup).await.err()),
        ("configuration", ledger.configuration(&of.cache(), &of.address).await.err()),
        ("meters", ledger.meters(&[(of.cache(), of.node.clone())]).await.err()),
        ("reviews", ledger.reviews(&[of.cache()]).await.err()),
        ("standing", ledger.standing().await.err()),
        ("queue", queued(Job::Prune).await.err()),
        ("queue", queued(Job::Snapshot).await.err()),
        ("control", ledger.control().await.err()),
        ("plans_history", ledger.plans_history().await.err()),
        ("plans_version", ledger.plans_version(1).await.err()),
    ]
}

/// Every error says the format, and what to do about it.
fn assert_refused(what: &str, error: &LedgerError, expected: u64) {
    assert!(
        matches!(error, LedgerError::UnknownFormat { format, .. } if *format == expected.to_string()),
        "{what}: {error:?}"
    );
    let advice = if expected < FORMAT {
        "there is no way over from an earlier format"
    } else {
        "deploy the cachekeep version that wrote it"
    };
    assert!(error.to_string().contains(advice), "{what}: {error}");
}

#[tokio::test(start_paused = true)]
async fn nothing_that_an_earlier_version_wrote_is_read_or_written_over() {
    for format in 1..FORMAT {
        let (world, ledger) = ledger().await;
        put(&world, fixture(format)).await;
        let (of, before) = (Subject::of(&world, "catalog").await, everything(&world).await);
        for (what, error) in read_all(&ledger, &of).await {
            assert_refused(what, &error.unwrap_or_else(|| panic!("{what} reads format {format}")), format);
        }
        for (what, result) in write_all(&ledger, &of).await {
            assert_refused(what, &result.unwrap_err(), format);
        }
        assert_eq!(everything(&world).await, before);
    }
}

/// A ledger with an item of each kind, of the present format.
async fn full() -> (World, Ledger, Subject) {
    let (world, ledger) = ledger().await;
    let before = due("catalog");
    let configuration = Beside::Configuration {
        cache: before.id.cache.clone(),
        address: "abc".to_owned(),
        configuration: Box::new(Configuration::from(&recreate())),
    };
    let meter = Meter::new(before.id.cache.clone(), NodeId::new("catalog"));
    let beside = vec![configuration, Beside::Meter(meter)];
    let missed = Change::Missed { why: why("it is a test") };
    let first = Transition { beside, ..step(&before, missed, at(0)) };
    assert!(matches!(ledger.record(vec![first]).await[..], [Recorded::Done]));
    assert!(matches!(
        ledger.apply_plans("version: 1\n", None, at(0)).await.unwrap(),
        Applied::New { version: 1 }
    ));
    ledger.announced(&[], &BTreeMap::from([("missed".to_owned(), 1)])).await.unwrap();
    ledger.advance(&gold(), Slot::containing(at(0)), None).await.unwrap();
    ledger.learn(Pace::per_second(3.0)).await.unwrap();
    ledger.parameters_told("a typo").await.unwrap();
    assert!(ledger.register(&registration(), 0).await.unwrap());
    let of = Subject::of(&world, "catalog").await;
    (world, ledger, of)
}

#[tokio::test(start_paused = true)]
async fn what_a_newer_version_wrote_is_left_alone_by_every_write_and_read_by_nobody() {
    // The same writes do happen to items of the present format.
    let (_world, ledger, of) = full().await;
    assert!(ledger.registered().await.unwrap().is_some());
    assert!(read_all(&ledger, &of).await.iter().all(|(_, error)| error.is_none()));
    let tried = joined(write_all(&ledger, &of).await, write_rest(&ledger, &of).await);
    let happened = tried.iter().filter(|(_, result)| matches!(result, Ok(true))).count();
    assert!(happened + 3 >= tried.len(), "only what an earlier write changed meanwhile is lost: {tried:?}");

    let (world, ledger, of) = full().await;
    let newer = |mut item: Item| {
        item.insert("format".to_owned(), AttributeValue::N((FORMAT + 1).to_string()));
        item
    };
    put(&world, everything(&world).await.into_values().map(newer).collect()).await;
    let before = everything(&world).await;
    for (what, error) in read_all(&ledger, &of).await {
        assert_refused(what, &error.unwrap_or_else(|| panic!("{what} reads what is newer")), FORMAT + 1);
    }
    assert_refused("registered", &ledger.registered().await.unwrap_err(), FORMAT + 1);
    for (what, result) in joined(write_all(&ledger, &of).await, write_rest(&ledger, &of).await) {
        assert_refused(what, &result.unwrap_err(), FORMAT + 1);
    }
    assert_eq!(everything(&world).await, before);
}

/// Errors cannot be cloned, so that the lists are joined by moving them.
fn joined<T>(one: Vec<T>, other: Vec<T>) -> Vec<T> {
    one.into_iter().chain(other).collect()
}
