//! A restore from the bucket alone: a manifest, the files beside it, and no ledger.

use cachekeep_aws::bucket::{self, Bucket};
use cachekeep_aws::{Clients, ClockError, Region};
use cachekeep_core::manifest::{BYTES_MAX, Manifest};
use cachekeep_core::stack::Site;
use cachekeep_engine::restore::Bench;
use cachekeep_engine::{Mode, Pass};

use crate::aws::{AwsArgs, Purpose};
use crate::commands::verify::source::ObjectUrl;
use crate::failure::Failure;
use crate::stack::{BUCKET, PASS_AT_MOST, connect};
use crate::world::World;

/// What a restore without a ledger works with.
pub(super) struct Alone {
    /// The manifest.
    pub(super) manifest: Manifest,
    clients: Clients,
    site: Site,
    pass: Pass,
    staging: Option<String>,
}

impl Alone {
    /// Reads the manifest.
    pub(super) async fn open(
        world: &World,
        aws: &AwsArgs,
        url: &ObjectUrl,
        dry_run: bool,
    ) -> Result<Self, Failure> {
        let purpose = if dry_run { Purpose::Look } else { Purpose::Act };
        let clients = connect(purpose, world, aws).await?;
        let manifest = read(&clients, url).await?;
        if !dry_run {
            check_clock(&clients)?;
        }
        let site = here(&clients, &manifest);
        let mode = if dry_run { Mode::DryRun } else { Mode::Act };
        let deadline = tokio::time::Instant::now() + PASS_AT_MOST;
        let pass = Pass { now: world.now, started: world.started, deadline, mode };
        Ok(Self { manifest, clients, site, pass, staging: world.variable(BUCKET) })
    }

    /// Files that ElastiCache cannot read where they are may be staged in the bucket that the environment names.
    pub(super) fn bench(&self) -> Bench<'_> {
        let bench = Bench::without_ledger(&self.clients, &self.pass, &self.site);
        match &self.staging {
            Some(bucket) => bench.staging_in(bucket),
            None => bench,
        }
    }
}

/// The manifest's account, in the region that the command works in.
fn here(clients: &Clients, manifest: &Manifest) -> Site {
    let old = &manifest.stack.site;
    let region = clients.region().map_or_else(|| old.region().to_string(), |region| region.to_string());
    let arn = format!("arn:{}:elasticache:{region}:{}:cluster:new", old.partition(), old.account());
    Site::of_arn(&arn).unwrap_or_else(|_| old.clone())
}

async fn read(clients: &Clients, url: &ObjectUrl) -> Result<Manifest, Failure> {
    let range = 0..BYTES_MAX as u64 + 1;
    let mut bytes = bucket::get_range(clients, &Bucket::here(&url.bucket), &url.key, range.clone()).await;
    // S3 says where a bucket of another region is.
    if let Some(region) = bytes.as_ref().err().and_then(|error| error.bucket_region()) {
        let there = Bucket::in_region(&url.bucket, Region::new(region));
        bytes = bucket::get_range(clients, &there, &url.key, range).await;
    }
    let bytes = bytes.map_err(|source| Failure::Aws { doing: format!("read {url}"), source })?;
    let manifest = Manifest::parse(&String::from_utf8_lossy(&bytes));
    manifest.map_err(|source| Failure::Manifest { url: url.to_string(), source })
}

fn check_clock(clients: &Clients) -> Result<(), Failure> {
    clients.check_clock().map_err(|source: ClockError| Failure::Clock { source })
}
