//! Accounts and their regions: each region has a state of its own, made when somebody first speaks to it.

use super::Neighbours;
use super::catalog::Catalog;
use super::durations::Durations;
use super::model::agenda::Agenda;
use super::model::global::Globals;
use super::model::index::NamedIndex;
use super::model::rows::Rows;
use super::model::usage::Usage;
use super::state::State;
use super::switches::Switches;
use super::visibility::Visibility;
use crate::account::Account;
use crate::clock::Clock;
use crate::seed::Seed;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The states by region, and what a new one starts with.
pub(crate) struct Regions {
    clock: Clock,
    home: Account,
    seed: Seed,
    switches: Switches,
    durations: Durations,
    neighbours: Neighbours,
    /// By account.
    globals: Mutex<BTreeMap<String, Arc<Mutex<Globals>>>>,
    states: Mutex<States>,
}

/// By account and region.
type States = BTreeMap<(String, String), Arc<Mutex<State>>>;

impl Regions {
    pub(crate) fn new(
        clock: Clock,
        home: Account,
        seed: Seed,
        switches: Switches,
        durations: Durations,
        neighbours: Neighbours,
    ) -> Self {
        let (globals, states) = (Mutex::default(), Mutex::default());
        Self { clock, home, seed, switches, durations, neighbours, globals, states }
    }

    /// The state of an account in a region.
    pub(crate) fn state(&self, account: &Account) -> Arc<Mutex<State>> {
        let mut states = lock(&self.states);
        let new = || Arc::new(Mutex::new(self.empty(account)));
        states.entry((account.id.clone(), account.region.clone())).or_insert_with(new).clone()
    }

    fn empty(&self, account: &Account) -> State {
        let Neighbours { s3, sns, eventbridge } = &self.neighbours;
        let neighbours = Neighbours {
            s3: s3.seen_by(account),
            sns: sns.clone(),
            eventbridge: eventbridge.clone().filter(|_| *account == self.home),
        };
        let shared = lock(&self.globals).entry(account.id.clone()).or_default().clone();
        State {
            now: self.clock.now(),
            delayed_fault: None,
            account: account.clone(),
            seed: self.seed,
            switches: self.switches,
            durations: self.durations,
            neighbours,
            groups: BTreeMap::new(),
            clusters: BTreeMap::new(),
            serverless: BTreeMap::new(),
            snapshots: NamedIndex::default(),
            serverless_snapshots: NamedIndex::default(),
            tags: BTreeMap::new(),
            agenda: Agenda::default(),
            rows: Rows::default(),
            usage: Usage::default(),
            event_number: 0,
            withheld: BTreeMap::new(),
            visibility: Visibility::default(),
            catalog: Catalog::default(),
            shared,
        }
    }

    fn all(&self) -> Vec<Arc<Mutex<State>>> {
        lock(&self.states).values().cloned().collect()
    }

    pub(crate) fn next_due(&self) -> Option<DateTime<Utc>> {
        self.all().iter().filter_map(|state| lock(state).agenda.next()).min()
    }

    /// Lets everything happen that is due by now.
    pub(crate) fn catch_up(&self) {
        self.catch_up_to(self.clock.now());
    }

    /// The same by `now`; returns how many things happened.
    pub(crate) fn catch_up_to(&self, now: DateTime<Utc>) -> usize {
        self.all().iter().map(|state| lock(state).catch_up(now)).sum()
    }

    /// Hands what one region's call has others do to those regions.
    pub(crate) fn deliver(&self) {
        let accounts: Vec<_> =
            lock(&self.globals).iter().map(|(id, globals)| (id.clone(), globals.clone())).collect();
        for (id, globals) in accounts {
            for errand in lock(&globals).take_errands() {
                let account = Account { id: id.clone(), ..self.home.in_region(&errand.region) };
                lock(&self.state(&account)).agenda.add(errand.at, errand.due);
            }
        }
    }
}

/// A panic while a lock was held failed that test already; the state behind it is whole enough to go on.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
