//! The ledger's table is lost, and restored from a backup under another name, as AWS does it: bare items and indexes. The
//! runbook's way (`infra/runbooks/ledger-loss.md`) leads from there to a stack that goes on as if nothing had been.

use cachekeep_aws::table;
use cachekeep_lab::Lab;
use cachekeep_lab::template::Names;
use cachekeep_sandbox::elasticache::{CacheSpec, Engine};
use http::Method;
use serde_json::{Value, json};

use crate::stage::{lab, operate, owner_asks, state, wait};

/// The name of the restored table.
const RESTORED: &str = "restored";

/// One call of DynamoDB's JSON protocol.
async fn dynamodb(lab: &Lab, action: &str, body: &Value) -> Value {
    let target = format!("DynamoDB_20120810.{action}");
    let headers = [("content-type", "application/x-amz-json-1.0"), ("x-amz-target", target.as_str())];
    let text = owner_asks(lab, (Method::POST, "dynamodb", "/"), &headers, body.to_string()).await;
    serde_json::from_str(&text).unwrap()
}

/// Restores the ledger under another name as AWS does (docs/elasticache.md 8, S): keys, indexes and items, nothing else.
async fn restore(lab: &Lab) {
    let was = dynamodb(lab, "DescribeTable", &json!({ "TableName": lab.table })).await["Table"].take();
    let index = |index: &Value| {
        json!({
            "IndexName": index["IndexName"], "KeySchema": index["KeySchema"], "Projection": index["Projection"],
        })
    };
    let indexes = |kind: &str| was[kind].as_array().unwrap().iter().map(index).collect::<Vec<_>>();
    let bare = json!({
        "TableName": RESTORED,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": was["AttributeDefinitions"],
        "KeySchema": was["KeySchema"],
        "GlobalSecondaryIndexes": indexes("GlobalSecondaryIndexes"),
        "LocalSecondaryIndexes": indexes("LocalSecondaryIndexes"),
    });
    dynamodb(lab, "CreateTable", &bare).await;
    let mut from = Value::Null;
    loop {
        let mut scan = json!({ "TableName": lab.table });
        if !from.is_null() {
            scan["ExclusiveStartKey"] = from;
        }
        let page = dynamodb(lab, "Scan", &scan).await;
        for item in page["Items"].as_array().unwrap() {
            dynamodb(lab, "PutItem", &json!({ "TableName": RESTORED, "Item": item })).await;
        }
        from = page["LastEvaluatedKey"].clone();
        if from.is_null() {
            return;
        }
    }
}

async fn fleet() -> Lab {
    lab(vec![CacheSpec::group("orders", 1), CacheSpec::serverless("sessions", Engine::Valkey)]).await
}

/// The stack that is deployed anew with the parameter `ExistingLedger`.
fn reconnected(lab: &Lab) -> Lab {
    let mut other = lab.clone();
    RESTORED.clone_into(&mut other.table);
    other.another_process()
}

#[tokio::test(start_paused = true)]
async fn a_stack_on_a_restored_ledger_goes_on_as_if_nothing_had_been_lost() {
    let undisturbed = fleet().await;
    operate(&undisturbed, 20 * 60).await;

    let lab = fleet().await;
    operate(&lab, 8 * 60).await;
    restore(&lab).await;
    let lab = reconnected(&lab);
    let ensured = table::ensure(&lab.context.clients, RESTORED).await.unwrap();
    let lacked = [
        "new events go to a stream",
        "protected against deletion",
        "old events expire",
        "point-in-time recovery",
    ];
    assert_eq!((ensured.created, &ensured.set[..]), (false, &lacked[..]));
    assert!(ensured.stream.unwrap().contains("table/restored/stream/"));
    operate(&lab, 12 * 60).await;
    let expected = state(&undisturbed).await;
    assert!(expected.backups.len() > 4, "{expected:?}");
    assert_eq!(state(&lab).await, expected);
}

/// With the stream that `init` turned on, what happens is announced at once and not when the schedule comes by.
#[tokio::test(start_paused = true)]
async fn a_restored_ledger_wakes_notify_once_init_has_given_it_a_stream() {
    for initialized in [false, true] {
        let lab = fleet().await;
        restore(&lab).await;
        let lab = reconnected(&lab);
        if initialized {
            table::ensure(&lab.context.clients, RESTORED).await.unwrap();
            let again = table::ensure(&lab.context.clients, RESTORED).await.unwrap();
            assert_eq!(again.set, Vec::<&str>::new(), "init again changes nothing");
        }
        lab.deploy().await.unwrap();
        // The first slot is in ten minutes; by the schedules alone nothing is announced for half an hour.
        wait(&lab, 26).await;
        let heard = lab.sandbox.eventbridge().events(lab.context.bus.as_deref().unwrap());
        assert_eq!(!heard.is_empty(), initialized, "{heard:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn with_an_existing_ledger_the_template_makes_none_and_everything_leads_to_that_one() {
    let lab = fleet().await;
    let arn = "arn:aws:dynamodb:us-east-1:123456789012:table/restored";
    let given = [("ExistingLedger", RESTORED), ("ExistingLedgerStreamArn", &format!("{arn}/stream/7"))];
    let given: Names = given.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    let template = lab.template_with(&given).unwrap();
    assert!(template.resource("Ledger").is_null(), "it would make a second, empty one");
    for function in template.functions().unwrap() {
        assert_eq!(function.properties["Environment"]["Variables"]["CACHEKEEP_TABLE"], RESTORED);
    }
    let stream = &template.properties("NotifyFunction")["Events"]["LedgerEvents"]["Properties"]["Stream"];
    assert_eq!(*stream, format!("{arn}/stream/7"));
    for (role, properties) in template.of_type("AWS::IAM::Role") {
        let policies = properties["Policies"].to_string();
        assert!(policies.contains(arn), "{role}");
        assert!(!policies.contains("table/cachekeep"), "{role} reaches the lost table");
    }
}
