//! The holds on whole caches and plans.

use cachekeep_core::hold::{Held, Holds, StandingHold};

use super::item::{decode, encode};
use super::key::{HOLD, Key, PLANS};
use super::query::all;
use super::write::Guard;
use super::{Ledger, LedgerError};

impl Ledger {
    /// The holds as they are this moment.
    pub async fn holds(&self) -> Result<Holds, LedgerError> {
        let mut holds = Holds::default();
        for item in all(self.within(PLANS, HOLD)).await? {
            holds.add(decode(item)?);
        }
        Ok(holds)
    }

    /// The hold on this very thing, released or not.
    pub async fn standing_hold(&self, on: &Held) -> Result<Option<StandingHold>, LedgerError> {
        self.one(&Key::hold(on)).await
    }

    /// Writes a hold on a cache or a plan, or its release, over what was there. The last word counts.
    pub async fn stand(&self, hold: &StandingHold) -> Result<(), LedgerError> {
        let write = self.put(encode(&Key::hold(&hold.on), hold)?, Guard::Free)?;
        self.transact_or_lose(&[write]).await.map(drop)
    }
}
