//! `cachekeep plans check`: is this document right, and will it do what it promises?

use cachekeep_aws::bucket::Bucket;
use cachekeep_core::cache::Cache;
use cachekeep_core::outlook::{self, Outlook, Warning};
use cachekeep_core::plan::Document;
use chrono::{DateTime, Utc};

use crate::aws::AwsArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::Input;
use crate::stack::BUCKET;
use crate::world::{World, block_on};
use crate::{args, render};

const HELP: &str = "\
Examples:
  cachekeep plans check plans.yaml              with the caches that there are in AWS
  cachekeep plans check plans.yaml --offline    the file alone, for a single node's quota

Exit code 2: the file is wrong. Every mistake is told at once, as file:line:column: field: message.
Exit code 3: the file is right, and asks for what cannot be had: more snapshots than the quota
allows, an `expect` that the schedule cannot meet, caches that AWS cannot back up.

Output with --json:
  {\"plans\": [{\"name\": \"gold\", \"next_slot\": \"2026-11-21T06:00:00Z\", \"most_in_24_hours\": 4,
              \"caches\": [\"group:orders\"]}],
   \"warnings\": [{\"kind\": \"over\"|\"expect\"|\"quota\"|\"empty\"|\"unsupported\"|\"bucket\",
                 \"plans\": [\"gold\"], \"cache\": \"group:orders\", \"message\": \"...\"}]}
  `caches` and `cache` are there where AWS was asked.";

const WITHOUT_ACCOUNT: &str = "no AWS region or credentials were found, so the file alone was checked, for a single node's \
                               quota; --offline does so without this note";

/// Checks a plan file: its YAML, every field, and what AWS's quotas will not allow.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// The plan file; `-` reads standard input.
    #[arg(value_parser = args::input)]
    file: Input,
    /// Do not ask AWS which caches there are.
    #[arg(long)]
    offline: bool,
    /// The instant to look ahead from, RFC 3339 or a date [default: the present].
    #[arg(long, value_name = "T", value_parser = args::instant)]
    now: Option<DateTime<Utc>>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    aws: AwsArgs,
}

impl Args {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        let document = super::document(&self.file)?;
        let outlooks = outlook::outlooks(&document, self.now.unwrap_or(world.now));
        let caches = self.caches()?;
        let mut warnings = match &caches {
            None => outlook::offline(&document, &outlooks),
            Some(caches) => outlook::online(&document, &outlooks, caches),
        };
        if caches.is_some() {
            warnings.extend(block_on(self.bucket(world, &document))?);
        }
        self.print(&outlooks, caches.as_deref(), &warnings)?;
        Ok(Exit::healthy_if(warnings.is_empty()))
    }

    /// What of the bucket does not go with exports, where the environment says which it is.
    async fn bucket(&self, world: &World, document: &Document) -> Result<Vec<Warning>, Failure> {
        let Some(name) = world.variable(BUCKET) else { return Ok(Vec::new()) };
        let clients = self.aws.connect().await?;
        Ok(super::unfit(&clients, &Bucket::here(&name), document).await)
    }

    /// The caches that there are; `None` where AWS is not to be asked, or nothing says which account to ask.
    fn caches(&self) -> Result<Option<Vec<Cache>>, Failure> {
        if self.offline {
            return Ok(None);
        }
        match block_on(self.aws.fleet()) {
            Err(failure) if failure.is_without_account() => {
                render::note(WITHOUT_ACCOUNT);
                Ok(None)
            }
            listed => listed.map(Some),
        }
    }

    fn print(
        &self,
        outlooks: &[Outlook<'_>],
        caches: Option<&[Cache]>,
        warnings: &[Warning],
    ) -> Result<(), Failure> {
        let checked = render::plans::Checked::new(outlooks, caches, warnings);
        if self.json { render::json(&checked) } else { render::text(&checked.report(&self.file)) }
    }
}
