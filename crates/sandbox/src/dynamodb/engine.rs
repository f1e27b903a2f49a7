//! dynoxide, called action by action.
//!
//! The actions are called on the storage itself rather than through `dynoxide::Database`, because the storage lets an index
//! be added: without one, each write to a table with a stream reads the whole stream to number its record.

use super::refusal::{Refused, parse};
use crate::clock::Clock;
use chrono::{DateTime, Utc};
use dynoxide::actions;
use dynoxide::actions::transact_write_items::TransactWriteItemsRequest;
use dynoxide::actions::vector_lifecycle::VectorIndexLifecycle;
use dynoxide::storage::{Storage, StreamRecord};
use dynoxide::{DynoxideError, streams, ttl};
use futures_util::FutureExt;
use serde::Serialize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Numbers a new stream record and finds the records after a number without reading the stream.
const STREAM_INDEX: &str = "CREATE INDEX IF NOT EXISTS sandbox_stream_order \
     ON _stream_records (table_name, CAST(sequence_number AS INTEGER)); \
     CREATE INDEX IF NOT EXISTS sandbox_stream_age ON _stream_records (created_at)";

/// `SQLite`'s name for a database of its own that is gone when it is closed. It lies in memory, but for what goes beyond the
/// cache: a year of ten caches writes half a gigabyte of records.
const TEMPORARY: &str = "";

/// Nothing of it outlives the process, so nothing need be safe on the disk. The cache is as large as a month of ten caches
/// needs.
const IN_PASSING: &str =
    "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_size = -48000;";

/// The sandbox's clock as the engine asks for it.
struct EngineClock(Clock);

impl dynoxide::storage_backend::Clock for EngineClock {
    fn now_unix_secs(&self) -> u64 {
        u64::try_from(self.0.now().timestamp()).unwrap_or(0)
    }

    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 need 41 of the 52 bits")]
    fn now_unix_secs_f64(&self) -> f64 {
        self.0.now().timestamp_millis() as f64 / 1000.0
    }
}

pub(super) struct Engine {
    storage: Mutex<Storage>,
    lifecycle: VectorIndexLifecycle,
}

/// Whether an operation may add to a stream.
pub(super) fn is_write(operation: &str) -> bool {
    matches!(
        operation,
        "PutItem"
            | "UpdateItem"
            | "DeleteItem"
            | "BatchWriteItem"
            | "ExecuteStatement"
            | "ExecuteTransaction"
            | "BatchExecuteStatement"
    )
}

macro_rules! dispatch {
    ($storage:ident, $operation:ident, $body:ident, { $($name:literal => $module:ident $(($lifecycle:expr))?,)* }) => {
        match $operation {
            $($name => reply(ready(actions::$module::execute(&*$storage, parse($operation, $body)? $(, $lifecycle)?))?),)*
            _ => Err(Refused::unknown_operation()),
        }
    };
}

impl Engine {
    pub(super) fn open(clock: Clock) -> Result<Self, DynoxideError> {
        let storage = Storage::new(TEMPORARY)?.with_clock(Arc::new(EngineClock(clock)));
        storage.conn().execute_batch(IN_PASSING)?;
        storage.conn().execute_batch(STREAM_INDEX)?;
        Ok(Self { storage: Mutex::new(storage), lifecycle: VectorIndexLifecycle::new() })
    }

    fn storage(&self) -> MutexGuard<'_, Storage> {
        self.storage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Performs one operation: JSON in, JSON out.
    pub(super) fn call(&self, operation: &str, body: &[u8]) -> Result<Vec<u8>, Refused> {
        let storage = self.storage();
        dispatch!(storage, operation, body, {
            "CreateTable" => create_table,
            "DescribeTable" => describe_table(&self.lifecycle),
            "UpdateTable" => update_table(&self.lifecycle),
            "DeleteTable" => delete_table(&self.lifecycle),
            "ListTables" => list_tables,
            "PutItem" => put_item,
            "GetItem" => get_item,
            "UpdateItem" => update_item,
            "DeleteItem" => delete_item,
            "Query" => query,
            "Scan" => scan,
            "BatchGetItem" => batch_get_item,
            "BatchWriteItem" => batch_write_item,
            "TransactGetItems" => transact_get_items,
            "UpdateTimeToLive" => update_time_to_live,
            "DescribeTimeToLive" => describe_time_to_live,
            "TagResource" => tag_resource,
            "UntagResource" => untag_resource,
            "ListTagsOfResource" => list_tags_of_resource,
            "ListStreams" => list_streams,
            "DescribeStream" => describe_stream,
            "GetShardIterator" => get_shard_iterator,
            "GetRecords" => get_records,
            "ExecuteStatement" => execute_statement,
            "ExecuteTransaction" => execute_transaction,
            "BatchExecuteStatement" => batch_execute_statement,
        })
    }

    /// A transaction; whether its token was seen before is for the caller to know.
    pub(super) fn transact(&self, request: TransactWriteItemsRequest) -> Result<Vec<u8>, Refused> {
        reply(ready(actions::transact_write_items::execute(&*self.storage(), request))?)
    }

    /// Removes expired items.
    pub(super) fn sweep(&self) -> Result<usize, DynoxideError> {
        ready(ttl::sweep_expired_items(&*self.storage()))
    }

    /// The oldest records of a table's stream after a number, at most `limit`.
    pub(super) fn records(
        &self,
        table: &str,
        after: i64,
        limit: usize,
    ) -> Result<Vec<StreamRecord>, DynoxideError> {
        self.storage().get_stream_records(table, &streams::shard_id(table), after, limit)
    }

    /// Forgets stream records from before `before`.
    pub(super) fn trim(&self, before: DateTime<Utc>) {
        let old = format!("DELETE FROM _stream_records WHERE created_at < {}", before.timestamp());
        // Keeping a record longer than AWS would is harmless, so a failure here waits for the next time.
        let _ = self.storage().conn().execute_batch(&old);
    }

    /// The view type and label of a table's stream, while it has one; an error when there is no such table.
    pub(super) fn table(&self, table: &str) -> Result<dynoxide::TableMetadata, DynoxideError> {
        let found = self.storage().get_table_metadata(table)?;
        found.ok_or_else(|| DynoxideError::ResourceNotFoundException(format!("Table not found: {table}")))
    }
}

/// The native storage answers at once, so its futures are ready when they are first asked.
fn ready<T>(future: impl Future<Output = Result<T, DynoxideError>>) -> Result<T, DynoxideError> {
    future
        .now_or_never()
        .unwrap_or_else(|| Err(DynoxideError::InternalServerError("the engine did not finish".into())))
}

fn reply<T: Serialize>(response: T) -> Result<Vec<u8>, Refused> {
    serde_json::to_vec(&response)
        .map_err(|error| DynoxideError::InternalServerError(error.to_string()).into())
}
