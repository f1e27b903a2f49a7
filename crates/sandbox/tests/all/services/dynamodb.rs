//! DynamoDB through the SDK.

use crate::services::kit::{Kit, start};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
    PointInTimeRecoverySpecification, Projection, ProjectionType, Put, PutRequest,
    ReturnValuesOnConditionCheckFailure, ScalarAttributeType, StreamSpecification, StreamViewType, Tag,
    TimeToLiveSpecification, TransactWriteItem, Update, WriteRequest,
};
use chrono::TimeDelta;

pub(crate) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.into())
}

fn attribute(name: &str) -> AttributeDefinition {
    let definition =
        AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
    definition.build().unwrap()
}

fn key(name: &str, kind: KeyType) -> KeySchemaElement {
    KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap()
}

/// A table like a ledger's: two keys, a sparse index, a stream.
pub(crate) async fn ledger(client: &Client) {
    let index = GlobalSecondaryIndex::builder()
        .index_name("work")
        .key_schema(key("work", KeyType::Hash))
        .key_schema(key("due", KeyType::Range))
        .projection(Projection::builder().projection_type(ProjectionType::All).build());
    let stream =
        StreamSpecification::builder().stream_enabled(true).stream_view_type(StreamViewType::NewAndOldImages);
    client
        .create_table()
        .table_name("ledger")
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(["pk", "sk", "work", "due"].map(attribute).to_vec()))
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .global_secondary_indexes(index.build().unwrap())
        .stream_specification(stream.build().unwrap())
        .send()
        .await
        .unwrap();
}

pub(crate) async fn put(client: &Client, sk: &str, more: &[(&str, &str)]) {
    let mut request = client.put_item().table_name("ledger").item("pk", text("cache")).item("sk", text(sk));
    for (name, value) in more {
        request = request.item(*name, text(value));
    }
    request.send().await.unwrap();
}

async fn kit() -> (Kit, Client) {
    let kit = Kit::new();
    let client = kit.dynamodb();
    ledger(&client).await;
    (kit, client)
}

fn transact_put(sk: &str, condition: Option<&str>) -> TransactWriteItem {
    let put = Put::builder()
        .table_name("ledger")
        .item("pk", text("cache"))
        .item("sk", text(sk))
        .set_condition_expression(condition.map(String::from));
    TransactWriteItem::builder().put(put.build().unwrap()).build()
}

async fn count(client: &Client) -> i32 {
    client.scan().table_name("ledger").send().await.unwrap().count
}

#[tokio::test(start_paused = true)]
async fn a_table_has_the_sandboxs_account_region_and_date() {
    let (kit, client) = kit().await;
    kit.pass(TimeDelta::hours(1)).await;
    let table = client.describe_table().table_name("ledger").send().await.unwrap().table.unwrap();
    assert_eq!(table.table_arn().unwrap(), "arn:aws:dynamodb:us-east-1:123456789012:table/ledger");
    let prefix = "arn:aws:dynamodb:us-east-1:123456789012:table/ledger/stream/";
    assert!(table.latest_stream_arn().unwrap().starts_with(prefix));
    assert_eq!(table.creation_date_time().unwrap().secs(), start().timestamp());
}

#[tokio::test(start_paused = true)]
async fn tags_go_by_the_tables_arn() {
    let (_kit, client) = kit().await;
    let arn = "arn:aws:dynamodb:us-east-1:123456789012:table/ledger";
    let tag = Tag::builder().key("team").value("data").build().unwrap();
    client.tag_resource().resource_arn(arn).tags(tag).send().await.unwrap();
    let tags = client.list_tags_of_resource().resource_arn(arn).send().await.unwrap();
    assert_eq!(tags.tags()[0].value(), "data");
}

#[tokio::test(start_paused = true)]
async fn a_condition_that_fails_returns_the_item_in_its_way() {
    let (_kit, client) = kit().await;
    put(&client, "a", &[("work", "export"), ("due", "1")]).await;
    let refused = client
        .put_item()
        .table_name("ledger")
        .item("pk", text("cache"))
        .item("sk", text("a"))
        .condition_expression("attribute_not_exists(pk)")
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(refused.is_conditional_check_failed_exception());
    let aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(refused) =
        refused
    else {
        panic!("another error");
    };
    assert_eq!(refused.item().unwrap()["work"], text("export"));
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_transaction_says_for_each_item_why_and_changes_nothing() {
    let (_kit, client) = kit().await;
    put(&client, "taken", &[]).await;
    let refused = client
        .transact_write_items()
        .transact_items(transact_put("new", None))
        .transact_items(transact_put("taken", Some("attribute_not_exists(pk)")))
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    let aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException(refused) =
        refused
    else {
        panic!("another error");
    };
    let codes: Vec<_> = refused.cancellation_reasons().iter().map(|reason| reason.code().unwrap()).collect();
    assert_eq!(codes, ["None", "ConditionalCheckFailed"]);
    assert_eq!(count(&client).await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_transaction_with_the_same_token_happens_once_for_ten_minutes() {
    let (kit, client) = kit().await;
    let add = |sk: &str, token: &str| {
        let update = Update::builder()
            .table_name("ledger")
            .key("pk", text("cache"))
            .key("sk", text(sk))
            .update_expression("ADD n :one")
            .expression_attribute_values(":one", AttributeValue::N("1".into()));
        let item = TransactWriteItem::builder().update(update.build().unwrap()).build();
        client.transact_write_items().transact_items(item).client_request_token(token).send()
    };
    for _ in 0..2 {
        add("counter", "token").await.unwrap();
    }
    let other = add("elsewhere", "token").await.unwrap_err().into_service_error();
    assert!(other.is_idempotent_parameter_mismatch_exception());
    kit.pass(TimeDelta::minutes(10)).await;
    add("counter", "token").await.unwrap();
    let read = client.get_item().table_name("ledger").key("pk", text("cache")).key("sk", text("counter"));
    assert_eq!(read.send().await.unwrap().item.unwrap()["n"], AttributeValue::N("2".into()));
}

#[tokio::test(start_paused = true)]
async fn a_sparse_index_holds_only_the_items_with_work_in_order_of_due() {
    let (_kit, client) = kit().await;
    put(&client, "a", &[("work", "export"), ("due", "2")]).await;
    put(&client, "b", &[("work", "export"), ("due", "1")]).await;
    put(&client, "c", &[]).await;
    let found = client
        .query()
        .table_name("ledger")
        .index_name("work")
        .key_condition_expression("#w = :w AND due <= :now")
        .expression_attribute_names("#w", "work")
        .expression_attribute_values(":w", text("export"))
        .expression_attribute_values(":now", text("9"))
        .send()
        .await
        .unwrap();
    let order: Vec<_> = found.items().iter().map(|item| item["sk"].clone()).collect();
    assert_eq!(order, [text("b"), text("a")]);
}

#[tokio::test(start_paused = true)]
async fn too_many_writes_in_a_batch_are_a_validation_exception() {
    let (_kit, client) = kit().await;
    let write = |n: i32| {
        let put = PutRequest::builder().item("pk", text("cache")).item("sk", text(&n.to_string()));
        WriteRequest::builder().put_request(put.build().unwrap()).build()
    };
    let batch: Vec<_> = (0..26).map(write).collect();
    let refused = client.batch_write_item().request_items("ledger", batch).send().await.unwrap_err();
    assert_eq!(refused.code(), Some("ValidationException"));
    assert_eq!(count(&client).await, 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_named_as_aws_names_it() {
    let kit = Kit::new();
    let client = kit.dynamodb();
    let missing =
        client.describe_table().table_name("nothing").send().await.unwrap_err().into_service_error();
    assert!(missing.is_resource_not_found_exception());
    let missing = client.describe_continuous_backups().table_name("nothing").send().await.unwrap_err();
    assert_eq!(missing.code(), Some("TableNotFoundException"));
    let unknown = client.list_global_tables().send().await.unwrap_err();
    assert_eq!(unknown.code(), Some("UnknownOperationException"));
}

#[tokio::test(start_paused = true)]
async fn point_in_time_recovery_is_kept_as_it_is_set() {
    let (_kit, client) = kit().await;
    let status = || async {
        let answer = client.describe_continuous_backups().table_name("ledger").send().await.unwrap();
        let backups = answer.continuous_backups_description.unwrap();
        backups.point_in_time_recovery_description.unwrap().point_in_time_recovery_status.unwrap()
    };
    assert_eq!(status().await.as_str(), "DISABLED");
    let on =
        PointInTimeRecoverySpecification::builder().point_in_time_recovery_enabled(true).build().unwrap();
    let update =
        client.update_continuous_backups().table_name("ledger").point_in_time_recovery_specification(on);
    update.send().await.unwrap();
    assert_eq!(status().await.as_str(), "ENABLED");
}

#[tokio::test(start_paused = true)]
async fn expired_items_stay_readable_for_a_while_and_then_go() {
    let (kit, client) = kit().await;
    let ttl = TimeToLiveSpecification::builder().enabled(true).attribute_name("expires").build().unwrap();
    client.update_time_to_live().table_name("ledger").time_to_live_specification(ttl).send().await.unwrap();
    let expiry = AttributeValue::N((start() + TimeDelta::hours(1)).timestamp().to_string());
    let item = client.put_item().table_name("ledger").item("pk", text("cache")).item("sk", text("old"));
    item.item("expires", expiry).send().await.unwrap();
    put(&client, "kept", &[]).await;
    kit.pass(TimeDelta::hours(2)).await;
    assert_eq!(count(&client).await, 2);
    kit.pass(TimeDelta::hours(23)).await;
    assert_eq!(count(&client).await, 1);
}
