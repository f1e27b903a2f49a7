//! The clients of the seven services, each with the retries and timeouts that its calls need.

mod function;
mod https;
mod profile;
#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use cachekeep_core::ids::Instant;

pub use function::Variable;

use crate::calls::{CallCounts, Counter, Listener};
use crate::clock::{ClockError, Watch};
use crate::error::AwsError;

/// How long a connection may take. AWS answers in milliseconds; three seconds tell a wrong region or a closed network
/// within one short pass.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// How long one attempt of a call may take until its answer begins. No control call is known to take this long, and two of
/// them still fit a Lambda of a minute. Whoever must end by some time stops starting calls this long before it.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

/// An AWS region, such as `eu-central-1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Region(String);

impl Region {
    /// The region of this name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn to_sdk(&self) -> aws_config::Region {
        aws_config::Region::new(self.0.clone())
    }
}

impl std::fmt::Display for Region {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where to find credentials and the region, beyond what the environment says.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// A profile of `~/.aws/config` instead of `AWS_PROFILE`. It wins over keys in the environment.
    pub profile: Option<String>,
    /// A region instead of `AWS_REGION` and the profile's.
    pub region: Option<Region>,
    /// An address that answers for every service, instead of `AWS_ENDPOINT_URL`.
    pub endpoint: Option<String>,
    /// How long calls may take.
    pub patience: Patience,
    /// Who is told of every attempt.
    pub listener: Option<Listener>,
}

/// How long calls may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Patience {
    /// As in the functions: nobody waits, and what took effect late should be heard of.
    #[default]
    Ample,
    /// Somebody waits and only looks: a call and its repetitions together take this long at most.
    Looks(Duration),
    /// Somebody waits and acts: the same but for S3, where a copy between buckets may take minutes.
    Acts(Duration),
}

/// A client that is made when somebody first calls: no pass calls all services, and a function pays for each at its start.
type Lazy<C> = Arc<LazyLock<C, Box<dyn FnOnce() -> C + Send>>>;

fn lazy<C>(make: impl FnOnce() -> C + Send + 'static) -> Lazy<C> {
    Arc::new(LazyLock::new(Box::new(make)))
}

/// Who hears of every call of a set of clients.
#[derive(Debug, Clone)]
struct Heard {
    calls: Counter,
    clock: Watch,
    listener: Option<Listener>,
}

impl Heard {
    fn interceptors(&self) -> impl Iterator<Item = SharedInterceptor> {
        let ours = [SharedInterceptor::new(self.calls.clone()), SharedInterceptor::new(self.clock.clone())];
        ours.into_iter().chain(self.listener.clone().map(SharedInterceptor::new))
    }
}

impl Patience {
    /// How long one call and its repetitions may take, where somebody waits for it.
    #[must_use]
    pub const fn limit(self) -> Option<Duration> {
        match self {
            Self::Ample => None,
            Self::Looks(limit) | Self::Acts(limit) => Some(limit),
        }
    }

    fn timeouts(self) -> TimeoutConfig {
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT);
        let timeouts = timeouts.operation_attempt_timeout(ATTEMPT_TIMEOUT);
        match self.limit() {
            None => timeouts,
            Some(limit) => timeouts.operation_timeout(limit),
        }
        .build()
    }

    /// The same for S3.
    fn timeouts_of_s3(self) -> TimeoutConfig {
        match self {
            Self::Ample | Self::Looks(_) => self.timeouts(),
            Self::Acts(_) => Self::Ample.timeouts(),
        }
    }
}

/// Clients for one account and region. Cheap to clone; connections are shared.
#[derive(Debug, Clone)]
pub struct Clients {
    config: SdkConfig,
    patience: Patience,
    heard: Heard,
    pub(crate) elasticache: Lazy<aws_sdk_elasticache::Client>,
    pub(crate) tagging: Lazy<aws_sdk_resourcegroupstagging::Client>,
    pub(crate) s3: Lazy<aws_sdk_s3::Client>,
    pub(crate) dynamodb: Lazy<aws_sdk_dynamodb::Client>,
    pub(crate) sns: Lazy<aws_sdk_sns::Client>,
    pub(crate) eventbridge: Lazy<aws_sdk_eventbridge::Client>,
    pub(crate) sts: Lazy<aws_sdk_sts::Client>,
}

impl Clients {
    /// Clients from the environment and the AWS config files, exactly as the AWS CLI finds them: `AWS_PROFILE`,
    /// `AWS_REGION`, `AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_ELASTICACHE` and so on.
    ///
    /// # Errors
    /// When a profile that was asked for does not exist, or no region is set anywhere. Credentials are only looked for by the
    /// first call.
    pub async fn load(source: Source) -> Result<Self, AwsError> {
        let config = profile::load(&source).await?;
        if config.region().is_none() {
            return Err(no_region("set AWS_REGION, or `region` in the profile"));
        }
        Ok(Self::build(&config, source.patience, source.listener))
    }

    /// Clients on a configuration made elsewhere: the sandbox's, with its transport and its clock.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self::build(config, Patience::Ample, None)
    }

    /// The same clients in another region, heard by the same listeners and held to the same clock.
    #[must_use]
    pub fn in_region(&self, region: &Region) -> Self {
        let config = self.config.clone().into_builder().region(region.to_sdk()).build();
        Self::on(&config, self.patience, self.heard.clone())
    }

    fn build(config: &SdkConfig, patience: Patience, listener: Option<Listener>) -> Self {
        let heard = Heard { calls: Counter::default(), clock: Watch::default(), listener };
        Self::on(config, patience, heard)
    }

    fn on(config: &SdkConfig, patience: Patience, heard: Heard) -> Self {
        let config = config.clone().into_builder().timeout_config(patience.timeouts()).build();
        // The pacer repeats these, at the account's pace; the SDK would only add to the throttling (docs/measured.md 3).
        let unretried = config.clone().into_builder().retry_config(RetryConfig::disabled()).build();
        macro_rules! client {
            ($service:ident, $config:expr) => {{
                let mut builder = $service::config::Builder::from($config);
                for interceptor in heard.interceptors() {
                    builder.push_interceptor(interceptor);
                }
                lazy(move || $service::Client::from_conf(builder.build()))
            }};
        }
        Self {
            elasticache: client!(aws_sdk_elasticache, &unretried),
            tagging: client!(aws_sdk_resourcegroupstagging, &unretried),
            s3: lazy({
                let (config, heard) = (config.clone(), heard.clone());
                move || aws_sdk_s3::Client::from_conf(s3_config(&config, patience, &heard))
            }),
            dynamodb: client!(aws_sdk_dynamodb, &config),
            sns: client!(aws_sdk_sns, &config),
            eventbridge: client!(aws_sdk_eventbridge, &config),
            sts: client!(aws_sdk_sts, &config),
            config,
            patience,
            heard,
        }
    }

    /// The region that the caches are in; `None` only where the given configuration had none.
    #[must_use]
    pub fn region(&self) -> Option<Region> {
        self.config.region().map(|region| Region::new(region.as_ref()))
    }

    /// How long calls may take.
    #[must_use]
    pub const fn patience(&self) -> Patience {
        self.patience
    }

    /// The calls since the last time that somebody asked, by service and operation; every attempt is one.
    #[must_use]
    pub fn take_calls(&self) -> CallCounts {
        self.heard.calls.take()
    }

    /// Says by which instant is decided from now on, `since` the moment when it was the present. What these clients are to
    /// change at AWS, they refuse while AWS's own clock says something else, or has not been heard since.
    pub fn decide_at(&self, now: Instant, since: tokio::time::Instant) {
        self.heard.clock.decide_at(now, since);
    }

    /// Whether the clock that is decided by agrees with what AWS's newest answer said.
    ///
    /// # Errors
    /// [`ClockError`], with both instants and the next step.
    pub fn check_clock(&self) -> Result<(), ClockError> {
        self.heard.clock.check()
    }

    /// S3 in the clients' own region.
    pub(crate) fn s3_here(&self) -> aws_sdk_s3::Client {
        (**self.s3).clone()
    }

    /// S3 in another region, for copies of exports.
    pub(crate) fn s3_in(&self, region: &Region) -> aws_sdk_s3::Client {
        if self.region().as_ref() == Some(region) {
            return self.s3_here();
        }
        let config = self.config.clone().into_builder().region(region.to_sdk()).build();
        aws_sdk_s3::Client::from_conf(s3_config(&config, self.patience, &self.heard))
    }
}

fn no_region(advice: &str) -> AwsError {
    AwsError::refused("LoadConfiguration", format!("no AWS region is set: {advice}"))
}

/// A loopback endpoint has no wildcard DNS, so the bucket goes into the path there.
fn s3_config(config: &SdkConfig, patience: Patience, heard: &Heard) -> aws_sdk_s3::Config {
    let loopback = config.endpoint_url().is_some() || s3_endpoint(config).is_some();
    let mut builder = aws_sdk_s3::config::Builder::from(config)
        .force_path_style(loopback)
        .timeout_config(patience.timeouts_of_s3());
    for interceptor in heard.interceptors() {
        builder.push_interceptor(interceptor);
    }
    builder.build()
}

/// `AWS_ENDPOINT_URL_S3`, or its counterpart in the profile.
fn s3_endpoint(config: &SdkConfig) -> Option<String> {
    let key = aws_types::service_config::ServiceConfigKey::builder()
        .service_id("S3")
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .ok()?;
    config.service_config()?.load_config(key)
}
