//! Holds on more than one backup: on all of a cache's, or on all of a plan's, those that come later among them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::backup::{Backup, Hold};
use crate::ids::{BackupId, CacheId, PlanName};

/// What is held as a whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Held {
    /// Every backup of this cache, of whatever plan.
    Cache(CacheId),
    /// Every backup of this plan, of whatever cache.
    Plan(PlanName),
}

impl Held {
    /// Whether a backup belongs to it.
    #[must_use]
    pub fn covers(&self, backup: &BackupId) -> bool {
        match self {
            Self::Cache(cache) => *cache == backup.cache,
            Self::Plan(plan) => *plan == backup.plan,
        }
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cache(cache) => write!(f, "cache {cache}"),
            Self::Plan(plan) => write!(f, "plan {plan}"),
        }
    }
}

/// A hold that stands until somebody releases it. Its record stays after that, for whoever asks later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingHold {
    /// What is held.
    pub on: Held,
    /// Since when, by whom and why.
    pub hold: Hold,
    /// Since when it is released, by whom and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released: Option<Hold>,
}

/// The standing holds of a stack.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holds(Vec<StandingHold>);

/// No holds, for who asks what would be without any.
pub static NONE: Holds = Holds(Vec::new());

/// Why nothing of a backup may be deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HoldView {
    /// What the hold is on: `backup`, `cache group:orders` or `plan gold`.
    pub on: String,
    /// Since when, by whom and why; absent where an older version wrote the hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
}

impl Holds {
    /// Adds one, unless it is released.
    pub fn add(&mut self, hold: StandingHold) {
        if hold.released.is_none() {
            self.0.push(hold);
        }
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &StandingHold> {
        self.0.iter()
    }

    /// The hold on this very thing.
    #[must_use]
    pub fn on(&self, held: &Held) -> Option<&StandingHold> {
        self.0.iter().find(|hold| hold.on == *held)
    }

    /// Whether any of them covers a backup.
    #[must_use]
    pub fn cover(&self, backup: &BackupId) -> bool {
        self.0.iter().any(|hold| hold.on.covers(backup))
    }

    /// Whether nothing of a backup may be deleted, for its own hold or for one of these.
    #[must_use]
    pub fn forbid(&self, backup: &Backup) -> bool {
        backup.held || self.cover(&backup.id)
    }

    /// Every hold that a backup is under, its own first.
    #[must_use]
    pub fn of(&self, backup: &Backup) -> Vec<HoldView> {
        let own = backup.held.then(|| HoldView { on: "backup".to_owned(), hold: backup.hold.clone() });
        let standing = self.0.iter().filter(|hold| hold.on.covers(&backup.id));
        let standing =
            standing.map(|hold| HoldView { on: hold.on.to_string(), hold: Some(hold.hold.clone()) });
        own.into_iter().chain(standing).collect()
    }
}

impl fmt::Display for HoldView {
    /// `held by alice: case 4711`, `held with plan gold by alice`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let with = if self.on == "backup" { String::new() } else { format!(" with {}", self.on) };
        let word = self.hold.as_ref().map(|hold| hold.word.to_string()).unwrap_or_default();
        write!(f, "held{with}{word}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::Word;

    fn standing(on: Held) -> StandingHold {
        let word = Word { by: Some("alice".parse().unwrap()), why: Some("case 4711".parse().unwrap()) };
        StandingHold {
            on,
            hold: Hold { since: "2026-11-21T06:00:00Z".parse().unwrap(), word },
            released: None,
        }
    }

    #[test]
    fn a_hold_on_a_cache_or_a_plan_covers_every_backup_of_it_and_no_other() {
        let id = |text: &str| text.parse::<BackupId>().unwrap();
        let (orders, carts) =
            (id("group:orders/gold/2026-11-21T06:00:00Z"), id("group:carts/silver/2027-11-21T06:00:00Z"));
        let mut holds = Holds::default();
        assert!(!holds.cover(&orders));
        holds.add(standing(Held::Cache("group:orders".parse().unwrap())));
        assert_eq!((holds.cover(&orders), holds.cover(&carts)), (true, false));
        holds.add(standing(Held::Plan("silver".parse().unwrap())));
        assert!(holds.cover(&carts));
        let mut released = Holds::default();
        let hold = standing(Held::Plan("silver".parse().unwrap()));
        released.add(StandingHold { released: Some(hold.hold.clone()), ..hold });
        assert!(!released.cover(&carts));
        let view = HoldView {
            on: "plan silver".to_owned(),
            hold: Some(standing(Held::Plan("silver".parse().unwrap())).hold),
        };
        assert_eq!(view.to_string(), "held with plan silver by alice: case 4711");
    }
}
