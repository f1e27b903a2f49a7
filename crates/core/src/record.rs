//! What the ledger keeps as a state machine: read with its version, changed by one function, written together with the event
//! that tells the change. A backup is one.

use std::error::Error;
use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::event::{Event, What};
use crate::ids::Instant;
use crate::job::Work;

/// One thing that is recorded. Whoever writes it needs nothing else to know of it.
pub trait Record: Clone + Debug + PartialEq + Serialize + DeserializeOwned {
    /// What can happen to it.
    type Change: Clone + Debug;
    /// Says that a change does not fit the present state.
    type Illegal: Error;

    /// How many changes it has seen. The ledger writes a change only over the version that it was decided on.
    fn version(&self) -> u64;

    /// The one transition function.
    ///
    /// # Errors
    /// [`Self::Illegal`] where the change does not fit the state.
    fn apply(&self, change: &Self::Change, at: Instant) -> Result<Self, Self::Illegal>;

    /// Who must act next, and when, if anybody must.
    fn work(&self) -> Option<Work>;

    /// What an event tells of this change of it.
    fn told(&self, change: Self::Change) -> What;

    /// How it stands after the change, and the event that tells it.
    ///
    /// # Errors
    /// [`Self::Illegal`] where the change does not fit the state.
    fn changed(&self, change: Self::Change, at: Instant) -> Result<(Self, Event), Self::Illegal> {
        let after = self.apply(&change, at)?;
        let event = Event::of_change(&after, change, at);
        Ok((after, event))
    }
}
