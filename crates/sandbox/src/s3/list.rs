//! Listings: keys in order, folded at a delimiter, in pages.

use super::bucket::Bucket;
use super::refusal::refuse;
use super::store::{Context, Store};
use super::time;
use super::version::{Data, Kind, Version};
use s3s::dto::{
    CommonPrefix, DeleteMarkerEntry, EncodingType, ListObjectVersionsInput, ListObjectVersionsOutput,
    ListObjectsInput, ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output, Object, ObjectStorageClass,
    ObjectVersion, ObjectVersionStorageClass, Owner,
};
use s3s::{S3ErrorCode, S3Result};
use std::collections::BTreeSet;

/// Entries of one page, keys and folded prefixes together.
const PAGE: usize = 1000;

/// What a listing is of.
pub(super) struct Wanted<'a> {
    pub(super) prefix: &'a str,
    pub(super) delimiter: &'a str,
    pub(super) limit: usize,
}

impl<'a> Wanted<'a> {
    pub(super) fn new(
        prefix: Option<&'a str>,
        delimiter: Option<&'a str>,
        max: Option<i32>,
    ) -> S3Result<Self> {
        let limit = match max {
            None => PAGE,
            Some(max) => usize::try_from(max).map_err(|_| negative())?.min(PAGE),
        };
        Ok(Self { prefix: prefix.unwrap_or_default(), delimiter: delimiter.unwrap_or_default(), limit })
    }

    /// The prefix that stands for a key, when the listing folds it.
    pub(super) fn fold(&self, key: &str) -> Option<String> {
        let rest = key.strip_prefix(self.prefix)?;
        let end = rest.find(self.delimiter).filter(|_| !self.delimiter.is_empty())?;
        Some(key[..self.prefix.len() + end + self.delimiter.len()].to_owned())
    }
}

fn negative() -> s3s::S3Error {
    refuse(S3ErrorCode::InvalidArgument, "Argument maxKeys must be an integer between 0 and 2147483647")
}

/// A page: entries, folded prefixes, and the last key or prefix on it when there is more.
pub(super) struct Page<T> {
    pub(super) entries: Vec<T>,
    pub(super) prefixes: BTreeSet<String>,
    pub(super) next: Option<String>,
}

/// Takes a page of keyed entries, which come in order. `after` is the last key or prefix of the page before.
pub(super) fn page<'k, T>(
    wanted: &Wanted<'_>,
    after: &str,
    entries: impl Iterator<Item = (&'k str, T)>,
) -> Page<T> {
    let mut page = Page { entries: Vec::new(), prefixes: BTreeSet::new(), next: None };
    let mut last = None;
    for (key, entry) in entries.filter(|(key, _)| key.starts_with(wanted.prefix)) {
        let folded = wanted.fold(key);
        let shown = folded.as_deref().unwrap_or(key);
        if folded.as_ref().is_some_and(|prefix| page.prefixes.contains(prefix)) || shown <= after {
            continue;
        }
        if page.entries.len() + page.prefixes.len() >= wanted.limit {
            page.next = last;
            return page;
        }
        last = Some(shown.to_owned());
        match folded {
            Some(prefix) => drop(page.prefixes.insert(prefix)),
            None => page.entries.push(entry),
        }
    }
    page
}

/// Keys as the client asked to have them written: percent-encoded, or as they are.
#[derive(Clone, Copy)]
pub(super) struct Encoding<'a>(pub(super) Option<&'a EncodingType>);

impl Encoding<'_> {
    pub(super) fn write(self, key: &str) -> String {
        let url = self.0.is_some_and(|encoding| encoding.as_str() == EncodingType::URL);
        if url { percent_encode(key) } else { key.to_owned() }
    }
}

fn percent_encode(key: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~/*".contains(&byte);
    key.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

pub(super) fn prefixes(found: &BTreeSet<String>, encoding: Encoding<'_>) -> Vec<CommonPrefix> {
    found.iter().map(|prefix| CommonPrefix { prefix: Some(encoding.write(prefix)) }).collect()
}

pub(super) fn owner(bucket: &Bucket) -> Owner {
    Owner { display_name: None, id: Some(canonical_id(&bucket.owner)) }
}

/// The canonical user id of an account: 64 hexadecimal digits that follow from its number.
pub(super) fn canonical_id(account: &str) -> String {
    (0..4).map(|part| crate::eventbridge::ids::hex16(account, part).to_lowercase()).collect()
}

fn live_page<'b>(bucket: &'b Bucket, wanted: &Wanted<'_>, after: &str) -> Page<(&'b String, &'b Version)> {
    page(wanted, after, bucket.live().map(|(key, version)| (key.as_str(), (key, version))))
}

fn object(
    (key, version): &(&String, &Version),
    encoding: Encoding<'_>,
    owner: Option<&Owner>,
) -> Option<Object> {
    let data = version.data()?;
    Some(Object {
        key: Some(encoding.write(key)),
        e_tag: Some(data.etag()),
        last_modified: Some(time::to_s3(version.modified)),
        size: Some(data.length()),
        storage_class: Some(ObjectStorageClass::from(data.storage_class())),
        checksum_algorithm: Some(data.checksums.algorithms()),
        checksum_type: Some(data.checksums.kind()),
        owner: owner.cloned(),
        ..Default::default()
    })
}

pub(super) fn objects_v2(
    store: &mut Store,
    context: &Context,
    input: ListObjectsV2Input,
) -> S3Result<ListObjectsV2Output> {
    let bucket = store.bucket(context, "s3:ListBucket", &input.bucket)?;
    let wanted = Wanted::new(input.prefix.as_deref(), input.delimiter.as_deref(), input.max_keys)?;
    let after = match &input.continuation_token {
        Some(token) => from_token(token)?,
        None => input.start_after.clone().unwrap_or_default(),
    };
    let page = live_page(bucket, &wanted, &after);
    let encoding = Encoding(input.encoding_type.as_ref());
    let owner = (input.fetch_owner == Some(true)).then(|| owner(bucket));
    let contents: Vec<Object> =
        page.entries.iter().filter_map(|entry| object(entry, encoding, owner.as_ref())).collect();
    Ok(ListObjectsV2Output {
        key_count: i32::try_from(contents.len() + page.prefixes.len()).ok(),
        max_keys: i32::try_from(wanted.limit).ok(),
        is_truncated: Some(page.next.is_some()),
        next_continuation_token: page.next.as_deref().map(to_token),
        contents: Some(contents),
        common_prefixes: Some(prefixes(&page.prefixes, encoding)),
        prefix: input.prefix.as_deref().map(|prefix| encoding.write(prefix)),
        delimiter: input.delimiter.as_deref().map(|delimiter| encoding.write(delimiter)),
        start_after: input.start_after.as_deref().map(|key| encoding.write(key)),
        encoding_type: input.encoding_type,
        continuation_token: input.continuation_token,
        name: Some(input.bucket),
        ..Default::default()
    })
}

/// A continuation token says nothing to who receives it.
fn to_token(key: &str) -> String {
    aws_smithy_types::base64::encode(key)
}

fn from_token(token: &str) -> S3Result<String> {
    let key = aws_smithy_types::base64::decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    key.ok_or_else(|| refuse(S3ErrorCode::InvalidArgument, "The continuation token provided is incorrect"))
}

pub(super) fn objects_v1(
    store: &mut Store,
    context: &Context,
    input: ListObjectsInput,
) -> S3Result<ListObjectsOutput> {
    let bucket = store.bucket(context, "s3:ListBucket", &input.bucket)?;
    let wanted = Wanted::new(input.prefix.as_deref(), input.delimiter.as_deref(), input.max_keys)?;
    let page = live_page(bucket, &wanted, input.marker.as_deref().unwrap_or_default());
    let encoding = Encoding(input.encoding_type.as_ref());
    let owner = owner(bucket);
    Ok(ListObjectsOutput {
        max_keys: i32::try_from(wanted.limit).ok(),
        is_truncated: Some(page.next.is_some()),
        next_marker: page.next.as_deref().map(|key| encoding.write(key)),
        contents: Some(
            page.entries.iter().filter_map(|entry| object(entry, encoding, Some(&owner))).collect(),
        ),
        common_prefixes: Some(prefixes(&page.prefixes, encoding)),
        prefix: input.prefix.as_deref().map(|prefix| encoding.write(prefix)),
        delimiter: input.delimiter,
        marker: input.marker,
        encoding_type: input.encoding_type,
        name: Some(input.bucket),
        ..Default::default()
    })
}

/// One line of a listing of versions.
struct Line<'a> {
    key: &'a str,
    version: &'a Version,
    latest: bool,
}

pub(super) fn versions(
    store: &mut Store,
    context: &Context,
    input: ListObjectVersionsInput,
) -> S3Result<ListObjectVersionsOutput> {
    let bucket = store.bucket(context, "s3:ListBucketVersions", &input.bucket)?;
    let wanted = Wanted::new(input.prefix.as_deref(), input.delimiter.as_deref(), input.max_keys)?;
    let lines = lines_after(bucket, input.key_marker.as_deref(), input.version_id_marker.as_deref());
    let (shown, prefixes_found, truncated) = version_page(&wanted, lines, input.key_marker.as_deref());
    let encoding = Encoding(input.encoding_type.as_ref());
    let last = shown.last().filter(|_| truncated);
    let next_key =
        last.map(|line| line.key.to_owned()).max(prefixes_found.last().filter(|_| truncated).cloned());
    let owner = owner(bucket);
    let data = shown.iter().filter_map(|line| Some((line, line.version.data()?)));
    let markers = shown.iter().filter(|line| matches!(line.version.kind, Kind::DeleteMarker));
    Ok(ListObjectVersionsOutput {
        next_version_id_marker: last
            .filter(|line| next_key.as_deref() == Some(line.key))
            .map(|line| line.version.id.clone()),
        next_key_marker: next_key.map(|key| encoding.write(&key)),
        versions: Some(data.map(|(line, data)| version_line(line, data, encoding, &owner)).collect()),
        delete_markers: Some(markers.map(|line| marker_line(line, encoding, &owner)).collect()),
        common_prefixes: Some(prefixes(&prefixes_found, encoding)),
        is_truncated: Some(truncated),
        max_keys: i32::try_from(wanted.limit).ok(),
        prefix: input.prefix.as_deref().map(|prefix| encoding.write(prefix)),
        delimiter: input.delimiter,
        key_marker: input.key_marker,
        version_id_marker: input.version_id_marker,
        encoding_type: input.encoding_type,
        name: Some(input.bucket),
        ..Default::default()
    })
}

/// Every version, newest first within a key, after the markers.
fn lines_after<'b>(
    bucket: &'b Bucket,
    key_marker: Option<&'b str>,
    version_marker: Option<&'b str>,
) -> impl Iterator<Item = Line<'b>> {
    let marker = key_marker.unwrap_or_default();
    bucket.keys.iter().filter(move |(key, _)| key.as_str() >= marker).flat_map(move |(key, versions)| {
        let newest_first = versions.iter().rev();
        let lines =
            newest_first.enumerate().map(move |(index, version)| Line { key, version, latest: index == 0 });
        let seen = if key.as_str() == marker && key_marker.is_some() {
            seen_of(versions, version_marker)
        } else {
            0
        };
        lines.skip(seen)
    })
}

/// How many versions of the marker's key were on pages before: up to the marked version, or all of them.
fn seen_of(versions: &[Version], version_marker: Option<&str>) -> usize {
    let marked = version_marker.and_then(|id| versions.iter().rev().position(|version| version.id == id));
    marked.map_or(versions.len(), |index| index + 1)
}

fn version_page<'b>(
    wanted: &Wanted<'_>,
    lines: impl Iterator<Item = Line<'b>>,
    marker: Option<&str>,
) -> (Vec<Line<'b>>, BTreeSet<String>, bool) {
    let (mut shown, mut folded) = (Vec::new(), BTreeSet::new());
    for line in lines.filter(|line| line.key.starts_with(wanted.prefix)) {
        let prefix = wanted.fold(line.key);
        if prefix.as_ref().is_some_and(|prefix| folded.contains(prefix) || Some(prefix.as_str()) <= marker) {
            continue;
        }
        if shown.len() + folded.len() >= wanted.limit {
            return (shown, folded, true);
        }
        match prefix {
            Some(prefix) => drop(folded.insert(prefix)),
            None => shown.push(line),
        }
    }
    (shown, folded, false)
}

fn version_line(line: &Line<'_>, data: &Data, encoding: Encoding<'_>, owner: &Owner) -> ObjectVersion {
    ObjectVersion {
        key: Some(encoding.write(line.key)),
        version_id: Some(line.version.id.clone()),
        is_latest: Some(line.latest),
        last_modified: Some(time::to_s3(line.version.modified)),
        e_tag: Some(data.etag()),
        size: Some(data.length()),
        storage_class: Some(ObjectVersionStorageClass::from(data.storage_class())),
        checksum_algorithm: Some(data.checksums.algorithms()),
        checksum_type: Some(data.checksums.kind()),
        owner: Some(owner.clone()),
        ..Default::default()
    }
}

fn marker_line(line: &Line<'_>, encoding: Encoding<'_>, owner: &Owner) -> DeleteMarkerEntry {
    DeleteMarkerEntry {
        key: Some(encoding.write(line.key)),
        version_id: Some(line.version.id.clone()),
        is_latest: Some(line.latest),
        last_modified: Some(time::to_s3(line.version.modified)),
        owner: Some(owner.clone()),
    }
}
