//! The stack that a command works for: the names that the environment gives, and AWS behind them.

use std::time::Duration;

use cachekeep_aws::Clients;
use cachekeep_aws::bucket::Bucket;
use cachekeep_aws::ledger::Ledger;
use cachekeep_core::plan::{DefaultPlan, Document, Prefix};
use cachekeep_engine::{Context, Memory, Mode, Pass};

use crate::aws::AwsArgs;
use crate::failure::Failure;
use crate::world::World;

/// How long one command starts new calls: what a Lambda has at most. What is left stays in its queue.
const PASS_AT_MOST: Duration = Duration::from_mins(15);

/// A stack within reach.
#[derive(Debug, Clone)]
pub(crate) struct Stack {
    /// What the engine works with.
    pub(crate) context: Context,
    /// The ledger's table.
    pub(crate) table: String,
    world: World,
}

impl Stack {
    /// The stack that the environment names.
    pub(crate) async fn open(world: &World, aws: &AwsArgs) -> Result<Self, Failure> {
        // What is missing is told before AWS is looked for.
        let (table, bucket) = (required(world, "CACHEKEEP_TABLE")?, required(world, "CACHEKEEP_BUCKET")?);
        let (prefix, default_plan) = (prefix(world)?, default_plan(world)?);
        let clients = aws.connect().await?;
        let context = Context {
            ledger: Ledger::new(&clients, &table),
            bucket: Bucket::here(&bucket),
            prefix,
            topic: world.variable("CACHEKEEP_TOPIC_ARN"),
            bus: world.variable("CACHEKEEP_BUS"),
            default_plan: Some(default_plan),
            memory: Memory::default(),
            clients,
        };
        Ok(Self { context, table, world: *world })
    }

    /// The AWS clients.
    pub(crate) fn clients(&self) -> &Clients {
        &self.context.clients
    }

    /// A pass at the command's one `now`.
    pub(crate) fn pass(&self, mode: Mode) -> Pass {
        Pass { now: self.world.now, deadline: tokio::time::Instant::now() + PASS_AT_MOST, mode }
    }
}

fn required(world: &World, name: &'static str) -> Result<String, Failure> {
    world.variable(name).ok_or(Failure::Unset { name })
}

/// What the keys of the stack's exports begin with.
fn prefix(world: &World) -> Result<Prefix, Failure> {
    let text = world.variable("CACHEKEEP_PREFIX").unwrap_or_default();
    text.parse().map_err(|source| Failure::Prefix { source })
}

/// The plan in force while none is applied: of the very variables that the stack's parameters become in the functions.
fn default_plan(world: &World) -> Result<Document, Failure> {
    let plan = DefaultPlan::of(|name| world.variable(name));
    plan.document().map_err(|source| Failure::DefaultPlan { source })
}
