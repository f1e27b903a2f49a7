//! Starts the prune function.

use std::process::ExitCode;

use cachekeep_prune::Prune;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    cachekeep_lambda::start::<Prune>().await
}
