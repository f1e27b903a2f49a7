//! `cachekeep plans schema`: the JSON Schema of plan documents, for editors.

use cachekeep_core::plan;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::render;

const EXAMPLE: &str = "\
Example:
  cachekeep plans schema > plans.schema.json

Then let the first line of the plan file be
  # yaml-language-server: $schema=plans.schema.json
and editors with a YAML language server complete fields and underline mistakes.";

/// Prints the JSON Schema of plan files.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Args {}

impl Args {
    #[expect(clippy::unused_self, reason = "every command runs alike")]
    pub(crate) fn run(self) -> Result<Exit, Failure> {
        render::json(&plan::schema())?;
        Ok(Exit::Fine)
    }
}
