//! Starts the export function.

use std::process::ExitCode;

use cachekeep_export::Export;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    cachekeep_lambda::start::<Export>().await
}
