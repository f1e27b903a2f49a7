//! What each node has spent of its daily quota, and the whole history for whoever checks it.

use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// Manual snapshots of a node in any 24 hours (docs/elasticache.md 3, S).
pub(crate) const PER_NODE: usize = 20;
/// Manual snapshots of a serverless cache in any 24 hours (docs/elasticache.md 3, S).
pub(crate) const PER_SERVERLESS: usize = 24;
/// The quota's window.
const WINDOW: TimeDelta = TimeDelta::hours(24);

/// One snapshot charged to a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// When it was asked for.
    pub at: DateTime<Utc>,
    /// The snapshot's name.
    pub snapshot: String,
    /// Its quota was given back.
    pub refunded: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Usage {
    by_holder: BTreeMap<String, Vec<Charge>>,
}

impl Usage {
    /// How many charges count against a holder now; a charge leaves the window exactly 24 hours after it.
    pub(crate) fn counted(&self, holder: &str, now: DateTime<Utc>) -> usize {
        let recent = self.history(holder).iter().rev().take_while(|charge| now - charge.at < WINDOW);
        recent.filter(|charge| !charge.refunded).count()
    }

    pub(crate) fn charge(&mut self, holder: &str, snapshot: &str, at: DateTime<Utc>) {
        let charge = Charge { at, snapshot: snapshot.into(), refunded: false };
        self.by_holder.entry(holder.into()).or_default().push(charge);
    }

    /// Gives back what a snapshot was charged, where it was charged within the window.
    pub(crate) fn refund(&mut self, holder: &str, snapshot: &str, now: DateTime<Utc>) {
        let Some(charges) = self.by_holder.get_mut(holder) else { return };
        let recent = charges.iter_mut().rev().take_while(|charge| now - charge.at < WINDOW);
        recent.filter(|charge| charge.snapshot == snapshot).for_each(|charge| charge.refunded = true);
    }

    pub(crate) fn history(&self, holder: &str) -> &[Charge] {
        self.by_holder.get(holder).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn holders(&self) -> impl Iterator<Item = &str> {
        self.by_holder.keys().map(String::as_str)
    }

    /// The most charges within any 24 hours, refunded ones included.
    pub(crate) fn peak(&self, holder: &str) -> usize {
        let charges = self.history(holder);
        let mut first = 0;
        let mut peak = 0;
        for (index, charge) in charges.iter().enumerate() {
            while charge.at - charges[first].at >= WINDOW {
                first += 1;
            }
            peak = peak.max(index + 1 - first);
        }
        peak
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> DateTime<Utc> {
        "2027-03-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::hours(hours)
    }

    fn charged(hours: &[i64]) -> Usage {
        let mut usage = Usage::default();
        for hour in hours {
            usage.charge("n", &format!("s{hour}"), at(*hour));
        }
        usage
    }

    #[test]
    fn a_charge_counts_for_exactly_a_day() {
        let usage = charged(&[0, 1]);
        assert_eq!(usage.counted("n", at(23)), 2);
        assert_eq!(usage.counted("n", at(24)), 1);
        assert_eq!(usage.counted("other", at(1)), 0);
    }

    #[test]
    fn a_refund_lowers_the_count_and_not_the_peak() {
        let mut usage = charged(&[0, 1, 2]);
        usage.refund("n", "s1", at(3));
        assert_eq!(usage.counted("n", at(3)), 2);
        assert_eq!(usage.peak("n"), 3);
    }

    #[test]
    fn the_peak_is_the_fullest_day() {
        assert_eq!(charged(&[0, 10, 23, 24, 30, 60]).peak("n"), 4);
        assert_eq!(charged(&[]).peak("n"), 0);
    }
}
