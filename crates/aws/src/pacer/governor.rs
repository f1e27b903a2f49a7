//! Decides the pace from what AWS accepts and throttles: additive increase, multiplicative decrease, no clock of its own.

use std::time::Duration;

use tokio::time::Instant;

use super::cap::Cap;
use super::pace::Pace;

/// What remains of the pace after a throttled call, once the rate is roughly known. A token bucket evens out what was too
/// little before, so the pace only has to swing around the rate, and 0.7 swings with the fewest wasted calls.
const DECREASE: f64 = 0.7;

/// What remains of it while nothing has been accepted since the last decrease: the pace is then far too high, and each
/// round trip spent on finding that out wastes calls.
const PLUNGE: f64 = 0.25;

/// What each accepted call adds, as a share of the pace after the last decrease: about 18 calls from one throttled call to
/// the next, so about one call in 18 is wasted.
const INCREASE: f64 = 0.02;

/// After how many calls without a throttled one the pace is taken for far too low, and the increase starts to double.
const CALM: u32 = 60;

/// For every how many further calls it doubles, so that a pace learned on a bad day is left behind within one pass.
const DOUBLING: u32 = 30;

/// How far below the rate that was measured between two throttled calls the pace does not fall.
const FLOOR: f64 = 0.9;

/// How many accepted calls make a measurement.
const MEASURABLE: u32 = 4;

/// How late a turn may be without pushing back those after it: tokio's timers are a millisecond coarse.
const TICK: Duration = Duration::from_millis(1);

/// A turn that has not come.
#[derive(Debug, Clone, Copy)]
pub(super) struct Later {
    /// When to ask again.
    pub(super) at: Instant,
    /// Whether the learned pace holds it back, and not the cap.
    pub(super) paced: bool,
}

#[derive(Debug)]
pub(super) struct Governor {
    pace: Pace,
    /// Calls a second that one accepted call adds.
    step: f64,
    next_turn: Option<Instant>,
    last_decrease: Option<Instant>,
    accepted_since: u32,
    /// Calls a second, as last measured between two throttled calls; zero before.
    measured: f64,
    cap: Option<Cap>,
}

impl Governor {
    pub(super) fn new(pace: Pace) -> Self {
        let step = pace.calls_per_second().unwrap_or_default() * INCREASE;
        Self { pace, step, next_turn: None, last_decrease: None, accepted_since: 0, measured: 0.0, cap: None }
    }

    pub(super) fn cap(&mut self, calls_per_second: f64) {
        self.cap = Some(Cap::per_second(calls_per_second));
    }

    /// What to start at next time. A moment's low is not learned: what was measured stands against it.
    pub(super) fn learned(&self) -> Pace {
        match self.pace.calls_per_second() {
            Some(calls) => Pace::per_second(calls.max(self.measured)),
            None => Pace::UNLIMITED,
        }
    }

    /// Takes the next turn if it has come; otherwise says when to ask again.
    pub(super) fn turn_at(&mut self, now: Instant) -> Option<Later> {
        let capped = self.cap.as_ref().and_then(|cap| cap.wait(now));
        if let Some(at) = capped {
            return Some(Later { at, paced: false });
        }
        if let Some(at) = self.paced_at(now) {
            return Some(Later { at, paced: true });
        }
        if let Some(cap) = &mut self.cap {
            cap.take(now);
        }
        None
    }

    /// The same by the learned pace alone.
    fn paced_at(&mut self, now: Instant) -> Option<Instant> {
        let interval = self.interval()?;
        match self.next_turn {
            Some(at) if at > now => Some(at),
            due => {
                let due = due.unwrap_or(now).max(now.checked_sub(TICK).unwrap_or(now));
                self.next_turn = Some(due + interval);
                None
            }
        }
    }

    fn interval(&self) -> Option<Duration> {
        self.pace.calls_per_second().map(|calls| Duration::from_secs_f64(calls.recip()))
    }

    /// A call was accepted. Only one that the pace held back says that AWS would have taken it earlier.
    pub(super) fn accepted(&mut self, held_back: bool) {
        self.accepted_since += 1;
        if let (true, Some(calls)) = (held_back, self.pace.calls_per_second()) {
            let doublings = self.accepted_since.saturating_sub(CALM) / DOUBLING;
            self.pace = Pace::per_second(calls + self.step * f64::from(2_u32.saturating_pow(doublings)));
        }
    }

    /// A call sent at `sent` was throttled at `now`, as one of `in_flight`. Calls that left before the last decrease say
    /// nothing new, so the pace falls at most once a round trip.
    pub(super) fn throttled(&mut self, sent: Instant, now: Instant, in_flight: usize) {
        if self.last_decrease.is_some_and(|last| sent <= last) {
            return;
        }
        let decreased = self.decreased(now.duration_since(sent), in_flight);
        let calls = match self.measure(now) {
            Some(measured) => {
                self.measured = measured;
                decreased.clamp(measured * FLOOR, measured)
            }
            None => decreased,
        };
        self.pace = Pace::per_second(calls);
        self.step = calls.max(self.measured) * INCREASE;
        self.last_decrease = Some(now);
        self.accepted_since = 0;
        let pause = self.interval().map(|interval| now + interval);
        self.next_turn = self.next_turn.max(pause);
        tracing::debug!(pace = %self.pace, "throttled");
    }

    fn decreased(&self, round_trip: Duration, in_flight: usize) -> f64 {
        match self.pace.calls_per_second() {
            // By Little's law, this is how fast the calls went out so far.
            None => as_f64(in_flight.max(1)) / round_trip.max(TICK).as_secs_f64() * PLUNGE,
            Some(calls) if self.accepted_since == 0 => calls * PLUNGE,
            Some(calls) => calls * DECREASE,
        }
    }

    /// The rate accepted from one throttled call to the next, when the bucket was empty at both: AWS's own rate.
    fn measure(&self, now: Instant) -> Option<f64> {
        let passed = now.duration_since(self.last_decrease?).max(TICK).as_secs_f64();
        (self.accepted_since >= MEASURABLE).then(|| f64::from(self.accepted_since) / passed)
    }
}

fn as_f64(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
