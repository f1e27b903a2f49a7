//! `cachekeep plans ...`: plan documents, before and after they are applied.

mod apply;
mod check;
mod diff;
mod history;
mod preview;
mod rollback;
mod schema;
mod show;

use std::path::Path;

use cachekeep_aws::Clients;
use cachekeep_aws::bucket::{self, Bucket};
use cachekeep_aws::ledger::StoredPlans;
use cachekeep_core::outlook::Warning;
use cachekeep_core::plan::Document;
use clap::Subcommand;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::Input;
use crate::render;
use crate::stack::Stack;
use crate::world::World;

/// Plan documents: what is backed up, when, and what stays.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Check(check::Args),
    Diff(diff::Args),
    Preview(preview::Args),
    Apply(apply::Args),
    History(history::Args),
    Rollback(rollback::Args),
    Show(show::Args),
    Schema(schema::Args),
}

impl Command {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        match self {
            Self::Check(args) => args.run(world),
            Self::Diff(args) => args.run(world),
            Self::Preview(args) => args.run(world),
            Self::Apply(args) => args.run(world),
            Self::History(args) => args.run(world),
            Self::Rollback(args) => args.run(world),
            Self::Show(args) => args.run(world),
            Self::Schema(args) => args.run(),
        }
    }
}

/// Reads a plan document. Its errors name the file as it was given.
pub(super) fn document(input: &Input) -> Result<Document, Failure> {
    let text = input.text()?;
    let name = match input {
        Input::Stdin => Path::new("<stdin>"),
        Input::File(path) => path,
    };
    Document::parse(&name.to_string_lossy(), &text).map_err(Failure::Plan)
}

/// What of a bucket's settings does not go with the exports of a document. That they cannot be looked at is no warning of the
/// document's.
async fn unfit(clients: &Clients, bucket: &Bucket, document: &Document) -> Vec<Warning> {
    match bucket::unfit(clients, bucket).await {
        Ok(unfit) => {
            unfit.iter().filter_map(|unfit| Warning::of_bucket(document, unfit.to_string())).collect()
        }
        Err(error) => {
            render::note(&format!(
                "whether exports can go to bucket {} is not known: {error}",
                bucket.name()
            ));
            Vec::new()
        }
    }
}

/// The document that was put in force as this version.
async fn version(stack: &Stack, version: u64) -> Result<StoredPlans, Failure> {
    let stored = stack.context.ledger.plans_version(version).await;
    let stored = stored.map_err(|source| Failure::Ledger { doing: "read the plans", source })?;
    stored.ok_or(Failure::NoVersion { version })
}
