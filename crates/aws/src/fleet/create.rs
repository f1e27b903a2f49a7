//! Creates a cache from a copy of another one's data: the three calls, with every member that they have.

mod cluster;
mod group;
mod nested;
mod serverless;
#[cfg(test)]
mod tests;

use cachekeep_core::restore::AuthToken;
use cachekeep_core::restore::input::Input;

use crate::clients::Clients;
use crate::error::AwsError;
use crate::pacer::{Effect, Pacer};

/// Asks ElastiCache for the cache. It shows as `creating` until its data is there.
///
/// # Errors
/// [`crate::Class::AlreadyExists`] where a cache has the id, perhaps by our own earlier call: its tags tell.
pub async fn create(
    clients: &Clients,
    pacer: &Pacer,
    input: &Input,
    token: Option<&AuthToken>,
) -> Result<(), AwsError> {
    let token = token.map(AuthToken::reveal);
    match input {
        Input::Group(input) => {
            let request =
                group::request(&clients.elasticache, input).set_auth_token(token.map(str::to_owned));
            pacer.run("CreateReplicationGroup", Effect::Changes, || request.clone().send()).await?;
        }
        Input::Cluster(input) => {
            let request =
                cluster::request(&clients.elasticache, input).set_auth_token(token.map(str::to_owned));
            pacer.run("CreateCacheCluster", Effect::Changes, || request.clone().send()).await?;
        }
        Input::Serverless(input) => {
            let request = serverless::request(&clients.elasticache, input);
            pacer.run("CreateServerlessCache", Effect::Changes, || request.clone().send()).await?;
        }
    }
    Ok(())
}
