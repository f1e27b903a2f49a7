//! Waits until a restore is over, and says meanwhile how long it has been going on.

use std::time::Duration;

use cachekeep_core::restore::{Restore, duration};
use cachekeep_engine::Pass;
use cachekeep_engine::restore::{Bench, follow};
use chrono::TimeDelta;

use crate::failure::Failure;
use crate::render;
use crate::stack::PASS_AT_MOST;
use crate::world::stopped;

/// How long between two looks. A restore takes many minutes, and each look is two calls.
const BETWEEN_LOOKS: Duration = Duration::from_secs(10);

/// How many looks pass between two lines about it.
const LOOKS_A_LINE: u32 = 6;

/// Follows the restore to its end. Ctrl-C ends the waiting, not the restore.
pub(super) async fn until_over(bench: Bench<'_>, restore: Restore) -> Result<Restore, Failure> {
    let target = restore.target.id.clone();
    tokio::select! {
        over = look_until_over(bench, restore) => over,
        () = stopped() => Err(Failure::NotAwaited { target }),
    }
}

async fn look_until_over(bench: Bench<'_>, mut restore: Restore) -> Result<Restore, Failure> {
    let mut looks = 0_u32;
    loop {
        let pass = present(bench);
        restore = follow(bench.at(&pass), restore)
            .await
            .map_err(|source| Failure::Restore { doing: "follow the restore", source })?;
        if restore.is_over() {
            return Ok(restore);
        }
        if looks.is_multiple_of(LOOKS_A_LINE) {
            let since = restore.requested_at().map_or(0, |at| (pass.now - at).num_seconds());
            let since = duration(u64::try_from(since).unwrap_or(0));
            render::note(&format!("{} is {} for {since}", restore.target.id, restore.status()));
        }
        looks += 1;
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

/// How long a command waits between two looks at what takes minutes.
pub(super) const PAUSE: Duration = BETWEEN_LOOKS;

/// A pass at the present moment: the command's own began with it, and goes on for longer than one pass.
pub(super) fn present(bench: Bench<'_>) -> Pass {
    let started = tokio::time::Instant::now();
    let elapsed = TimeDelta::from_std(started - bench.pass.started).unwrap_or_default();
    let now = bench.pass.now + elapsed;
    bench.clients.decide_at(now, started);
    Pass { now, started, deadline: started + PASS_AT_MOST, mode: bench.pass.mode }
}
