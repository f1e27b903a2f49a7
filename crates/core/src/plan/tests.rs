//! Plans: every fault by line, field and remedy, and what a right plan means.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::backup::Topic;

/// The example of docs/design.md, section 5, with its two ellipses filled in.
const GOLD: &str = r#"version: 1
plans:
  - name: gold
    select: { tags: { backup: gold }, names: ["prod-*"], exclude: ["prod-scratch"] }
    schedule: "0 */6 * * *"          # five-field cron, or AWS cron(...) / rate(...)
    timezone: Europe/Zurich          # IANA; default UTC
    start_within: 1h                 # later than this, the slot is missed and somebody is told
    source: replica                  # replica (default) | primary | automatic
    keep: { last: 4, daily: 7, weekly: 5, monthly: 12, yearly: 3, within: 2d }   # restic's forget, exactly
    snapshots: { keep: 1 }           # how many stay inside ElastiCache once exported
    export: { every: 1, prefix: "redis/", verify: full, copies: [ { bucket: dr-bucket, region: eu-west-1, kms_key: alias/dr, lock: 30d } ] }
    expect: 8h                       # alert when the newest good backup is older than this
    notify: { topic: "arn:aws:sns:eu-west-1:111122223333:ops", on: [failed, missed, corrupt, quota] }
"#;

/// The least that a document can say.
const LEAST: &str = "version: 1\nplans:\n  - name: a\n    select: { names: [x] }\n    schedule: rate(1 day)\n    keep: { last: 1 }\n";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn parse(text: &str) -> Document {
    Document::parse("gold.yaml", text).unwrap()
}

/// What is wrong with `text`, as people see it.
fn errors(text: &str) -> Vec<String> {
    let errors = Document::parse("gold.yaml", text).unwrap_err().to_string();
    errors.lines().map(str::to_owned).collect()
}

/// What is wrong with the least document when `line` is added to its plan.
fn errors_with(line: &str) -> Vec<String> {
    errors(&format!("{LEAST}    {line}\n"))
}

#[test]
fn the_example_of_the_design_is_read_in_full() {
    let document = parse(GOLD);
    assert_eq!(document.source, GOLD);
    assert_eq!(document.quota, Quota { reserve: 2 });
    let plan = document.plan(&"gold".parse().unwrap()).unwrap();
    assert_eq!(plan.schedule.source(), "0 */6 * * *");
    assert_eq!(plan.timezone, chrono_tz::Tz::Europe__Zurich);
    assert_eq!((plan.start_within, plan.source), (Length::HOUR, Source::Replica));
    assert_eq!(plan.keep.to_string(), "last=4,daily=7,weekly=5,monthly=12,yearly=3,within=2d");
    assert_eq!(plan.snapshots, Snapshots { keep: 1, kms_key: None });
    let export = plan.export.as_ref().unwrap();
    assert_eq!((export.every, export.prefix.as_str(), export.verify), (1, "redis/", VerifyLevel::Deep));
    let copy = &export.copies[0];
    assert_eq!(copy.bucket.as_str(), "dr-bucket");
    assert_eq!(copy.region.as_ref().map(Region::as_str), Some("eu-west-1"));
    assert_eq!(copy.kms_key.as_ref().map(KmsKey::as_str), Some("alias/dr"));
    assert_eq!(copy.lock.map(|lock| lock.to_string()), Some("30d".to_owned()));
    assert_eq!(plan.expect.map(Length::minutes), Some(8 * 60));
    let topic = plan.notify.topic.as_ref().map(TopicArn::as_str);
    assert_eq!(topic, Some("arn:aws:sns:eu-west-1:111122223333:ops"));
    assert_eq!(plan.notify.on, [Topic::Failed, Topic::Missed, Topic::Corrupt, Topic::Quota].into());
    assert!(plan.selects("prod-orders", &BTreeMap::from([("backup".to_owned(), "gold".to_owned())])));
}

#[test]
fn what_is_left_out_has_its_documented_default() {
    let document = parse(LEAST);
    let plan = &document.plans[0];
    assert_eq!(plan.timezone, chrono_tz::Tz::UTC);
    assert_eq!((plan.start_within, plan.source), (Length::HOUR, Source::Replica));
    assert_eq!((plan.snapshots.keep, &plan.export, plan.expect), (1, &None, None));
    assert_eq!(plan.notify.topic, None);
    assert_eq!(plan.notify.on, Notify::ALL.into());
    let exported = parse(&format!("{LEAST}    export: {{}}\n"));
    let export = exported.plans[0].export.clone().unwrap();
    assert_eq!((export.every, export.prefix, export.verify), (1, Prefix::none(), VerifyLevel::Structure));
}

#[test]
fn good_exports_are_read_again_within_thirty_days_or_as_the_plan_says_or_never() {
    let reread = |text: &str| {
        let document = parse(&format!("{LEAST}    export: {{ {text} }}\n"));
        document.plans[0].export.clone().unwrap().reread.map(|length| length.to_string())
    };
    assert_eq!(reread(""), Some("30d".to_owned()));
    assert_eq!(reread("reread: 7d"), Some("7d".to_owned()));
    assert_eq!(reread("reread: never"), None);
    let wrong = Document::parse("plans", &format!("{LEAST}    export: {{ reread: 36h }}\n")).unwrap_err();
    assert!(wrong.to_string().contains("on whole days: write for example `30d`, or `never`"), "{wrong}");
}

#[test]
fn a_spread_is_less_than_a_day_and_none_at_all_may_be_written_out() {
    let spread = |lines: &str| Document::parse("plans", &format!("{LEAST}    {lines}\n"));
    assert_eq!(spread("timezone: UTC").unwrap().plans[0].spread, None);
    assert_eq!(spread("spread: 0m").unwrap().plans[0].spread, None);
    assert_eq!(spread("spread: 30m").unwrap().plans[0].spread(), TimeDelta::minutes(30));
    let wrong = spread("spread: 1d").unwrap_err().to_string();
    assert!(wrong.contains("spread: `1d` is too long: write less than `1d`"), "{wrong}");
}

#[test]
fn a_caches_moment_in_the_spread_depends_on_its_plan_and_on_no_other_cache() {
    let of = |plan: &str, cache: &str| {
        let text = LEAST.replacen("name: a\n", &format!("name: {plan}\n"), 1);
        let document = Document::parse("plans", &format!("{text}    spread: 12h\n")).unwrap();
        document.plans[0].stagger(&cache.parse().unwrap())
    };
    assert_eq!(of("gold", "group:orders"), of("gold", "group:orders"));
    assert_ne!(of("gold", "group:orders"), of("silver", "group:orders"));
    assert_ne!(of("gold", "group:orders"), of("gold", "cluster:orders"));
}

#[test]
fn every_wrong_value_is_reported_in_one_go_by_line_field_and_remedy() {
    let text = "version: 2
quota: { reserve: 25 }
plans:
  - name: Gold
    select: {}
    schedule: 0 0 30 2 *
    keep: { daily: x, within: 2w }
    timezone: Europe/Zuerich
    start_within: soon
    source: replicas
    snapshots: { keep: -1 }
    export: { every: 0, prefix: redis, verify: ful, copies: [ { region: Ireland, lock: 36h }, { bucket: b_c } ] }
    expect: 0h
    notify: { topic: ops, on: [fail] }
  - name: a
  - name: a
";
    let expected = [
        "1:10: version: `2` is not a version that is known here: write `version: 1`",
        "2:19: quota.reserve: `25` must be a whole number from 0 to 19",
        "4:11: plans[0].name: `Gold` is not a plan name",
        "5:13: plans[0].select: this would select every cache",
        "6:15: plans[0].schedule: `0 0 30 2 *` never comes",
        "7:20: plans[0].keep.daily: failed to read the rule `daily`: `x` is not a count: write a number",
        "7:31: plans[0].keep.within: failed to read the rule `within`: `2w` is not a span: use the units",
        "8:15: plans[0].timezone: `Europe/Zuerich` is no time zone: write an IANA name such as `Europe/Zurich` \
         or `UTC`; did you mean `Europe/Zurich`?",
        "9:19: plans[0].start_within: `soon` is not a length of time: write a number and m (minutes)",
        "10:13: plans[0].source: `replicas` is no source: use one of replica, primary, automatic; \
         did you mean `replica`?",
        "11:24: plans[0].snapshots.keep: `-1` must be a whole number from 0 to 1000",
        "12:22: plans[0].export.every: `0` must be a whole number from 1 to 10000",
        "12:33: plans[0].export.prefix: `redis` is no prefix: end it with `/`",
        "12:48: plans[0].export.verify: `ful` is no verification level: use one of presence, checksum, structure, \
         deep, full; did you mean `full`?",
        "12:63: plans[0].export.copies[0].bucket: is missing: name the bucket to copy to",
        "12:73: plans[0].export.copies[0].region: `Ireland` is no region: write its code, such as `eu-west-1`",
        "12:88: plans[0].export.copies[0].lock: object lock counts whole days: write for example `30d`",
        "12:105: plans[0].export.copies[1].bucket: `b_c` is no bucket name: use 3 to 63 lower-case letters",
        "13:13: plans[0].expect: `0h` is no length that can be meant",
        "14:22: plans[0].notify.topic: `ops` is no SNS topic: write its ARN",
        "14:32: plans[0].notify.on[0]: `fail` is no kind of message: use one of failed, missed, corrupt, quota, \
         late, recovered, restore; did you mean `failed`?",
        "15:5: plans[1].keep: is missing: say what stays",
        "15:5: plans[1].schedule: is missing: say when",
        "15:5: plans[1].select: is missing: say which caches",
        "16:5: plans[2].keep: is missing",
        "16:5: plans[2].schedule: is missing",
        "16:5: plans[2].select: is missing",
        "16:11: plans[2].name: `a` is the plan of line 15 already: give each its own name",
    ];
    let found = errors(text);
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(&format!("gold.yaml:{expected}")), "{found}\nshould start with {expected}");
    }
}

#[test]
fn every_unknown_key_is_reported_with_the_nearest_known_one() {
    let text = "version: 1
plan: 3
plans:
  - nmae: x
    select: { tag: {} }
    keep: { dayly: 7, within-daily: 7d }
    export: { copies: [ { buket: b } ] }
    colour: red
";
    let found = errors(text);
    assert_eq!(
        found[0],
        "gold.yaml:2:1: plan: unknown key: remove it, or use one of plans, quota, version; did you mean `plans`?"
    );
    let starts = [
        "gold.yaml:4:5: plans[0].nmae: unknown key",
        "gold.yaml:5:15: plans[0].select.tag: unknown key",
        "gold.yaml:6:13: plans[0].keep.dayly: unknown key",
        "gold.yaml:6:23: plans[0].keep.within-daily: unknown key",
        "gold.yaml:7:27: plans[0].export.copies[0].buket: unknown key",
        "gold.yaml:8:5: plans[0].colour: unknown key",
    ];
    assert_eq!(found.len(), starts.len() + 1, "{found:#?}");
    for ((found, start), meant) in found[1..].iter().zip(starts).zip([
        "`name`?",
        "`tags`?",
        "`daily`?",
        "`within_daily`?",
        "`bucket`?",
        "timezone",
    ]) {
        assert!(found.starts_with(start) && found.ends_with(meant), "{found}");
    }
}

#[test]
fn a_fault_of_the_yaml_itself_names_line_field_and_remedy() {
    let cases = [
        ("", "1:1: plans: is missing: write `plans:` and at least one plan"),
        ("hello", "1:1: expected a map"),
        ("- a\n", "1:1: expected a map"),
        ("version: 1\nplans: 3\n", "2:8: plans: expected a list"),
        ("version: 1\nplans: []\n", "2:8: plans: must hold 1 to 100 plans"),
        ("version: 1\nplans:\n  - name: [a]\n", "3:11: plans[0].name: expected a single value"),
        ("version: 1\nplans:\n  - name: x\n    keep: 7\n", "4:11: plans[0].keep: expected a map"),
        ("version: 1\nplans:\n  - schedule: */6 * * * *\n", "3:15: schedule: put quotes around a value"),
        ("version: 1\nversion: 1\n", "2:1: version: the key `version` stands here a second time"),
        ("version: 1\n---\nversion: 1\n", "3:1: version: a second YAML document begins here"),
        ("a: {b: [1, 2\n", "1:8: a: unclosed bracket '['"),
        ("version: 1\nplans:\n  - name: x\n   bad: y\n", "4:4: bad: while parsing a block collection"),
    ];
    for (text, expected) in cases {
        let found = errors(text);
        assert!(found[0].starts_with(&format!("gold.yaml:{expected}")), "{text:?}: {found:#?}");
    }
}

#[test]
fn a_document_that_the_ledger_could_not_hold_is_refused() {
    let padded = format!("{LEAST}# {}\n", "x".repeat(DOCUMENT_BYTES_MAX));
    assert!(errors(&padded)[0].contains("may have 204800"), "{:?}", errors(&padded));
}

#[test]
fn a_bomb_of_aliases_is_refused() {
    let level = |level: usize| {
        let uses = vec![format!("*a{}", level - 1); 10].join(", ");
        format!("a{level}: &a{level} [{uses}]\n")
    };
    let text =
        "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned() + &(1..12).map(level).collect::<String>();
    assert!(Document::parse("bomb.yaml", &text).is_err());
}

#[test]
fn fields_that_make_no_sense_together_are_refused() {
    assert!(errors_with("snapshots: { keep: 2 }")[0].contains("nothing is exported: add `export:`"));
    assert!(
        errors_with("source: automatic")[0].contains("plans[0].source: `automatic` exports the snapshots")
    );
    let twice = errors_with("export: { copies: [ { bucket: abc }, { bucket: abc } ] }");
    assert!(twice[0].contains("copies[1].bucket: `abc` is there already"), "{twice:?}");
    assert!(Document::parse("x", &format!("{LEAST}    source: automatic\n    export: {{}}\n")).is_ok());
}

#[test]
fn a_policy_without_rules_is_refused_where_it_stands() {
    let found = errors(&LEAST.replace("last: 1", "last: 0"));
    assert!(found[0].starts_with("gold.yaml:6:11: plans[0].keep: the policy has no rule"), "{found:?}");
}

#[test]
fn lengths_add_up_and_print_in_days_hours_and_minutes() {
    for (text, minutes, printed) in
        [("90m", 90, "1h30m"), ("1h30m", 90, "1h30m"), ("2w", 20_160, "14d"), ("36h", 2_160, "1d12h")]
    {
        let length: Length = text.parse().unwrap();
        assert_eq!((length.minutes(), length.to_string().as_str()), (minutes, printed));
    }
    for bad in ["", "1", "h", "30m1h", "1h1h", "1s", "-1h", "1.5h", "99999999999h", "0m"] {
        assert!(bad.parse::<Length>().is_err(), "{bad}");
    }
}

#[test]
fn a_preview_lists_the_slots_of_all_plans_oldest_first() {
    let text = format!(
        "{LEAST}  - name: b\n    select: {{ names: [y] }}\n    schedule: 0 */12 * * *\n    keep: {{ last: 1 }}\n"
    );
    let slots = preview(&parse(&text), at("2026-11-21T00:00:00Z"), 2);
    let json = serde_json::to_string(&slots).unwrap();
    assert_eq!(
        json,
        r#"[{"plan":"a","at":"2026-11-21T00:00:00Z"},{"plan":"b","at":"2026-11-21T00:00:00Z"},"#.to_owned()
            + r#"{"plan":"b","at":"2026-11-21T12:00:00Z"},{"plan":"a","at":"2026-11-22T00:00:00Z"},"#
            + r#"{"plan":"b","at":"2026-11-22T00:00:00Z"},{"plan":"b","at":"2026-11-22T12:00:00Z"}]"#
    );
}

#[test]
fn previews_of_consecutive_days_make_up_the_preview_of_both() {
    let document = parse(GOLD);
    let start = at("2026-10-24T00:00:00Z");
    let both = preview(&document, start, 4);
    let mut joined = preview(&document, start, 1);
    joined.extend(preview(&document, start + TimeDelta::days(1), 3));
    assert_eq!(both, joined);
}

#[test]
fn without_expect_the_longest_pause_decides() {
    let document = parse(&LEAST.replace("rate(1 day)", "0 6 * * mon-fri"));
    let age = document.plans[0].expected_age();
    assert_eq!(age, TimeDelta::hours(3 * 24 + 1 + 2), "Friday to Monday, start_within, and time to finish");
    assert_eq!(parse(GOLD).plans[0].expected_age(), TimeDelta::hours(8));
}

#[test]
fn the_stacks_parameters_make_one_plan_for_every_tagged_cache() {
    let document = DefaultPlan::default().document().unwrap();
    let plan = &document.plans[0];
    assert_eq!(plan.name.as_str(), "default");
    assert!(plan.selects("any", &BTreeMap::from([("cachekeep".to_owned(), "yes".to_owned())])));
    assert!(!plan.selects("any", &BTreeMap::new()));
    // A cache that is there to try a backup out, of whatever stack, would be backed up and missed within hours.
    let tags = [("cachekeep", "yes"), ("cachekeep:restore-test", "of another stack")];
    let tags = tags.map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert!(!plan.selects("any", &BTreeMap::from(tags)));
    assert_eq!(plan.keep.to_string(), "last=4,daily=7,weekly=5,monthly=12");
    assert!(plan.export.is_some());
    assert_eq!(Document::parse("again", &document.source), Ok(document));
}

#[test]
fn the_stacks_prefix_comes_before_every_plans_own() {
    let plans = "version: 1\nplans:\n  - {name: a, select: {names: ['*']}, schedule: rate(1 day), keep: {last: 1}, \
                 export: {prefix: 'redis/'}}\n  - {name: b, select: {names: ['*']}, schedule: rate(1 day), keep: {last: 1}, \
                 export: {}}\n  - {name: c, select: {names: ['*']}, schedule: rate(1 day), keep: {last: 1}}\n";
    let document = parse(plans).under(&"backups/".parse().unwrap());
    let prefixes: Vec<Option<&str>> =
        document.plans.iter().map(|plan| Some(plan.export.as_ref()?.prefix.as_str())).collect();
    assert_eq!(prefixes, [Some("backups/redis/"), Some("backups/"), None]);
    assert_eq!(document.source, plans, "the document itself stays what was written");
    assert_eq!(parse(plans).under(&Prefix::none()), parse(plans));
}

#[test]
fn caches_are_retired_after_a_day_at_least_and_never_by_default() {
    let plan = |more: &str| {
        format!(
            "version: 1\nplans:\n  - {{name: a, select: {{names: ['*']}}, schedule: rate(1 day), keep: {{last: 1}}{more}}}\n"
        )
    };
    assert_eq!(parse(&plan("")).plans[0].retire_after, None);
    let length = parse(&plan(", retire_after: 30d")).plans[0].retire_after.unwrap();
    assert_eq!(length.to_string(), "30d");
    let error = Document::parse("test", &plan(", retire_after: 23h")).unwrap_err().to_string();
    assert!(error.contains("plans[0].retire_after: `23h` is too short: write `1d` or more"), "{error}");
}

#[test]
fn odd_parameters_stay_what_they_are() {
    let odd = DefaultPlan {
        tag_key: "team: \"x\"".to_owned(),
        tag_value: "a b".to_owned(),
        keep: "within-daily=7d".to_owned(),
        ..DefaultPlan::default()
    };
    let document = odd.document().unwrap();
    let tags = BTreeMap::from([("team: \"x\"".to_owned(), "a b".to_owned())]);
    assert!(document.plans[0].selects("any", &tags));
    assert_eq!(document.plans[0].keep.to_string(), "within-daily=7d");
}

#[test]
fn wrong_parameters_are_named() {
    let keep = DefaultPlan { keep: String::new(), ..DefaultPlan::default() }.document().unwrap_err();
    assert!(keep.to_string().contains("Keep"));
    let schedule =
        DefaultPlan { schedule: "daily".to_owned(), ..DefaultPlan::default() }.document().unwrap_err();
    let DefaultError::Plan(errors) = schedule else { panic!("{schedule:?}") };
    assert!(errors.to_string().contains("plans[0].schedule: expected five fields"));
}

#[test]
fn the_schema_knows_each_key_of_the_example_and_refuses_others() {
    let schema = schema();
    let plan = &schema["properties"]["plans"]["items"];
    assert_eq!(plan["additionalProperties"], false);
    for key in
        ["name", "select", "schedule", "timezone", "start_within", "source", "keep", "snapshots", "export"]
    {
        assert!(plan["properties"][key].is_object(), "{key}");
    }
    assert_eq!(plan["required"], serde_json::json!(["name", "select", "schedule", "keep"]));
    assert_eq!(schema["required"], serde_json::json!(["version", "plans"]));
    assert!(!schema.to_string().contains("$ref"), "the schema is one self-contained tree");
}

#[test]
fn the_words_of_the_schema_are_the_words_that_are_read() {
    let schema = schema();
    let plan = &schema["properties"]["plans"]["items"]["properties"];
    let words = |schema: &serde_json::Value| -> Vec<String> {
        let choices = schema["oneOf"].as_array().unwrap().iter();
        choices.map(|choice| choice["const"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(words(&plan["source"]), known::<Source>());
    assert_eq!(words(&plan["export"]["properties"]["verify"]), known::<VerifyLevel>());
    assert_eq!(words(&plan["notify"]["properties"]["on"]["items"]), known::<Topic>());
}

fn known<T: choice::Choice>() -> Vec<String> {
    T::WORDS.iter().map(|(word, _)| (*word).to_owned()).collect()
}

#[test]
fn a_key_for_snapshots_goes_with_or_without_an_export_and_not_with_automatic_snapshots() {
    let plan = |rest: &str| {
        let text = format!(
            "version: 1\nplans:\n  - name: gold\n    select: {{ names: ['*'] }}\n    schedule: '0 3 * * *'\n    \
             keep: {{ last: 2 }}\n    {rest}\n"
        );
        Document::parse("plans.yaml", &text)
    };
    for rest in
        ["snapshots: { kms_key: alias/backups }", "snapshots: { kms_key: alias/backups }\n    export: {}"]
    {
        let document = plan(rest).unwrap();
        assert_eq!(document.plans[0].snapshots.kms_key.as_ref().map(KmsKey::as_str), Some("alias/backups"));
    }
    let automatic = "snapshots: { kms_key: alias/backups }\n    source: automatic\n    export: {}";
    let error = plan(automatic).unwrap_err().to_string();
    assert!(error.contains("plans[0].snapshots.kms_key: encrypts snapshots that the plan takes"), "{error}");
    assert!(
        plan("snapshots: { keep: 1, kms_key: alias/backups }").is_err(),
        "nothing is exported to count from"
    );
}
