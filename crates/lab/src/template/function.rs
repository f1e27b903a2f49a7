//! One function of the template: which job it is, and what wakes it.

use std::time::Duration;

use cachekeep_core::job::Job;
use serde_json::Value;

use super::TemplateError;

/// A function as the template deploys it.
#[derive(Debug, Clone)]
pub struct Function {
    /// Its logical name.
    pub name: String,
    /// The job that it does.
    pub job: Job,
    /// How long an invocation may take.
    pub timeout: Duration,
    /// What wakes it, by the names of the template.
    pub rules: Vec<(String, Rule)>,
    /// The streams that wake it.
    pub streams: Vec<Stream>,
    /// All its properties, those of the template's `Globals` among them.
    pub properties: Value,
}

/// A rule of EventBridge.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// It fires by the clock.
    Schedule {
        /// `rate(...)` or `cron(...)`.
        expression: String,
    },
    /// It sends what matches.
    Pattern {
        /// The bus; `None` for the account's default one.
        bus: Option<String>,
        /// What matches.
        pattern: Value,
    },
}

/// A mapping of a table's stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Stream {
    /// How many records one batch has at most.
    pub batch_size: usize,
    /// Which records wake the function; any of them.
    pub filters: Vec<Value>,
    /// How often a batch is repeated.
    pub retries: Option<u32>,
    /// Whether a batch that fails is halved.
    pub bisects: bool,
}

impl Function {
    /// Reads a function's properties.
    pub(super) fn read(name: &str, properties: &Value) -> Result<Self, TemplateError> {
        let lacks = |what| TemplateError::Function { function: name.to_owned(), what };
        let folder = properties["CodeUri"].as_str().and_then(|uri| uri.strip_prefix("functions/"));
        let job = Job::ALL.into_iter().find(|job| Some(job.as_str()) == folder);
        let timeout = properties["Timeout"].as_u64().ok_or_else(|| lacks("Timeout"))?;
        let events: Vec<(&String, &Value)> = properties["Events"].as_object().into_iter().flatten().collect();
        let rules = events.iter().filter_map(|(name, event)| Some(((*name).clone(), rule(event)?)));
        let streams = events.iter().filter_map(|(_, event)| stream(event));
        Ok(Self {
            name: name.to_owned(),
            job: job.ok_or_else(|| lacks("CodeUri"))?,
            timeout: Duration::from_secs(timeout),
            rules: rules.collect(),
            streams: streams.collect(),
            properties: properties.clone(),
        })
    }
}

fn rule(event: &Value) -> Option<Rule> {
    let properties = &event["Properties"];
    match event["Type"].as_str()? {
        "Schedule" => Some(Rule::Schedule { expression: properties["Schedule"].as_str()?.to_owned() }),
        "EventBridgeRule" => Some(Rule::Pattern {
            bus: properties["EventBusName"].as_str().map(str::to_owned),
            pattern: properties["Pattern"].clone(),
        }),
        _ => None,
    }
}

fn stream(event: &Value) -> Option<Stream> {
    let properties = event.get("Properties").filter(|_| event["Type"] == "DynamoDB")?;
    let filters = properties["FilterCriteria"]["Filters"].as_array().into_iter().flatten();
    let filters = filters.filter_map(|filter| serde_json::from_str(filter["Pattern"].as_str()?).ok());
    Some(Stream {
        batch_size: usize::try_from(properties["BatchSize"].as_u64()?).ok()?,
        filters: filters.collect(),
        retries: properties["MaximumRetryAttempts"].as_u64().and_then(|tries| u32::try_from(tries).ok()),
        bisects: properties["BisectBatchOnFunctionError"] == true,
    })
}
