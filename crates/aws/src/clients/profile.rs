//! Clients of whoever is at the command line: named profiles are taken as the AWS CLI takes them.
//!
//! The SDK's own chain prefers keys of the environment to any profile, and passes a profile that does not exist in silence:
//! the wrong account, from a tool that deletes.

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::os_shim_internal::{Env, Fs};
use cachekeep_core::cause::Cause;

use super::{Source, https};
use crate::error::{AwsError, Class};

/// The variables that name a profile, in the order in which the AWS CLI looks at them.
const NAMES: [&str; 2] = ["AWS_DEFAULT_PROFILE", "AWS_PROFILE"];

/// The configuration, with the profile that `source` or the environment names.
pub(super) async fn load(source: &Source) -> Result<SdkConfig, AwsError> {
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(https::client());
    if let Some(name) = source.profile.clone().or_else(of_environment) {
        must_exist(&name).await?;
        loader = loader.profile_name(name);
    }
    if let Some(region) = &source.region {
        loader = loader.region(region.to_sdk());
    }
    if let Some(endpoint) = &source.endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    let config = loader.load().await;
    Ok(match &source.profile {
        Some(name) => with_credentials_of(config, name),
        None => config,
    })
}

fn of_environment() -> Option<String> {
    let env = Env::real();
    NAMES.iter().find_map(|name| env.get(name).ok().filter(|value| !value.is_empty()))
}

/// A profile that is named is meant, even where there are keys to do without it.
#[expect(clippy::default_trait_access, reason = "the type's name is in a crate that nothing else here needs")]
async fn must_exist(name: &str) -> Result<(), AwsError> {
    let profiles = aws_config::profile::load(&Fs::real(), &Env::real(), &Default::default(), None).await;
    let profiles =
        profiles.map_err(|error| unusable(format!("the AWS config files cannot be read: {error}")))?;
    if profiles.get_profile(name).is_some() {
        return Ok(());
    }
    let mut known: Vec<&str> = profiles.profiles().collect();
    known.sort_unstable();
    let known = if known.is_empty() { "no profile at all".to_owned() } else { known.join(", ") };
    Err(unusable(format!(
        "there is no profile `{name}`: the AWS config files have {known}; correct --profile or AWS_PROFILE"
    )))
}

fn unusable(message: String) -> AwsError {
    AwsError::stated("LoadConfiguration", Class::NotFound, Cause::Refused { code: None }, message)
}

/// The same with the credentials of this profile, whatever keys the environment has. Where the profile says nothing of
/// credentials, the machine's own role remains, as with the AWS CLI.
fn with_credentials_of(config: SdkConfig, name: &str) -> SdkConfig {
    let around = ProviderConfig::without_region()
        .with_http_client(https::client())
        .with_region(config.region().cloned())
        .with_use_fips(config.use_fips())
        .with_use_dual_stack(config.use_dual_stack());
    let profile = ProfileFileCredentialsProvider::builder().configure(&around).profile_name(name).build();
    let chain = CredentialsProviderChain::first_try("Profile", profile)
        .or_else("EcsContainer", EcsCredentialsProvider::builder().configure(&around).build())
        .or_else("Ec2InstanceMetadata", ImdsCredentialsProvider::builder().configure(&around).build());
    config.into_builder().credentials_provider(SharedCredentialsProvider::new(chain)).build()
}
