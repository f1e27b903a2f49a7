//! What an answer of AWS's means: its class for the call, its cause for whoever asks why. Both come from one reading, by
//! AWS's code first, by HTTP status where the code says nothing, and by wording only where several things share a code.

use cachekeep_core::cause::Cause;

use super::Class;

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) class: Class,
    pub(super) cause: Cause,
}

impl Reading {
    pub(super) const fn new(class: Class, cause: Cause) -> Self {
        Self { class, cause }
    }
}

/// What AWS answered, as far as it tells why.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answer<'a> {
    /// AWS's name of the call.
    pub(super) operation: &'a str,
    /// AWS's error code, where it gave one.
    pub(super) code: Option<&'a str>,
    /// The HTTP status.
    pub(super) status: u16,
    /// AWS's words.
    pub(super) message: &'a str,
    /// The region that S3 says the bucket is in.
    pub(super) region: Option<&'a str>,
}

pub(super) fn read(answer: &Answer<'_>) -> Reading {
    let reading = answer.code.and_then(|code| by_code(answer, code));
    let Reading { class, cause } = reading.unwrap_or_else(|| by_status(answer.status, answer.code));
    Reading::new(class, in_words(answer, &cause).unwrap_or(cause))
}

/// The cause that the words tell, where the code and the status tell little.
fn in_words(answer: &Answer<'_>, cause: &Cause) -> Option<Cause> {
    if *cause == Cause::Denied {
        // S3 denies what a key denies.
        key_in_words(answer.message)
    } else if let Cause::Refused { code } = cause {
        let redirect = code.is_none() && answer.region.is_some();
        if redirect { Some(elsewhere(answer)) } else { refused_in_words(answer.message) }
    } else {
        None
    }
}

fn elsewhere(answer: &Answer<'_>) -> Cause {
    Cause::BucketElsewhere { region: answer.region.map(str::to_owned) }
}

/// By AWS's code (docs/elasticache.md 1.1 and 1.2, S; the other services' codes from their API references).
fn by_code(answer: &Answer<'_>, code: &str) -> Option<Reading> {
    let (class, cause) = match code {
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
        | "APICallRateForCustomerExceeded" => (Class::Throttled, Cause::Throttled),
        "InternalFailure"
        | "InternalError"
        | "InternalServerError"
        | "InternalServiceError"
        | "InternalException"
        | "ServiceUnavailable"
        | "RequestTimeout" => (Class::Transient, Cause::ServiceFailed),
        "TransactionConflictException" | "TransactionInProgressException" => {
            (Class::Transient, Cause::Busy { status: None })
        }
        "SnapshotQuotaExceededFault" | "ServerlessCacheSnapshotQuotaExceededFault" => {
            (Class::QuotaExceeded, Cause::Quota)
        }
        "SnapshotAlreadyExistsFault"
        | "ServerlessCacheSnapshotAlreadyExistsFault"
        | "ReplicationGroupAlreadyExists"
        | "ReplicationGroupAlreadyExistsFault"
        | "CacheClusterAlreadyExists"
        | "CacheClusterAlreadyExistsFault"
        | "ServerlessCacheAlreadyExistsFault"
        | "BucketAlreadyOwnedByYou"
        | "TableAlreadyExistsException" => (Class::AlreadyExists, Cause::NameTaken),
        // Not the thing that was asked for, but a role that the account lacks: nothing to wait for.
        "ServiceLinkedRoleNotFoundFault" => (Class::Refused, Cause::RoleMissing),
        "PreconditionFailed" => (Class::Refused, Cause::ObjectChanged),
        "PermanentRedirect" => (Class::Refused, elsewhere(answer)),
        // S3 also says these of requests that are wrong in other ways, and then names no region.
        "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException" if answer.region.is_some() => {
            (Class::Refused, elsewhere(answer))
        }
        _ => {
            return by_credentials(code)
                .or_else(|| by_absence(answer, code))
                .or_else(|| by_shape(answer, code));
        }
    };
    Some(Reading::new(class, cause))
}

/// What AWS says of a caller that it does not know or does not let.
fn by_credentials(code: &str) -> Option<Reading> {
    let cause = match code {
        "AccessDenied" | "AccessDeniedException" | "AuthorizationError" | "UnauthorizedOperation" => {
            Cause::Denied
        }
        "ExpiredToken" | "ExpiredTokenException" => Cause::SessionExpired,
        "InvalidClientTokenId"
        | "SignatureDoesNotMatch"
        | "UnrecognizedClientException"
        | "InvalidAccessKeyId"
        | "IncompleteSignature"
        | "MissingAuthenticationToken" => Cause::CredentialsRejected,
        _ => return None,
    };
    Some(Reading::new(Class::Denied, cause))
}

/// What is not there. S3 and SNS have one code for several things, which the call tells apart.
fn by_absence(answer: &Answer<'_>, code: &str) -> Option<Reading> {
    let cause = match (code, answer.operation) {
        ("CacheClusterNotFound" | "ReplicationGroupNotFoundFault" | "ServerlessCacheNotFoundFault", _) => {
            Cause::CacheGone
        }
        ("SnapshotNotFoundFault" | "ServerlessCacheSnapshotNotFoundFault", _) => Cause::SnapshotGone,
        ("NoSuchBucket", _) | ("NotFound", "HeadBucket") => Cause::BucketMissing,
        ("NotFound" | "NotFoundException", "Publish") => Cause::TopicMissing,
        ("NoSuchKey", _) | ("NotFound", "HeadObject") => Cause::ObjectMissing,
        ("ResourceNotFoundException", "PutEvents") => Cause::BusMissing,
        // DynamoDB says this of a missing table and of nothing else that we call.
        ("ResourceNotFoundException", _) => Cause::TableMissing,
        _ => return None,
    };
    Some(Reading::new(Class::NotFound, cause))
}

/// By how AWS builds its codes: `UserGroupNotFound`, `NoSuchUpload`, `InvalidSnapshotState`,
/// `InvalidServerlessCacheStateFault`, `KMS.DisabledException`, ...
fn by_shape(answer: &Answer<'_>, code: &str) -> Option<Reading> {
    let stem = code.trim_end_matches("Exception").trim_end_matches("Fault");
    if stem.ends_with("NotFound") || stem == "NotFoundError" || code.starts_with("NoSuch") {
        Some(Reading::new(Class::NotFound, Cause::Missing { code: Some(code.to_owned()) }))
    } else if stem.starts_with("Invalid") && stem.ends_with("State") {
        Some(Reading::new(Class::WrongState, Cause::Busy { status: None }))
    } else if code.starts_with("KMS.") {
        Some(Reading { cause: Cause::KeyUnusable, ..by_status(answer.status, None) })
    } else {
        None
    }
}

/// By HTTP status, for what has no code, or one that says nothing to us.
pub(super) fn by_status(status: u16, code: Option<&str>) -> Reading {
    let code = || code.map(str::to_owned);
    let (class, cause) = match status {
        // A success that cannot be read may well have taken effect.
        200..300 => (Class::Unknown, Cause::AnswerUnreadable),
        401 | 403 => (Class::Denied, Cause::Denied),
        404 => (Class::NotFound, Cause::Missing { code: code() }),
        429 => (Class::Throttled, Cause::Throttled),
        500.. => (Class::Transient, Cause::ServiceFailed),
        _ => (Class::Refused, Cause::Refused { code: code() }),
    };
    Reading::new(class, cause)
}

/// ElastiCache refuses exports with one code, and says why in the words of the API reference (docs/elasticache.md 5, S).
fn refused_in_words(message: &str) -> Option<Cause> {
    let cause = if message.contains("is outside of the region") {
        Cause::BucketElsewhere { region: None }
    } else if message.contains("is not owned by the authenticated user") {
        Cause::BucketForeign
    } else if let Some((_, key)) = message.split_once("already contains an object with key ") {
        Cause::ObjectExists { key: Some(key.trim().trim_end_matches('.').to_owned()) }
    } else if message.contains("ElastiCache has not been granted") {
        Cause::BucketPolicy
    } else if message.contains("unable to validate the authenticated user") {
        Cause::BucketUnvalidated
    } else if message.contains("authenticated user does not have sufficient permissions") {
        Cause::BucketPermissions
    } else if message.contains("S3 bucket") && message.contains("does not exist") {
        Cause::BucketMissing
    } else if message.to_ascii_lowercase().contains("memory") {
        Cause::OutOfMemory
    } else {
        return key_in_words(message);
    };
    Some(cause)
}

/// What is said of a KMS key, under codes that are not about keys.
fn key_in_words(message: &str) -> Option<Cause> {
    let words = message.to_ascii_lowercase();
    let named = ["kms", "customer managed key", "customer managed cmk"];
    named.iter().any(|name| words.contains(name)).then_some(Cause::KeyUnusable)
}
