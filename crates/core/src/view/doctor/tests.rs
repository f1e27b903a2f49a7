//! Each thing that can be wrong with a stack, one by one, and a stack with which nothing is.

use super::*;
use crate::review::{Standing, Told};
use crate::simulate;
use crate::slot::Slot;
use crate::stack::some_stack;

const PLANS: &str = "
version: 1
plans:
  - {name: gold, select: {names: [orders, carts]}, schedule: '0 */6 * * *', keep: {last: 4}, expect: 8h, export: {}}
";

/// Everything that a stack's examination looks at, all of it well.
struct Patient {
    stack: Stack,
    is_registered: bool,
    clock: Seen<()>,
    table: Seen<TableSettings>,
    bucket: Seen<BucketSettings>,
    topic: Option<Seen<Option<String>>>,
    bus: Option<Seen<Rules>>,
    plans: Seen<Option<Document>>,
    queues: BTreeMap<Job, Seen<Option<Instant>>>,
    checkpoints: Checkpoints,
    fleet: Seen<Vec<Cache>>,
    reserved_memory: BTreeMap<CacheId, u32>,
    reviews: Vec<Review>,
}

fn now() -> Instant {
    "2026-11-21T06:30:00Z".parse().unwrap()
}

fn document(text: &str) -> Document {
    Document::parse("plans", text).unwrap()
}

fn caches(text: &str) -> Vec<Cache> {
    simulate::fleet(&format!("caches:\n{text}")).unwrap().into_iter().map(|member| member.cache).collect()
}

impl Patient {
    fn healthy() -> Self {
        let orders: CacheId = "group:orders".parse().unwrap();
        let six: Slot = "2026-11-21T06:00:00Z".parse().unwrap();
        let mut review = Review::new(orders.clone(), now());
        let standing = Standing { last_good: Some(six), last_slot: Some(six), ..Standing::new(now()) };
        review.plans.insert("gold".parse().unwrap(), standing);
        Self {
            stack: some_stack(),
            is_registered: true,
            clock: Ok(()),
            table: Ok(TableSettings { has_stream: true, expires: true, recovers: true, is_protected: true }),
            bucket: Ok(BucketSettings {
                region: "eu-west-1".to_owned(),
                unfit: Vec::new(),
                claimed_by: None,
                notifies: true,
            }),
            topic: Some(Ok(None)),
            bus: Some(Ok(Rules { enabled: vec!["cachekeep-snapshot".to_owned()], disabled: Vec::new() })),
            plans: Ok(Some(document(PLANS))),
            queues: Job::ALL.into_iter().map(|job| (job, Ok(None))).collect(),
            checkpoints: Checkpoints::from([("gold".parse().unwrap(), six)]),
            fleet: Ok(caches("  - {name: orders, nodes: 2}\n  - {name: scratch, tags: {backup: none}}\n")),
            reserved_memory: BTreeMap::from([(orders, 25)]),
            reviews: vec![review],
        }
    }

    fn findings(&self) -> Vec<Finding> {
        let plans = match &self.plans {
            Ok(Some(document)) => Ok(Plans::Applied(document)),
            Ok(None) => Ok(Plans::None),
            Err(why) => Err(why.clone()),
        };
        examine(&Facts {
            stack: &self.stack,
            is_registered: self.is_registered,
            clock: self.clock.clone(),
            table: self.table.clone(),
            bucket: ("exports", self.bucket.clone()),
            topic: self.topic.clone().map(|topic| ("arn:topic", topic)),
            bus: self.bus.clone().map(|bus| ("cachekeep", bus)),
            plans,
            queues: self.queues.clone(),
            checkpoints: &self.checkpoints,
            fleet: self.fleet.as_deref().map_err(Clone::clone),
            reserved_memory: &self.reserved_memory,
            reviews: &self.reviews,
            restores: &[],
            now: now(),
        })
    }

    fn standing(&mut self) -> &mut Standing {
        self.reviews[0].plans.values_mut().next().unwrap()
    }

    fn wrong(&self) -> Vec<Finding> {
        let findings = self.findings().into_iter();
        findings.filter(|finding| matches!(finding.level, Level::Warning | Level::Failure)).collect()
    }
}

/// One thing that is wrong: what it is looked at under, how bad it is, a word of what is found, and how it comes about.
type Fault = (&'static str, Level, &'static str, fn(&mut Patient));

const FAULTS: [Fault; 30] = [
    ("clock", Level::Failure, "apart", |p| p.clock = Err("the clocks are apart".to_owned())),
    ("stack", Level::Warning, "does not say", |p| p.is_registered = false),
    ("table", Level::Failure, "no stream", |p| p.table.as_mut().unwrap().has_stream = false),
    ("table", Level::Warning, "never expire", |p| p.table.as_mut().unwrap().expires = false),
    ("table", Level::Warning, "recovery", |p| p.table.as_mut().unwrap().recovers = false),
    ("table", Level::Warning, "by mistake", |p| p.table.as_mut().unwrap().is_protected = false),
    ("bucket", Level::Failure, "NoSuchBucket", |p| p.bucket = Err("NoSuchBucket".to_owned())),
    ("bucket", Level::Failure, "us-east-1", |p| p.bucket.as_mut().unwrap().region = "us-east-1".to_owned()),
    ("bucket", Level::Warning, "KMS", |p| p.bucket.as_mut().unwrap().unfit = vec!["a KMS key".to_owned()]),
    ("bucket", Level::Failure, "belongs to other", |p| {
        p.bucket.as_mut().unwrap().claimed_by = Some("other".to_owned());
    }),
    ("bucket", Level::Warning, "EventBridge", |p| p.bucket.as_mut().unwrap().notifies = false),
    ("topic", Level::Warning, "has none", |p| p.topic = None),
    ("topic", Level::Failure, "no subscriber", |p| p.topic = Some(Ok(Some("no subscriber".to_owned())))),
    ("topic", Level::Failure, "NotFound", |p| p.topic = Some(Err("NotFound".to_owned()))),
    ("bus", Level::Warning, "has none", |p| p.bus = None),
    ("bus", Level::Failure, "does not exist", |p| p.bus = Some(Err("it does not exist".to_owned()))),
    ("rules", Level::Failure, "no rule wakes", |p| p.bus = Some(Ok(Rules::default()))),
    ("rules", Level::Failure, "hourly is off", |p| {
        p.bus.as_mut().unwrap().as_mut().unwrap().disabled.push("hourly".to_owned());
    }),
    ("plans", Level::Failure, "none is in force", |p| p.plans = Ok(None)),
    ("plans", Level::Failure, "format 9", |p| p.plans = Err("format 9".to_owned())),
    ("plans", Level::Warning, "its quota allows 36", |p| {
        p.plans = Ok(Some(document(&PLANS.replace("0 */6 * * *', ", "*/10 * * * *', start_within: 5m, "))));
        p.checkpoints =
            Checkpoints::from([("gold".parse().unwrap(), "2026-11-21T06:30:00Z".parse().unwrap())]);
    }),
    ("plans", Level::Warning, "too short", |p| p.plans = Ok(Some(document(&PLANS.replace("8h", "5h"))))),
    ("slots", Level::Failure, "handed out to nobody", |p| {
        p.checkpoints =
            Checkpoints::from([("gold".parse().unwrap(), "2026-11-20T18:00:00Z".parse().unwrap())]);
    }),
    ("slots", Level::Warning, "nothing has looked", |p| p.checkpoints.clear()),
    ("queues", Level::Failure, "export has had something", |p| {
        p.queues.insert(Job::Export, Ok(Some("2026-11-21T05:00:00Z".parse().unwrap())));
    }),
    ("caches", Level::Failure, "cannot be listed", |p| p.fleet = Err("AccessDenied".to_owned())),
    ("caches", Level::Warning, "backed up by nobody", |p| {
        p.fleet.as_mut().unwrap().extend(caches("  - {name: payments, nodes: 3}\n"));
    }),
    ("memory", Level::Warning, "keeps 0 %", |p| {
        for percent in p.reserved_memory.values_mut() {
            *percent = 0;
        }
    }),
    ("backups", Level::Failure, "too old", |p| p.standing().told = Told::Late),
    ("retention", Level::Warning, "far fewer keys", |p| p.standing().paused = true),
];

#[test]
fn a_healthy_stack_has_nothing_wrong_and_says_what_was_looked_at_and_what_was_not() {
    let patient = Patient::healthy();
    assert_eq!(patient.wrong(), []);
    let findings = patient.findings();
    let ok =
        |check: &str| findings.iter().any(|finding| finding.check == check && finding.level == Level::Ok);
    for check in ["clock", "stack", "table", "bucket", "topic", "rules", "plans", "slots", "queues", "caches"]
    {
        assert!(ok(check), "{check}: {findings:?}");
    }
    assert_eq!(worst(&findings), Level::Unknown);
    assert!(findings.iter().any(|finding| finding.check == "functions" && finding.level == Level::Unknown));
}

#[test]
fn each_of_many_faults_is_found_with_a_remedy_and_nothing_else_is() {
    for (check, level, says, fault) in FAULTS {
        let mut patient = Patient::healthy();
        fault(&mut patient);
        let wrong = patient.wrong();
        let [found] = &wrong[..] else { panic!("{check}, {says}: {wrong:#?}") };
        assert_eq!((found.check, found.level), (check, level), "{found:?}");
        assert!(found.found.contains(says), "{found:?}");
        assert!(found.remedy.as_ref().is_some_and(|remedy| !remedy.is_empty()), "{found:?}");
    }
}

#[test]
fn an_orphan_and_all_faults_together_are_each_found() {
    let mut patient = Patient::healthy();
    patient.reviews[0].orphans.insert(crate::ids::SnapshotName::new("ck-old"));
    assert_eq!(patient.wrong().iter().map(|finding| finding.check).collect::<Vec<_>>(), ["orphans"]);
    patient.fleet.as_mut().unwrap().extend(caches("  - {name: payments, nodes: 3}\n"));
    patient.topic = None;
    patient.standing().paused = true;
    let checks: Vec<&str> = patient.wrong().iter().map(|finding| finding.check).collect();
    assert_eq!(checks, ["topic", "caches", "retention", "orphans"]);
}
