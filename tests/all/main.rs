//! The tests of the whole: cachekeep's own passes, through the real AWS SDK, against the sandbox AWS.

#![expect(clippy::unwrap_used, reason = "helpers of tests stand outside `#[test]` functions")]
#![expect(clippy::large_futures, reason = "a test's future may be as large as it likes")]

mod bucket_settings;
mod by_hand;
mod capacity;
mod citations;
mod clock;
mod crashes;
mod departed;
mod dry_run;
mod faults;
mod fleet;
mod following;
mod forget;
mod globally;
mod grace;
mod holds;
mod late_listings;
mod ledger_check;
mod ledger_loss;
mod life;
mod looking;
mod misuse;
mod orders;
mod pace;
mod pages;
mod proof;
mod quota;
mod rdb;
mod restoring;
mod retiring;
mod rot;
mod simulate;
mod snapshot_keys;
mod stacks;
mod stage;
mod staging;
mod switches;
mod template;
mod unreadable;
mod words;
