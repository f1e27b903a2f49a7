//! As much of CloudWatch as the template's alarms use.

use std::collections::{BTreeMap, BTreeSet};

use cachekeep_lab::template::Template;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

/// A metric: namespace, name, and its dimensions as `Name=value`.
type Metric = (String, String, BTreeSet<String>);

/// How many periods CloudWatch looks back beyond those that an alarm evaluates, for data points instead of missing ones. It
/// says that it does, and not how far.
const LOOKS_BACK: i32 = 3;

/// Every data point that was sent.
#[derive(Default)]
pub(super) struct Metrics {
    points: BTreeMap<Metric, Vec<(DateTime<Utc>, f64)>>,
}

impl Metrics {
    fn add(
        &mut self,
        namespace: &str,
        name: &str,
        dimensions: &[(&str, &str)],
        at: DateTime<Utc>,
        value: f64,
    ) {
        let dimensions = dimensions.iter().map(|(name, value)| format!("{name}={value}")).collect();
        self.points.entry((namespace.to_owned(), name.to_owned(), dimensions)).or_default().push((at, value));
    }

    /// What Lambda counts of an invocation.
    pub(super) fn invoked(&mut self, function: &str, at: DateTime<Utc>, failed: bool) {
        let of_function = [("FunctionName", function)];
        self.add("AWS/Lambda", "Invocations", &of_function, at, 1.0);
        self.add("AWS/Lambda", "Errors", &of_function, at, f64::from(u8::from(failed)));
    }

    /// What SQS counts of the queue of what Lambda gave up, so far.
    pub(super) fn given_up(&mut self, at: impl Iterator<Item = DateTime<Utc>>) {
        let queue = BTreeSet::from(["QueueName=FailedInvocations.QueueName".to_owned()]);
        let metric = ("AWS/SQS".to_owned(), "NumberOfMessagesSent".to_owned(), queue);
        self.points.insert(metric, at.map(|at| (at, 1.0)).collect());
    }

    /// A line in the embedded metric format. Other lines define no metric.
    pub(super) fn logged(&mut self, line: &Value) {
        let Some(at) = line["_aws"]["Timestamp"].as_i64().and_then(DateTime::from_timestamp_millis) else {
            return;
        };
        for defined in line["_aws"]["CloudWatchMetrics"].as_array().into_iter().flatten() {
            let namespace = defined["Namespace"].as_str().unwrap();
            for dimensions in defined["Dimensions"].as_array().unwrap() {
                let names = dimensions.as_array().unwrap().iter().map(|name| name.as_str().unwrap());
                let dimensions: Vec<(&str, &str)> =
                    names.map(|name| (name, line[name].as_str().unwrap())).collect();
                for metric in defined["Metrics"].as_array().unwrap() {
                    let name = metric["Name"].as_str().unwrap();
                    self.add(namespace, name, &dimensions, at, line[name].as_f64().unwrap());
                }
            }
        }
    }

    /// The alarms of a template that are in the state ALARM.
    pub(super) fn red(&self, template: &Template, now: DateTime<Utc>) -> BTreeSet<String> {
        let alarms = template.of_type("AWS::CloudWatch::Alarm");
        let mut red: BTreeSet<String> =
            alarms.filter(|(_, alarm)| self.is_red(alarm, now)).map(|(name, _)| name.to_owned()).collect();
        let composite: Vec<String> = template
            .of_type("AWS::CloudWatch::CompositeAlarm")
            .filter(|(_, alarm)| holds(alarm["AlarmRule"].as_str().unwrap(), &red))
            .map(|(name, _)| name.to_owned())
            .collect();
        red.extend(composite);
        red
    }

    fn is_red(&self, alarm: &Value, now: DateTime<Utc>) -> bool {
        let source = Source::of(alarm);
        let periods = i32::try_from(alarm["EvaluationPeriods"].as_i64().unwrap()).unwrap();
        let value = |back: i32| {
            let until = now - source.period * back;
            self.value(&source, until).or(source.fill)
        };
        let evaluated: Vec<Option<f64>> = (0..periods).map(value).collect();
        let older = (periods..periods + LOOKS_BACK).filter_map(value);
        // Missing data points are passed over as long as older ones are found.
        let found: Vec<f64> = evaluated.iter().copied().flatten().chain(older).collect();
        let missing_breaches = alarm["TreatMissingData"] == "breaching";
        let wanted = usize::try_from(periods).unwrap();
        let breaching = if found.len() >= wanted {
            found.iter().take(wanted).filter(|value| breaches(alarm, **value)).count()
        } else {
            let breaches =
                |value: &Option<f64>| value.map_or(missing_breaches, |value| breaches(alarm, value));
            evaluated.iter().filter(|value| breaches(value)).count()
        };
        let needed = alarm["DatapointsToAlarm"].as_i64().unwrap_or_else(|| i64::from(periods));
        i64::try_from(breaching).unwrap() >= needed
    }

    /// The statistic of the period that ends at `until`; `None` without data.
    fn value(&self, source: &Source, until: DateTime<Utc>) -> Option<f64> {
        let points = self.points.get(&source.metric)?.iter();
        let within =
            points.filter(|(at, _)| *at <= until && *at > until - source.period).map(|(_, value)| *value);
        let values: Vec<f64> = within.collect();
        if values.is_empty() {
            return None;
        }
        Some(match source.statistic.as_str() {
            "Sum" => values.iter().sum(),
            "Maximum" => values.into_iter().fold(f64::MIN, f64::max),
            other => panic!("{other} is no statistic that this test knows"),
        })
    }
}

/// What an alarm watches.
struct Source {
    metric: Metric,
    statistic: String,
    period: TimeDelta,
    /// What stands for a missing data point: `FILL(m, value)`.
    fill: Option<f64>,
}

impl Source {
    fn of(alarm: &Value) -> Self {
        let Some(queries) = alarm["Metrics"].as_array() else {
            return Self::read(alarm, &alarm["Statistic"], &alarm["Period"], None);
        };
        let returned = queries.iter().find(|query| query["ReturnData"] != false).unwrap();
        let expression = returned["Expression"].as_str().unwrap();
        let filled = expression.strip_prefix("FILL(").and_then(|rest| rest.strip_suffix(')'));
        let (id, fill) = filled.and_then(|inner| inner.split_once(", ")).unwrap();
        let query = queries.iter().find(|query| query["Id"] == id).unwrap();
        let stat = &query["MetricStat"];
        Self::read(&stat["Metric"], &stat["Stat"], &stat["Period"], Some(fill.parse().unwrap()))
    }

    fn read(metric: &Value, statistic: &Value, period: &Value, fill: Option<f64>) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let dimensions = metric["Dimensions"].as_array().unwrap().iter();
        let dimensions =
            dimensions.map(|dimension| format!("{}={}", text(&dimension["Name"]), text(&dimension["Value"])));
        Self {
            metric: (text(&metric["Namespace"]), text(&metric["MetricName"]), dimensions.collect()),
            statistic: text(statistic),
            period: TimeDelta::seconds(period.as_i64().unwrap()),
            fill,
        }
    }
}

fn breaches(alarm: &Value, value: f64) -> bool {
    let threshold = alarm["Threshold"].as_f64().unwrap();
    match alarm["ComparisonOperator"].as_str().unwrap() {
        "GreaterThanThreshold" => value > threshold,
        "GreaterThanOrEqualToThreshold" => value >= threshold,
        "LessThanThreshold" => value < threshold,
        other => panic!("{other} is no comparison that this test knows"),
    }
}

/// Whether a rule of the form `ALARM("a") OR ALARM("b")` holds.
fn holds(rule: &str, red: &BTreeSet<String>) -> bool {
    rule.split(" OR ").any(|part| {
        let name = part.strip_prefix("ALARM(\"").and_then(|rest| rest.strip_suffix("\")"));
        red.contains(name.unwrap_or_else(|| panic!("{part} is no rule that this test knows")))
    })
}
