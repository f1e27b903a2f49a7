//! Whether a role's statements allow what is asked, and nothing that is never asked.

use std::collections::{BTreeMap, BTreeSet};

use cachekeep_core::job::Job;
use cachekeep_core::names;
use cachekeep_core::plan::Document;
use cachekeep_lab::Lab;
use cachekeep_lab::template::Template;
use serde_json::Value;

use super::asked::Asked;
use super::{PREFIXES, full, witness};

/// Actions that a role has and its function never calls, and who asks for them instead.
const ASKED_BY_OTHERS: [(&str, &str); 18] = [
    (
        "kms:CreateGrant",
        "ElastiCache, of whoever takes a snapshot under a customer's key (docs/elasticache.md 9, L)",
    ),
    (
        "kms:DescribeKey",
        "ElastiCache, of whoever takes a snapshot under a customer's key (docs/elasticache.md 9, L)",
    ),
    ("logs:CreateLogStream", "Lambda, for the function"),
    ("logs:PutLogEvents", "Lambda, for the function"),
    ("sqs:SendMessage", "Lambda, for an invocation that it gave up"),
    ("dynamodb:DescribeStream", "Lambda, which reads the stream for the function"),
    ("dynamodb:GetRecords", "Lambda, which reads the stream for the function"),
    ("dynamodb:GetShardIterator", "Lambda, which reads the stream for the function"),
    ("dynamodb:ListStreams", "Lambda, which reads the stream for the function"),
    ("s3:GetBucketLocation", "ElastiCache, of whoever exports (docs/elasticache.md 9, S)"),
    ("s3:GetBucketAcl", "ElastiCache, of whoever exports (docs/elasticache.md 9, S)"),
    ("s3:ListAllMyBuckets", "ElastiCache, of whoever exports (docs/elasticache.md 9, S)"),
    (
        "s3:DeleteObject",
        "ElastiCache, of whoever exports (docs/elasticache.md 9, S); `prune` calls it itself",
    ),
    ("s3:ListBucket", "S3, to tell a file that is missing from one that is forbidden"),
    (
        "s3:AbortMultipartUpload",
        "the copy of a file over 5 GiB that failed, which no sandbox has the room for",
    ),
    ("kms:GenerateDataKey", "S3, for whoever writes into a bucket under a key"),
    ("kms:Decrypt", "S3, for whoever reads from a bucket under a key"),
    ("dynamodb:GetItem", "a manifest that has to be made again, which needs the cache's configuration"),
];

/// A role's statement with its lists as lists.
pub(super) struct Statement {
    pub(super) sid: String,
    pub(super) actions: Vec<String>,
    pub(super) resources: Vec<String>,
    condition: Value,
}

pub(super) fn statements(template: &Template, job: Job) -> Vec<Statement> {
    let name = job.to_string();
    let role = format!("{}{}Role", name[..1].to_uppercase(), &name[1..]);
    let policies = template.properties(&role)["Policies"].as_array().unwrap();
    let all = policies.iter().flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array().unwrap());
    let read = |statement: &Value| {
        assert_eq!(statement["Effect"], "Allow");
        Statement {
            sid: statement["Sid"].as_str().unwrap().to_owned(),
            actions: list(&statement["Action"]),
            resources: list(&statement["Resource"]),
            condition: statement["Condition"].clone(),
        }
    };
    all.map(read).collect()
}

pub(super) fn list(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(list).collect(),
        Value::String(one) => vec![one.clone()],
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
            panic!("{value} is no list of texts")
        }
    }
}

impl Statement {
    fn allows(&self, asked: &Asked) -> bool {
        self.actions.contains(&asked.action)
            && self.resources.iter().any(|pattern| matches(pattern, &asked.resource))
            && self.condition_holds(&asked.context)
    }

    fn condition_holds(&self, context: &BTreeMap<String, String>) -> bool {
        let operators = self.condition.as_object().into_iter().flatten();
        let keys = operators
            .flat_map(|(operator, keys)| keys.as_object().unwrap().iter().map(move |key| (operator, key)));
        keys.into_iter().all(|(operator, (key, wanted))| {
            match (operator.as_str(), wanted.as_str().unwrap()) {
                ("Null", "false") => context.contains_key(key),
                ("StringEquals", wanted) => context.get(key).is_some_and(|actual| actual == wanted),
                other => panic!("{other:?} is no condition that this test knows"),
            }
        })
    }
}

/// IAM's wildcards: `*` for any text, slashes included, and `?` for any one character.
fn matches(pattern: &str, text: &str) -> bool {
    let mut pattern_left = pattern.chars();
    let mut text_left = text.chars();
    match (pattern_left.next(), text_left.next()) {
        (None, next) => next.is_none(),
        (Some('*'), next) => {
            matches(pattern_left.as_str(), text) || (next.is_some() && matches(pattern, text_left.as_str()))
        }
        (Some(wanted), Some(next)) => {
            (wanted == '?' || wanted == next) && matches(pattern_left.as_str(), text_left.as_str())
        }
        (Some(_), None) => false,
    }
}

#[tokio::test(start_paused = true)]
async fn each_role_allows_what_its_job_calls_and_nothing_else() {
    let mut wrong = Vec::new();
    for prefix in PREFIXES {
        let (lab, calls) = witness::every_path(prefix).await;
        wrong
            .extend(differences(&full(&lab), &calls).into_iter().map(|wrong| format!("{prefix:?}: {wrong}")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What a role lacks, and what it has and nobody needs.
fn differences(template: &Template, calls: &witness::Calls) -> Vec<String> {
    let mut wrong = Vec::new();
    for job in Job::ALL {
        let statements = statements(template, job);
        let asked = &calls[&job];
        let allowed = |asked: &Asked| statements.iter().any(|statement| statement.allows(asked));
        let denied = asked.iter().filter(|asked| !allowed(asked));
        wrong.extend(denied.map(|asked| format!("{job} lacks {} on {}", asked.action, asked.resource)));
        let called: BTreeSet<&str> = asked.iter().map(|asked| asked.action.as_str()).collect();
        let unasked = statements.iter().flat_map(|statement| unasked(statement, &called));
        wrong.extend(unasked.map(|action| format!("{job} never calls {action}")));
    }
    wrong
}

/// What a statement allows and nobody asks for.
fn unasked(statement: &Statement, called: &BTreeSet<&str>) -> Vec<String> {
    let by_others = |action: &str| ASKED_BY_OTHERS.iter().any(|(name, _)| *name == action);
    let unasked =
        statement.actions.iter().filter(|action| !called.contains(action.as_str()) && !by_others(action));
    unasked.map(|action| format!("{action} of {}", statement.sid)).collect()
}

#[tokio::test(start_paused = true)]
async fn what_others_ask_for_is_asked_for_somewhere() {
    let (lab, calls) = witness::every_path("").await;
    let template = full(&lab);
    let granted: BTreeSet<String> = Job::ALL
        .into_iter()
        .flat_map(|job| statements(&template, job))
        .flat_map(|statement| statement.actions)
        .collect();
    for (action, why) in ASKED_BY_OTHERS {
        assert!(granted.contains(action), "no role has {action} ({why})");
    }
    assert!(calls.values().all(|asked| !asked.is_empty()));
}

/// What IAM sees of the tags of a snapshot of this stack.
fn tagged(key: &str, stack: Option<&str>) -> BTreeMap<String, String> {
    let Some(stack) = stack else { return BTreeMap::new() };
    let tag = |name: &str, value: &str| (format!("{key}/cachekeep:{name}"), value.to_owned());
    [tag("backup", "a backup"), tag("stack", stack)].into()
}

#[tokio::test(start_paused = true)]
async fn the_prune_role_deletes_only_what_is_ours_and_creates_nothing() {
    let lab = crate::stage::lab(vec![]).await;
    let statements = statements(&full(&lab), Job::Prune);
    let snapshot = |name: &str| format!("arn:aws:elasticache:us-east-1:123456789012:snapshot:{name}");
    let asked = |resource: String, stack: Option<&str>| Asked {
        action: "elasticache:DeleteSnapshot".to_owned(),
        resource,
        context: tagged("aws:ResourceTag", stack),
    };
    let allowed = |asked: &Asked| statements.iter().any(|statement| statement.allows(asked));
    assert!(allowed(&asked(snapshot("ck-orders-1"), Some("cachekeep"))));
    assert!(!allowed(&asked(snapshot("ck-orders-1"), None)), "without our tags");
    assert!(!allowed(&asked(snapshot("ck-orders-1"), Some("second"))), "of another stack");
    assert!(!allowed(&asked(snapshot("nightly"), Some("cachekeep"))), "under somebody else's name");
    let creates = |action: &String| action.contains("Create") && !action.starts_with("logs:");
    assert!(!statements.iter().any(|statement| statement.actions.iter().any(creates)));
}

fn deletion(bucket: &str, key: &str) -> Asked {
    let resource = format!("arn:aws:s3:::{bucket}/{key}");
    Asked { action: "s3:DeleteObject".to_owned(), resource, context: [].into() }
}

/// A plan with this prefix of its own, in a stack with that one: the folder that its export gets.
fn folder(lab: &Lab, plans: &str, cache: &str) -> String {
    let document = Document::parse("plans", &format!("version: 1\nplans:\n{plans}")).unwrap();
    let document = document.under(&lab.context.prefix);
    let export = document.plans[0].export.as_ref().unwrap();
    names::export_folder(
        export.prefix.as_str(),
        &format!("{cache}/gold/2026-11-21T06:00:00Z").parse().unwrap(),
    )
}

#[tokio::test(start_paused = true)]
async fn whatever_prefix_plan_and_stack_have_the_prune_role_can_delete_the_export_and_its_copies() {
    let mut lab = crate::stage::lab(vec![]).await;
    for stack in PREFIXES {
        lab.context.prefix = stack.parse().unwrap();
        let statements = statements(&full(&lab), Job::Prune);
        let allowed = |asked: &Asked| statements.iter().any(|statement| statement.allows(asked));
        for own in ["", "redis/", "a/b_c/d.e/"] {
            let plan = format!(
                "  - {{ name: gold, select: {{ names: ['*'] }}, schedule: rate(1 day), keep: {{ last: 1 }}, \
                 export: {{ prefix: '{own}' }} }}\n"
            );
            for cache in ["group:orders", "cluster:sessions", "serverless:carts"] {
                let folder = folder(&lab, &plan, cache);
                for file in ["x-0001.rdb", "manifest.json"].map(|file| format!("{folder}{file}")) {
                    assert!(allowed(&deletion("cachekeep-exports", &file)), "{file}, stack {stack:?}");
                    let root = names::replica_root(&lab.context.stack);
                    let replica = deletion(witness::REPLICA, &format!("{root}{file}"));
                    assert!(allowed(&replica), "{file} in the replica bucket, stack {stack:?}");
                    let others = deletion(witness::REPLICA, &format!("111122223333/eu-west-1/second/{file}"));
                    assert!(!allowed(&others), "another stack's replica");
                }
                assert!(!allowed(&deletion("invoices", &format!("{folder}x-0001.rdb"))), "another bucket");
            }
        }
        // Somebody else's, in a bucket that holds more than backups.
        for other in ["invoices/2026.pdf", "group/photos/2026/party.jpg", "redis/group/orders/gold/notes.txt"]
        {
            assert!(!allowed(&deletion("cachekeep-exports", other)), "{other}");
        }
        let outside = deletion("cachekeep-exports", "other/group/orders/gold/20261121t060000z/x-0001.rdb");
        assert_eq!(allowed(&outside), stack.is_empty(), "outside the stack's prefix {stack:?}");
    }
}

/// ElastiCache asks whether whoever exports may delete, and a role that may delete more than exports could empty a bucket that
/// holds more than backups.
#[tokio::test(start_paused = true)]
async fn the_export_role_may_delete_what_it_exports_and_nothing_else() {
    let mut lab = crate::stage::lab(vec![]).await;
    for stack in PREFIXES {
        lab.context.prefix = stack.parse().unwrap();
        let statements = statements(&full(&lab), Job::Export);
        let allowed = |key: &str| {
            let asked = deletion("cachekeep-exports", key);
            statements.iter().any(|statement| statement.allows(&asked))
        };
        let plan = "  - { name: gold, select: { names: ['*'] }, schedule: rate(1 day), keep: { last: 1 }, \
                    export: { prefix: 'own/' } }\n";
        assert!(allowed(&format!("{}x-0001.rdb", folder(&lab, plan, "group:orders"))), "stack {stack:?}");
        assert!(allowed("ck-carts-202703010600-1f2e3d4c5b.rdb") && allowed("automatic.carts-2027.rdb"));
        let others = ["invoices/2026.pdf", "cachekeep.json", "group/photos/2026/party.jpg", "notes.rdb"];
        for other in others.map(|other| format!("{stack}{other}")) {
            assert!(!allowed(&other), "{other}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_snapshot_role_takes_only_tagged_snapshots_under_our_names_and_deletes_nothing() {
    let lab = crate::stage::lab(vec![]).await;
    let statements = statements(&full(&lab), Job::Snapshot);
    let asked = |action: &str, name: &str, stack: Option<&str>| Asked {
        action: format!("elasticache:{action}"),
        resource: format!("arn:aws:elasticache:us-east-1:123456789012:snapshot:{name}"),
        context: tagged("aws:RequestTag", stack),
    };
    let allowed = |asked: &Asked| statements.iter().any(|statement| statement.allows(asked));
    for action in ["CreateSnapshot", "AddTagsToResource"] {
        assert!(allowed(&asked(action, "ck-orders-1", Some("cachekeep"))));
        assert!(!allowed(&asked(action, "ck-orders-1", None)));
        assert!(!allowed(&asked(action, "ck-orders-1", Some("second"))), "in another stack's name");
        assert!(!allowed(&asked(action, "nightly", Some("cachekeep"))));
    }
    assert!(
        !statements.iter().any(|statement| statement.actions.iter().any(|action| action.contains("Delete")))
    );
}

/// The keys are for ElastiCache's use in the function's name; the function must not be able to decrypt anything by itself.
#[tokio::test(start_paused = true)]
async fn the_keys_of_caches_may_be_used_by_way_of_elasticache_only_and_by_the_snapshot_role_only() {
    let lab = crate::stage::lab(vec![]).await;
    let template = full(&lab);
    let snapshot = statements(&template, Job::Snapshot);
    let asked = |service: Option<&str>| Asked {
        action: "kms:CreateGrant".to_owned(),
        resource: "arn:aws:kms:us-east-1:123456789012:key/b".to_owned(),
        context: service.map(|name| ("kms:ViaService".to_owned(), name.to_owned())).into_iter().collect(),
    };
    let allowed = |asked: &Asked| snapshot.iter().any(|statement| statement.allows(asked));
    assert!(allowed(&asked(Some("elasticache.us-east-1.amazonaws.com"))));
    assert!(!allowed(&asked(Some("s3.us-east-1.amazonaws.com"))) && !allowed(&asked(None)));
    for job in [Job::Export, Job::Verify, Job::Prune, Job::Restore, Job::Notify] {
        let grants =
            statements(&template, job).iter().any(|it| it.actions.contains(&"kms:CreateGrant".to_owned()));
        assert!(!grants, "{job}");
    }
    let none = lab.template_with(&cachekeep_lab::template::Names::new()).unwrap();
    assert!(!statements(&none, Job::Snapshot).iter().any(|statement| statement.sid == "UseCacheKeys"));
}

/// AWS lists the keys of request tags for snapshots and caches alike and does not say where it evaluates them.
#[tokio::test(start_paused = true)]
async fn a_snapshot_can_be_taken_whether_or_not_aws_tells_its_tags_when_it_asks_about_the_cache() {
    let lab = crate::stage::lab(vec![]).await;
    let template = full(&lab);
    let snapshot = statements(&template, Job::Snapshot);
    for (action, kind) in [
        ("CreateSnapshot", "cluster"),
        ("CreateSnapshot", "replicationgroup"),
        ("CreateServerlessCacheSnapshot", "serverlesscache"),
    ] {
        for context in [
            BTreeMap::new(),
            BTreeMap::from([("aws:RequestTag/cachekeep:backup".to_owned(), "x".to_owned())]),
        ] {
            let resource = format!("arn:aws:elasticache:us-east-1:123456789012:{kind}:orders");
            let asked = Asked { action: format!("elasticache:{action}"), resource, context };
            assert!(snapshot.iter().any(|statement| statement.allows(&asked)), "{asked:?}");
        }
    }
    let conditioned = Job::ALL.into_iter().flat_map(|job| statements(&template, job));
    let conditioned: Vec<Statement> =
        conditioned.filter(|statement| statement.condition.to_string().contains("aws:RequestTag")).collect();
    assert!(!conditioned.is_empty());
    for statement in conditioned {
        let made = |arn: &String| arn.contains(":snapshot:") || arn.contains(":serverlesscachesnapshot:");
        assert!(statement.resources.iter().all(made), "{} asks it of what is not made", statement.sid);
    }
}

/// IAM's limit on all inline policies of a role, in characters without white space.
const ROLE_POLICIES: usize = 10_240;

#[tokio::test(start_paused = true)]
async fn the_roles_fit_into_iams_limit_with_the_longest_parameters() {
    let lab = crate::stage::lab(vec![]).await;
    let (bucket, prefix) = ("b".repeat(63), format!("{}/", "p".repeat(199)));
    let identity = "i".repeat(255);
    let topics = ["a", "b", "c"].map(|name| format!("arn:aws:sns:us-east-1:123456789012:{name:z>80}"));
    let key = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";
    let parameters = [
        ("ExportBucketName", bucket.as_str()),
        ("ExportPrefix", &prefix),
        ("ReplicaBucket", &bucket),
        ("ReplicaKeyArn", key),
        ("Identity", &identity),
        ("PlanTopicArns", &topics.join(",")),
        ("Tracing", "Active"),
    ];
    let longest = parameters.map(|(name, value)| (name.to_owned(), Value::from(value)));
    let template = lab.template_with(&longest.into()).unwrap();
    for (role, properties) in template.of_type("AWS::IAM::Role") {
        let length = properties["Policies"].to_string().len();
        assert!(length <= ROLE_POLICIES, "{role}: {length} characters");
        assert!(length > 1_000, "{role}: {length} characters are no policies");
    }
}

#[test]
fn a_wildcard_stands_for_any_text() {
    assert!(matches("a:*", "a:b/c") && matches("*", "x") && matches("a*c*e", "abcde") && matches("ab", "ab"));
    assert!(!matches("a:*", "b:a") && !matches("ab", "abc") && !matches("a*c*e", "abde"));
    assert!(
        matches("a?c*", "abcd") && matches("*/??/*", "x/ab/") && !matches("a?", "a") && !matches("?", "ab")
    );
}
