//! Whose clock is right: AWS's. What a pass decides by must agree with it, and so must what the ledger holds of the present.

use chrono::TimeDelta;

use crate::ids::Instant;

/// How far from AWS's clock a clock may be that decides anything. AWS itself takes signatures that are five minutes old; its
/// SDK, however, signs by the time that AWS last answered, so that nobody else refuses a clock that is wrong.
pub const TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// Two clocks that do not agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the clock to decide by says {}, and AWS's says {}, more than {} minutes apart: unset CACHEKEEP_NOW (a dry run takes it) \
     or set this machine's clock, then try again",
    .ours.format(SECONDS), .theirs.format(SECONDS), TOLERANCE.num_minutes()
)]
pub struct Apart {
    /// What would have been decided by.
    pub ours: Instant,
    /// What AWS said at that moment.
    pub theirs: Instant,
}

/// Instants in messages: RFC 3339 in UTC to the second, as precise as AWS tells its own.
const SECONDS: &str = "%Y-%m-%dT%H:%M:%SZ";

/// Whether a clock that says `ours` may decide, when AWS's says `theirs`.
///
/// # Errors
/// [`Apart`] where they are more than [`TOLERANCE`] apart, whichever is ahead.
pub fn agree(ours: Instant, theirs: Instant) -> Result<(), Apart> {
    if (ours - theirs).abs() <= TOLERANCE { Ok(()) } else { Err(Apart { ours, theirs }) }
}

/// Whether `at`, which was the present when it was written, cannot have been: it is still to come at `now`, by more than two
/// clocks that are allowed to decide can differ.
#[must_use]
pub fn is_to_come(at: Instant, now: Instant) -> bool {
    at - now > TOLERANCE * 2
}

/// `at` where it can have been the present when it was written, and `None` where it is still to come ([`is_to_come`]): a clock
/// that was ahead wrote it, and nothing is decided by it.
#[must_use]
pub fn believed(at: Instant, now: Instant) -> Option<Instant> {
    (!is_to_come(at, now)).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn clocks_agree_up_to_five_minutes_either_way() {
        let six = at("2027-03-01T06:00:00Z");
        for near in ["2027-03-01T05:55:00Z", "2027-03-01T06:05:00Z"] {
            assert_eq!(agree(six, at(near)), Ok(()));
        }
        for far in ["2027-03-01T05:54:59Z", "2027-03-01T06:05:01Z", "2030-01-01T00:00:00Z"] {
            assert_eq!(agree(six, at(far)), Err(Apart { ours: six, theirs: at(far) }));
        }
    }

    #[test]
    fn clocks_that_are_apart_are_told_with_both_instants_and_the_next_step() {
        let apart = agree(at("2030-01-01T00:00:00Z"), at("2027-03-01T05:30:00Z")).unwrap_err();
        assert_eq!(
            apart.to_string(),
            "the clock to decide by says 2030-01-01T00:00:00Z, and AWS's says 2027-03-01T05:30:00Z, more than 5 minutes \
             apart: unset CACHEKEEP_NOW (a dry run takes it) or set this machine's clock, then try again"
        );
    }

    #[test]
    fn what_two_honest_clocks_can_have_written_is_not_to_come() {
        let now = at("2027-03-01T06:00:00Z");
        assert!(!is_to_come(at("2027-03-01T06:10:00Z"), now));
        assert!(is_to_come(at("2027-03-01T06:10:01Z"), now));
    }
}
