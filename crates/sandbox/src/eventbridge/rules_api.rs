//! The operations on rules and their targets.

use super::api::{ApiError, bus_name, no_bus, parse, required};
use super::pattern::Pattern;
use super::rule::{DEFAULT_BUS, Rule, RuleState, Timer};
use super::schedule::Schedule;
use super::state::State;
use super::target::RuleTarget;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

/// Targets of one rule (docs/elasticache.md 8, L).
const MAX_TARGETS: usize = 5;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutRule {
    name: String,
    #[serde(default)]
    event_bus_name: Option<String>,
    #[serde(default)]
    event_pattern: Option<String>,
    #[serde(default)]
    schedule_expression: Option<String>,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    role_arn: Option<String>,
}

pub(super) fn put_rule(state: &mut State, request: PutRule, now: DateTime<Utc>) -> Result<Value, ApiError> {
    let bus = bus_name(&json!({"EventBusName": request.event_bus_name.as_deref().unwrap_or(DEFAULT_BUS)}));
    let mut rule = read_rule(&request, &bus, now)?;
    rule.arn = rule_arn(state, &bus, &request.name);
    let rules = &mut state.buses.get_mut(&bus).ok_or_else(|| no_bus(&bus))?.rules;
    if let Some(old) = rules.remove(&request.name) {
        rule.targets = old.targets;
        rule.schedule = keep_timer(old.schedule, rule.schedule);
    }
    let arn = rule.arn.clone();
    rules.insert(request.name, rule);
    Ok(json!({"RuleArn": arn}))
}

/// Putting the same schedule again does not start its counting anew.
fn keep_timer(old: Option<Timer>, new: Option<Timer>) -> Option<Timer> {
    match (old, new) {
        (Some(old), Some(new)) if old.expression == new.expression => Some(old),
        (_, new) => new,
    }
}

fn rule_arn(state: &State, bus: &str, name: &str) -> String {
    let path = if bus == DEFAULT_BUS { name.to_owned() } else { format!("{bus}/{name}") };
    state.account.arn("events", &format!("rule/{path}"))
}

fn read_rule(request: &PutRule, bus: &str, now: DateTime<Utc>) -> Result<Rule, ApiError> {
    if request.event_pattern.is_none() && request.schedule_expression.is_none() {
        return Err(ApiError::validation(
            "Parameter(s) EventPattern or ScheduleExpression must be specified.",
        ));
    }
    if request.schedule_expression.is_some() && bus != DEFAULT_BUS {
        return Err(ApiError::validation("ScheduleExpression is supported only on the default event bus."));
    }
    Ok(Rule {
        arn: String::new(),
        state: rule_state(request.state.as_deref()),
        description: request.description.clone(),
        role_arn: request.role_arn.clone(),
        pattern: request.event_pattern.as_deref().map(read_pattern).transpose()?,
        schedule: request.schedule_expression.as_deref().map(|text| read_timer(text, now)).transpose()?,
        targets: Vec::new(),
    })
}

fn rule_state(given: Option<&str>) -> RuleState {
    if given == Some("DISABLED") { RuleState::Disabled } else { RuleState::Enabled }
}

fn read_pattern(text: &str) -> Result<(String, Pattern), ApiError> {
    Ok((text.to_owned(), parse_pattern(text)?))
}

fn parse_pattern(text: &str) -> Result<Pattern, ApiError> {
    Pattern::parse(text).map_err(|reason| {
        ApiError::new("InvalidEventPatternException", format!("Event pattern is not valid. Reason: {reason}"))
    })
}

fn read_timer(text: &str, now: DateTime<Utc>) -> Result<Timer, ApiError> {
    let schedule: Schedule = text
        .parse()
        .map_err(|error: super::schedule::ScheduleError| ApiError::validation(error.to_string()))?;
    Ok(Timer::start(text.to_owned(), schedule, now))
}

fn rule_mut<'a>(state: &'a mut State, body: &Value, field: &str) -> Result<&'a mut Rule, ApiError> {
    let (bus, name) = (bus_name(body), required(body, field)?);
    let rules = &mut state.buses.get_mut(&bus).ok_or_else(|| no_bus(&bus))?.rules;
    rules.get_mut(name).ok_or_else(|| no_rule(name, &bus))
}

fn no_rule(name: &str, bus: &str) -> ApiError {
    ApiError::not_found(format!("Rule {name} does not exist on EventBus {bus}."))
}

fn rule_json(name: &str, bus: &str, rule: &Rule) -> Value {
    let mut json = json!({
        "Name": name,
        "Arn": rule.arn,
        "EventBusName": bus,
        "State": match rule.state { RuleState::Enabled => "ENABLED", RuleState::Disabled => "DISABLED" },
    });
    let optional = [
        ("EventPattern", rule.pattern.as_ref().map(|(text, _)| text)),
        ("ScheduleExpression", rule.schedule.as_ref().map(|timer| &timer.expression)),
        ("Description", rule.description.as_ref()),
        ("RoleArn", rule.role_arn.as_ref()),
    ];
    for (field, value) in optional {
        if let Some(value) = value {
            json[field] = json!(value);
        }
    }
    json
}

pub(super) fn describe_rule(state: &mut State, body: &Value) -> Result<Value, ApiError> {
    let (name, bus) = (required(body, "Name")?.to_owned(), bus_name(body));
    rule_mut(state, body, "Name").map(|rule| rule_json(&name, &bus, rule))
}

pub(super) fn list_rules(state: &State, body: &Value) -> Result<Value, ApiError> {
    let bus = bus_name(body);
    let prefix = body.get("NamePrefix").and_then(Value::as_str).unwrap_or_default();
    let rules = &state.buses.get(&bus).ok_or_else(|| no_bus(&bus))?.rules;
    let named = rules.iter().filter(|(name, _)| name.starts_with(prefix));
    let rules: Vec<Value> = named.map(|(name, rule)| rule_json(name, &bus, rule)).collect();
    Ok(json!({"Rules": rules}))
}

/// Deleting what does not exist succeeds; a rule with targets stays.
pub(super) fn delete_rule(state: &mut State, body: &Value) -> Result<Value, ApiError> {
    let (name, bus) = (required(body, "Name")?, bus_name(body));
    let rules = &mut state.buses.get_mut(&bus).ok_or_else(|| no_bus(&bus))?.rules;
    if rules.get(name).is_some_and(|rule| !rule.targets.is_empty()) {
        return Err(ApiError::validation("Rule can't be deleted since it has targets."));
    }
    rules.remove(name);
    Ok(json!({}))
}

pub(super) fn switch(state: &mut State, body: &Value, to: RuleState) -> Result<Value, ApiError> {
    rule_mut(state, body, "Name")?.state = to;
    Ok(json!({}))
}

pub(super) fn put_targets(state: &mut State, body: &Value) -> Result<Value, ApiError> {
    let targets: Vec<RuleTarget> = parse(body.get("Targets").cloned().unwrap_or_default())?;
    let rule = rule_mut(state, body, "Rule")?;
    let mut merged = rule.targets.clone();
    for target in targets {
        merged.retain(|old| old.id != target.id);
        merged.push(target);
    }
    if merged.len() > MAX_TARGETS {
        return Err(ApiError::new(
            "LimitExceededException",
            "The requested resource exceeds the maximum number allowed.",
        ));
    }
    rule.targets = merged;
    Ok(json!({"FailedEntryCount": 0, "FailedEntries": []}))
}

pub(super) fn remove_targets(state: &mut State, body: &Value) -> Result<Value, ApiError> {
    let ids: Vec<String> = parse(body.get("Ids").cloned().unwrap_or_default())?;
    rule_mut(state, body, "Rule")?.targets.retain(|target| !ids.contains(&target.id));
    Ok(json!({"FailedEntryCount": 0, "FailedEntries": []}))
}

pub(super) fn list_targets(state: &mut State, body: &Value) -> Result<Value, ApiError> {
    let rule = rule_mut(state, body, "Rule")?;
    Ok(json!({"Targets": rule.targets}))
}

pub(super) fn test_pattern(body: &Value) -> Result<Value, ApiError> {
    let pattern = parse_pattern(required(body, "EventPattern")?)?;
    let event: Value = serde_json::from_str(required(body, "Event")?)
        .map_err(|_| ApiError::validation("Parameter Event is not valid. Reason: must be JSON"))?;
    Ok(json!({"Result": pattern.matches(&event)}))
}
