//! Event source mappings: a table's stream, in order, in filtered batches, at least once, to one function.

use super::engine::Engine;
use super::feed::{Feed, FeedRecord};
use super::names::Names;
use crate::clock::Clock;
use crate::eventbridge::{Pattern, PatternError, Target};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// Records read from the stream at a time; the filter looks at each.
const READ_LIMIT: usize = 1000;

/// A record older than this is dropped, tried or not: the stream has lost it (docs/elasticache.md 8, S).
const MAX_AGE_HOURS: i64 = 24;

/// The longest wait between two tries of one batch, in seconds.
const MAX_BACKOFF_SECONDS: i64 = 60;

/// What to do with a batch that the function refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    /// Try the same batch again.
    Retry,
    /// Halve it, so that the record to blame stands alone in the end (`BisectBatchOnFunctionError`).
    Bisect,
}

/// What listens to which stream, and how.
#[derive(Clone, Debug)]
pub struct StreamTarget {
    /// The table's name.
    pub table: String,
    /// The largest batch.
    pub batch_size: usize,
    /// Patterns on the record, of which one must match (`FilterCriteria`); none means every record.
    pub filters: Vec<Value>,
    /// Tries after the first one; `None` goes on until the stream loses the record.
    pub maximum_retry_attempts: Option<u32>,
    /// What to do with a batch that the function refuses.
    pub on_error: OnError,
}

impl StreamTarget {
    /// Every record of a table's stream, in batches of 100, tried until the stream loses it: Lambda's defaults.
    #[must_use]
    pub fn every_record(table: &str) -> Self {
        Self {
            table: table.into(),
            batch_size: 100,
            filters: Vec::new(),
            maximum_retry_attempts: None,
            on_error: OnError::Retry,
        }
    }
}

/// A batch that was given up.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamFailure {
    /// The table whose stream it was.
    pub table: String,
    /// When it was given up.
    pub at: DateTime<Utc>,
    /// The records, in Lambda's shape.
    pub records: Vec<Value>,
    /// How often it was tried.
    pub attempts: u32,
    /// What the function said last, or that the records were too old.
    pub error: String,
}

#[derive(Clone, Debug)]
struct Batch {
    records: Vec<FeedRecord>,
    /// Tries that failed, counted against the maximum.
    attempts: u32,
}

pub(super) struct Mapping {
    config: StreamTarget,
    filters: Vec<Pattern>,
    target: Target,
    position: i64,
    /// Batches read and not yet accepted; the first one blocks the rest.
    waiting: VecDeque<Batch>,
    retry_at: Option<DateTime<Utc>>,
    pub(super) failures: Vec<StreamFailure>,
}

impl Mapping {
    pub(super) fn new(config: StreamTarget, target: Target) -> Result<Self, PatternError> {
        let filters = config.filters.iter().map(Pattern::from_value).collect::<Result<_, _>>()?;
        let (position, waiting, failures) = (0, VecDeque::new(), Vec::new());
        Ok(Self { config, filters, target, position, waiting, retry_at: None, failures })
    }

    pub(super) fn retry_at(&self) -> Option<DateTime<Utc>> {
        self.retry_at
    }

    /// Hands over batches until the stream is read to its end or a batch has to wait. Returns how many were handed over.
    pub(super) async fn run(&mut self, engine: &Engine, names: &Names, clock: &Clock) -> usize {
        if self.retry_at.is_some_and(|at| at > clock.now()) {
            return 0;
        }
        self.retry_at = None;
        let mut handed = 0;
        while self.retry_at.is_none() {
            let Some(batch) = self.next_batch(engine, names, clock.now()) else { break };
            let records: Vec<&Value> = batch.records.iter().map(|record| &record.value).collect();
            let outcome = (self.target)(json!({"Records": records})).await;
            self.settle(batch, outcome, clock.now());
            handed += 1;
        }
        handed
    }

    fn next_batch(&mut self, engine: &Engine, names: &Names, now: DateTime<Utc>) -> Option<Batch> {
        loop {
            if self.waiting.is_empty() {
                self.read(engine, names);
            }
            let batch = self.waiting.pop_front()?;
            let oldest = batch.records.first().map_or(i64::MAX, |record| record.created);
            if oldest >= (now - TimeDelta::hours(MAX_AGE_HOURS)).timestamp() {
                return Some(batch);
            }
            self.give_up(batch, now, "the records are older than the stream keeps them".into());
        }
    }

    /// Reads on until a batch is full or the stream is at its end.
    fn read(&mut self, engine: &Engine, names: &Names) {
        let mut records = Vec::new();
        while records.len() < self.config.batch_size {
            let feed = Feed { engine, names, table: &self.config.table };
            let read = feed.after(self.position, READ_LIMIT);
            let (last, at_end) = (read.last().map(|record| record.position), read.len() < READ_LIMIT);
            records.extend(read.into_iter().filter(|record| self.wants(&record.value)));
            self.position = last.unwrap_or(self.position);
            if at_end {
                break;
            }
        }
        let size = self.config.batch_size.max(1);
        self.waiting.extend(records.chunks(size).map(|chunk| Batch { records: chunk.to_vec(), attempts: 0 }));
    }

    fn wants(&self, record: &Value) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|filter| filter.matches(record))
    }

    fn settle(&mut self, batch: Batch, outcome: Result<Value, String>, now: DateTime<Utc>) {
        match outcome {
            Ok(answer) => {
                if let Some(rest) = refused_part(&batch, &answer) {
                    self.again(rest, now, "the function reported batch item failures".into());
                }
            }
            Err(error) => match self.config.on_error {
                OnError::Bisect if batch.records.len() > 1 => self.halve(batch),
                OnError::Bisect | OnError::Retry => self.again(batch, now, error),
            },
        }
    }

    /// Halving does not count as a try.
    fn halve(&mut self, batch: Batch) {
        let Batch { mut records, attempts } = batch;
        let second = records.split_off(records.len() / 2);
        self.waiting.push_front(Batch { records: second, attempts });
        self.waiting.push_front(Batch { records, attempts });
    }

    fn again(&mut self, mut batch: Batch, now: DateTime<Utc>, error: String) {
        batch.attempts += 1;
        if self.config.maximum_retry_attempts.is_some_and(|most| batch.attempts > most) {
            return self.give_up(batch, now, error);
        }
        let seconds = 1_i64
            .checked_shl(batch.attempts - 1)
            .unwrap_or(MAX_BACKOFF_SECONDS)
            .clamp(1, MAX_BACKOFF_SECONDS);
        self.retry_at = Some(now + TimeDelta::seconds(seconds));
        self.waiting.push_front(batch);
    }

    fn give_up(&mut self, batch: Batch, at: DateTime<Utc>, error: String) {
        let Batch { records, attempts } = batch;
        let records = records.into_iter().map(|record| record.value).collect();
        self.failures.push(StreamFailure { table: self.config.table.clone(), at, records, attempts, error });
    }
}

/// From the first record that the answer's `batchItemFailures` names: a stream is checkpointed, so all after it come again.
fn refused_part(batch: &Batch, answer: &Value) -> Option<Batch> {
    let failures = answer.get("batchItemFailures")?.as_array()?;
    let numbers: Vec<&Value> = failures.iter().filter_map(|failure| failure.get("itemIdentifier")).collect();
    let named = |record: &FeedRecord| numbers.contains(&&record.value["dynamodb"]["SequenceNumber"]);
    let first = batch.records.iter().position(named)?;
    Some(Batch { records: batch.records[first..].to_vec(), attempts: batch.attempts })
}
