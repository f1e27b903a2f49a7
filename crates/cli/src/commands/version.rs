//! `cachekeep version`: what was built, and of which commit.

use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::render;

const HELP: &str = "\
Example:
  cachekeep version --json

Output with --json (`commit` is null where it was built outside a git checkout):
  {\"version\": \"0.1.0\", \"commit\": \"39c9157d6a1b\"|null}";

/// Shows the version and the commit that it was built from.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What was built.
#[derive(Debug, Serialize)]
struct Build {
    version: &'static str,
    commit: Option<&'static str>,
}

impl Args {
    pub(crate) fn run(self) -> Result<Exit, Failure> {
        let build = Build { version: env!("CARGO_PKG_VERSION"), commit: option_env!("CACHEKEEP_COMMIT") };
        if self.json {
            render::json(&build)?;
        } else {
            let commit = build.commit.map(|commit| format!(" ({commit})")).unwrap_or_default();
            render::text(&format!("cachekeep {}{commit}\n", build.version))?;
        }
        Ok(Exit::Fine)
    }
}
