//! What the environment says: the stack's names and its default plan. The only place of the functions that reads it.

#[cfg(test)]
mod tests;

use cachekeep_aws::bucket::Bucket;
use cachekeep_aws::ledger::Ledger;
use cachekeep_aws::{AwsError, Clients};
use cachekeep_core::ids::BadName;
use cachekeep_core::pace::CallLimit;
use cachekeep_core::plan::{DefaultError, DefaultPlan, Document, Prefix, TextError};
use cachekeep_core::stack::{Replicas, Site, Stack};
use cachekeep_engine::{Context, Memory};

/// The stack that a function belongs to. All six get the same environment.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// `CACHEKEEP_TABLE`: the ledger's table.
    pub table: String,
    /// `CACHEKEEP_BUCKET`: the bucket that exports go to.
    pub bucket: String,
    /// `CACHEKEEP_PREFIX`: what every key of theirs begins with.
    pub prefix: Prefix,
    /// `CACHEKEEP_TOPIC_ARN`: the topic for messages.
    pub topic_arn: String,
    /// `CACHEKEEP_BUS`: the bus for events.
    pub bus: String,
    /// `CACHEKEEP_MAX_CALLS_PER_SECOND`: how many calls of ElastiCache all functions together may make.
    pub calls: CallLimit,
    /// `CACHEKEEP_REPLICA_BUCKET` and `CACHEKEEP_REPLICA_KEY`: where the roles let copies be written.
    pub replicas: Replicas,
    /// `CACHEKEEP_STACK`: whose passes these are, in the site that the stack's own topic is in.
    pub stack: Stack,
    /// The plan to follow while none is applied, of `CACHEKEEP_SCHEDULE`, `CACHEKEEP_TIMEZONE`, `CACHEKEEP_KEEP`,
    /// `CACHEKEEP_TAG_KEY` and `CACHEKEEP_TAG_VALUE`.
    ///
    /// Where the parameters make none, that is said where the plan is needed and not before: it matters to nobody whose
    /// plans are applied.
    pub default_plan: Result<Document, DefaultError>,
}

/// Why a function cannot start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A variable that has no default is not set, or is empty.
    #[error("set the environment variable {name}")]
    Missing {
        /// The variable.
        name: &'static str,
    },
    /// The stack's prefix cannot stand before a key.
    #[error("correct CACHEKEEP_PREFIX")]
    Prefix(#[source] TextError),
    /// The stack's name cannot be one.
    #[error("correct CACHEKEEP_STACK")]
    Identity(#[source] BadName),
    /// The limit on calls is no number that can be one.
    #[error("set CACHEKEEP_MAX_CALLS_PER_SECOND to a number from 1 to 160, and not to `{text}`")]
    Calls {
        /// What it is.
        text: String,
    },
    /// The topic's ARN does not say which account and region the stack is in.
    #[error("correct CACHEKEEP_TOPIC_ARN")]
    Topic(#[source] BadName),
}

impl Config {
    /// Reads the process's environment.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(variable)
    }

    /// Reads an environment. A variable that is empty counts as not set, as a stack leaves parameters that nobody
    /// filled in.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let optional = |name: &str| variable(name).filter(|value| !value.is_empty());
        let required = |name: &'static str| optional(name).ok_or(ConfigError::Missing { name });
        let (table, topic_arn) = (required("CACHEKEEP_TABLE")?, required("CACHEKEEP_TOPIC_ARN")?);
        // Without a name of its own, a stack goes by that of its table, which no other has in a site.
        let identity = optional("CACHEKEEP_STACK").unwrap_or_else(|| table.clone());
        Ok(Self {
            bucket: required("CACHEKEEP_BUCKET")?,
            prefix: optional("CACHEKEEP_PREFIX").unwrap_or_default().parse().map_err(ConfigError::Prefix)?,
            bus: required("CACHEKEEP_BUS")?,
            calls: calls(optional(MAX_CALLS))?,
            replicas: Replicas {
                bucket: optional("CACHEKEEP_REPLICA_BUCKET"),
                key: optional("CACHEKEEP_REPLICA_KEY"),
            },
            stack: Stack {
                identity: identity.parse().map_err(ConfigError::Identity)?,
                site: Site::of_arn(&topic_arn).map_err(ConfigError::Topic)?,
            },
            default_plan: DefaultPlan::of(optional).document(),
            table,
            topic_arn,
        })
    }

    /// What a pass of this stack works with.
    #[must_use]
    pub fn context(self, clients: Clients) -> Context {
        Context {
            ledger: Ledger::new(&clients, &self.table),
            clients,
            stack: self.stack,
            may_register: true,
            bucket: Bucket::here(&self.bucket),
            prefix: self.prefix,
            topic: Some(self.topic_arn),
            bus: Some(self.bus),
            calls: Some(self.calls),
            replicas: Some(self.replicas),
            default_plan: Some(self.default_plan),
            memory: Memory::default(),
        }
    }
}

/// The variable that limits calls of ElastiCache.
const MAX_CALLS: &str = "CACHEKEEP_MAX_CALLS_PER_SECOND";

fn calls(text: Option<String>) -> Result<CallLimit, ConfigError> {
    let Some(text) = text else { return Ok(CallLimit::default()) };
    text.parse().ok().and_then(CallLimit::per_second).ok_or(ConfigError::Calls { text })
}

/// Clients with the function's own role, in its own region.
///
/// # Errors
/// When Lambda's own variables are missing, as they are outside Lambda.
pub(crate) fn clients() -> Result<Clients, AwsError> {
    Clients::of_function(variable)
}

#[expect(clippy::disallowed_methods, reason = "this is where the environment comes in")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
