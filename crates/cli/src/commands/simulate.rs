//! `cachekeep simulate`: what plans will do to a fleet in the coming months, and what that costs.

use std::collections::BTreeMap;
use std::time::Duration;

use cachekeep_aws::fleet;
use cachekeep_aws::pacer::{Pace, Pacer};
use cachekeep_aws::snapshots::{self, Wanted};
use cachekeep_core::cache::{Cache, Topology};
use cachekeep_core::ids::{CacheId, Instant};
use cachekeep_core::plan::Document;
use cachekeep_core::prices::Prices;
use cachekeep_core::simulate::{self, Difference, Member, Simulation, Terms, Totals};
use cachekeep_core::snapshot::{Snapshot, SnapshotOf};
use cachekeep_core::stack::{Site, Stack};
use chrono::TimeDelta;
use serde::Serialize;

use crate::aws::AwsArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::Input;
use crate::world::{World, block_on};
use crate::{args, render};

/// How long the listing of a fleet may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// An account that is nobody's: whose the backups are decides nothing but names.
const NOWHERE: &str = "arn:aws:sns:us-east-1:000000000000:nowhere";

const HELP: &str = "\
Examples:
  cachekeep simulate --plans plans.yaml --fleet fleet.yaml
  cachekeep simulate --plans plans.yaml --live --days 90
  cachekeep simulate --plans plans.yaml --compare cheaper.yaml --fleet fleet.yaml --json

The jobs' own decisions are made for every slot of those days, without any AWS: what is taken,
what the quota leaves out, what retention keeps at each month's end and why. Nothing fails in it,
and nobody takes snapshots by hand. Sizes do not grow.

A fleet is a file like this; what is not said is as shown:
  caches:
    - name: orders           # needed
      kind: group            # or cluster, serverless
      nodes: 1               # of a group without cluster mode; or `shards: 3` with it
      tags: {}
      gigabytes: 1           # of one backup
      automatic: 02:00-03:00 # ElastiCache's own daily snapshot [default: none]
      unsupported: memcached # t1-micro, data-tiering, customer-key, serverless-memcached [none]
      count: 200             # orders-1 to orders-200 [default: one, with the name alone]
With --live, the sizes are those of the newest snapshots that are there.

Output with --json:
  {\"from\": \"2026-11-21T00:00:00Z\", \"until\": \"...\", \"prices\": {...},
   \"totals\": {\"plans\": {\"gold\": {\"caches\": 2, \"slots\": 60, \"taken\": 60, \"skipped\": 0,
                                \"missed\": 0, \"kept\": 14}},
              \"months\": [{\"until\": \"...\", \"kept\": 14, \"elasticache_gb\": 2.0, \"s3_gb\": 13.9,
                          \"cost\": 0.5}], \"cost\": 0.5},
   \"classes\": [{\"like\": \"group:orders\", \"caches\": 2, \"gigabytes\": 2.0, \"plans\": [\"gold\"],
                \"nodes\": [{\"node\": \"orders-001\", \"snapshots\": 30, \"most_in_24_hours\": 2,
                           \"limit\": 20}],
                \"months\": [{\"until\": \"...\", \"days\": 30.0, \"snapshots\": 1.0, \"exports\": 7.0,
                            \"kept\": [{\"plan\": \"gold\", \"slot\": \"...\",
                                      \"reasons\": [\"last snapshot\"]}]}]}],
   \"compared\": null|{\"totals\": {...}, \"difference\": {\"taken\": 0, \"skipped\": 0, \"missed\": 0,
                                                  \"kept\": -7, \"cost\": -0.2}}}
  `kept` and the averages of a class are of one of its caches.";

/// Shows what plans will do in the coming months: backups, what is kept and why, and what that costs.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// The plan file; `-` reads standard input.
    #[arg(long, value_name = "FILE", value_parser = args::input)]
    plans: Input,
    /// The caches that the plans are tried on.
    #[arg(long, value_name = "FILE", value_parser = args::input, required_unless_present = "live")]
    fleet: Option<Input>,
    /// Try them on the caches of the account and region.
    #[arg(long, conflicts_with = "fleet")]
    live: bool,
    /// How many days to go through.
    #[arg(long, value_name = "N", default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3660))]
    days: u32,
    /// The instant at which the plans are put in force, RFC 3339 or a date [default: the present].
    #[arg(long, value_name = "T", value_parser = args::instant)]
    from: Option<Instant>,
    /// Another plan file, to see what sets it apart.
    #[arg(long, value_name = "FILE", value_parser = args::input)]
    compare: Option<Input>,
    /// Prices of your own, in the form of crates/core/src/prices/us-east-1.yaml.
    #[arg(long, value_name = "FILE", value_parser = args::input)]
    prices: Option<Input>,
    /// The stack's `UndeleteDays`: for how long the bucket keeps, and AWS bills, what was deleted.
    #[arg(long, value_name = "N", default_value_t = 3)]
    undelete_days: u16,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    aws: AwsArgs,
}

/// What is printed.
#[derive(Debug, Serialize)]
pub(crate) struct Simulated {
    #[serde(flatten)]
    pub(crate) simulation: Simulation,
    pub(crate) totals: Totals,
    pub(crate) prices: Prices,
    pub(crate) compared: Option<Compared>,
}

/// What another plan file does instead.
#[derive(Debug, Serialize)]
pub(crate) struct Compared {
    pub(crate) totals: Totals,
    pub(crate) difference: Difference,
}

impl Args {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        let document = super::plans::document(&self.plans)?;
        let other = self.compare.as_ref().map(super::plans::document).transpose()?;
        let (prices, terms) = (super::report::prices(self.prices.as_ref())?, self.terms(world)?);
        let fleet = self.members()?;
        let simulation = simulate::simulate(&document, &fleet, &terms);
        let totals = simulation.totals(&prices);
        let compared = other.map(|other| compare(&other, &fleet, &terms, &prices, &totals));
        let simulated = Simulated { simulation, totals, prices, compared };
        if self.json {
            render::json(&simulated)?;
        } else {
            render::text(&render::simulate::report(&simulated))?;
        }
        Ok(Exit::Fine)
    }

    fn terms(&self, world: &World) -> Result<Terms, Failure> {
        let site = Site::of_arn(NOWHERE).map_err(|source| Failure::BadName { name: "the site", source })?;
        let identity =
            "simulation".parse().map_err(|source| Failure::BadName { name: "the stack", source })?;
        Ok(Terms {
            from: self.from.unwrap_or(world.now),
            days: self.days,
            snapshot_takes: TimeDelta::minutes(10),
            export_takes: TimeDelta::minutes(10),
            undelete: TimeDelta::days(self.undelete_days.into()),
            stack: Stack { identity, site },
        })
    }

    fn members(&self) -> Result<Vec<Member>, Failure> {
        match &self.fleet {
            Some(input) => simulate::fleet(&input.text()?)
                .map_err(|source| Failure::FleetFile { name: input.to_string(), source }),
            None => block_on(self.present()),
        }
    }

    /// The caches that there are, each with the size of its newest snapshot.
    async fn present(&self) -> Result<Vec<Member>, Failure> {
        let clients = self.aws.connect().await?;
        let pacer =
            Pacer::new(Pace::UNLIMITED, tokio::time::Instant::now() + PATIENCE).with(clients.patience());
        let caches = fleet::list(&clients, &pacer).await.map_err(|source| Failure::Fleet { source })?;
        let listing = snapshots::list(&clients, &pacer, Wanted::All).await;
        let listing =
            listing.map_err(|source| Failure::Aws { doing: "list the snapshots".to_owned(), source })?;
        let sizes = sizes(&caches, &listing.snapshots);
        let unknown = caches.iter().filter(|cache| !sizes.contains_key(&cache.id)).count();
        if unknown > 0 {
            render::note(&format!(
                "{unknown} caches have no snapshot that says how large it is; each counts as 1 GB"
            ));
        }
        let member = |cache: Cache| Member { gigabytes: sizes.get(&cache.id).copied().unwrap_or(1.0), cache };
        Ok(caches.into_iter().map(member).collect())
    }
}

fn compare(other: &Document, fleet: &[Member], terms: &Terms, prices: &Prices, before: &Totals) -> Compared {
    let totals = simulate::simulate(other, fleet, terms).totals(prices);
    Compared { difference: before.difference(&totals), totals }
}

/// The size of each cache's newest snapshot, in gigabytes.
fn sizes(caches: &[Cache], snapshots: &[Snapshot]) -> BTreeMap<CacheId, f64> {
    let mut newest: BTreeMap<CacheId, (Option<Instant>, f64)> = BTreeMap::new();
    for snapshot in snapshots {
        let Some(bytes) = snapshot.bytes else { continue };
        let of = caches.iter().find(|cache| is_of(snapshot, cache));
        let Some(cache) = of else { continue };
        let known = newest.entry(cache.id.clone()).or_default();
        if snapshot.taken_at() >= known.0 {
            *known = (snapshot.taken_at(), gigabytes(bytes));
        }
    }
    newest.into_iter().map(|(cache, (_, gigabytes))| (cache, gigabytes)).collect()
}

fn is_of(snapshot: &Snapshot, cache: &Cache) -> bool {
    match (&snapshot.of, &cache.topology) {
        (SnapshotOf::Node(node), Topology::Nodes(nodes)) => nodes.iter().any(|member| member.id == *node),
        (of, _) => of.cache().is_some_and(|id| id == cache.id),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a size in gigabytes needs no sixteen digits")]
fn gigabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e9
}
