//! `cachekeep sandbox messages`: what SNS was given to tell people, in a sandbox that serves.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use cachekeep_core::ids::Instant;
use cachekeep_sandbox::door::window::MESSAGES;
use serde::{Deserialize, Serialize};

use crate::args;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render;
use crate::world::World;

/// Where a sandbox serves unless it is told otherwise.
const ENDPOINT: &str = "http://127.0.0.1:4566";

/// How long a sandbox on this machine may take.
const PATIENCE: Duration = Duration::from_secs(10);

const HELP: &str = "\
Examples:
  cachekeep sandbox messages
  cachekeep sandbox messages --endpoint-url http://127.0.0.1:4567 --json

Output with --json, oldest first:
  [{\"at\": \"2026-11-21T06:04:10Z\", \"topic\": \"arn:...\", \"id\": \"...\", \"subject\": \"...\", \"message\": \"...\"}]";

/// Shows the messages that SNS was given, in a sandbox that serves.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// Where the sandbox serves [default: `AWS_ENDPOINT_URL`, else port 4566 of this machine].
    #[arg(long, value_name = "URL", value_parser = args::endpoint)]
    endpoint_url: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// A message.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) at: Instant,
    pub(crate) topic: String,
    pub(crate) id: String,
    pub(crate) subject: Option<String>,
    #[serde(rename = "message")]
    pub(crate) text: String,
}

impl Args {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        let told = self.endpoint_url.clone().or_else(|| world.variable("AWS_ENDPOINT_URL"));
        let endpoint = told.unwrap_or_else(|| ENDPOINT.to_owned());
        let messages = messages(&endpoint).map_err(|source| Failure::NoSandbox { endpoint, source })?;
        if self.json {
            render::json(&messages)?;
        } else {
            render::text(&render::sandbox::messages(&messages))?;
        }
        Ok(Exit::Fine)
    }
}

fn messages(endpoint: &str) -> io::Result<Vec<Message>> {
    let body = get(endpoint)?;
    serde_json::from_str(&body).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// One page of a server on this machine; a whole HTTP client would be more than that needs.
fn get(endpoint: &str) -> io::Result<String> {
    let host = endpoint.strip_prefix("http://").unwrap_or(endpoint).trim_end_matches('/');
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET {MESSAGES} HTTP/1.0\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    if head.split(' ').nth(1) == Some("200") {
        return Ok(body.to_owned());
    }
    let line = head.lines().next().unwrap_or_default();
    Err(io::Error::other(format!("it answers `{line}`, which no sandbox does")))
}
