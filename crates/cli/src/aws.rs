//! How commands reach AWS: the flags that they share, and the reading of the fleet.

use std::time::Duration;

use cachekeep_aws::pacer::{Pace, Pacer};
use cachekeep_aws::{AwsError, Clients, Patience, Region, Source, fleet};
use cachekeep_core::cache::Cache;

use crate::args::{endpoint, seconds};
use crate::failure::Failure;
use crate::render::voice;

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
    /// An address that answers for every service, instead of `AWS_ENDPOINT_URL`.
    #[arg(long, value_name = "URL", value_parser = endpoint)]
    endpoint_url: Option<String>,
    /// How long one call to AWS may take, with its repetitions.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = seconds)]
    timeout: Duration,
}

/// What a command does with AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// It only reads.
    Look,
    /// It may change something.
    Act,
}

impl AwsArgs {
    /// Clients for the account and region, to look with.
    pub(crate) async fn connect(&self) -> Result<Clients, Failure> {
        self.connect_to(Purpose::Look).await
    }

    /// Clients for the account and region.
    pub(crate) async fn connect_to(&self, purpose: Purpose) -> Result<Clients, Failure> {
        let clients = self.load(purpose).await;
        clients.map_err(|source| Failure::Aws { doing: "find AWS".to_owned(), source })
    }

    async fn load(&self, purpose: Purpose) -> Result<Clients, AwsError> {
        let patience = match purpose {
            Purpose::Look => Patience::Looks(self.timeout),
            Purpose::Act => Patience::Acts(self.timeout),
        };
        Clients::load(Source {
            profile: self.profile.clone(),
            region: self.region.as_deref().map(Region::new),
            endpoint: self.endpoint_url.clone(),
            patience,
            listener: voice::listener(),
        })
        .await
    }

    /// Every cache of the account and region.
    pub(crate) async fn fleet(&self) -> Result<Vec<Cache>, Failure> {
        let clients = self.load(Purpose::Look).await.map_err(|source| Failure::Fleet { source })?;
        let deadline = tokio::time::Instant::now() + PATIENCE;
        let pacer = Pacer::new(Pace::UNLIMITED, deadline).with(clients.patience());
        fleet::list(&clients, &pacer).await.map_err(|source| Failure::Fleet { source })
    }
}
