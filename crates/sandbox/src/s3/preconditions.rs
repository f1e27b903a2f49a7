//! Conditional requests: `If-Match`, `If-None-Match` and their siblings.

use super::refusal::{no_such_key, precondition_failed, refuse};
use super::time;
use super::version::{Data, Version};
use s3s::dto::{ETag, ETagCondition, Timestamp};
use s3s::{S3ErrorCode, S3Result};

/// What a read demands of the object.
#[derive(Default)]
pub(super) struct ReadConditions<'a> {
    pub(super) matches: Option<&'a ETagCondition>,
    pub(super) none_match: Option<&'a ETagCondition>,
    pub(super) modified_since: Option<&'a Timestamp>,
    pub(super) unmodified_since: Option<&'a Timestamp>,
}

fn meets(condition: &ETagCondition, etag: &str) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(ETag::Strong(wanted) | ETag::Weak(wanted)) => wanted == etag,
    }
}

impl ReadConditions<'_> {
    /// An etag that matches outranks a date, as HTTP has it.
    pub(super) fn check(&self, version: &Version, data: &Data) -> S3Result<()> {
        let at = |limit: &Timestamp| time::from_s3(limit).is_some_and(|limit| version.modified <= limit);
        let unchanged = match (self.matches, self.unmodified_since) {
            (Some(condition), _) => meets(condition, &data.etag),
            (None, Some(limit)) => at(limit),
            (None, None) => true,
        };
        if !unchanged {
            return Err(precondition_failed());
        }
        let known = match (self.none_match, self.modified_since) {
            (Some(condition), _) => meets(condition, &data.etag),
            (None, Some(limit)) => at(limit),
            (None, None) => false,
        };
        if known { Err(refuse(S3ErrorCode::NotModified, "Not Modified")) } else { Ok(()) }
    }

    /// A copy's conditions fail alike, whichever it is.
    pub(super) fn check_copy(&self, version: &Version, data: &Data) -> S3Result<()> {
        self.check(version, data).map_err(|_| precondition_failed())
    }
}

/// What a write demands of the object that it would replace.
pub(super) fn check_write(
    matches: Option<&ETagCondition>,
    none_match: Option<&ETagCondition>,
    current: Option<&Data>,
) -> S3Result<()> {
    match (matches, current) {
        (Some(_), None) => return Err(no_such_key()),
        (Some(condition), Some(data)) if !meets(condition, &data.etag) => return Err(precondition_failed()),
        (Some(_) | None, _) => {}
    }
    match (none_match, current) {
        (Some(condition), Some(data)) if meets(condition, &data.etag) => Err(precondition_failed()),
        (Some(_) | None, _) => Ok(()),
    }
}
