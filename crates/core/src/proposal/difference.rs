//! Which plans come, go and change, field by field.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::ids::PlanName;
use crate::plan::{Document, Plan};

/// What becomes of one plan. `quota` is no plan, but changes like one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "lowercase")]
pub enum PlanChange {
    /// It comes.
    Added {
        /// The plan.
        plan: PlanName,
    },
    /// It goes. Its backups stay until somebody says otherwise.
    Removed {
        /// The plan.
        plan: PlanName,
    },
    /// It stays, and says something else.
    Changed {
        /// The plan.
        plan: PlanName,
        /// Every field that differs.
        fields: Vec<FieldChange>,
    },
    /// What is left of the quota for people.
    Reserve {
        /// Manual snapshots a node and day, before.
        before: u8,
        /// And after.
        after: u8,
    },
}

/// One field of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// Its path, such as `keep.daily`.
    pub field: String,
    /// What it says now; `None` where the plan does not have it.
    pub before: Option<String>,
    /// What it would say.
    pub after: Option<String>,
}

/// The changes in the order of the new document, what goes last.
pub(super) fn plans(before: Option<&Document>, after: &Document) -> Vec<PlanChange> {
    let reserve = before.map(|before| before.quota.reserve).filter(|reserve| *reserve != after.quota.reserve);
    let reserve = reserve.map(|before| PlanChange::Reserve { before, after: after.quota.reserve });
    let known = |name: &PlanName| before.and_then(|before| before.plan(name));
    let changes = after.plans.iter().filter_map(|plan| match known(&plan.name) {
        None => Some(PlanChange::Added { plan: plan.name.clone() }),
        Some(known) => changed(known, plan),
    });
    let gone = before.iter().flat_map(|before| &before.plans).filter(|plan| after.plan(&plan.name).is_none());
    let gone = gone.map(|plan| PlanChange::Removed { plan: plan.name.clone() });
    reserve.into_iter().chain(changes).chain(gone).collect()
}

fn changed(before: &Plan, after: &Plan) -> Option<PlanChange> {
    let (was, is) = (fields(before), fields(after));
    let names: std::collections::BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let differs = names.into_iter().filter(|name| was.get(*name) != is.get(*name));
    let fields: Vec<FieldChange> = differs
        .map(|name| FieldChange {
            field: name.clone(),
            before: was.get(name).cloned(),
            after: is.get(name).cloned(),
        })
        .collect();
    (!fields.is_empty()).then(|| PlanChange::Changed { plan: after.name.clone(), fields })
}

/// Every field of a plan under its path. They come from how the plan is serialised, so that no field is forgotten.
fn fields(plan: &Plan) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    // Plans are printed as JSON elsewhere: one that cannot be does not exist.
    if let Ok(value) = serde_json::to_value(plan) {
        flatten(String::new(), &value, &mut fields);
    }
    fields
}

fn flatten(path: String, value: &Value, fields: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(object) if !object.is_empty() => {
            for (key, value) in object {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                flatten(path, value, fields);
            }
        }
        Value::Null => {}
        Value::String(text) => _ = fields.insert(path, text.clone()),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            _ = fields.insert(path, value.to_string());
        }
    }
}
