//! How commands reach AWS: the flags that they share, and the reading of the fleet.

use std::time::Duration;

use cachekeep_aws::pacer::{Pace, Pacer};
use cachekeep_aws::{AwsError, Clients, Region, Source, fleet};
use cachekeep_core::cache::Cache;

use crate::failure::Failure;

/// How long a command keeps asking while AWS throttles it. People wait for it; beyond this they would rather know.
const PATIENCE: Duration = Duration::from_mins(2);

/// Where AWS is and who asks, beyond what the environment says.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "AWS (by default as the AWS CLI finds them)")]
pub(crate) struct AwsArgs {
    /// A profile of ~/.aws/config, instead of `AWS_PROFILE`.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// A region, instead of `AWS_REGION` and the profile's.
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
}

impl AwsArgs {
    /// Clients for the account and region.
    pub(crate) async fn connect(&self) -> Result<Clients, Failure> {
        self.load().await.map_err(|source| Failure::Aws { doing: "find AWS".to_owned(), source })
    }

    async fn load(&self) -> Result<Clients, AwsError> {
        let region = self.region.as_deref().map(Region::new);
        let source = Source { profile: self.profile.clone(), region };
        Clients::load(source).await
    }

    /// Every cache of the account and region.
    pub(crate) async fn fleet(&self) -> Result<Vec<Cache>, Failure> {
        let clients = self.load().await.map_err(|source| Failure::Fleet { source })?;
        let pacer = Pacer::new(Pace::UNLIMITED, tokio::time::Instant::now() + PATIENCE);
        fleet::list(&clients, &pacer).await.map_err(|source| Failure::Fleet { source })
    }
}
