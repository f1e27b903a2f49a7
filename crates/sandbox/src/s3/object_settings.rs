//! What is put on an object that exists: its tags; and what is asked of it besides its bytes.

use super::objects::{find, find_mut};
use super::store::{Context, Store};
use super::{tags, time};
use s3s::S3Result;
use s3s::dto::{
    Checksum, DeleteObjectTaggingInput, DeleteObjectTaggingOutput, GetObjectAttributesInput,
    GetObjectAttributesOutput, GetObjectTaggingInput, GetObjectTaggingOutput, ObjectAttributes,
    PutObjectTaggingInput, PutObjectTaggingOutput, StorageClass,
};

pub(super) fn put_tags(
    store: &mut Store,
    context: &Context,
    input: PutObjectTaggingInput,
) -> S3Result<PutObjectTaggingOutput> {
    let bucket = store.reach(context, "s3:PutObjectTagging", &input.bucket, Some(&input.key))?;
    let data = find_mut(bucket, &input.key, input.version_id.as_deref())?;
    data.tags = tags::from_object_document(input.tagging)?;
    Ok(PutObjectTaggingOutput { version_id: input.version_id })
}

pub(super) fn get_tags(
    store: &mut Store,
    context: &Context,
    input: GetObjectTaggingInput,
) -> S3Result<GetObjectTaggingOutput> {
    let bucket = store.reach(context, "s3:GetObjectTagging", &input.bucket, Some(&input.key))?;
    let (version, data) = find(bucket, &input.key, input.version_id.as_deref())?;
    Ok(GetObjectTaggingOutput { tag_set: tags::to_document(&data.tags), version_id: version.shown_id() })
}

pub(super) fn delete_tags(
    store: &mut Store,
    context: &Context,
    input: DeleteObjectTaggingInput,
) -> S3Result<DeleteObjectTaggingOutput> {
    let bucket = store.reach(context, "s3:DeleteObjectTagging", &input.bucket, Some(&input.key))?;
    find_mut(bucket, &input.key, input.version_id.as_deref())?.tags.clear();
    Ok(DeleteObjectTaggingOutput { version_id: input.version_id })
}

pub(super) fn attributes(
    store: &mut Store,
    context: &Context,
    input: GetObjectAttributesInput,
) -> S3Result<GetObjectAttributesOutput> {
    let bucket = store.reach(context, "s3:GetObjectAttributes", &input.bucket, Some(&input.key))?;
    let (version, data) = find(bucket, &input.key, input.version_id.as_deref())?;
    let asked = |name: &str| input.object_attributes.iter().any(|attribute| attribute.as_str() == name);
    let checksum = Checksum { checksum_type: Some(data.checksums.kind()), ..data.checksums.values.clone() };
    Ok(GetObjectAttributesOutput {
        checksum: asked(ObjectAttributes::CHECKSUM).then_some(checksum),
        e_tag: asked(ObjectAttributes::ETAG).then(|| data.etag()),
        object_size: asked(ObjectAttributes::OBJECT_SIZE).then(|| data.length()),
        storage_class: asked(ObjectAttributes::STORAGE_CLASS)
            .then(|| StorageClass::from(data.storage_class())),
        last_modified: Some(time::to_s3(version.modified)),
        version_id: version.shown_id(),
        ..Default::default()
    })
}
