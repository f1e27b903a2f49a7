//! The stack that a command works for: the names that the environment gives, and AWS behind them.

use std::time::Duration;

use cachekeep_aws::bucket::Bucket;
use cachekeep_aws::ledger::Ledger;
use cachekeep_aws::{Clients, table};
use cachekeep_core::hold::Holds;
use cachekeep_core::pace::CallLimit;
use cachekeep_core::plan::{DefaultPlan, Document, Prefix};
use cachekeep_core::stack::{Admission, Identity, Registration, Replicas, Stack as CoreStack, admit};
use cachekeep_engine::{Context, Memory, Mode, Pass, PassError};

use chrono::TimeDelta;

use crate::aws::{AwsArgs, Purpose};
use crate::failure::Failure;
use crate::render;
use crate::world::World;

/// The variable that names the stack.
const IDENTITY: &str = "CACHEKEEP_STACK";

/// The variable that limits calls of ElastiCache.
pub(crate) const MAX_CALLS: &str = "CACHEKEEP_MAX_CALLS_PER_SECOND";

/// The variable that names the bucket of new exports.
pub(crate) const BUCKET: &str = "CACHEKEEP_BUCKET";

/// How long one command starts new calls: what a Lambda has at most. What is left stays in its queue.
pub(crate) const PASS_AT_MOST: Duration = Duration::from_mins(15);

/// A stack within reach.
#[derive(Debug, Clone)]
pub(crate) struct Stack {
    /// What the engine works with.
    pub(crate) context: Context,
    world: World,
}

/// Which stack a command is for, and how to reach it.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "AWS (by default as the AWS CLI finds them)")]
pub(crate) struct StackArgs {
    /// The stack's table, instead of `CACHEKEEP_TABLE`.
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    #[command(flatten)]
    pub(crate) aws: AwsArgs,
}

impl StackArgs {
    /// The ledger's table. That it is missing is told before AWS is looked for.
    pub(crate) fn table(&self, world: &World) -> Result<String, Failure> {
        let name = "CACHEKEEP_TABLE";
        let table = self.table.clone().or_else(|| world.variable(name));
        table.ok_or(Failure::Unset { name })
    }
}

impl Stack {
    /// The stack that the command line or the environment names.
    pub(crate) async fn open(world: &World, args: &StackArgs) -> Result<Self, Failure> {
        Self::open_to(Purpose::Look, world, args).await
    }

    /// The same, and people are told which account, region and stack they look at.
    pub(crate) async fn to_look(world: &World, args: &StackArgs) -> Result<Self, Failure> {
        let stack = Self::open(world, args).await?;
        render::stack(&stack.context.stack);
        Ok(stack)
    }

    /// The same for a command that acts: it does so only by a clock that agrees with AWS's.
    pub(crate) async fn to_act(world: &World, args: &StackArgs) -> Result<Self, Failure> {
        let stack = Self::open_to(Purpose::Act, world, args).await?;
        render::stack(&stack.context.stack);
        check_clock(stack.clients())?;
        Ok(stack)
    }

    async fn open_to(purpose: Purpose, world: &World, args: &StackArgs) -> Result<Self, Failure> {
        let table = args.table(world)?;
        let clients = connect(purpose, world, &args.aws).await?;
        Self::at(world, clients, table).await
    }

    /// The stack whose ledger is in this table.
    pub(crate) async fn at(world: &World, clients: Clients, table: String) -> Result<Self, Failure> {
        let default_plan = default_plan(world)?;
        let failed = |source| Failure::Aws { doing: "look at the table".to_owned(), source };
        let site = table::site(&clients, &table).await.map_err(failed)?;
        let site = site.ok_or_else(|| Failure::NoTable { table: table.clone() })?;
        let ledger = Ledger::new(&clients, &table);
        let recorded = ledger.registered().await;
        let recorded =
            recorded.map_err(|source| Failure::Ledger { doing: "read whose the ledger is", source })?;
        let recorded = recorded.map(|recorded| recorded.registration);
        let told = Settings::of(world, &table, recorded.clone())?;
        let context = Context {
            ledger,
            stack: CoreStack { identity: told.identity, site },
            may_register: world.variable(IDENTITY).is_some(),
            bucket: Bucket::here(&told.bucket),
            prefix: told.prefix,
            topic: told.topic,
            bus: told.bus,
            calls: Some(calls(world)?),
            replicas: told.replicas,
            default_plan: Some(Ok(default_plan)),
            memory: Memory::default(),
            clients,
        };
        refuse_foreign(&context, recorded.as_ref())?;
        Ok(Self { context, world: *world })
    }

    /// The AWS clients.
    pub(crate) fn clients(&self) -> &Clients {
        &self.context.clients
    }

    /// The holds on whole caches and plans.
    pub(crate) async fn holds(&self) -> Result<Holds, Failure> {
        let holds = self.context.ledger.holds().await;
        holds.map_err(|source| Failure::Ledger { doing: "read the holds", source })
    }

    /// A pass at the present moment, for a command that goes on for longer than one pass.
    pub(crate) fn present_pass(&self, mode: Mode) -> Pass {
        let started = tokio::time::Instant::now();
        let elapsed = TimeDelta::from_std(started - self.world.started).unwrap_or_default();
        Pass { now: self.world.now + elapsed, started, deadline: started + PASS_AT_MOST, mode }
    }

    /// A pass at the command's one `now`.
    pub(crate) fn pass(&self, mode: Mode) -> Pass {
        let World { now, started, .. } = self.world;
        Pass { now, started, deadline: tokio::time::Instant::now() + PASS_AT_MOST, mode }
    }
}

/// Clients that know by which instant the command decides.
pub(crate) async fn connect(purpose: Purpose, world: &World, aws: &AwsArgs) -> Result<Clients, Failure> {
    let clients = aws.connect_to(purpose).await?;
    clients.decide_at(world.now, world.started);
    Ok(clients)
}

/// Whether that instant may be acted by, after an answer of AWS.
pub(crate) fn check_clock(clients: &Clients) -> Result<(), Failure> {
    clients.check_clock().map_err(|source| Failure::Clock { source })
}

/// What the environment says of the stack, and where it says nothing, what the functions recorded in the ledger.
struct Settings {
    identity: Identity,
    bucket: String,
    prefix: Prefix,
    topic: Option<String>,
    bus: Option<String>,
    replicas: Option<Replicas>,
}

impl Settings {
    fn of(world: &World, table: &str, recorded: Option<Registration>) -> Result<Self, Failure> {
        let read = |text: String| text.parse().map_err(|source| Failure::BadName { name: IDENTITY, source });
        let (identity, bucket) = (world.variable(IDENTITY), world.variable(BUCKET));
        let (prefix, topic) = (prefix(world)?, world.variable("CACHEKEEP_TOPIC_ARN"));
        let bus = world.variable("CACHEKEEP_BUS");
        Ok(match recorded {
            Some(recorded) => Self {
                identity: identity.map_or(Ok(recorded.stack.identity), read)?,
                bucket: bucket.unwrap_or(recorded.bucket),
                prefix: prefix.unwrap_or(recorded.prefix),
                topic: topic.or(recorded.topic),
                bus: bus.or(recorded.bus),
                replicas: recorded.replicas,
            },
            None => Self {
                // Without a name of its own, a stack goes by that of its table, which no other has in a site.
                identity: read(identity.unwrap_or_else(|| table.to_owned()))?,
                bucket: bucket.ok_or(Failure::Unset { name: BUCKET })?,
                prefix: prefix.unwrap_or_else(Prefix::none),
                topic,
                bus,
                replicas: None,
            },
        })
    }
}

/// How many calls of ElastiCache a command may make.
fn calls(world: &World) -> Result<CallLimit, Failure> {
    let Some(text) = world.variable(MAX_CALLS) else { return Ok(CallLimit::default()) };
    text.parse().ok().and_then(CallLimit::per_second).ok_or(Failure::BadCalls { text })
}

/// What the keys of the stack's exports begin with, where the environment says so.
fn prefix(world: &World) -> Result<Option<Prefix>, Failure> {
    let prefix = world.variable("CACHEKEEP_PREFIX").map(|text| text.parse());
    prefix.transpose().map_err(|source| Failure::Prefix { source })
}

/// Reading what another stack recorded would mislead as much as changing it.
fn refuse_foreign(context: &Context, recorded: Option<&Registration>) -> Result<(), Failure> {
    match admit(recorded, &context.registration()) {
        Admission::Known | Admission::Register => Ok(()),
        Admission::Refused { recorded } => {
            let (recorded, ours) = (Box::new(recorded), Box::new(context.stack.clone()));
            let source = PassError::Foreign { recorded, ours };
            Err(Failure::Engine { doing: "use the ledger", source })
        }
    }
}

/// The plan in force while none is applied: of the very variables that the stack's parameters become in the functions.
fn default_plan(world: &World) -> Result<Document, Failure> {
    let plan = DefaultPlan::of(|name| world.variable(name));
    plan.document().map_err(|source| Failure::DefaultPlan { source })
}
