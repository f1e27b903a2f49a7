//! Starts the restore function.

use std::process::ExitCode;

use cachekeep_restore::Restore;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    cachekeep_lambda::start::<Restore>().await
}
