//! One error for every call to AWS, sorted by what a caller can do about it.

mod advice;
mod answer;
mod classify;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use cachekeep_core::cause::{Cause, Failure};

/// What a failed call means for whoever made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// AWS asked for fewer calls; nothing happened.
    Throttled,
    /// AWS was not reached, or failed by itself (5xx). A 5xx may rarely have taken effect, which deterministic names make
    /// harmless.
    Transient,
    /// No answer came after the request had left: it may have taken effect. Look before doing it again.
    Unknown,
    /// What was asked for does not exist.
    NotFound,
    /// The name is taken, perhaps by our own earlier attempt.
    AlreadyExists,
    /// The quota of manual snapshots in 24 hours is used up.
    QuotaExceeded,
    /// The resource is in a state that does not allow it now (`snapshotting`, `modifying`, ...).
    WrongState,
    /// The caller is unknown or not allowed.
    Denied,
    /// AWS understood and refused: the same call will be refused again.
    Refused,
}

/// A call to AWS that did not succeed.
#[derive(Debug, thiserror::Error)]
pub struct AwsError {
    operation: &'static str,
    class: Class,
    // Boxed, so that results stay small.
    details: Box<Details>,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

#[derive(Debug)]
struct Details {
    cause: Cause,
    code: Option<String>,
    message: String,
    region: Option<String>,
}

impl AwsError {
    /// Sorts what the SDK reports of `operation` (AWS's own name of the call, such as `CreateSnapshot`).
    #[must_use]
    pub fn from_sdk<E>(operation: &'static str, error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let classify::Found { code, message, reading, region } = classify::sort(operation, &error);
        let details = Details { cause: reading.cause, code, message, region };
        Self { operation, class: reading.class, details: Box::new(details), source: Some(Box::new(error)) }
    }

    /// A failure that is ours to state, since AWS answered with something that cannot be used.
    pub(crate) fn refused(operation: &'static str, message: impl Into<String>) -> Self {
        Self::stated(operation, Class::Refused, Cause::Refused { code: None }, message)
    }

    /// A success that cannot be read: what was asked for may well have happened.
    pub(crate) fn unknown(operation: &'static str, message: impl Into<String>) -> Self {
        Self::stated(operation, Class::Unknown, Cause::AnswerUnreadable, message)
    }

    /// A failure of this class and cause without an SDK error behind it.
    pub(crate) fn stated(
        operation: &'static str,
        class: Class,
        cause: Cause,
        message: impl Into<String>,
    ) -> Self {
        let details = Details { cause, code: None, message: message.into(), region: None };
        Self { operation, class, details: Box::new(details), source: None }
    }

    /// AWS's name of the call.
    #[must_use]
    pub const fn operation(&self) -> &'static str {
        self.operation
    }

    /// AWS's error code, such as `SnapshotQuotaExceededFault`, where AWS gave one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.details.code.as_deref()
    }

    /// AWS's own words, or the innermost cause where AWS was not reached.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.details.message
    }

    /// What it means for the caller.
    #[must_use]
    pub const fn class(&self) -> Class {
        self.class
    }

    /// Why it failed, for whatever is decided about it later.
    #[must_use]
    pub fn cause(&self) -> &Cause {
        &self.details.cause
    }

    /// The failure as it is recorded: the cause, and these words with what to do.
    #[must_use]
    pub fn failure(&self) -> Failure {
        Failure::new(self.cause().clone(), self.to_string())
    }

    /// The region that S3 says the bucket is in, where it says so.
    #[must_use]
    pub fn bucket_region(&self) -> Option<&str> {
        self.details.region.as_deref()
    }

    /// Whether S3 found another object than the one that was asked for.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        matches!(self.cause(), Cause::ObjectChanged)
    }

    /// Whether a later pass may succeed without anybody changing anything.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self.class {
            Class::Throttled | Class::Transient | Class::Unknown | Class::WrongState => true,
            Class::NotFound
            | Class::AlreadyExists
            | Class::QuotaExceeded
            | Class::Denied
            | Class::Refused => false,
        }
    }
}

impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.operation, self.message())?;
        if let Some(code) = self.code() {
            write!(f, " ({code})")?;
        }
        match advice::next_step(self) {
            Some(step) => write!(f, "; {step}"),
            None => Ok(()),
        }
    }
}

/// The causes of an error, outermost first, up to the first that AWS had a part in: it says all there is to say, and what the
/// SDK has below it only repeats that on several levels.
#[must_use]
pub fn causes(error: &(dyn Error + 'static)) -> Vec<String> {
    std::iter::successors(Some(error), |cause| below(*cause)).skip(1).map(ToString::to_string).collect()
}

fn below<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    // The ledger shares one error among the changes that one call carried.
    let is_of_aws = error.is::<AwsError>() || error.is::<Arc<AwsError>>();
    if is_of_aws { None } else { error.source() }
}

/// The text of an error with all its [`causes`], for a report or a log line.
#[must_use]
pub fn with_causes(error: &(dyn Error + 'static)) -> String {
    causes(error).into_iter().fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Names the operation of a failed SDK call, so that each call reads `client.x().send().await.or_aws("X")?`.
pub(crate) trait OrAws<T> {
    fn or_aws(self, operation: &'static str) -> Result<T, AwsError>;
}

impl<T, E> OrAws<T> for Result<T, SdkError<E, HttpResponse>>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    fn or_aws(self, operation: &'static str) -> Result<T, AwsError> {
        self.map_err(|error| AwsError::from_sdk(operation, error))
    }
}
