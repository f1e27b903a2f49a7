//! How many changes share few transactions: packing them, and sorting a cancelled batch into lost, failed and again.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::record::Recorded;
use super::transact::{BYTES_LIMIT, ITEMS_LIMIT, Outcome, Reason, contended};
use super::write::Write;
use super::{LedgerError, TRIES};
use crate::error::Class;

/// The writes of one transition, which stand or fall together.
#[derive(Debug)]
pub(super) struct Draft {
    /// The transition's place in the call.
    pub(super) place: usize,
    pub(super) writes: Vec<Write>,
}

/// Drafts that go into one transaction.
#[derive(Debug, Default)]
pub(super) struct Batch {
    drafts: Vec<Draft>,
    /// How often it was tried and others were in the way.
    pub(super) tries: u32,
}

/// What became of a batch.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    /// What is certain, by place.
    pub(super) settled: Vec<(usize, Recorded)>,
    /// What is to be tried again, in this order.
    pub(super) again: Vec<Batch>,
}

impl Batch {
    fn of(drafts: Vec<Draft>) -> Self {
        Self { drafts, tries: 0 }
    }

    pub(super) fn writes(&self) -> impl Iterator<Item = &Write> {
        self.drafts.iter().flat_map(|draft| &draft.writes)
    }

    /// Sorts the drafts by what came of their transaction.
    pub(super) fn sort(self, outcome: Outcome) -> Sorted {
        match outcome {
            Outcome::Done => self.all(|| Recorded::Done),
            Outcome::Cancelled(reasons) => self.cancelled(&reasons),
            // DynamoDB refuses a whole request for one bad item without saying which.
            Outcome::Failed(error) if error.class() == Class::Refused && self.drafts.len() > 1 => {
                let alone = |draft| Self { drafts: vec![draft], tries: self.tries };
                Sorted { settled: Vec::new(), again: self.drafts.into_iter().map(alone).collect() }
            }
            Outcome::Failed(error) => {
                let error = Arc::new(error);
                self.all(|| Recorded::Failed(LedgerError::Aws(Arc::clone(&error))))
            }
        }
    }

    fn all(self, recorded: impl Fn() -> Recorded) -> Sorted {
        let settled = self.drafts.into_iter().map(|draft| (draft.place, recorded())).collect();
        Sorted { settled, again: Vec::new() }
    }

    /// The innocent go on together; those that others are in the way of are tried alone, so that they hold up nobody.
    fn cancelled(self, reasons: &[Reason]) -> Sorted {
        let mut sorted = Sorted::default();
        let (mut innocent, mut contended) = (Vec::new(), Vec::new());
        let mut rest = reasons;
        for draft in self.drafts {
            let (own, others) = rest.split_at(draft.writes.len().min(rest.len()));
            rest = others;
            match worst(own) {
                Reason::Innocent => innocent.push(draft),
                Reason::Contention => contended.push(draft),
                Reason::Condition => sorted.settled.push((draft.place, Recorded::Lost)),
                reason @ (Reason::OtherFormat { .. } | Reason::Refused(_)) => {
                    let failed = reason.error().map_or(Recorded::Lost, Recorded::Failed);
                    sorted.settled.push((draft.place, failed));
                }
            }
        }
        if !innocent.is_empty() {
            sorted.again.push(Self::of(innocent));
        }
        sorted.retry_alone(contended, self.tries + 1);
        sorted
    }
}

impl Sorted {
    fn retry_alone(&mut self, drafts: Vec<Draft>, tries: u32) {
        for draft in drafts {
            if tries < TRIES {
                self.again.push(Batch { drafts: vec![draft], tries });
            } else {
                self.settled.push((draft.place, Recorded::Failed(contended().into())));
            }
        }
    }
}

/// The reason that decides: what another version wrote is left alone, and a change that came too late is lost whatever else
/// is wrong with it.
fn worst(reasons: &[Reason]) -> Reason {
    let refused = reasons.iter().find(|reason| matches!(reason, Reason::Refused(_)));
    let other = reasons.iter().find(|reason| matches!(reason, Reason::OtherFormat { .. }));
    if let Some(other) = other {
        other.clone()
    } else if reasons.contains(&Reason::Condition) {
        Reason::Condition
    } else if let Some(refused) = refused {
        refused.clone()
    } else if reasons.contains(&Reason::Contention) {
        Reason::Contention
    } else {
        Reason::Innocent
    }
}

/// Puts the drafts into as few transactions as fit. DynamoDB takes no item twice in one transaction; a draft that shares
/// an item with an earlier one goes into a later batch, so their order stays.
pub(super) fn pack(drafts: Vec<Draft>) -> Vec<Batch> {
    let mut open: Vec<Open> = Vec::new();
    for draft in drafts {
        let after_shared =
            open.iter().rposition(|batch| batch.shares_with(&draft)).map_or(0, |last| last + 1);
        match open.iter_mut().skip(after_shared).find(|batch| batch.has_room_for(&draft)) {
            Some(batch) => batch.add(draft),
            None => open.push(Open::with(draft)),
        }
    }
    open.into_iter().map(|batch| Batch::of(batch.drafts)).collect()
}

/// A batch that is being filled.
#[derive(Default)]
struct Open {
    drafts: Vec<Draft>,
    keys: BTreeSet<super::key::Key>,
    bytes: usize,
}

impl Open {
    fn with(draft: Draft) -> Self {
        let mut open = Self::default();
        open.add(draft);
        open
    }

    fn shares_with(&self, draft: &Draft) -> bool {
        draft.writes.iter().any(|write| self.keys.contains(&write.key))
    }

    fn has_room_for(&self, draft: &Draft) -> bool {
        self.keys.len() + draft.writes.len() <= ITEMS_LIMIT && self.bytes + bytes(draft) <= BYTES_LIMIT
    }

    fn add(&mut self, draft: Draft) {
        self.bytes += bytes(&draft);
        self.keys.extend(draft.writes.iter().map(|write| write.key.clone()));
        self.drafts.push(draft);
    }
}

fn bytes(draft: &Draft) -> usize {
    draft.writes.iter().map(|write| write.bytes).sum()
}
