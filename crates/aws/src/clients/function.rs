//! Clients of a Lambda: what Lambda itself sets, and nothing else.

#[cfg(test)]
mod tests;

use aws_config::identity::IdentityCache;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_types::retry::RetryConfig;
use aws_types::sdk_config::Builder;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use super::{Clients, Region, https, no_region};
use crate::error::AwsError;

/// Reads a variable of the environment; `None` if it is not set.
pub type Variable = fn(&str) -> Option<String>;

impl Clients {
    /// Clients from `AWS_REGION`, the role's credentials in `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and
    /// `AWS_SESSION_TOKEN`, and where one is set, `AWS_ENDPOINT_URL` or `AWS_ENDPOINT_URL_S3` and so on.
    ///
    /// A function has no profile, no login and no metadata service. `load` looks for them all, which costs time at each
    /// start, and code in each function.
    ///
    /// # Errors
    /// When the region or the credentials are missing.
    pub fn of_function(variable: Variable) -> Result<Self, AwsError> {
        Ok(Self::new(&config(variable)?.http_client(https::client()).build()))
    }
}

fn config(variable: Variable) -> Result<Builder, AwsError> {
    let region = variable("AWS_REGION").ok_or_else(|| no_region("set AWS_REGION, as Lambda does"))?;
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(&region).to_sdk())
        .credentials_provider(SharedCredentialsProvider::new(credentials(variable)?))
        .identity_cache(IdentityCache::lazy().build())
        .retry_config(RetryConfig::standard())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .service_config(Endpoints(variable));
    config.set_endpoint_url(variable("AWS_ENDPOINT_URL"));
    Ok(config)
}

fn credentials(variable: Variable) -> Result<Credentials, AwsError> {
    let required = |name: &str| {
        let missing = || AwsError::refused("LoadConfiguration", format!("set {name}, as Lambda does"));
        variable(name).ok_or_else(missing)
    };
    let (id, secret) = (required("AWS_ACCESS_KEY_ID")?, required("AWS_SECRET_ACCESS_KEY")?);
    Ok(Credentials::new(id, secret, variable("AWS_SESSION_TOKEN"), None, "Lambda"))
}

/// The endpoint of a single service, as the SDK asks for it.
#[derive(Debug)]
struct Endpoints(Variable);

impl LoadServiceConfig for Endpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace(' ', "_");
        (self.0)(&format!("{}_{service}", key.env()))
    }
}
