//! Wires the verify function: configuration and clients once for each cold start, then a pass for each event.

use std::process::ExitCode;

use cachekeep_lambda::{Config, clients, logs, serve};
use cachekeep_verify::handle;
use lambda_runtime::{Error, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    logs::start();
    logs::ended(serve_events().await)
}

async fn serve_events() -> Result<(), Error> {
    let context = Config::from_env()?.context(clients()?);
    run(service_fn(|event| serve(event, &context, handle))).await
}
