//! Sorts an SDK error: by AWS's error code first, by HTTP status next, by what the transport says last.

use std::error::Error;
use std::io;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::Class;

/// The header in which S3 tells where a bucket is, on success and on refusal.
const BUCKET_REGION_HEADER: &str = "x-amz-bucket-region";

/// What an SDK error says.
pub(super) struct Found {
    pub(super) code: Option<String>,
    pub(super) message: String,
    pub(super) class: Class,
    pub(super) region: Option<String>,
}

impl Found {
    fn plain(class: Class, message: String) -> Self {
        Self { code: None, message, class, region: None }
    }
}

pub(super) fn sort<E>(error: &SdkError<E, HttpResponse>) -> Found
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error {
        SdkError::ServiceError(answer) => answered(answer.err(), answer.raw()),
        SdkError::ResponseError(answer) => unreadable(error, answer.raw().status().as_u16()),
        SdkError::TimeoutError(_) => Found::plain(Class::Unknown, innermost(error)),
        SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
            Some(cause) => unsent(error, cause),
            None => Found::plain(Class::Unknown, innermost(error)),
        },
        // A kind that this version of the SDK does not have yet is taken for one that was never sent, too.
        SdkError::ConstructionFailure(_) | _ => without_answer(error, Class::Refused),
    }
}

fn answered(error: &impl ProvideErrorMetadata, raw: &HttpResponse) -> Found {
    let status = raw.status().as_u16();
    let code = error.code().map(str::to_owned);
    let class = code.as_deref().and_then(by_code).unwrap_or_else(|| by_status(status));
    let message = error.message().map_or_else(|| format!("AWS answered with status {status}"), str::to_owned);
    let region = raw.headers().get(BUCKET_REGION_HEADER).map(str::to_owned);
    Found { code, message, class, region }
}

fn unreadable(error: &(dyn Error + 'static), status: u16) -> Found {
    Found::plain(
        by_status(status),
        format!("AWS answered with status {status} and something unreadable: {}", innermost(error)),
    )
}

fn unsent(error: &(dyn Error + 'static), cause: &ConnectorError) -> Found {
    if cause.is_user() {
        return without_answer(error, Class::Refused);
    }
    if never_connected(error) {
        return Found::plain(Class::Transient, format!("could not connect: {}", innermost(error)));
    }
    without_answer(error, Class::Unknown)
}

fn without_answer(error: &(dyn Error + 'static), otherwise: Class) -> Found {
    let class = match credentials(error) {
        // Nothing was sent: the request could not even be signed. A provider that was not reached may be later.
        Some(CredentialsError::ProviderTimedOut(_)) => Class::Transient,
        Some(_) => Class::Denied,
        None => otherwise,
    };
    Found::plain(class, innermost(error))
}

/// The reason why there are no credentials, if that is why the call failed.
pub(super) fn credentials<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a CredentialsError> {
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

/// By AWS's code (elasticache-facts.md 1.1 and 1.2, S; the other services' codes from their API references).
fn by_code(code: &str) -> Option<Class> {
    let class = match code {
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "Throttled"
        | "RequestThrottledException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "SlowDown"
        | "ProvisionedThroughputExceededException"
        | "BandwidthLimitExceeded"
        | "APICallRateForCustomerExceeded" => Class::Throttled,
        "InternalFailure"
        | "InternalError"
        | "InternalServerError"
        | "InternalServiceError"
        | "InternalException"
        | "ServiceUnavailable"
        | "RequestTimeout"
        | "TransactionConflictException"
        | "TransactionInProgressException" => Class::Transient,
        "SnapshotQuotaExceededFault" | "ServerlessCacheSnapshotQuotaExceededFault" => Class::QuotaExceeded,
        "SnapshotAlreadyExistsFault"
        | "ServerlessCacheSnapshotAlreadyExistsFault"
        | "BucketAlreadyOwnedByYou"
        | "TableAlreadyExistsException" => Class::AlreadyExists,
        "AccessDenied"
        | "AccessDeniedException"
        | "AuthorizationError"
        | "UnauthorizedOperation"
        | "InvalidClientTokenId"
        | "SignatureDoesNotMatch"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "UnrecognizedClientException"
        | "InvalidAccessKeyId"
        | "IncompleteSignature"
        | "MissingAuthenticationToken" => Class::Denied,
        // Not the thing that was asked for, but a role that the account lacks: nothing to wait for.
        "ServiceLinkedRoleNotFoundFault" => Class::Refused,
        _ => return by_shape(code),
    };
    Some(class)
}

/// By how AWS builds its codes: `CacheClusterNotFound`, `NoSuchKey`, `InvalidSnapshotState`,
/// `InvalidServerlessCacheStateFault`, ...
fn by_shape(code: &str) -> Option<Class> {
    let stem = code.trim_end_matches("Exception").trim_end_matches("Fault");
    if stem.ends_with("NotFound") || stem == "NotFoundError" || code.starts_with("NoSuch") {
        Some(Class::NotFound)
    } else if stem.starts_with("Invalid") && stem.ends_with("State") {
        Some(Class::WrongState)
    } else {
        None
    }
}

fn by_status(status: u16) -> Class {
    match status {
        // A success that cannot be read may well have taken effect.
        200..300 => Class::Unknown,
        401 | 403 => Class::Denied,
        404 => Class::NotFound,
        429 => Class::Throttled,
        500.. => Class::Transient,
        _ => Class::Refused,
    }
}
