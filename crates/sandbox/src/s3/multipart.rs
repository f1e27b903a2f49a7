//! Multipart uploads.

use super::checksum::{
    Algorithm, Checksums, Claimed, claimed, composite, multipart_etag, show_checksums, verify,
};
use super::copy::SourceAt;
use super::events::Reason;
use super::list::{Encoding, Wanted, page, prefixes};
use super::objects::{about, encryption, new_data};
use super::preconditions::{ReadConditions, check_write};
use super::protection::Asked;
use super::refusal::{disk, no_such_key, refuse};
use super::store::{Context, Draft, Store};
use super::version::{About, Data, Lock, Version};
use super::{files, tags, time};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, ChecksumAlgorithm, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CompletedPart, CopyPartResult, CreateMultipartUploadInput,
    CreateMultipartUploadOutput, ETag, ListMultipartUploadsInput, ListMultipartUploadsOutput, ListPartsInput,
    ListPartsOutput, MultipartUpload, Part, StorageClass, UploadPartCopyInput, UploadPartCopyOutput,
    UploadPartInput, UploadPartOutput,
};
use s3s::{S3Error, S3ErrorCode, S3Result};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

/// The highest part number.
const MAX_PART: i32 = 10_000;

/// The smallest part but for the last: 5 MiB.
const MIN_PART_BYTES: u64 = 5 * 1024 * 1024;

/// Parts in one page.
const PARTS_PAGE: usize = 1000;

/// An upload that is not complete.
#[derive(Debug)]
pub(super) struct Upload {
    key: String,
    started: DateTime<Utc>,
    about: About,
    tags: tags::Tags,
    lock: Lock,
    algorithm: Option<Algorithm>,
    /// Whether the object's checksum is to be of its parts' checksums.
    composite: bool,
    parts: BTreeMap<i32, UploadedPart>,
}

#[derive(Clone, Debug)]
struct UploadedPart {
    path: PathBuf,
    size: u64,
    etag: String,
    checksums: Checksums,
    modified: DateTime<Utc>,
}

fn no_such_upload() -> S3Error {
    let message = "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.";
    refuse(S3ErrorCode::NoSuchUpload, message)
}

/// The upload that a request means; it must be of the same key.
fn upload<'a>(
    store: &'a mut Store,
    context: &Context,
    action: &str,
    at: (&str, &str, &str),
) -> S3Result<&'a mut Upload> {
    let (bucket, key, id) = at;
    let bucket = store.reach(context, action, bucket, Some(key))?;
    bucket.uploads.get_mut(id).filter(|upload| upload.key == key).ok_or_else(no_such_upload)
}

pub(super) fn create(
    store: &mut Store,
    context: &Context,
    mut input: CreateMultipartUploadInput,
) -> S3Result<CreateMultipartUploadOutput> {
    let number = store.count();
    let id = crate::eventbridge::ids::uuid("s3-upload", number).replace('-', "");
    let bucket = store.reach(context, "s3:PutObject", &input.bucket, Some(&input.key))?;
    let asked = Asked {
        mode: input.object_lock_mode.as_ref(),
        until: input.object_lock_retain_until_date.as_ref(),
        hold: input.object_lock_legal_hold_status.as_ref(),
    };
    let algorithm =
        input.checksum_algorithm.as_ref().and_then(|algorithm| Algorithm::parse(algorithm.as_str()));
    let whole = input.checksum_type.as_ref().is_some_and(|kind| kind.as_str() == "FULL_OBJECT");
    let upload = Upload {
        key: input.key.clone(),
        started: context.now,
        lock: asked.read(bucket, context)?,
        tags: tags::from_header(input.tagging.as_deref())?,
        about: about!(input),
        algorithm,
        composite: !whole && algorithm.is_some_and(|algorithm| algorithm != Algorithm::Crc64Nvme),
        parts: BTreeMap::new(),
    };
    bucket.uploads.insert(id.clone(), upload);
    Ok(CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(id),
        checksum_algorithm: input.checksum_algorithm,
        ..Default::default()
    })
}

fn check_number(number: i32) -> S3Result<()> {
    if (1..=MAX_PART).contains(&number) {
        return Ok(());
    }
    Err(refuse(S3ErrorCode::InvalidArgument, "Part number must be an integer between 1 and 10000, inclusive"))
}

/// Keeps a part, in the place of an earlier one of its number.
fn keep_part(
    store: &mut Store,
    context: &Context,
    at: (&str, &str, &str),
    number: i32,
    bytes: &[u8],
    claims: &Claimed,
) -> S3Result<UploadedPart> {
    check_number(number)?;
    let algorithm = upload(store, context, "s3:PutObject", at)?.algorithm;
    let checksums = verify(claims, algorithm, bytes)?;
    let path = store.stage(bytes)?;
    let etag = super::checksum::md5_hex(bytes);
    let part = UploadedPart { path, size: bytes.len() as u64, etag, checksums, modified: context.now };
    let old = upload(store, context, "s3:PutObject", at)?.parts.insert(number, part.clone());
    if let Some(old) = old {
        store.files.remove(&old.path).map_err(|error| disk(&error))?;
    }
    Ok(part)
}

pub(super) fn put_part(
    store: &mut Store,
    context: &Context,
    mut input: UploadPartInput,
    body: &Bytes,
) -> S3Result<UploadPartOutput> {
    let claims: Claimed = claimed!(input, input.content_md5.take());
    let at = (input.bucket.as_str(), input.key.as_str(), input.upload_id.as_str());
    let part = keep_part(store, context, at, input.part_number, body, &claims)?;
    let mut output = UploadPartOutput { e_tag: Some(ETag::Strong(part.etag)), ..Default::default() };
    show_checksums!(output, part.checksums.values);
    Ok(output)
}

pub(super) fn copy_part(
    store: &mut Store,
    context: &Context,
    input: UploadPartCopyInput,
) -> S3Result<UploadPartCopyOutput> {
    let conditions = ReadConditions {
        matches: input.copy_source_if_match.as_ref(),
        none_match: input.copy_source_if_none_match.as_ref(),
        modified_since: input.copy_source_if_modified_since.as_ref(),
        unmodified_since: input.copy_source_if_unmodified_since.as_ref(),
    };
    let range = input.copy_source_range.as_deref().map(copy_range).transpose()?;
    let source = SourceAt::of(&input.copy_source)?.read(store, context, &conditions, range)?;
    let at = (input.bucket.as_str(), input.key.as_str(), input.upload_id.as_str());
    let part = keep_part(store, context, at, input.part_number, &source.bytes, &Claimed::default())?;
    let mut result = CopyPartResult {
        e_tag: Some(ETag::Strong(part.etag)),
        last_modified: Some(time::to_s3(part.modified)),
        ..Default::default()
    };
    show_checksums!(result, part.checksums.values);
    Ok(UploadPartCopyOutput {
        copy_part_result: Some(result),
        copy_source_version_id: source.version_id,
        ..Default::default()
    })
}

/// `bytes=0-5242879`: both ends are given, and both are included.
fn copy_range(text: &str) -> S3Result<Range<u64>> {
    let parse = || {
        let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
        let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
        (first <= last).then(|| first..last + 1)
    };
    let message = "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the \
                   zero-based offsets of the first and last bytes to copy";
    parse().ok_or_else(|| refuse(S3ErrorCode::InvalidArgument, message))
}

pub(super) fn complete(
    store: &mut Store,
    context: &Context,
    input: CompleteMultipartUploadInput,
) -> S3Result<CompleteMultipartUploadOutput> {
    let (name, key, id) = (input.bucket.as_str(), input.key.as_str(), input.upload_id.as_str());
    let asked = input.multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
    let chosen = choose(upload(store, context, "s3:PutObject", (name, key, id))?, &asked)?;
    let bucket = store.reach(context, "s3:PutObject", name, Some(key))?;
    check_write(
        input.if_match.as_ref(),
        input.if_none_match.as_ref(),
        bucket.current(key).and_then(Version::data),
    )?;
    let number = store.count();
    let paths: Vec<PathBuf> = chosen.iter().map(|part| part.path.clone()).collect();
    let staged = store.files.join(number, &paths).map_err(|error| disk(&error))?;
    let upload =
        store.bucket(context, "s3:PutObject", name)?.uploads.remove(id).ok_or_else(no_such_upload)?;
    let data = whole(&upload, &chosen, &staged)?;
    discard(store, &upload)?;
    let version =
        store.put(context, name, key, Draft { staged, data, reason: Reason::CompleteMultipartUpload })?;
    completed(name, key, &version)
}

fn completed(bucket: &str, key: &str, version: &Version) -> S3Result<CompleteMultipartUploadOutput> {
    let data = version.data().ok_or_else(no_such_key)?;
    let mut output = CompleteMultipartUploadOutput {
        bucket: Some(bucket.to_owned()),
        key: Some(key.to_owned()),
        location: Some(format!("https://{bucket}.s3.amazonaws.com/{key}")),
        e_tag: Some(data.etag()),
        version_id: version.shown_id(),
        server_side_encryption: Some(encryption(data)),
        checksum_type: Some(data.checksums.kind()),
        ..Default::default()
    };
    show_checksums!(output, data.checksums.values);
    Ok(output)
}

/// The parts that the client lists: known, in order, and large enough.
fn choose(upload: &Upload, asked: &[CompletedPart]) -> S3Result<Vec<UploadedPart>> {
    if asked.is_empty() {
        let message =
            "The XML you provided was not well-formed or did not validate against our published schema";
        return Err(refuse(S3ErrorCode::MalformedXML, message));
    }
    if !asked.is_sorted_by(|a, b| a.part_number < b.part_number) {
        let message = "The list of parts was not in ascending order. The parts list must be specified in order by part number.";
        return Err(refuse(S3ErrorCode::InvalidPartOrder, message));
    }
    let chosen: Vec<UploadedPart> = asked.iter().map(|part| known(upload, part)).collect::<S3Result<_>>()?;
    let but_last = chosen.len() - 1;
    if chosen[..but_last].iter().any(|part| part.size < MIN_PART_BYTES) {
        let message = "Your proposed upload is smaller than the minimum allowed object size.";
        return Err(refuse(S3ErrorCode::EntityTooSmall, message));
    }
    Ok(chosen)
}

fn known(upload: &Upload, asked: &CompletedPart) -> S3Result<UploadedPart> {
    let part = upload.parts.get(&asked.part_number.unwrap_or_default());
    let same = |part: &&UploadedPart| asked.e_tag.as_ref().is_none_or(|etag| etag.value() == part.etag);
    let message = "One or more of the specified parts could not be found. The part may not have been uploaded, or the \
                   specified entity tag may not match the part's entity tag.";
    part.filter(same).cloned().ok_or_else(|| refuse(S3ErrorCode::InvalidPart, message))
}

fn whole(upload: &Upload, parts: &[UploadedPart], staged: &std::path::Path) -> S3Result<Data> {
    let size = parts.iter().map(|part| part.size).sum();
    let bytes = files::read(staged, 0..size).map_err(|error| disk(&error))?;
    let checksums = match upload.algorithm {
        Some(algorithm) if upload.composite => {
            composite(algorithm, &parts.iter().map(|part| &part.checksums).collect::<Vec<_>>())
        }
        algorithm => verify(&Claimed::default(), algorithm, &bytes)?,
    };
    let etags: Vec<String> = parts.iter().map(|part| part.etag.clone()).collect();
    let mut data = new_data(&bytes, upload.about.clone(), checksums);
    data.etag = multipart_etag(&etags);
    data.tags.clone_from(&upload.tags);
    data.lock = upload.lock.clone();
    Ok(data)
}

fn discard(store: &Store, upload: &Upload) -> S3Result<()> {
    upload.parts.values().try_for_each(|part| store.files.remove(&part.path)).map_err(|error| disk(&error))
}

pub(super) fn abort(
    store: &mut Store,
    context: &Context,
    input: AbortMultipartUploadInput,
) -> S3Result<AbortMultipartUploadOutput> {
    let at = (input.bucket.as_str(), input.key.as_str(), input.upload_id.as_str());
    upload(store, context, "s3:AbortMultipartUpload", at)?;
    let bucket = store.bucket(context, "s3:AbortMultipartUpload", &input.bucket)?;
    let upload = bucket.uploads.remove(&input.upload_id).ok_or_else(no_such_upload)?;
    discard(store, &upload)?;
    Ok(AbortMultipartUploadOutput::default())
}

pub(super) fn list_parts(
    store: &mut Store,
    context: &Context,
    input: ListPartsInput,
) -> S3Result<ListPartsOutput> {
    let at = (input.bucket.as_str(), input.key.as_str(), input.upload_id.as_str());
    let upload = upload(store, context, "s3:ListMultipartUploadParts", at)?;
    let limit =
        input.max_parts.and_then(|max| usize::try_from(max).ok()).unwrap_or(PARTS_PAGE).min(PARTS_PAGE);
    let mut rest = upload.parts.range(input.part_number_marker.unwrap_or(0) + 1..);
    let shown: Vec<Part> = rest.by_ref().take(limit).map(|(number, part)| part_line(*number, part)).collect();
    let truncated = rest.next().is_some();
    Ok(ListPartsOutput {
        is_truncated: Some(truncated),
        next_part_number_marker: shown.last().and_then(|part| part.part_number),
        part_number_marker: input.part_number_marker,
        max_parts: i32::try_from(limit).ok(),
        parts: Some(shown),
        storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
        checksum_algorithm: upload
            .algorithm
            .map(|algorithm| ChecksumAlgorithm::from_static(algorithm.name())),
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(input.upload_id),
        ..Default::default()
    })
}

fn part_line(number: i32, part: &UploadedPart) -> Part {
    let mut line = Part {
        part_number: Some(number),
        size: i64::try_from(part.size).ok(),
        e_tag: Some(ETag::Strong(part.etag.clone())),
        last_modified: Some(time::to_s3(part.modified)),
        ..Default::default()
    };
    show_checksums!(line, part.checksums.values);
    line
}

pub(super) fn list_uploads(
    store: &mut Store,
    context: &Context,
    input: ListMultipartUploadsInput,
) -> S3Result<ListMultipartUploadsOutput> {
    let bucket = store.bucket(context, "s3:ListBucketMultipartUploads", &input.bucket)?;
    let wanted = Wanted::new(input.prefix.as_deref(), input.delimiter.as_deref(), input.max_uploads)?;
    let mut ordered: Vec<(&String, &Upload)> = bucket.uploads.iter().collect();
    ordered.sort_by_key(|(id, upload)| (&upload.key, upload.started, *id));
    let marker = input.key_marker.as_deref().unwrap_or_default();
    let page =
        page(&wanted, marker, ordered.into_iter().map(|(id, upload)| (upload.key.as_str(), (id, upload))));
    let encoding = Encoding(input.encoding_type.as_ref());
    Ok(ListMultipartUploadsOutput {
        is_truncated: Some(page.next.is_some()),
        next_upload_id_marker: page
            .next
            .as_ref()
            .and_then(|_| page.entries.last())
            .map(|(id, _)| (*id).clone()),
        next_key_marker: page.next,
        uploads: Some(page.entries.iter().map(|(id, upload)| upload_line(id, upload, encoding)).collect()),
        common_prefixes: Some(prefixes(&page.prefixes, encoding)),
        max_uploads: i32::try_from(wanted.limit).ok(),
        prefix: input.prefix,
        delimiter: input.delimiter,
        key_marker: input.key_marker,
        upload_id_marker: input.upload_id_marker,
        encoding_type: input.encoding_type,
        bucket: Some(input.bucket),
        ..Default::default()
    })
}

fn upload_line(id: &str, upload: &Upload, encoding: Encoding<'_>) -> MultipartUpload {
    MultipartUpload {
        key: Some(encoding.write(&upload.key)),
        upload_id: Some(id.to_owned()),
        initiated: Some(time::to_s3(upload.started)),
        storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
        ..Default::default()
    }
}
