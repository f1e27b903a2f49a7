//! Why an invocation failed, and what Lambda and its alarms are told of it.

use std::fmt;

use cachekeep_aws::with_causes;
use cachekeep_core::job::Job;
use cachekeep_engine::{OrderFault, PassError};
use lambda_runtime::Diagnostic;

use crate::event::EventError;

/// An invocation that failed as a whole. What went wrong with single backups is no error of the invocation: it stands in
/// the ledger, and in the job's queue for as long as somebody must act.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// The event is not one that the function understands.
    #[error("the event is refused; functions/README.md lists what each function accepts")]
    Event(#[source] EventError),
    /// The backup that the event asks for is not taken on.
    #[error("the request for a backup failed")]
    Order(#[source] OrderFault),
    /// The pass could not see enough to decide anything.
    #[error("the {job} pass could not run")]
    Pass {
        /// Which job's pass.
        job: Job,
        /// Why.
        #[source]
        source: PassError,
    },
}

/// Whether it helps to run the same again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The next try may well succeed.
    Retryable,
    /// Somebody must change something first.
    NonRetryable,
}

impl Class {
    /// The word that Lambda is told as the error's type.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retryable => "Retryable",
            Self::NonRetryable => "NonRetryable",
        }
    }
}

impl HandlerError {
    /// Whether it helps to run the same again.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Pass { source, .. } if source.is_retryable() => Class::Retryable,
            Self::Order(source) if source.is_retryable() => Class::Retryable,
            Self::Pass { .. } | Self::Order(_) | Self::Event(_) => Class::NonRetryable,
        }
    }
}

impl From<HandlerError> for Diagnostic {
    fn from(error: HandlerError) -> Self {
        Self { error_type: error.class().as_str().to_owned(), error_message: with_causes(&error) }
    }
}

/// A failed invocation as the Lambda runtime takes it. The runtime logs its `Debug` form, which is the one line that is
/// logged of it: the words with all causes, and not the raw answers of AWS that a derived form would show.
pub struct Failed(HandlerError);

impl From<HandlerError> for Failed {
    fn from(error: HandlerError) -> Self {
        Self(error)
    }
}

impl From<Failed> for Diagnostic {
    fn from(failed: Failed) -> Self {
        failed.0.into()
    }
}

impl fmt::Debug for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invocation failed ({}): {}", self.0.class().as_str(), with_causes(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_event_is_told_with_its_cause_and_is_not_worth_a_retry() {
        let refused = EventError::UnknownSource { origin: "aws.ec2".to_owned() };
        let told = Diagnostic::from(HandlerError::Event(refused));
        assert_eq!(told.error_type, "NonRetryable");
        assert!(told.error_message.contains("`aws.ec2`"), "{}", told.error_message);
    }

    #[test]
    fn the_runtime_logs_words_and_no_raw_answers() {
        let failed = Failed::from(HandlerError::Event(EventError::NoSource));
        let logged = format!("{failed:?}");
        assert!(logged.starts_with("invocation failed (NonRetryable): the event is refused"), "{logged}");
        assert!(!logged.contains("NoSource"), "{logged}");
    }

    #[test]
    fn plans_that_cannot_be_read_are_not_worth_a_retry() {
        let source = cachekeep_core::plan::Document::parse("the applied plans", "version: 1").unwrap_err();
        let error = HandlerError::Pass { job: Job::Prune, source: PassError::Plans(source) };
        assert_eq!(error.class(), Class::NonRetryable);
        let told = Diagnostic::from(error).error_message;
        assert!(told.starts_with("the prune pass could not run: the applied plans cannot be read"), "{told}");
    }
}
