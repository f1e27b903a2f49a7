//! Sorts an SDK error: by AWS's answer where there is one, else by what the transport says.

use std::error::Error;
use std::io;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use cachekeep_core::cause::Cause;

use super::Class;
use super::answer::{Answer, Reading, by_status, read};

/// The header in which S3 tells where a bucket is, on success and on refusal.
const BUCKET_REGION_HEADER: &str = "x-amz-bucket-region";

/// What an SDK error says.
pub(super) struct Found {
    pub(super) code: Option<String>,
    pub(super) message: String,
    pub(super) reading: Reading,
    pub(super) region: Option<String>,
}

impl Found {
    fn plain(class: Class, cause: Cause, message: String) -> Self {
        Self { code: None, message, reading: Reading::new(class, cause), region: None }
    }
}

pub(super) fn sort<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> Found
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error {
        SdkError::ServiceError(answer) => answered(operation, answer.err(), answer.raw()),
        SdkError::ResponseError(answer) => unreadable(error, answer.raw()),
        SdkError::TimeoutError(_) => {
            Found::plain(Class::Unknown, Cause::NoAnswer, format!("no answer: {}", innermost(error)))
        }
        SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
            Some(cause) => unsent(error, cause),
            None => unanswered(error),
        },
        // A kind that this version of the SDK does not have yet is taken for one that was never sent, too.
        SdkError::ConstructionFailure(_) | _ => unsigned(error).unwrap_or_else(|| malformed(error)),
    }
}

fn answered(operation: &str, error: &impl ProvideErrorMetadata, raw: &HttpResponse) -> Found {
    let status = raw.status().as_u16();
    let region = raw.headers().get(BUCKET_REGION_HEADER);
    let message = error.message().map_or_else(|| wordless(raw), str::to_owned);
    let reading = read(&Answer { operation, code: error.code(), status, message: &message, region });
    Found { code: error.code().map(str::to_owned), message, reading, region: region.map(str::to_owned) }
}

/// What came where AWS's own words should stand.
fn wordless(raw: &HttpResponse) -> String {
    let text = beginning(raw).map(|text| format!(" and `{text}`")).unwrap_or_default();
    format!("the answer has status {}{text}", raw.status().as_u16())
}

fn unreadable(error: &(dyn Error + 'static), raw: &HttpResponse) -> Found {
    let status = raw.status().as_u16();
    let message = format!("{}, which cannot be read: {}", wordless(raw), innermost(error));
    Found { code: None, message, reading: by_status(status, None), region: None }
}

fn unsent(error: &(dyn Error + 'static), cause: &ConnectorError) -> Found {
    if cause.is_user() {
        return unsigned(error).unwrap_or_else(|| malformed(error));
    }
    if never_connected(error) {
        let message = format!("could not connect: {}", innermost(error));
        return Found::plain(Class::Transient, Cause::Unreachable, message);
    }
    unsigned(error).unwrap_or_else(|| unanswered(error))
}

/// How an answer begins that is not AWS's, which tells most people at once what stands there instead.
fn beginning(raw: &HttpResponse) -> Option<String> {
    const SHOWN: usize = 60;
    let text = String::from_utf8_lossy(raw.body().bytes()?);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let shown: String = words.chars().filter(|letter| !letter.is_control()).take(SHOWN).collect();
    let more = if words.chars().nth(SHOWN).is_some() { "…" } else { "" };
    (!shown.is_empty()).then(|| format!("{shown}{more}"))
}

/// The request had left, or may have.
fn unanswered(error: &(dyn Error + 'static)) -> Found {
    Found::plain(Class::Unknown, Cause::NoAnswer, innermost(error))
}

/// The request could not be made of what was asked for.
fn malformed(error: &(dyn Error + 'static)) -> Found {
    Found::plain(Class::Refused, Cause::Refused { code: None }, innermost(error))
}

/// Nothing was sent: the request could not even be signed. A provider that was not reached may be later.
fn unsigned(error: &(dyn Error + 'static)) -> Option<Found> {
    let timed_out = matches!(credentials(error)?, CredentialsError::ProviderTimedOut(_));
    let class = if timed_out { Class::Transient } else { Class::Denied };
    Some(Found::plain(class, Cause::NoCredentials, innermost(error)))
}

/// The reason why there are no credentials, if that is why the call failed.
fn credentials<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a CredentialsError> {
    chain(error).find_map(|cause| cause.downcast_ref())
}

/// Whether the request certainly did not reach AWS, because no connection came to be.
fn never_connected(error: &(dyn Error + 'static)) -> bool {
    chain(error).any(|cause| {
        let refused =
            cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::ConnectionRefused);
        let connecting = cause
            .downcast_ref::<hyper_util::client::legacy::Error>()
            .is_some_and(hyper_util::client::legacy::Error::is_connect);
        refused || connecting
    })
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    chain(error).last().map_or_else(String::new, ToString::to_string)
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |cause: &&'a (dyn Error + 'static)| (*cause).source())
}
