//! Metrics in CloudWatch's embedded metric format: log lines that CloudWatch reads numbers from, with no call to make.
//!
//! By job and by plan, never by cache: each combination of values is a metric that costs money, and three for each of a
//! thousand caches would cost more than everything else together. The cache stands in the log lines.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::time::Duration;

use cachekeep_aws::CallCounts;
use cachekeep_core::backup::ChangeKind;
use cachekeep_core::freshness::Freshness;
use cachekeep_core::ids::PlanName;
use cachekeep_engine::{Action, Figures, Report, Step};
use serde_json::{Value, json};

use crate::answer::Answer;

/// The namespace that alarms and dashboards look in.
const NAMESPACE: &str = "cachekeep";

/// The most metrics that one line may define, which is the format's own limit. A line here has a dozen at most.
const METRICS_MAX: usize = 100;

/// What one invocation measured beside its report.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured<'a> {
    /// The stack that it belongs to, by the name of its bus.
    pub(crate) stack: &'a str,
    /// How long the pass took.
    pub(crate) took: Duration,
    /// The AWS calls that it made.
    pub(crate) calls: &'a CallCounts,
}

/// Writes a pass's metrics to standard output, where Lambda takes them from.
pub(crate) fn print(report: &Report, measured: &Measured<'_>) {
    let text = lines(report, measured).join("\n");
    if let Err(error) = writeln!(io::stdout().lock(), "{text}") {
        tracing::warn!(%error, "metrics not written");
    }
}

/// The metric lines that a pass of this stack writes to its log, for whoever evaluates alarms without a CloudWatch.
#[must_use]
pub fn metric_lines(report: &Report, stack: &str, took: Duration, calls: &CallCounts) -> Vec<String> {
    lines(report, &Measured { stack, took, calls })
}

/// The lines of a pass: one for the stack, one for its job, one for each plan that something is known of, and one that
/// defines no metric for each operation of AWS's that it called.
fn lines(report: &Report, measured: &Measured<'_>) -> Vec<String> {
    let Measured { stack, took, calls } = *measured;
    let at = report.now.timestamp_millis();
    let by_plan = by_plan(report);
    let plans = by_plan.into_iter().map(|(plan, metrics)| Line::of_plan(&plan, metrics));
    let all = [Line::of_stack(&report.figures), Line::of_job(report, took, calls)].into_iter().chain(plans);
    let called = calls.iter().map(|(operation, count)| called(report, operation, *count));
    all.map(|line| line.render(stack, at)).chain(called).collect()
}

/// How often an operation was called. The dashboard adds these up from the log: as metrics, some thirty operations would
/// cost more than all backups of a small fleet.
fn called(report: &Report, operation: &str, count: u64) -> String {
    json!({"Job": report.job.as_str(), "Operation": operation, "Calls": count}).to_string()
}

/// Everything that is known by plan.
fn by_plan(report: &Report) -> BTreeMap<PlanName, Vec<Metric>> {
    let mut by_plan: BTreeMap<PlanName, Vec<Metric>> = BTreeMap::new();
    let mut add = |plan: &PlanName, metric| by_plan.entry(plan.clone()).or_default().push(metric);
    for (plan, counts) in happened(&report.steps) {
        for (name, count) in counts {
            add(&plan, Metric::count(name, count));
        }
    }
    for (plan, fresh) in report.figures.freshness.iter().flatten() {
        add(plan, Metric { name: "Freshness", unit: "Seconds", value: fresh.age.into() });
    }
    for (plan, left) in &report.figures.quota_left {
        add(plan, Metric::count("QuotaLeft", (*left).into()));
    }
    for (plan, bytes) in &report.figures.bytes_exported {
        add(plan, Metric { name: "BytesExported", unit: "Bytes", value: float(*bytes) });
    }
    by_plan
}

/// What happened under each plan: the changes that this pass recorded. Each change is recorded by one pass only, so sums
/// over all passes count each once.
fn happened(steps: &[Step]) -> BTreeMap<PlanName, BTreeMap<&'static str, f64>> {
    let mut by_plan: BTreeMap<PlanName, BTreeMap<&'static str, f64>> = BTreeMap::new();
    for step in steps.iter().filter(|step| step.outcome.is_done()) {
        let Action::Change(kind) = step.action else { continue };
        if let (Some(plan), Some(name)) = (step.subject.plan(), counted_as(kind)) {
            *by_plan.entry(plan.clone()).or_default().entry(name).or_default() += 1.0;
        }
    }
    by_plan
}

/// The metric that counts changes of this kind; `None` for the steps on the way.
const fn counted_as(change: ChangeKind) -> Option<&'static str> {
    match change {
        ChangeKind::SnapshotAvailable => Some("BackupsTaken"),
        ChangeKind::Exported => Some("BackupsExported"),
        ChangeKind::Verified => Some("BackupsGood"),
        ChangeKind::FoundCorrupt => Some("BackupsCorrupt"),
        ChangeKind::Replicated => Some("BackupsReplicated"),
        ChangeKind::Missed => Some("BackupsMissed"),
        ChangeKind::Skipped => Some("BackupsSkipped"),
        ChangeKind::SnapshotLost => Some("BackupsLost"),
        ChangeKind::Expired => Some("BackupsExpired"),
        ChangeKind::SnapshotFailed | ChangeKind::ExportFailed | ChangeKind::ReplicaFailed => {
            Some("AttemptsFailed")
        }
        ChangeKind::Waiting
        | ChangeKind::Asked
        | ChangeKind::SnapshotRequested
        | ChangeKind::SnapshotStarted
        | ChangeKind::SnapshotUnseen
        | ChangeKind::SnapshotSeen
        | ChangeKind::ExportRequested
        | ChangeKind::ExportStarted
        | ChangeKind::PartClaimed
        | ChangeKind::PartsRead
        | ChangeKind::SnapshotReleased
        | ChangeKind::Marked
        | ChangeKind::Spared
        | ChangeKind::Forgotten
        | ChangeKind::SnapshotDeleted
        | ChangeKind::ExportDeleted
        | ChangeKind::ReplicaDeleted
        | ChangeKind::Held
        | ChangeKind::Released => None,
    }
}

/// One number.
struct Metric {
    name: &'static str,
    unit: &'static str,
    value: f64,
}

impl Metric {
    const fn count(name: &'static str, value: f64) -> Self {
        Self { name, unit: "Count", value }
    }
}

/// One line: numbers under the stack, and where it has one, under one dimension more. What stands beside costs nothing
/// but its bytes in the log.
struct Line {
    dimension: Option<(&'static str, String)>,
    metrics: Vec<Metric>,
    beside: Vec<(&'static str, f64)>,
}

impl Line {
    /// What alarms watch whatever plans there are.
    fn of_stack(figures: &Figures) -> Self {
        let oldest = Metric { name: "OldestDue", unit: "Seconds", value: figures.oldest_due.into() };
        let used = figures.freshness.as_ref().map(|plans| plans.values().copied().map(Freshness::used));
        // Percents of what is allowed, and 0 where no plan waits for anything.
        let worst = used.map(|used| Metric {
            name: "FreshnessUsed",
            unit: "Percent",
            value: used.fold(0.0, f64::max),
        });
        Self { dimension: None, metrics: std::iter::once(oldest).chain(worst).collect(), beside: Vec::new() }
    }

    fn of_job(report: &Report, took: Duration, calls: &CallCounts) -> Self {
        let Answer { job, done, elsewhere, failed, put_off, .. } = Answer::of(report);
        Self {
            dimension: Some(("Job", job.to_string())),
            // No alarm watches these, and as metrics of six jobs they would cost more than all the alarms.
            metrics: Vec::new(),
            beside: vec![
                ("PassDuration", took.as_secs_f64() * 1e3),
                ("StepsFailed", number(failed)),
                ("AwsCalls", float(calls.values().sum())),
                ("StepsDone", number(done)),
                ("StepsElsewhere", number(elsewhere)),
                ("StepsPutOff", number(put_off)),
            ],
        }
    }

    fn of_plan(plan: &PlanName, metrics: Vec<Metric>) -> Self {
        Self { dimension: Some(("Plan", plan.to_string())), metrics, beside: Vec::new() }
    }

    fn render(&self, stack: &str, at: i64) -> String {
        let metrics = || self.metrics.iter().take(METRICS_MAX);
        let defined: Vec<Value> =
            metrics().map(|metric| json!({"Name": metric.name, "Unit": metric.unit})).collect();
        let dimensions: Vec<&str> =
            std::iter::once("Stack").chain(self.dimension.as_ref().map(|(name, _)| *name)).collect();
        let mut line = json!({ "Stack": stack });
        if !defined.is_empty() {
            line["_aws"] = json!({
                "Timestamp": at,
                "CloudWatchMetrics": [{"Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": defined}],
            });
        }
        if let Some((name, value)) = &self.dimension {
            line[*name] = json!(value);
        }
        let numbers = metrics().map(|metric| (metric.name, metric.value)).chain(self.beside.iter().copied());
        numbers.for_each(|(name, value)| line[name] = json!(value));
        line.to_string()
    }
}

/// A count as CloudWatch takes it. A pass has far fewer steps than `f64` has whole numbers.
fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

/// The same of what may be large. CloudWatch's numbers are `f64`, which is exact to 9 PB.
#[expect(clippy::cast_precision_loss, reason = "a metric of petabytes may be off by a byte")]
const fn float(count: u64) -> f64 {
    count as f64
}
