//! What AWS charges for what cachekeep keeps and starts: one file with its source and date, which a user's own can replace.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_saphyr::options;

/// List prices of us-east-1.
const BUILT_IN: &str = include_str!("prices/us-east-1.yaml");

/// Prices of one region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// When they were looked up.
    pub date: NaiveDate,
    /// The region that they hold for.
    pub region: String,
    /// What they are in.
    pub currency: String,
    /// Where they are from.
    pub source: String,
    /// What a gigabyte of backup costs for a month.
    pub storage_gb_month: Storage,
    /// What an hour of a node costs, by node type, on demand and for Redis OSS.
    #[serde(default)]
    pub node_hour: BTreeMap<String, f64>,
    /// How much of that each engine costs.
    #[serde(default)]
    pub engine_share: BTreeMap<String, f64>,
    /// What an hour of a gigabyte in a serverless cache costs, by engine.
    #[serde(default)]
    pub serverless_gb_hour: BTreeMap<String, f64>,
}

/// What a gigabyte of backup costs for a month.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Storage {
    /// As a snapshot in ElastiCache.
    pub elasticache: f64,
    /// As an export or a replica in S3 Standard.
    pub s3: f64,
}

/// A price file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("they need `date`, `region`, `currency`, `source` and `storage_gb_month`")]
pub struct BadPrices {
    #[source]
    source: Box<serde_saphyr::Error>,
}

impl Prices {
    /// Reads a price file.
    ///
    /// # Errors
    /// [`BadPrices`] where it is no YAML, or its fields are other ones.
    pub fn parse(text: &str) -> Result<Self, BadPrices> {
        serde_saphyr::from_str_with_options(text, options! { with_snippet: false })
            .map_err(|source| BadPrices { source: Box::new(source) })
    }

    /// The prices that come with cachekeep.
    ///
    /// # Errors
    /// [`BadPrices`], which a test rules out.
    pub fn built_in() -> Result<Self, BadPrices> {
        Self::parse(BUILT_IN)
    }

    /// What an hour of one node of this type and engine costs; `None` where the file does not say.
    #[must_use]
    pub fn node_hour(&self, node_type: &str, engine: &str) -> Option<f64> {
        let share = self.engine_share.get(engine).copied().unwrap_or(1.0);
        self.node_hour.get(node_type).map(|price| price * share)
    }

    /// What an hour of a serverless cache of this engine with so many gigabytes costs, without the requests that it serves;
    /// `None` where the file does not say.
    #[must_use]
    pub fn serverless_hour(&self, engine: &str, gigabytes: f64) -> Option<f64> {
        self.serverless_gb_hour.get(engine).map(|price| price * gigabytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_prices_can_be_read_and_say_where_they_are_from() {
        let prices = Prices::built_in().unwrap();
        assert!(prices.source.contains("COST.md") && prices.storage_gb_month.s3 > 0.0);
        assert_eq!(prices.node_hour("cache.r7g.large", "redis"), Some(0.219));
        assert!(prices.node_hour("cache.r7g.large", "valkey").unwrap() < 0.176);
        assert_eq!(prices.node_hour("cache.x9.large", "redis"), None);
        assert_eq!(prices.serverless_hour("valkey", 2.0), Some(0.168));
    }

    #[test]
    fn the_storage_prices_are_those_that_the_page_on_cost_names() {
        let page = include_str!("../../../infra/COST.md");
        let Storage { elasticache, s3 } = Prices::built_in().unwrap().storage_gb_month;
        assert!(page.contains(&format!("ElastiCache backups: ${elasticache} a GB")), "{elasticache}");
        assert!(page.contains(&format!("S3 Standard: ${s3} a GB")), "{s3}");
    }

    #[test]
    fn a_price_file_with_an_unknown_field_is_refused() {
        assert!(Prices::parse(&format!("{BUILT_IN}\nsnapshots: 1\n")).is_err());
        assert!(Prices::parse("date: 2026-01-01").is_err());
    }
}
