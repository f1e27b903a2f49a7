//! `cachekeep init`: the table and the bucket, where SAM does not make them.

use cachekeep_aws::{bucket, table};

use crate::aws::AwsArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render;
use crate::stack::Stack;
use crate::world::{World, block_on};

const HELP: &str = "\
Example:
  export CACHEKEEP_TABLE=cachekeep CACHEKEEP_BUCKET=my-cache-backups
  cachekeep init

Where they exist, it adds the settings that they lack and changes nothing that somebody has set.";

/// Creates the table and the bucket where SAM is not used. Harmless when they exist.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    aws: AwsArgs,
}

impl Args {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        block_on(async {
            let stack = Stack::open(world, &self.aws).await?;
            let made = table::ensure(stack.clients(), &stack.table).await;
            let made = made.map_err(|source| Failure::Aws { doing: "make the table".to_owned(), source })?;
            render::text(&render::init::made("table", &stack.table, made.created, &made.set))?;
            let made = bucket::ensure(stack.clients(), &stack.context.bucket).await;
            let made = made.map_err(|source| Failure::Bucket { source })?;
            render::text(&render::init::made("bucket", stack.context.bucket.name(), made.created, &made.set))
        })?;
        Ok(Exit::Fine)
    }
}
