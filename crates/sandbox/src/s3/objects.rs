//! Writing, reading, examining and deleting single objects.

use super::bucket::Bucket;
use super::checksum::{Algorithm, Claimed, claimed, md5_hex, show_checksums, verify};
use super::events::Reason;
use super::preconditions::{ReadConditions, check_write};
use super::protection::Asked;
use super::refusal::{delete_marker, disk, no_such_key, refuse};
use super::store::{Context, Deleted, Draft, Store};
use super::version::{About, Bypass, Data, Hold, Lock, Version};
use super::{files, tags, time};
use bytes::Bytes;
use s3s::dto::{
    DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject,
    GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, ObjectIdentifier,
    ObjectLockLegalHoldStatus, ObjectLockMode, PutObjectInput, PutObjectOutput, Range, ServerSideEncryption,
    StorageClass, StreamingBlob,
};
use s3s::{S3Error, S3ErrorCode, S3Result};
use std::path::PathBuf;

/// Keys in one `DeleteObjects`.
const MAX_DELETES: usize = 1000;

/// What several operations say about the object that they write.
macro_rules! about {
    ($input:expr) => {
        $crate::s3::version::About {
            metadata: $input.metadata.take().unwrap_or_default().into_iter().collect(),
            content_type: $input.content_type.take().map(|text| text.to_string()),
            content_encoding: $input.content_encoding.take().map(|text| text.to_string()),
            content_disposition: $input.content_disposition.take().map(|text| text.to_string()),
            content_language: $input.content_language.take().map(|text| text.to_string()),
            cache_control: $input.cache_control.take().map(|text| text.to_string()),
            storage_class: $input.storage_class.take().map(|class| class.as_str().to_owned()),
            encryption: $input.server_side_encryption.take().map(|kind| kind.as_str().to_owned()),
            kms_key: $input.ssekms_key_id.take(),
        }
    };
}
pub(super) use about;

/// What `GetObject` and `HeadObject` both show.
macro_rules! describe {
    ($output:expr, $version:expr, $data:expr) => {{
        let (version, data): (&Version, &Data) = ($version, $data);
        $output.accept_ranges = Some("bytes".into());
        $output.e_tag = Some(data.etag());
        $output.last_modified = Some(time::to_s3(version.modified));
        $output.version_id = version.shown_id();
        $output.metadata = Some(data.about.metadata.clone().into_iter().collect());
        $output.content_type = data.about.content_type.as_deref().and_then(|text| text.parse().ok());
        $output.content_encoding = data.about.content_encoding.clone();
        $output.content_disposition = data.about.content_disposition.clone();
        $output.content_language = data.about.content_language.clone();
        $output.cache_control = data.about.cache_control.clone();
        $output.storage_class =
            data.about.storage_class.clone().filter(|class| class != "STANDARD").map(StorageClass::from);
        $output.server_side_encryption = Some(encryption(data));
        $output.ssekms_key_id = data.about.kms_key.clone();
        $output.object_lock_mode =
            data.lock.retention.map(|kept| ObjectLockMode::from_static(kept.mode.as_str()));
        $output.object_lock_retain_until_date = data.lock.retention.map(|kept| time::to_s3(kept.until));
        $output.object_lock_legal_hold_status = match data.lock.hold {
            Hold::On => Some(ObjectLockLegalHoldStatus::from_static(Hold::On.as_str())),
            Hold::Off => None,
        };
    }};
}

/// A version's facts before it is one.
pub(super) fn new_data(body: &[u8], about: About, checksums: super::checksum::Checksums) -> Data {
    Data {
        path: PathBuf::new(),
        number: 0,
        size: body.len() as u64,
        etag: md5_hex(body),
        checksums,
        about,
        tags: tags::Tags::new(),
        lock: Lock::default(),
    }
}

pub(super) fn put(
    store: &mut Store,
    context: &Context,
    mut input: PutObjectInput,
    body: &Bytes,
) -> S3Result<PutObjectOutput> {
    let (name, key) = (input.bucket.clone(), input.key.clone());
    let claims: Claimed = claimed!(input, input.content_md5.take());
    let algorithm =
        input.checksum_algorithm.as_ref().and_then(|algorithm| Algorithm::parse(algorithm.as_str()));
    let mut data = new_data(body, about!(input), verify(&claims, algorithm, body)?);
    data.tags = tags::from_header(input.tagging.as_deref())?;
    let bucket = store.reach(context, "s3:PutObject", &name, Some(&key))?;
    check_write(
        input.if_match.as_ref(),
        input.if_none_match.as_ref(),
        bucket.current(&key).and_then(Version::data),
    )?;
    let asked = Asked {
        mode: input.object_lock_mode.as_ref(),
        until: input.object_lock_retain_until_date.as_ref(),
        hold: input.object_lock_legal_hold_status.as_ref(),
    };
    data.lock = asked.read(bucket, context)?;
    let staged = store.stage(body)?;
    let version = store.put(context, &name, &key, Draft { staged, data, reason: Reason::PutObject })?;
    version.data().map(|data| put_output(&version, data)).ok_or_else(no_such_key)
}

fn put_output(version: &Version, data: &Data) -> PutObjectOutput {
    let mut output = PutObjectOutput {
        e_tag: Some(data.etag()),
        version_id: version.shown_id(),
        server_side_encryption: Some(encryption(data)),
        ssekms_key_id: data.about.kms_key.clone(),
        checksum_type: Some(data.checksums.kind()),
        ..Default::default()
    };
    show_checksums!(output, data.checksums.values);
    output
}

/// Every object is encrypted, with S3's own key when the writer does not say otherwise.
pub(super) fn encryption(data: &Data) -> ServerSideEncryption {
    data.about.encryption.clone().unwrap_or_else(|| "AES256".into()).into()
}

/// The version that a request means.
pub(super) fn find<'a>(bucket: &'a Bucket, key: &str, id: Option<&str>) -> S3Result<(&'a Version, &'a Data)> {
    let version = match id {
        Some(id) => bucket.version(key, id).ok_or_else(no_such_version)?,
        None => bucket.current(key).ok_or_else(no_such_key)?,
    };
    let data = version.data().ok_or_else(|| marked(version, id))?;
    Ok((version, data))
}

pub(super) fn find_mut<'a>(bucket: &'a mut Bucket, key: &str, id: Option<&str>) -> S3Result<&'a mut Data> {
    find(bucket, key, id)?;
    bucket.version_mut(key, id).and_then(Version::data_mut).ok_or_else(no_such_key)
}

fn no_such_version() -> S3Error {
    refuse(S3ErrorCode::NoSuchVersion, "The specified version does not exist.")
}

fn marked(version: &Version, id: Option<&str>) -> S3Error {
    match id {
        Some(_) => {
            let message = "The specified method is not allowed against this resource.";
            delete_marker(S3ErrorCode::MethodNotAllowed, message, &version.id)
        }
        None => delete_marker(S3ErrorCode::NoSuchKey, "The specified key does not exist.", &version.id),
    }
}

/// Which bytes a read is of, and whether it is all of them.
struct Slice {
    bytes: std::ops::Range<u64>,
    header: Option<String>,
}

fn slice(range: Option<&Range>, size: u64) -> S3Result<Slice> {
    let Some(range) = range else { return Ok(Slice { bytes: 0..size, header: None }) };
    let unsatisfiable = || refuse(S3ErrorCode::InvalidRange, "The requested range is not satisfiable");
    let bytes = range.check(size).map_err(|_| unsatisfiable())?;
    let header = format!("bytes {}-{}/{size}", bytes.start, bytes.end - 1);
    Ok(Slice { bytes, header: Some(header) })
}

fn readable<'a>(
    store: &'a mut Store,
    context: &Context,
    at: (&str, &str, Option<&str>),
    conditions: &ReadConditions<'_>,
) -> S3Result<(&'a Version, &'a Data)> {
    let (bucket, key, version) = at;
    let action = if version.is_some() { "s3:GetObjectVersion" } else { "s3:GetObject" };
    let found = find(store.reach(context, action, bucket, Some(key))?, key, version)?;
    conditions.check(found.0, found.1)?;
    Ok(found)
}

pub(super) fn get(store: &mut Store, context: &Context, input: GetObjectInput) -> S3Result<GetObjectOutput> {
    let conditions = ReadConditions {
        matches: input.if_match.as_ref(),
        none_match: input.if_none_match.as_ref(),
        modified_since: input.if_modified_since.as_ref(),
        unmodified_since: input.if_unmodified_since.as_ref(),
    };
    let at = (input.bucket.as_str(), input.key.as_str(), input.version_id.as_deref());
    let (version, data) = readable(store, context, at, &conditions)?;
    let slice = slice(input.range.as_ref(), data.size)?;
    let bytes = files::read(&data.path, slice.bytes).map_err(|error| disk(&error))?;
    let whole = slice.header.is_none();
    let mut output = GetObjectOutput {
        content_length: Some(i64::try_from(bytes.len()).unwrap_or(i64::MAX)),
        body: Some(StreamingBlob::from(s3s::Body::from(bytes))),
        content_range: slice.header,
        tag_count: (!data.tags.is_empty()).then(|| i32::try_from(data.tags.len()).unwrap_or(i32::MAX)),
        ..Default::default()
    };
    describe!(output, version, data);
    if whole && input.checksum_mode.is_some() {
        output.checksum_type = Some(data.checksums.kind());
        show_checksums!(output, data.checksums.values);
    }
    Ok(output)
}

pub(super) fn head(
    store: &mut Store,
    context: &Context,
    input: HeadObjectInput,
) -> S3Result<HeadObjectOutput> {
    let conditions = ReadConditions {
        matches: input.if_match.as_ref(),
        none_match: input.if_none_match.as_ref(),
        modified_since: input.if_modified_since.as_ref(),
        unmodified_since: input.if_unmodified_since.as_ref(),
    };
    let at = (input.bucket.as_str(), input.key.as_str(), input.version_id.as_deref());
    let (version, data) = readable(store, context, at, &conditions)?;
    let slice = slice(input.range.as_ref(), data.size)?;
    let mut output = HeadObjectOutput {
        content_length: i64::try_from(slice.bytes.end - slice.bytes.start).ok(),
        ..Default::default()
    };
    describe!(output, version, data);
    if input.checksum_mode.is_some() {
        output.checksum_type = Some(data.checksums.kind());
        show_checksums!(output, data.checksums.values);
    }
    Ok(output)
}

pub(super) fn delete(
    store: &mut Store,
    context: &Context,
    input: DeleteObjectInput,
) -> S3Result<DeleteObjectOutput> {
    let version = input.version_id.as_deref();
    let action = delete_action(version);
    let bucket = store.reach(context, action, &input.bucket, Some(&input.key))?;
    if input.if_match.is_some() {
        check_write(input.if_match.as_ref(), None, bucket.current(&input.key).and_then(Version::data))?;
    }
    let bypass = Bypass::of(input.bypass_governance_retention);
    Ok(match store.delete(context, &input.bucket, &input.key, version, bypass)? {
        Deleted::Nothing => DeleteObjectOutput { version_id: input.version_id, ..Default::default() },
        Deleted::Version { marker } => DeleteObjectOutput {
            delete_marker: marker.then_some(true),
            version_id: input.version_id,
            ..Default::default()
        },
        Deleted::Marker(id) => {
            DeleteObjectOutput { delete_marker: Some(true), version_id: Some(id), ..Default::default() }
        }
    })
}

fn delete_action(version: Option<&str>) -> &'static str {
    if version.is_some() { "s3:DeleteObjectVersion" } else { "s3:DeleteObject" }
}

pub(super) fn delete_many(
    store: &mut Store,
    context: &Context,
    input: DeleteObjectsInput,
) -> S3Result<DeleteObjectsOutput> {
    if input.delete.objects.is_empty() || input.delete.objects.len() > MAX_DELETES {
        let message =
            "The XML you provided was not well-formed or did not validate against our published schema";
        return Err(refuse(S3ErrorCode::MalformedXML, message));
    }
    store.buckets.get(&input.bucket).ok_or_else(super::refusal::no_such_bucket)?;
    let bypass = Bypass::of(input.bypass_governance_retention);
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for object in &input.delete.objects {
        match delete_one(store, context, &input.bucket, object, bypass) {
            Ok(done) => deleted.push(done),
            Err(error) => errors.push(delete_error(object, &error)),
        }
    }
    let deleted = if input.delete.quiet == Some(true) { None } else { Some(deleted) };
    Ok(DeleteObjectsOutput { deleted, errors: Some(errors), ..Default::default() })
}

fn delete_one(
    store: &mut Store,
    context: &Context,
    bucket: &str,
    object: &ObjectIdentifier,
    bypass: Bypass,
) -> S3Result<DeletedObject> {
    let version = object.version_id.as_deref();
    store.reach(context, delete_action(version), bucket, Some(&object.key))?;
    let done = store.delete(context, bucket, &object.key, version, bypass)?;
    let mut deleted = DeletedObject {
        key: Some(object.key.clone()),
        version_id: object.version_id.clone(),
        ..Default::default()
    };
    match done {
        Deleted::Marker(id) => {
            (deleted.delete_marker, deleted.delete_marker_version_id) = (Some(true), Some(id));
        }
        Deleted::Version { marker: true } => {
            (deleted.delete_marker, deleted.delete_marker_version_id) =
                (Some(true), object.version_id.clone());
        }
        Deleted::Version { marker: false } | Deleted::Nothing => {}
    }
    Ok(deleted)
}

fn delete_error(object: &ObjectIdentifier, error: &S3Error) -> s3s::dto::Error {
    s3s::dto::Error {
        code: Some(error.code().as_str().to_owned()),
        key: Some(object.key.clone()),
        message: error.message().map(String::from),
        version_id: object.version_id.clone(),
    }
}
