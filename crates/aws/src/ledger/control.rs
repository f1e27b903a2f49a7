//! What every pass starts from: the plans, how far their slots are handed out, the pace and the digest, in one query.

use std::collections::BTreeMap;

use cachekeep_core::hold::Holds;
use cachekeep_core::ids::{Instant, PlanName};
use cachekeep_core::slot::Slot;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::item::{Item, decode, text};
use super::key::{CHECKPOINT, CURRENT, DIGEST, HOLD, Key, LOOK, PACE, PARAMETERS, PLANS, STACK, VERSION};
use super::look::NextLook;
use super::query::all;
use super::{Ledger, LedgerError};
use crate::pacer::Pace;
use crate::table::{PK, SK};

/// What the digest's counts are called in its item: this and the name of what is counted.
pub(super) const COUNT: &str = "count.";

/// What is not of one cache.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Control {
    /// The plan document in force, if any was ever applied.
    pub plans: Option<StoredPlans>,
    /// When the plans' slots are to be looked at next, as it was last worked out.
    pub next_look: Option<NextLook>,
    /// The pace that the last pass learned.
    pub pace: Pace,
    /// The last slot of each plan that was handed out.
    pub checkpoints: BTreeMap<PlanName, Slot>,
    /// The holds on whole caches and plans.
    pub holds: Holds,
    /// The daily digest.
    pub digest: Digest,
    /// What people were last told of the stack's parameters; empty once they were right again.
    pub parameters_told: Option<String>,
}

/// A plan document as it was applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredPlans {
    /// How many documents there have been, with this one.
    pub version: u64,
    /// The YAML, byte for byte.
    pub text: String,
    /// When it was applied.
    pub applied_at: Instant,
}

/// What the next digest will say, and when there last was one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Digest {
    /// The day of the last one.
    pub sent: Option<NaiveDate>,
    /// How often each thing happened since.
    pub counts: BTreeMap<String, u64>,
}

/// How far a plan's slots are handed out.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    pub(super) plan: PlanName,
    pub(super) slot: Slot,
}

/// What people were told of the stack's parameters.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredParameters {
    pub(super) told: String,
}

/// The learned pace.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredPace {
    pub(super) pace: Pace,
}

/// The digest's item; its counts are attributes of their own, so that they can be added to without being read.
#[derive(Debug, Serialize, Deserialize)]
struct StoredDigest {
    #[serde(default)]
    sent: Option<NaiveDate>,
    #[serde(flatten)]
    rest: BTreeMap<String, Attribute>,
}

/// A count, or an attribute that is none.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Attribute {
    Count(u64),
    Other(String),
}

impl From<StoredDigest> for Digest {
    fn from(stored: StoredDigest) -> Self {
        let counts = stored.rest.into_iter().filter_map(|(name, value)| match value {
            Attribute::Count(count) => Some((name.strip_prefix(COUNT)?.to_owned(), count)),
            Attribute::Other(_) => None,
        });
        Self { sent: stored.sent, counts: counts.collect() }
    }
}

impl Control {
    fn add(&mut self, item: Item) -> Result<(), LedgerError> {
        let key = Key::of(&item);
        match key.sk.as_str() {
            CURRENT => self.plans = Some(decode(item)?),
            LOOK => self.next_look = Some(decode(item)?),
            PACE => self.pace = decode::<StoredPace>(item)?.pace,
            PARAMETERS => self.parameters_told = Some(decode::<StoredParameters>(item)?.told),
            DIGEST => self.digest = decode::<StoredDigest>(item)?.into(),
            // Whoever asks for it asks before anything else of the ledger.
            STACK => {}
            other if other.starts_with(CHECKPOINT) => {
                let Checkpoint { plan, slot } = decode(item)?;
                self.checkpoints.insert(plan, slot);
            }
            other if other.starts_with(HOLD) => self.holds.add(decode(item)?),
            _ => return Err(LedgerError::Stray { key: key.to_string() }),
        }
        Ok(())
    }
}

impl Ledger {
    /// What every pass starts from, in one query.
    pub async fn control(&self) -> Result<Control, LedgerError> {
        let query = self
            .dynamodb
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression(format!("{PK} = :plans AND {SK} < :versions"))
            .expression_attribute_values(":plans", text(PLANS))
            .expression_attribute_values(":versions", text(VERSION));
        let mut control = Control::default();
        for item in all(query).await? {
            control.add(item)?;
        }
        Ok(control)
    }
}
