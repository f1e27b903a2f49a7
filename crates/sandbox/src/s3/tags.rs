//! Tags: in headers, in documents, and their limits.

use super::refusal::{named, refuse};
use http::StatusCode;
use s3s::dto;
use s3s::{S3ErrorCode, S3Result};
use std::collections::BTreeMap;

/// Tags of one object.
const MAX_OBJECT_TAGS: usize = 10;

/// Characters of a tag's key and of its value.
const MAX_KEY: usize = 128;
const MAX_VALUE: usize = 256;

pub(super) type Tags = BTreeMap<String, String>;

/// The `x-amz-tagging` header: a query string.
pub(super) fn from_header(header: Option<&str>) -> S3Result<Tags> {
    let pairs = form_urlencoded::parse(header.unwrap_or_default().as_bytes()).into_owned();
    let tags: Tags = pairs.collect();
    checked(tags, MAX_OBJECT_TAGS)
}

pub(super) fn from_object_document(document: dto::Tagging) -> S3Result<Tags> {
    checked(from_document(document)?, MAX_OBJECT_TAGS)
}

pub(super) fn from_document(document: dto::Tagging) -> S3Result<Tags> {
    let mut tags = Tags::new();
    for tag in document.tag_set {
        let (key, value) = (tag.key.unwrap_or_default(), tag.value.unwrap_or_default());
        if tags.insert(key, value).is_some() {
            return Err(refuse(S3ErrorCode::InvalidTag, "Cannot provide multiple Tags with the same key"));
        }
    }
    Ok(tags)
}

fn checked(tags: Tags, most: usize) -> S3Result<Tags> {
    if tags.len() > most {
        return Err(named(
            "BadRequest",
            StatusCode::BAD_REQUEST,
            &format!("Object tags cannot be greater than {most}"),
        ));
    }
    let bad_key = |key: &String| key.is_empty() || key.chars().count() > MAX_KEY;
    if tags.iter().any(|(key, value)| bad_key(key) || value.chars().count() > MAX_VALUE) {
        return Err(refuse(S3ErrorCode::InvalidTag, "The TagKey or TagValue you have provided is invalid"));
    }
    Ok(tags)
}

pub(super) fn to_document(tags: &Tags) -> dto::TagSet {
    tags.iter().map(|(key, value)| dto::Tag { key: Some(key.clone()), value: Some(value.clone()) }).collect()
}
