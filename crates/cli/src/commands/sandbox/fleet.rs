//! `cachekeep sandbox fleet`: the caches that a sandbox begins with.

use std::collections::BTreeMap;

use cachekeep_core::ids::CacheKind;
use cachekeep_lab::fleet;
use cachekeep_sandbox::elasticache::{CacheSpec, Shape};
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::render;

const HELP: &str = "\
Examples:
  cachekeep sandbox fleet
  cachekeep sandbox fleet --caches 40 --json

Output with --json:
  [{\"cache\": \"orders\", \"kind\": \"group\"|\"cluster\"|\"serverless\", \"tags\": {\"backup\": \"gold\"},
    \"remark\": \"valkey 8.0, ...\"}]";

/// Shows the caches of `sandbox run` and `sandbox serve`: what a plan file can select.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// How many caches; the first ten are all different.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=2000))]
    caches: u16,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// A cache of the fleet.
#[derive(Debug, Serialize)]
pub(crate) struct FleetLine {
    pub(crate) cache: String,
    pub(crate) kind: CacheKind,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) remark: String,
}

impl FleetLine {
    fn new(spec: &CacheSpec) -> Self {
        let kind = match spec.shape {
            Shape::Group { .. } | Shape::ClusterModeGroup { .. } => CacheKind::Group,
            Shape::Cluster { .. } => CacheKind::Cluster,
            Shape::Serverless => CacheKind::Serverless,
        };
        Self { cache: spec.id.clone(), kind, tags: spec.tags.clone(), remark: fleet::remark(spec) }
    }
}

/// The lines of a fleet of so many caches.
pub(super) fn lines(caches: u16) -> Vec<FleetLine> {
    fleet::fleet(caches.into()).iter().map(FleetLine::new).collect()
}

impl Args {
    pub(crate) fn run(self) -> Result<Exit, Failure> {
        let lines = lines(self.caches);
        if self.json {
            render::json(&lines)?;
        } else {
            render::text(&render::sandbox::fleet(&lines))?;
        }
        Ok(Exit::Fine)
    }
}
