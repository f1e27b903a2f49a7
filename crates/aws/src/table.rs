//! Makes the ledger's table where SAM does not, and completes one that an earlier try left half made.

use std::time::Duration;

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, LocalSecondaryIndex,
    PointInTimeRecoverySpecification, PointInTimeRecoveryStatus, Projection, ProjectionType,
    ScalarAttributeType, StreamSpecification, StreamViewType, TableDescription, TableStatus,
    TimeToLiveSpecification, TimeToLiveStatus,
};
use cachekeep_core::cause::Cause;
use cachekeep_core::stack::Site;
use tokio::time::sleep;

use crate::clients::Clients;
use crate::error::{AwsError, Class, OrAws as _};

/// The partition key's attribute.
pub const PK: &str = "pk";
/// The sort key's attribute.
pub const SK: &str = "sk";
/// The attribute that names the job that must act, and the sparse index over it.
pub const WORK: &str = "work";
/// The attribute that says from when on, as RFC 3339 text: the index's sort key.
pub const DUE: &str = "due";
/// The attribute of a backup that says [`RETAINED_YES`], or when retention let go of it; and the index over each cache's
/// backups by it. An index of the table's own partitions, since only such a one is read as it is this moment.
pub const RETAINED: &str = "retained";
/// What stands there as long as retention has to think of the backup. It sorts behind every instant.
pub const RETAINED_YES: &str = "yes";
/// The attribute with the second after which DynamoDB may drop an item.
pub const TTL: &str = "ttl";

/// AWS's name of the call that shows a table.
const DESCRIBE: &str = "DescribeTable";

/// AWS's name of the call that changes a table.
const UPDATE: &str = "UpdateTable";

/// How long to wait between two looks at a table that is being made.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// How many looks before giving up: a table without data takes seconds.
const LOOKS_LIMIT: u32 = 60;

/// What was done to a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ensured {
    /// Whether it was made just now.
    pub created: bool,
    /// The settings that were missing and have been made, in words for people.
    pub set: Vec<&'static str>,
    /// The ARN of its stream. A stack that takes an existing ledger over is told it beside the table's name.
    pub stream: Option<String>,
}

/// Makes the table if it does not exist, waits until it can be used, and turns on what it lacks: a table that was restored
/// from a backup has neither stream nor time to live, no protection and no backups of its own (docs/elasticache.md 8, S).
/// Harmless on a table in use.
///
/// # Errors
/// [`Class::Refused`] also when a table of this name has other keys than the ledger's.
pub async fn ensure(clients: &Clients, table: &str) -> Result<Ensured, AwsError> {
    let created = match status(clients, table).await? {
        Some(_) => false,
        None => create(clients, table).await?,
    };
    until_active(clients, table).await?;
    let made = [
        ("new events go to a stream", announce(clients, table).await?),
        ("protected against deletion", protect(clients, table).await?),
        ("old events expire", expire(clients, table).await?),
        ("point-in-time recovery", recover(clients, table).await?),
    ];
    let set = made.into_iter().filter(|(_, made)| *made).map(|(setting, _)| setting).collect();
    let stream = describe(clients, table).await?.and_then(|table| table.latest_stream_arn);
    Ok(Ensured { created, set, stream })
}

/// The site that the table is in, by its ARN; `None` if there is no such table.
///
/// # Errors
/// [`Class::Refused`] where AWS answers with an ARN that names no account and region.
pub async fn site(clients: &Clients, table: &str) -> Result<Option<Site>, AwsError> {
    let Some(table) = describe(clients, table).await? else { return Ok(None) };
    let arn = table.table_arn().unwrap_or_default();
    Site::of_arn(arn).map(Some).map_err(|error| AwsError::refused(DESCRIBE, error.to_string()))
}

async fn describe(clients: &Clients, table: &str) -> Result<Option<TableDescription>, AwsError> {
    match clients.dynamodb.describe_table().table_name(table).send().await.or_aws(DESCRIBE) {
        Ok(answer) => answer.table.map(Some).ok_or_else(|| {
            AwsError::refused(
                DESCRIBE,
                "the answer describes no table: whatever answers there is not DynamoDB, so check AWS_ENDPOINT_URL",
            )
        }),
        Err(error) if error.class() == Class::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The table's status; `None` if there is no such table.
async fn status(clients: &Clients, table: &str) -> Result<Option<TableStatus>, AwsError> {
    let Some(table) = describe(clients, table).await? else { return Ok(None) };
    let keys: Vec<_> = table.key_schema().iter().map(KeySchemaElement::attribute_name).collect();
    let indexed = table.global_secondary_indexes().iter().any(|index| index.index_name() == Some(WORK))
        && table.local_secondary_indexes().iter().any(|index| index.index_name() == Some(RETAINED));
    if keys != [PK, SK] || !indexed {
        return Err(AwsError::refused(
            DESCRIBE,
            "a table of this name exists and is not a ledger: set CACHEKEEP_TABLE to another name",
        ));
    }
    Ok(table.table_status)
}

/// Whether it was made by this call, and not by somebody else at the same moment.
async fn create(clients: &Clients, table: &str) -> Result<bool, AwsError> {
    const OPERATION: &str = "CreateTable";
    let malformed = |error: BuildError| AwsError::refused(OPERATION, error.to_string());
    let mut request = clients
        .dynamodb
        .create_table()
        .table_name(table)
        .billing_mode(BillingMode::PayPerRequest)
        .deletion_protection_enabled(true);
    for attribute in [PK, SK, WORK, DUE, RETAINED] {
        request = request.attribute_definitions(text(attribute).map_err(malformed)?);
    }
    for key in key_schema(PK, SK).map_err(malformed)? {
        request = request.key_schema(key);
    }
    let request = request
        .global_secondary_indexes(work_index().map_err(malformed)?)
        .local_secondary_indexes(retained_index().map_err(malformed)?)
        .stream_specification(stream().map_err(malformed)?);
    match request.send().await.or_aws(OPERATION) {
        Ok(_) => Ok(true),
        Err(error) if error.code() == Some("ResourceInUseException") => Ok(false),
        Err(error) => Err(error),
    }
}

fn text(name: &str) -> Result<AttributeDefinition, BuildError> {
    AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build()
}

fn key_schema(hash: &str, range: &str) -> Result<Vec<KeySchemaElement>, BuildError> {
    let key = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
    Ok(vec![key(hash, KeyType::Hash)?, key(range, KeyType::Range)?])
}

/// Everything is projected: a job acts on what its queue gives it, without a second read.
fn work_index() -> Result<GlobalSecondaryIndex, BuildError> {
    GlobalSecondaryIndex::builder()
        .index_name(WORK)
        .set_key_schema(Some(key_schema(WORK, DUE)?))
        .projection(Projection::builder().projection_type(ProjectionType::All).build())
        .build()
}

/// Everything is projected: retention decides on whole backups.
fn retained_index() -> Result<LocalSecondaryIndex, BuildError> {
    LocalSecondaryIndex::builder()
        .index_name(RETAINED)
        .set_key_schema(Some(key_schema(PK, RETAINED)?))
        .projection(Projection::builder().projection_type(ProjectionType::All).build())
        .build()
}

/// New images only: the stream is for announcing events, which are written once and never changed.
fn stream() -> Result<StreamSpecification, BuildError> {
    StreamSpecification::builder().stream_enabled(true).stream_view_type(StreamViewType::NewImage).build()
}

async fn until_active(clients: &Clients, table: &str) -> Result<(), AwsError> {
    for _ in 0..LOOKS_LIMIT {
        if status(clients, table).await? == Some(TableStatus::Active) {
            return Ok(());
        }
        sleep(LOOK_AGAIN).await;
    }
    Err(AwsError::stated(
        "DescribeTable",
        Class::WrongState,
        Cause::Busy { status: None },
        "the table is not ready yet: run `cachekeep init` again",
    ))
}

/// Turns the table's stream on.
///
/// # Errors
/// [`Class::Refused`] where somebody made a stream that does not hold what is announced.
async fn announce(clients: &Clients, table: &str) -> Result<bool, AwsError> {
    let malformed = |error: BuildError| AwsError::refused(UPDATE, error.to_string());
    let current = describe(clients, table).await?.and_then(|table| table.stream_specification);
    if let Some(current) = current.filter(StreamSpecification::stream_enabled) {
        return match current.stream_view_type {
            Some(StreamViewType::NewImage | StreamViewType::NewAndOldImages) => Ok(false),
            other => Err(AwsError::refused(
                DESCRIBE,
                format!(
                    "the table's stream holds {} and not new images: turn it off, and run `cachekeep init` again",
                    other.as_ref().map_or("nothing", StreamViewType::as_str)
                ),
            )),
        };
    }
    let request = clients.dynamodb.update_table().table_name(table);
    request.stream_specification(stream().map_err(malformed)?).send().await.or_aws(UPDATE)?;
    until_active(clients, table).await?;
    Ok(true)
}

async fn protect(clients: &Clients, table: &str) -> Result<bool, AwsError> {
    let current = describe(clients, table).await?.and_then(|table| table.deletion_protection_enabled);
    if current == Some(true) {
        return Ok(false);
    }
    let request = clients.dynamodb.update_table().table_name(table).deletion_protection_enabled(true);
    request.send().await.or_aws(UPDATE)?;
    until_active(clients, table).await?;
    Ok(true)
}

async fn expire(clients: &Clients, table: &str) -> Result<bool, AwsError> {
    const OPERATION: &str = "UpdateTimeToLive";
    let request = clients.dynamodb.describe_time_to_live().table_name(table);
    let current = request.send().await.or_aws("DescribeTimeToLive")?.time_to_live_description;
    let current = current.and_then(|ttl| ttl.time_to_live_status);
    if matches!(current, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)) {
        return Ok(false);
    }
    let wanted = TimeToLiveSpecification::builder().enabled(true).attribute_name(TTL).build();
    let wanted = wanted.map_err(|error| AwsError::refused(OPERATION, error.to_string()))?;
    let request = clients.dynamodb.update_time_to_live().table_name(table).time_to_live_specification(wanted);
    request.send().await.or_aws(OPERATION)?;
    Ok(true)
}

async fn recover(clients: &Clients, table: &str) -> Result<bool, AwsError> {
    const OPERATION: &str = "UpdateContinuousBackups";
    let request = clients.dynamodb.describe_continuous_backups().table_name(table);
    let current = request.send().await.or_aws("DescribeContinuousBackups")?.continuous_backups_description;
    let current = current.and_then(|backups| backups.point_in_time_recovery_description);
    if current.and_then(|backups| backups.point_in_time_recovery_status)
        == Some(PointInTimeRecoveryStatus::Enabled)
    {
        return Ok(false);
    }
    let wanted = PointInTimeRecoverySpecification::builder().point_in_time_recovery_enabled(true).build();
    let wanted = wanted.map_err(|error| AwsError::refused(OPERATION, error.to_string()))?;
    let request = clients.dynamodb.update_continuous_backups().table_name(table);
    request.point_in_time_recovery_specification(wanted).send().await.or_aws(OPERATION)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canned::{Reply, clients};

    #[tokio::test]
    async fn a_table_that_is_no_ledger_is_left_alone() {
        let other = r#"{"Table":{"TableName":"orders","TableStatus":"ACTIVE",
            "KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]}}"#;
        let (clients, log) = clients(move |_| Reply::ok(other));
        let error = ensure(&clients, "orders").await.unwrap_err();
        assert!(error.to_string().contains("is not a ledger"), "{error}");
        assert_eq!(log.operations(), ["DescribeTable"]);
    }
}
