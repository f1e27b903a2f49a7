//! Server-side copies.

use super::checksum::{Algorithm, Claimed, Coverage, md5_hex, show_checksums, verify};
use super::events::Reason;
use super::objects::{about, encryption, find};
use super::preconditions::ReadConditions;
use super::protection::Asked;
use super::refusal::{disk, no_such_key, refuse};
use super::store::{Context, Draft, Store};
use super::version::{About, Data, Version};
use super::{files, tags, time};
use s3s::dto::{CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource};
use s3s::{S3ErrorCode, S3Result};
use std::ops::Range;

/// The largest object that one `CopyObject` copies: 5 GiB.
const MAX_COPY: u64 = 5 * 1024 * 1024 * 1024;

/// What a copy reads: its source, found and read.
pub(super) struct Source {
    pub(super) data: Data,
    /// The id as an answer shows it.
    pub(super) version_id: Option<String>,
    pub(super) bytes: Vec<u8>,
}

pub(super) struct SourceAt<'a> {
    pub(super) bucket: &'a str,
    pub(super) key: &'a str,
    pub(super) version: Option<&'a str>,
}

impl<'a> SourceAt<'a> {
    pub(super) fn of(source: &'a CopySource) -> S3Result<Self> {
        match source {
            CopySource::Bucket { bucket, key, version_id } => {
                Ok(Self { bucket, key, version: version_id.as_deref() })
            }
            CopySource::AccessPoint { .. } | CopySource::Outpost { .. } => {
                Err(refuse(S3ErrorCode::NotImplemented, "the sandbox has no access points and no outposts"))
            }
        }
    }

    /// Reads the source, or a range of it.
    pub(super) fn read(
        &self,
        store: &Store,
        context: &Context,
        conditions: &ReadConditions<'_>,
        range: Option<Range<u64>>,
    ) -> S3Result<Source> {
        let bucket = store.source(context, self.bucket, self.key)?;
        let (version, data) = find(bucket, self.key, self.version)?;
        conditions.check_copy(version, data)?;
        let range = range.unwrap_or(0..data.size);
        if range.end > data.size || range.start >= range.end.max(1) {
            let message = format!("Range specified is not valid for source object of size: {}", data.size);
            return Err(refuse(S3ErrorCode::InvalidArgument, &message));
        }
        let bytes = files::read(&data.path, range).map_err(|error| disk(&error))?;
        Ok(Source { data: data.clone(), version_id: version.shown_id(), bytes })
    }
}

pub(super) fn copy(
    store: &mut Store,
    context: &Context,
    mut input: CopyObjectInput,
) -> S3Result<CopyObjectOutput> {
    let (name, key) = (input.bucket.clone(), input.key.clone());
    store.reach(context, "s3:PutObject", &name, Some(&key))?;
    let replaces = |directive: Option<&str>| directive == Some("REPLACE");
    let new_about = replaces(input.metadata_directive.as_ref().map(s3s::dto::MetadataDirective::as_str));
    let new_tags = replaces(input.tagging_directive.as_ref().map(s3s::dto::TaggingDirective::as_str));
    let source_at = input.copy_source.clone();
    let at = SourceAt::of(&source_at)?;
    let itself = at.bucket == name && at.key == key && at.version.is_none();
    if itself && !new_about && input.storage_class.is_none() && input.server_side_encryption.is_none() {
        return Err(refuse(S3ErrorCode::InvalidRequest, COPY_TO_ITSELF));
    }
    let source = read_source(store, context, &input, &at)?;
    let asked: About = about!(input);
    let mut data = source.data.clone();
    data.etag = md5_hex(&source.bytes);
    let algorithm =
        input.checksum_algorithm.as_ref().and_then(|algorithm| Algorithm::parse(algorithm.as_str()));
    if algorithm.is_some() || data.checksums.coverage == Coverage::Composite {
        data.checksums = verify(&Claimed::default(), algorithm, &source.bytes)?;
    }
    data.about = if new_about { asked } else { settings_over(source.data.about.clone(), asked) };
    if new_tags {
        data.tags = tags::from_header(input.tagging.as_deref())?;
    }
    let locks = Asked {
        mode: input.object_lock_mode.as_ref(),
        until: input.object_lock_retain_until_date.as_ref(),
        hold: input.object_lock_legal_hold_status.as_ref(),
    };
    data.lock = locks.read(store.bucket(context, "s3:PutObject", &name)?, context)?;
    let staged = store.stage(&source.bytes)?;
    let version = store.put(context, &name, &key, Draft { staged, data, reason: Reason::CopyObject })?;
    output(&version, source.version_id)
}

const COPY_TO_ITSELF: &str = "This copy request is illegal because it is trying to copy an object to itself without changing \
     the object's metadata, storage class, website redirect location or encryption attributes.";

fn read_source(
    store: &Store,
    context: &Context,
    input: &CopyObjectInput,
    at: &SourceAt<'_>,
) -> S3Result<Source> {
    let conditions = ReadConditions {
        matches: input.copy_source_if_match.as_ref(),
        none_match: input.copy_source_if_none_match.as_ref(),
        modified_since: input.copy_source_if_modified_since.as_ref(),
        unmodified_since: input.copy_source_if_unmodified_since.as_ref(),
    };
    let source = at.read(store, context, &conditions, None)?;
    if source.data.size > MAX_COPY {
        let message = "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120";
        return Err(refuse(S3ErrorCode::InvalidRequest, message));
    }
    Ok(source)
}

/// Storage class and encryption are never copied from the source.
fn settings_over(source: About, asked: About) -> About {
    About {
        storage_class: asked.storage_class,
        encryption: asked.encryption,
        kms_key: asked.kms_key,
        ..source
    }
}

fn output(version: &Version, source_version: Option<String>) -> S3Result<CopyObjectOutput> {
    let data = version.data().ok_or_else(no_such_key)?;
    let mut result = CopyObjectResult {
        e_tag: Some(data.etag()),
        last_modified: Some(time::to_s3(version.modified)),
        checksum_type: Some(data.checksums.kind()),
        ..Default::default()
    };
    show_checksums!(result, data.checksums.values);
    Ok(CopyObjectOutput {
        copy_object_result: Some(result),
        copy_source_version_id: source_version,
        version_id: version.shown_id(),
        server_side_encryption: Some(encryption(data)),
        ..Default::default()
    })
}
