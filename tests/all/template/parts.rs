//! What no function of the template may be without, and what its shared parts must be.

use std::path::Path;

use cachekeep_lab::template::{Names, Template};
use http::Method;
use serde_json::Value;

use super::full;
use super::witness::ask_s3;

async fn template() -> Template {
    full(&crate::stage::lab(vec![]).await)
}

#[tokio::test(start_paused = true)]
async fn the_page_on_deploying_says_how_long_a_stacks_name_may_be_for_lambda_to_take_its_functions() {
    /// Lambda's limit on the name of a function, in characters.
    const LAMBDAS: usize = 64;
    let functions = template().await.functions().unwrap();
    let names = functions.iter().map(|function| function.properties["FunctionName"].as_str().unwrap());
    let after_the_stacks = names.map(|name| name.strip_prefix("cachekeep").unwrap().len()).max().unwrap();
    let told = format!("at most {} characters", LAMBDAS - after_the_stacks);
    assert!(include_str!("../../../docs/deploying.md").contains(&told), "{told}");
}

/// `sam build` resolves the template before anybody is asked for parameters, so with a parameter for the processor `sam
/// deploy --guided` could deploy arm64 binaries as `x86_64` ones, which die when they start.
#[tokio::test(start_paused = true)]
async fn functions_run_on_the_processor_that_sam_build_compiles_for_whatever_the_parameters() {
    let source = include_str!("../../../template.yaml");
    let lines: Vec<&str> = source.lines().filter(|line| line.contains("Architectures:")).collect();
    let [line] = lines[..] else { panic!("{lines:?}") };
    assert_eq!(line.trim(), "Architectures: [arm64]");
    let functions = template().await.functions().unwrap();
    assert!(functions.iter().all(|function| function.properties["Architectures"][0] == "arm64"));
    // The one way to another processor changes that very line.
    let shown = "sed -i 's/Architectures: \\[arm64\\]/Architectures: [x86_64]/' template.yaml";
    assert!(include_str!("../../../docs/deploying.md").contains(shown));
}

/// The resources that a deleted stack leaves, and under which policy.
fn left_behind(template: &Template) -> Vec<(&str, &str, &str)> {
    let resources = template.names().map(|name| (name, template.resource(name)));
    let policy = |resource: &Value, policy: &str| resource[policy].as_str().map(str::to_owned);
    let kept = resources.filter(|(_, resource)| policy(resource, "DeletionPolicy").is_some());
    kept.map(|(name, resource)| {
        (name, resource["Type"].as_str().unwrap(), resource["DeletionPolicy"].as_str().unwrap())
    })
    .collect()
}

#[tokio::test(start_paused = true)]
async fn the_page_on_uninstalling_names_what_a_deleted_stack_leaves_and_a_failed_one_the_ledger_alone() {
    let template = template().await;
    let left = left_behind(&template);
    // CloudFormation cannot delete a protected table, so it must not try when a first deployment fails.
    assert_eq!(template.properties("Ledger")["DeletionProtectionEnabled"], true);
    assert_eq!(
        left,
        [("Bucket", "AWS::S3::Bucket", "RetainExceptOnCreate"), ("Ledger", "AWS::DynamoDB::Table", "Retain"),]
    );
    let page = include_str!("../../../infra/runbooks/uninstall.md");
    for (name, kind, policy) in left {
        assert!(page.contains(kind) && page.contains(policy), "{name}");
        assert_eq!(template.resource(name)["UpdateReplacePolicy"], "Retain", "{name}");
    }
}

/// The metrics of this function that an alarm watches.
fn watched<'a>(template: &'a Template, function: &str) -> Vec<&'a str> {
    let alarms = template.of_type("AWS::CloudWatch::Alarm");
    let metric = |alarm: &'a Value| {
        let queries = alarm["Metrics"].as_array().into_iter().flatten();
        let found = queries.map(|query| &query["MetricStat"]["Metric"]).find(|metric| !metric.is_null());
        found.unwrap_or(alarm)
    };
    let of_function =
        alarms.map(|(_, alarm)| metric(alarm)).filter(|metric| metric["Dimensions"][0]["Value"] == function);
    of_function.filter_map(|metric| metric["MetricName"].as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn every_function_has_a_role_a_log_three_alarms_and_a_failure_destination() {
    let template = template().await;
    let functions = template.functions().unwrap();
    assert_eq!(functions.len(), 6);
    for function in &functions {
        let (name, properties) = (&function.name, &function.properties);
        let role = properties["Role"].as_str().unwrap().trim_end_matches(".Arn");
        assert_eq!(
            template.properties(role)["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"],
            "lambda.amazonaws.com"
        );
        let sharing = functions.iter().filter(|other| other.properties["Role"] == properties["Role"]);
        assert_eq!(sharing.count(), 1, "{name} shares its role");
        let log = template.properties(properties["LoggingConfig"]["LogGroup"].as_str().unwrap());
        assert_eq!(
            log["LogGroupName"],
            format!("/aws/lambda/{}", properties["FunctionName"].as_str().unwrap())
        );
        assert!(log["RetentionInDays"].is_u64(), "{name} keeps its logs for ever");
        assert_eq!(watched(&template, name), ["Errors", "Invocations", "Throttles"], "{name}");
        let invocations = &properties["EventInvokeConfig"];
        assert_eq!(invocations["DestinationConfig"]["OnFailure"]["Destination"], "FailedInvocations.Arn");
        assert!(invocations["MaximumRetryAttempts"].is_u64());
        for (event, properties) in properties["Events"].as_object().unwrap() {
            let properties = &properties["Properties"];
            let undelivered = &properties["DeadLetterConfig"]["Arn"];
            let stream = &properties["DestinationConfig"]["OnFailure"]["Destination"];
            assert!(
                undelivered == "UndeliveredEvents.Arn" || stream == "FailedInvocations.Arn",
                "{name} {event}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_alarm_tells_somebody_and_links_a_runbook_that_exists() {
    let template = template().await;
    let dashboard = template.properties("Dashboard")["DashboardBody"].as_str().unwrap();
    let mut seen = 0;
    for (name, alarm) in template.of_type("AWS::CloudWatch::Alarm") {
        let description = alarm["AlarmDescription"].as_str().unwrap();
        let runbook =
            description.split_whitespace().find(|word| word.starts_with("infra/runbooks/")).unwrap();
        assert!(
            Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(runbook).is_file(),
            "{name}: {runbook}"
        );
        let rule = template.properties("Failing")["AlarmRule"].as_str().unwrap();
        let told = rule.contains(&format!("ALARM(\"{name}\")")) || alarm["AlarmActions"].is_array();
        assert!(told, "{name} tells nobody");
        assert!(dashboard.contains(&format!("\"{name}.Arn\"")), "{name} is not on the dashboard");
        seen += 1;
    }
    assert_eq!(seen, 22);
}

#[tokio::test(start_paused = true)]
async fn the_table_is_the_one_that_the_command_line_makes() {
    let template = template().await;
    let ledger = template.properties("Ledger");
    let attributes = |key: &Value| -> Vec<String> {
        key.as_array()
            .unwrap()
            .iter()
            .map(|part| part["AttributeName"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(attributes(&ledger["KeySchema"]), ["pk", "sk"]);
    let index = &ledger["GlobalSecondaryIndexes"][0];
    assert_eq!(attributes(&index["KeySchema"]), ["work", "due"]);
    assert_eq!(
        (&index["IndexName"], &index["Projection"]["ProjectionType"]),
        (&"work".into(), &"ALL".into())
    );
    let index = &ledger["LocalSecondaryIndexes"][0];
    assert_eq!(attributes(&index["KeySchema"]), ["pk", "retained"]);
    assert_eq!(
        (&index["IndexName"], &index["Projection"]["ProjectionType"]),
        (&"retained".into(), &"ALL".into())
    );
    assert_eq!(ledger["StreamSpecification"]["StreamViewType"], "NEW_IMAGE");
    assert_eq!(ledger["TimeToLiveSpecification"]["AttributeName"], "ttl");
    assert_eq!(ledger["DeletionProtectionEnabled"], true);
    assert_eq!(ledger["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true);
}

/// A change of any of these makes CloudFormation replace the table on the next deployment: the stack then works with an empty
/// ledger, and the old one is left behind under its old name. Only a new version of the ledger's format with a way over may
/// change them, and infra/runbooks/upgrade.md must say how.
#[tokio::test(start_paused = true)]
async fn no_deployment_replaces_the_ledger() {
    let template = template().await;
    let ledger = template.properties("Ledger").as_object().unwrap();
    let replacing = ["TableName", "KeySchema", "LocalSecondaryIndexes", "ImportSourceSpecification"];
    let now: serde_json::Map<String, Value> =
        replacing.into_iter().filter_map(|name| Some((name.to_owned(), ledger.get(name)?.clone()))).collect();
    let key = |first: &str, second: &str| {
        serde_json::json!([
            { "AttributeName": first, "KeyType": "HASH" }, { "AttributeName": second, "KeyType": "RANGE" }
        ])
    };
    let deployed = serde_json::json!({
        "KeySchema": key("pk", "sk"),
        "LocalSecondaryIndexes": [{
            "IndexName": "retained", "KeySchema": key("pk", "retained"), "Projection": { "ProjectionType": "ALL" },
        }],
    });
    assert_eq!(Value::Object(now), deployed, "this would replace every deployed ledger by an empty one");
    // The types of the keys are part of them, and the logical name is what CloudFormation knows the table by.
    let types = ledger["AttributeDefinitions"].as_array().unwrap();
    for key in ["pk", "sk", "retained"] {
        assert!(types.contains(&serde_json::json!({ "AttributeName": key, "AttributeType": "S" })), "{key}");
    }
}

/// `cachekeep init` makes the bucket for those without SAM: both must let ElastiCache in alike.
#[tokio::test(start_paused = true)]
async fn the_bucket_policy_is_the_one_that_the_command_line_makes() {
    let lab = crate::stage::lab(vec![]).await;
    let made: Value =
        serde_json::from_str(&ask_s3(&lab, Method::GET, "/cachekeep-exports?policy", &[]).await).unwrap();
    let template = full(&lab);
    assert_eq!(template.properties("BucketPolicy")["PolicyDocument"], made);
}

#[tokio::test(start_paused = true)]
async fn the_bucket_keeps_versions_and_lets_nobody_in() {
    let template = template().await;
    let bucket = template.properties("Bucket");
    assert_eq!(bucket["VersioningConfiguration"]["Status"], "Enabled");
    assert_eq!(bucket["OwnershipControls"]["Rules"][0]["ObjectOwnership"], "BucketOwnerEnforced");
    let closed = bucket["PublicAccessBlockConfiguration"].as_object().unwrap();
    assert!(closed.len() == 4 && closed.values().all(|closed| closed == true));
    let encryption = &bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"][0];
    assert_eq!(encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"], "AES256");
    let rule = &bucket["LifecycleConfiguration"]["Rules"][0];
    assert_eq!(rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"], 7);
    assert_eq!(rule["NoncurrentVersionExpiration"]["NoncurrentDays"], 3);
    // Else every deleted export leaves a marker for ever, which slows listings down and keeps the bucket from being deleted.
    assert_eq!(rule["ExpiredObjectDeleteMarker"], true);
}

#[tokio::test(start_paused = true)]
async fn deleted_exports_can_be_brought_back_as_long_as_the_parameter_says_and_by_default_as_init_has_it() {
    let lab = crate::stage::lab(vec![]).await;
    let days = |template: &Template| {
        let rules = &template.properties("Bucket")["LifecycleConfiguration"]["Rules"];
        rules[0]["NoncurrentVersionExpiration"]["NoncurrentDays"].clone()
    };
    let longer = Names::from([("UndeleteDays".to_owned(), Value::from(14))]);
    assert_eq!(days(&lab.template_with(&longer).unwrap()), 14);
    let made = ask_s3(&lab, Method::GET, "/cachekeep-exports?lifecycle", &[]).await;
    let default = days(&full(&lab)).to_string();
    for wanted in [
        format!("<NoncurrentDays>{default}</NoncurrentDays>"),
        "<ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker>".to_owned(),
    ] {
        assert!(made.contains(&wanted), "{wanted}: {made}");
    }
    let replica = include_str!("../../../infra/replica.yaml");
    let replica = Template::read(replica, &Names::new(), &Names::new()).unwrap();
    let rule = &replica.properties("Replica")["LifecycleConfiguration"]["Rules"][0];
    assert_eq!(rule["NoncurrentVersionExpiration"]["NoncurrentDays"].to_string(), default);
    assert_eq!(rule["ExpiredObjectDeleteMarker"], true);
}

#[tokio::test(start_paused = true)]
async fn elasticache_is_asked_for_its_source_account_only_where_a_parameter_says_so() {
    let lab = crate::stage::lab(vec![]).await;
    let condition = |template: &Template| {
        let policy = &template.properties("BucketPolicy")["PolicyDocument"];
        let statement = &policy["Statement"][0];
        assert_eq!(statement["Sid"], "ElastiCacheExports");
        statement["Condition"].clone()
    };
    assert_eq!(condition(&full(&lab)), Value::Null);
    let checks = Names::from([("CheckSourceAccount".to_owned(), Value::from("yes"))]);
    let expected = serde_json::json!({ "StringEquals": { "aws:SourceAccount": "123456789012" } });
    assert_eq!(condition(&lab.template_with(&checks).unwrap()), expected);
}

/// Whether SNS names a source account to Lambda is documented nowhere; the topic's ARN holds it anyway.
#[tokio::test(start_paused = true)]
async fn the_topic_of_caches_may_invoke_the_function_by_its_arn_alone() {
    let template = template().await;
    let permission = template.properties("CacheTopicInvokes");
    assert_eq!(permission["SourceArn"], "arn:aws:sns:us-east-1:123456789012:caches");
    assert_eq!(permission["SourceAccount"], Value::Null);
}
