//! The datastore around a restored group: step after step, and with `--wait` to its end.

use cachekeep_core::restore::Restore;
use cachekeep_core::restore::global::{GlobalView, Wish};
use cachekeep_engine::restore::{Bench, extend};

use super::wait::{PAUSE, present};
use crate::failure::Failure;
use crate::render;
use crate::world::stopped;

/// Takes what steps can be taken; with `wait`, until every member is there or will not be.
pub(super) async fn go_on(
    bench: Bench<'_>,
    restore: &Restore,
    wish: &Wish,
    wait: bool,
) -> Result<GlobalView, Failure> {
    let mut told = String::new();
    loop {
        let pass = present(bench);
        let view = extend(bench.at(&pass), restore, wish).await;
        let view = view.map_err(|source| Failure::Restore { doing: "make the global datastore", source })?;
        if !wait || view.status != "creating" {
            return Ok(view);
        }
        if view.reason != told {
            render::note(&view.reason);
            told.clone_from(&view.reason);
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = stopped() => return Err(Failure::NotAwaited { target: restore.target.id.clone() }),
        }
    }
}
