//! What a pass works with: where AWS is, which names the stack has, and the one `now` of the pass.

use cachekeep_aws::bucket::Bucket;
use cachekeep_aws::ledger::{Control, Ledger, LedgerError};
use cachekeep_aws::pacer::{Pace, Pacer};
use cachekeep_aws::{Clients, ClockError};
use cachekeep_core::ids::Instant;
use cachekeep_core::job::Job;
use cachekeep_core::pace::CallLimit;
use cachekeep_core::plan::{DefaultError, Document, Prefix};
use cachekeep_core::stack::{Registration, Replicas, Stack};
use chrono::NaiveDate;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::PassError;

/// The stack that a pass works for.
#[derive(Debug, Clone)]
pub struct Context {
    /// The AWS clients.
    pub clients: Clients,
    /// The ledger.
    pub ledger: Ledger,
    /// Whose passes these are, and where.
    pub stack: Stack,
    /// Whether a new ledger may be registered as this stack's: the identity was told, and not made up for want of one. Else a
    /// command that is quicker than the functions would take their ledger from them.
    pub may_register: bool,
    /// The bucket that new exports go to. Older ones stay where their backups say.
    pub bucket: Bucket,
    /// What every key in it begins with, whatever the plans say. The functions may delete nothing else.
    pub prefix: Prefix,
    /// The SNS topic for messages, where there is one.
    pub topic: Option<String>,
    /// The EventBridge bus for events, where there is one.
    pub bus: Option<String>,
    /// How many calls of ElastiCache the stack may make; `None` for as many as AWS takes.
    pub calls: Option<CallLimit>,
    /// Where the stack's roles let copies be written; `None` where a person runs the passes.
    pub replicas: Option<Replicas>,
    /// The plan to follow while none is applied: the stack's parameters make it.
    pub default_plan: Option<Result<Document, DefaultError>>,
    /// What this process keeps between its passes.
    pub memory: Memory,
}

/// What a process keeps between its passes, so that an idle pass does less. Losing it costs a call, never a decision: a
/// warm Lambda makes thousands of passes between two edits of the plans, and reading YAML costs more than all else in one.
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Mutex<Remembered>>);

#[derive(Debug, Default)]
struct Remembered {
    plans: Option<Arc<Document>>,
    has_looked: bool,
    digest_sent: Option<NaiveDate>,
    is_admitted: bool,
    claimed: BTreeSet<(String, String)>,
    parameters_are_told: bool,
}

impl Memory {
    /// The document of this text in a stack with this prefix, read again only where the text is another one.
    fn plans(&self, text: &str, prefix: &Prefix) -> Result<Arc<Document>, PassError> {
        let mut remembered = self.open();
        if let Some(document) = remembered.plans.as_ref().filter(|document| document.source == text) {
            return Ok(Arc::clone(document));
        }
        let document = Document::parse("the applied plans", text).map_err(PassError::Plans)?;
        let document = Arc::new(document.under(prefix));
        remembered.plans = Some(Arc::clone(&document));
        Ok(document)
    }

    /// Whether this process has looked at the plans' slots before. Before that, the ledger need not know when they are due:
    /// the stack's default plan comes with the process, and nobody applies it.
    pub(crate) fn has_looked(&self) -> bool {
        self.open().has_looked
    }

    /// Notes that the ledger knows when the slots are due next.
    pub(crate) fn remember_look(&self) {
        self.open().has_looked = true;
    }

    /// Whether this process saw the digest of `day`, or of a later one, marked as sent.
    pub(crate) fn digest_is_sent(&self, day: NaiveDate) -> bool {
        self.open().digest_sent >= Some(day)
    }

    /// Notes that the ledger has the digest of `day` marked as sent.
    pub(crate) fn remember_digest(&self, day: NaiveDate) {
        self.open().digest_sent = Some(day);
    }

    /// Whether the ledger has told this process that it is its own stack's.
    pub(crate) fn is_admitted(&self) -> bool {
        self.open().is_admitted
    }

    /// Notes that it has.
    pub(crate) fn remember_admission(&self) {
        self.open().is_admitted = true;
    }

    /// Whether this process has seen our mark on this prefix of a bucket.
    pub(crate) fn has_claimed(&self, bucket: &str, prefix: &str) -> bool {
        self.open().claimed.contains(&(bucket.to_owned(), prefix.to_owned()))
    }

    /// Notes that it has.
    pub(crate) fn remember_claim(&self, bucket: &str, prefix: &str) {
        self.open().claimed.insert((bucket.to_owned(), prefix.to_owned()));
    }

    /// Whether this process knows that people were told of the stack's wrong parameters.
    pub(crate) fn parameters_are_told(&self) -> bool {
        self.open().parameters_are_told
    }

    /// Notes that they were.
    pub(crate) fn remember_parameters(&self) {
        self.open().parameters_are_told = true;
    }

    /// Nothing in it can be left half done by a panic.
    fn open(&self) -> MutexGuard<'_, Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a pass acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Decide and act.
    Act,
    /// Decide only, and report the very steps that [`Mode::Act`] would take.
    DryRun,
}

/// One pass.
#[derive(Debug, Clone, Copy)]
pub struct Pass {
    /// The instant that everything in the pass is decided at.
    pub now: Instant,
    /// The moment at which `now` was the present, on the clock that measures durations.
    pub started: tokio::time::Instant,
    /// When to stop starting new calls, so that a Lambda ends before its time-out.
    pub deadline: tokio::time::Instant,
    /// Whether to act.
    pub mode: Mode,
}

impl Context {
    /// The pacer of a job's pass, at the pace that earlier passes learned and below the job's share of what the stack may ask
    /// for.
    #[must_use]
    pub fn pacer(&self, pass: &Pass, learned: Pace, job: Job) -> Pacer {
        let pacer = Pacer::new(learned, pass.deadline).with(self.clients.patience());
        match self.calls {
            Some(limit) => pacer.at_most(limit.of(job)),
            None => pacer,
        }
    }

    /// The same for somebody who looks: by themselves, they get what all jobs have together.
    #[must_use]
    pub fn pacer_to_look(&self, pass: &Pass, learned: Pace) -> Pacer {
        let pacer = Pacer::new(learned, pass.deadline).with(self.clients.patience());
        match self.calls {
            Some(limit) => pacer.at_most(limit.whole()),
            None => pacer,
        }
    }

    /// The plans in force: the applied ones, else the stack's default, else none. All of them export under the stack's
    /// prefix.
    ///
    /// # Errors
    /// [`PassError::Plans`] where the applied text cannot be read, which only a newer version could have written;
    /// [`PassError::DefaultPlan`] where none is applied and the stack's parameters make none.
    pub fn plans(&self, control: &Control) -> Result<Option<Arc<Document>>, PassError> {
        if let Some(stored) = &control.plans {
            return self.memory.plans(&stored.text, &self.prefix).map(Some);
        }
        let plans = self.default_plan.clone().transpose().map_err(PassError::DefaultPlan)?;
        Ok(plans.map(|plans| Arc::new(plans.under(&self.prefix))))
    }

    /// What the ledger is to know of this stack.
    #[must_use]
    pub fn registration(&self) -> Registration {
        Registration {
            stack: self.stack.clone(),
            bucket: self.bucket.name().to_owned(),
            prefix: self.prefix.clone(),
            topic: self.topic.clone(),
            bus: self.bus.clone(),
            replicas: self.replicas.clone(),
        }
    }

    /// The first reading of the ledger in a pass, by whose answer a pass that acts holds its clock against AWS's. A dry run may
    /// ask what would be done at any instant.
    pub(crate) async fn begin<T>(
        &self,
        pass: &Pass,
        reading: impl Future<Output = Result<T, LedgerError>>,
    ) -> Result<T, PassError> {
        self.clients.decide_at(pass.now, pass.started);
        let read = reading.await;
        if pass.mode == Mode::DryRun {
            return Ok(read?);
        }
        match (self.clients.check_clock(), read) {
            // A wrong clock may well be why AWS refused.
            (Err(error @ ClockError::Apart(_)), _) | (Err(error @ ClockError::Untold), Ok(_)) => {
                Err(error.into())
            }
            (Ok(()) | Err(ClockError::Untold), Err(error)) => Err(error.into()),
            (Ok(()), Ok(read)) => Ok(read),
        }
    }

    /// Keeps the pace that a pass learned, where it is another one than the pass started with.
    pub(crate) async fn learn(&self, pass: &Pass, pacer: &Pacer, before: Pace) -> Result<(), PassError> {
        let learned = pacer.learned();
        if pass.mode == Mode::Act && learned != before {
            self.ledger.learn(learned).await?;
        }
        Ok(())
    }
}
