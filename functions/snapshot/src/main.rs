//! Starts the snapshot function.

use std::process::ExitCode;

use cachekeep_snapshot::Snapshot;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    cachekeep_lambda::start::<Snapshot>().await
}
