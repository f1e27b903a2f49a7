//! Starts the notify function.

use std::process::ExitCode;

use cachekeep_notify::Notify;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    cachekeep_lambda::start::<Notify>().await
}
