//! Metrics in CloudWatch's embedded metric format: log lines that CloudWatch reads numbers from, with no call to make.
//!
//! By job and by plan, never by cache: each combination of values is a metric that costs money, and three for each of a
//! thousand caches would cost more than everything else together. The cache stands in the log lines.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::time::Duration;

use cachekeep_core::ids::{BackupId, Instant, PlanName};
use cachekeep_engine::{Outcome, Report, Step};
use serde_json::{Value, json};

use crate::answer::Answer;

/// The namespace that alarms and dashboards look in.
const NAMESPACE: &str = "cachekeep";

/// The most metrics that one line may define, which is the format's own limit. A line here has a dozen at most.
const METRICS_MAX: usize = 100;

/// Writes a pass's metrics to standard output, where Lambda takes them from.
pub(crate) fn print(report: &Report, took: Duration) {
    let text = lines(report, took).join("\n");
    if let Err(error) = writeln!(io::stdout().lock(), "{text}") {
        tracing::warn!(%error, "metrics not written");
    }
}

/// The lines of a pass: one for its job, and one for each plan that something happened under.
fn lines(report: &Report, took: Duration) -> Vec<String> {
    let by_plan = happened(&report.steps);
    let plans = by_plan.iter().map(|(plan, counts)| Line::of_plan(plan, counts));
    let lines = std::iter::once(Line::of_job(report, took)).chain(plans);
    lines.map(|line| line.render(report.now)).collect()
}

/// What happened under each plan: the changes that this pass recorded. Each change is recorded by one pass only, so sums
/// over all passes count each once.
fn happened(steps: &[Step]) -> BTreeMap<PlanName, BTreeMap<&'static str, f64>> {
    let mut by_plan: BTreeMap<PlanName, BTreeMap<&'static str, f64>> = BTreeMap::new();
    for step in steps.iter().filter(|step| step.outcome == Outcome::Done) {
        if let (Ok(backup), Some(name)) = (step.subject.parse::<BackupId>(), counted_as(&step.action)) {
            *by_plan.entry(backup.plan).or_default().entry(name).or_default() += 1.0;
        }
    }
    by_plan
}

/// The metric that counts a change of this name; `None` for the steps on the way.
fn counted_as(change: &str) -> Option<&'static str> {
    match change {
        "snapshot-available" => Some("BackupsTaken"),
        "exported" => Some("BackupsExported"),
        "verified" => Some("BackupsGood"),
        "found-corrupt" => Some("BackupsCorrupt"),
        "replicated" => Some("BackupsReplicated"),
        "missed" => Some("BackupsMissed"),
        "skipped" => Some("BackupsSkipped"),
        "snapshot-lost" => Some("BackupsLost"),
        "expired" => Some("BackupsExpired"),
        "snapshot-failed" | "export-failed" | "replica-failed" => Some("AttemptsFailed"),
        _ => None,
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

/// One line: numbers under one dimension.
struct Line<'a> {
    dimension: &'static str,
    of: &'a str,
    metrics: Vec<Metric>,
}

impl<'a> Line<'a> {
    fn of_job(report: &Report, took: Duration) -> Self {
        let Answer { job, done, elsewhere, failed, .. } = Answer::of(report);
        let duration = Metric { name: "PassDuration", unit: "Milliseconds", value: took.as_secs_f64() * 1e3 };
        let steps = [("StepsDone", done), ("StepsElsewhere", elsewhere), ("StepsFailed", failed)];
        let steps = steps.into_iter().map(|(name, count)| Metric::count(name, number(count)));
        let metrics = std::iter::once(duration).chain(steps).collect();
        Self { dimension: "Job", of: job.as_str(), metrics }
    }

    fn of_plan(plan: &'a PlanName, counts: &BTreeMap<&'static str, f64>) -> Self {
        let metrics = counts.iter().map(|(name, count)| Metric::count(name, *count)).collect();
        Self { dimension: "Plan", of: plan.as_str(), metrics }
    }

    fn render(&self, at: Instant) -> String {
        let metrics = self.metrics.iter().take(METRICS_MAX);
        let defined: Vec<Value> =
            metrics.clone().map(|metric| json!({"Name": metric.name, "Unit": metric.unit})).collect();
        let mut line = json!({
            "_aws": {
                "Timestamp": at.timestamp_millis(),
                "CloudWatchMetrics": [{
                    "Namespace": NAMESPACE,
                    "Dimensions": [[self.dimension]],
                    "Metrics": defined,
                }],
            },
            self.dimension: self.of,
        });
        for metric in metrics {
            line[metric.name] = json!(metric.value);
        }
        line.to_string()
    }
}

/// A count as CloudWatch takes it. A pass has far fewer steps than `f64` has whole numbers.
fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}
