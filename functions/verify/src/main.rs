//! Starts the verify function.

use std::process::ExitCode;

use cachekeep_verify::Verify;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    cachekeep_lambda::start::<Verify>().await
}
