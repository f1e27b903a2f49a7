//! `cachekeep init`: the table and the bucket, where SAM does not make them.

use cachekeep_aws::{bucket, table};
use cachekeep_engine::Mode;

use crate::aws::Purpose;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render;
use crate::stack::{Stack, StackArgs, check_clock, connect};
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
    stack: StackArgs,
}

impl Args {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        block_on(async {
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
            let made = bucket::ensure(stack.clients(), &stack.context.bucket).await;
            let made = made.map_err(|source| Failure::Bucket { source })?;
            render::text(&render::init::made("bucket", stack.context.bucket.name(), made.created, &made.set))
        })?;
        Ok(Exit::Fine)
    }
}
