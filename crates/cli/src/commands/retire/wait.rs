//! Takes step after step until the cache is gone or will not be deleted, and says meanwhile what it waits for.

use std::time::Duration;

use cachekeep_core::ids::CacheId;
use cachekeep_core::retire::{Decision, Next, Request};
use cachekeep_engine::retire::Known;
use cachekeep_engine::{Mode, Pass};
use chrono::TimeDelta;

use super::step;
use crate::failure::Failure;
use crate::render;
use crate::stack::{PASS_AT_MOST, Stack};
use crate::world::stopped;

/// How long between two looks. A backup takes many minutes, and each look is a handful of calls.
const BETWEEN_LOOKS: Duration = Duration::from_secs(15);

/// Goes on to the end. Ctrl-C ends the waiting; what was begun stays as it is.
pub(super) async fn until_over(
    stack: &Stack,
    id: &CacheId,
    request: &Request,
) -> Result<(Known, Decision), Failure> {
    tokio::select! {
        over = look_until_over(stack, id, request) => over,
        () = stopped() => Err(Failure::NotRetired { cache: id.clone() }),
    }
}

async fn look_until_over(
    stack: &Stack,
    id: &CacheId,
    request: &Request,
) -> Result<(Known, Decision), Failure> {
    let first = stack.pass(Mode::Act);
    let mut told = String::new();
    loop {
        let (known, decision) = step(stack, &present(stack, &first), id, request).await?;
        match &decision.next {
            Next::Retired | Next::Refused(_) => return Ok((known, decision)),
            Next::Wait(why) if *why != told => {
                render::note(&format!("{id}: {why}"));
                told.clone_from(why);
            }
            Next::Wait(_) | Next::BackUp(_) | Next::Hold | Next::Delete(_) => {}
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

/// A pass at the present moment: the command's own began with it, and goes on for longer than one pass.
fn present(stack: &Stack, first: &Pass) -> Pass {
    let started = tokio::time::Instant::now();
    let now = first.now + TimeDelta::from_std(started - first.started).unwrap_or_default();
    stack.clients().decide_at(now, started);
    Pass { now, started, deadline: started + PASS_AT_MOST, mode: first.mode }
}
