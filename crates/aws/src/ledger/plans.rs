//! Puts a plan document in force, beside all that were in force before.

use cachekeep_core::ids::Instant;

use super::control::StoredPlans;
use super::item::{decode, encode};
use super::key::{CURRENT, Key, PLANS, VERSION};
use super::look::NextLook;
use super::query::all;
use super::write::Guard;
use super::{Ledger, LedgerError};

/// What became of a document that was to be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It is in force.
    New {
        /// Its version.
        version: u64,
    },
    /// It was in force already.
    Unchanged,
    /// Another one was put in force since the one that the caller looked at.
    Conflict,
}

impl Ledger {
    /// Every document that was ever in force, oldest first.
    pub async fn plans_history(&self) -> Result<Vec<StoredPlans>, LedgerError> {
        all(self.within(PLANS, VERSION)).await?.into_iter().map(decode).collect()
    }

    /// The document that was put in force as this version.
    pub async fn plans_version(&self, version: u64) -> Result<Option<StoredPlans>, LedgerError> {
        self.one(&Key::plans_version(version)).await
    }

    /// Puts a document in force that has been checked ([`cachekeep_core::plan::Document::parse`]) and so is short enough
    /// for one item. `previous` is the version that the caller looked at, `None` where there was none.
    pub async fn apply_plans(
        &self,
        text: &str,
        previous: Option<u64>,
        now: Instant,
    ) -> Result<Applied, LedgerError> {
        let current: Option<StoredPlans> = self.one(&Key::single(CURRENT)).await?;
        if current.as_ref().is_some_and(|current| current.text == text) {
            return Ok(Applied::Unchanged);
        }
        if current.map(|current| current.version) != previous {
            return Ok(Applied::Conflict);
        }
        let before = previous.unwrap_or(0);
        let version = before + 1;
        let plans = StoredPlans { version, text: text.to_owned(), applied_at: now };
        // The next pass looks at their slots, whatever it would have waited for otherwise.
        let look = NextLook { plans: version, at: Some(now) };
        let writes = [
            self.put(encode(&Key::single(CURRENT), &plans)?, Guard::Count("version", before))?,
            self.put(encode(&Key::plans_version(version), &plans)?, Guard::New)?,
            self.put(look.item()?, Guard::Free)?,
        ];
        let done = self.transact_or_lose(&writes).await?;
        Ok(if done { Applied::New { version } } else { Applied::Conflict })
    }
}
