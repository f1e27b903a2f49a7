//! `cachekeep init`: the table and the bucket, where SAM does not make them.

use cachekeep_aws::bucket::{self, Bucket};
use cachekeep_aws::{Clients, table};
use cachekeep_engine::Mode;

use crate::aws::Purpose;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render;
use crate::stack::{BUCKET, Stack, StackArgs, check_clock, connect};
use crate::world::{World, block_on};

const HELP: &str = "\
Examples:
  export CACHEKEEP_TABLE=cachekeep CACHEKEEP_BUCKET=my-cache-backups
  cachekeep init
  cachekeep init --bucket-only      a bucket for the parameter ExportBucketName

Where they exist, it adds the settings that they lack and changes nothing that somebody has set.";

/// Creates the table and the bucket where SAM is not used. Harmless when they exist.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// Only the bucket that `CACHEKEEP_BUCKET` names: for the stack's parameter `ExportBucketName`, or to seed caches from.
    #[arg(long)]
    bucket_only: bool,
    #[command(flatten)]
    stack: StackArgs,
}

impl Args {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        block_on(async {
            if self.bucket_only {
                return self.bucket_alone(world).await;
            }
            let stack = self.table(world).await?;
            finish(stack.clients(), &stack.context.bucket).await
        })?;
        Ok(Exit::Fine)
    }

    /// The table, and whose it is.
    async fn table(&self, world: &World) -> Result<Stack, Failure> {
        let table = self.stack.table(world)?;
        let clients = connect(Purpose::Act, world, &self.stack.aws).await?;
        let failed = |source| Failure::Aws { doing: "look at the table".to_owned(), source };
        // Whether there is one or not, the answer says what AWS's clock reads.
        table::site(&clients, &table).await.map_err(failed)?;
        check_clock(&clients)?;
        let made = table::ensure(&clients, &table).await;
        let made = made.map_err(|source| Failure::Aws { doing: "make the table".to_owned(), source })?;
        render::text(&render::init::made("table", &table, made.created, &made.set))?;
        if let Some(stream) = made.stream.filter(|_| !made.created) {
            render::text(&render::init::stream(&stream))?;
        }
        let mut stack = Stack::at(world, clients, table).await?;
        // Who makes the table says whose it is, be it by the table's name.
        stack.context.may_register = true;
        render::stack(&stack.context.stack);
        let admitted = cachekeep_engine::admit(&stack.context, &stack.pass(Mode::Act)).await;
        let doing = "register the stack in the ledger";
        admitted.map_err(|source| Failure::Engine { doing, source })?;
        Ok(stack)
    }

    /// The bucket of a stack that SAM makes, or one to seed caches from: no table is needed for it.
    async fn bucket_alone(&self, world: &World) -> Result<(), Failure> {
        let name = world.variable(BUCKET).ok_or(Failure::Unset { name: BUCKET })?;
        let clients = connect(Purpose::Act, world, &self.stack.aws).await?;
        finish(&clients, &Bucket::here(&name)).await
    }
}

/// Makes the bucket, and tells what of it does not go with exports.
async fn finish(clients: &Clients, bucket: &Bucket) -> Result<(), Failure> {
    let made = bucket::ensure(clients, bucket).await.map_err(|source| Failure::Bucket { source })?;
    render::text(&render::init::made("bucket", bucket.name(), made.created, &made.set))?;
    match bucket::unfit(clients, bucket).await {
        Ok(unfit) => unfit.iter().for_each(|unfit| render::note(&unfit.to_string())),
        Err(error) => render::note(&format!("whether exports can go there is not known: {error}")),
    }
    Ok(())
}
