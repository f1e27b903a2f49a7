//! Buckets: making, finding, listing and removing them.

use super::bucket::{Bucket, ObjectLock, Versioning};
use super::list::{canonical_id, owner};
use super::refusal::{disk, refuse};
use super::store::{Context, Store};
use super::time;
use s3s::dto::{
    self, BucketLocationConstraint, CreateBucketInput, CreateBucketOutput, DeleteBucketInput,
    DeleteBucketOutput, GetBucketAclInput, GetBucketAclOutput, GetBucketLocationInput,
    GetBucketLocationOutput, Grant, Grantee, HeadBucketInput, HeadBucketOutput, ListBucketsInput,
    ListBucketsOutput, Owner, PutBucketAclInput, PutBucketAclOutput, Type,
};
use s3s::{S3ErrorCode, S3Result};

/// The region in which a bucket needs no location, and shows none.
const CLASSIC_REGION: &str = "us-east-1";

pub(super) fn create(
    store: &mut Store,
    context: &Context,
    input: CreateBucketInput,
) -> S3Result<CreateBucketOutput> {
    let spoken = context.caller.speaks_to(&store.home).to_owned();
    let constraint =
        input.create_bucket_configuration.and_then(|configuration| configuration.location_constraint);
    check_constraint(constraint.as_ref().map(BucketLocationConstraint::as_str), &spoken)?;
    if let Some(existing) = store.buckets.get(&input.bucket) {
        return already(existing, context);
    }
    let mut bucket = Bucket::new(&input.bucket, &spoken, &context.caller.account, context.now);
    if input.object_lock_enabled_for_bucket == Some(true) {
        (bucket.lock, bucket.versioning) = (ObjectLock::On(None), Versioning::Enabled);
    }
    store.files.create_bucket(&input.bucket).map_err(|error| disk(&error))?;
    store.buckets.insert(input.bucket.clone(), bucket);
    Ok(CreateBucketOutput { location: Some(format!("/{}", input.bucket)) })
}

fn check_constraint(constraint: Option<&str>, spoken: &str) -> S3Result<()> {
    match constraint {
        Some(constraint) if constraint == spoken => Ok(()),
        None if spoken == CLASSIC_REGION => Ok(()),
        Some(constraint) => Err(incompatible(constraint)),
        None => Err(incompatible("unspecified")),
    }
}

fn incompatible(constraint: &str) -> s3s::S3Error {
    let message = format!(
        "The {constraint} location constraint is incompatible for the region specific endpoint this request was sent to."
    );
    refuse(S3ErrorCode::IllegalLocationConstraintException, &message)
}

/// Names are shared by all accounts. In us-east-1 making one's own bucket again is harmless.
fn already(existing: &Bucket, context: &Context) -> S3Result<CreateBucketOutput> {
    if existing.owner != context.caller.account {
        let message = "The requested bucket name is not available. The bucket namespace is shared by all users of the system. \
                       Please select a different name and try again.";
        return Err(refuse(S3ErrorCode::BucketAlreadyExists, message));
    }
    if existing.region == CLASSIC_REGION {
        return Ok(CreateBucketOutput { location: Some(format!("/{}", existing.name)) });
    }
    let message = "Your previous request to create the named bucket succeeded and you already own it.";
    Err(refuse(S3ErrorCode::BucketAlreadyOwnedByYou, message))
}

pub(super) fn delete(
    store: &mut Store,
    context: &Context,
    input: DeleteBucketInput,
) -> S3Result<DeleteBucketOutput> {
    let bucket = store.bucket(context, "s3:DeleteBucket", &input.bucket)?;
    if !bucket.keys.is_empty() {
        let message = match bucket.versioning {
            Versioning::Never => "The bucket you tried to delete is not empty",
            Versioning::Enabled | Versioning::Suspended => {
                "The bucket you tried to delete is not empty. You must delete all versions in the bucket."
            }
        };
        return Err(refuse(S3ErrorCode::BucketNotEmpty, message));
    }
    store.files.delete_bucket(&input.bucket).map_err(|error| disk(&error))?;
    store.buckets.remove(&input.bucket);
    Ok(DeleteBucketOutput::default())
}

pub(super) fn head(
    store: &mut Store,
    context: &Context,
    input: HeadBucketInput,
) -> S3Result<HeadBucketOutput> {
    let bucket = store.bucket(context, "s3:ListBucket", &input.bucket)?;
    Ok(HeadBucketOutput { bucket_region: Some(bucket.region.clone()), ..Default::default() })
}

/// Answers from every region: this is how a client finds out.
pub(super) fn location(
    store: &mut Store,
    context: &Context,
    input: GetBucketLocationInput,
) -> S3Result<GetBucketLocationOutput> {
    let bucket = store.buckets.get(&input.bucket).ok_or_else(super::refusal::no_such_bucket)?;
    super::access::check(bucket, context, "s3:GetBucketLocation", None, &store.home)?;
    let region = Some(bucket.region.clone()).filter(|region| region != CLASSIC_REGION);
    Ok(GetBucketLocationOutput { location_constraint: region.map(BucketLocationConstraint::from) })
}

/// The caller's own buckets, of every region.
#[expect(clippy::unnecessary_wraps, reason = "one table names every operation, so all answer alike")]
pub(super) fn list(
    store: &mut Store,
    context: &Context,
    input: ListBucketsInput,
) -> S3Result<ListBucketsOutput> {
    let account = &context.caller.account;
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let wanted = |bucket: &&Bucket| {
        let region = input.bucket_region.as_ref().is_none_or(|region| *region == bucket.region);
        bucket.owner == *account && bucket.name.starts_with(prefix) && region
    };
    let line = |bucket: &Bucket| dto::Bucket {
        name: Some(bucket.name.clone()),
        creation_date: Some(time::to_s3(bucket.created)),
        bucket_region: Some(bucket.region.clone()),
    };
    Ok(ListBucketsOutput {
        buckets: Some(store.buckets.values().filter(wanted).map(line).collect()),
        owner: Some(Owner { display_name: None, id: Some(canonical_id(account)) }),
        ..Default::default()
    })
}

/// ACLs are disabled, as they are on every new bucket: the owner has everything.
pub(super) fn acl(
    store: &mut Store,
    context: &Context,
    input: GetBucketAclInput,
) -> S3Result<GetBucketAclOutput> {
    let bucket = store.bucket(context, "s3:GetBucketAcl", &input.bucket)?;
    let owner = owner(bucket);
    let grantee = Grantee {
        id: owner.id.clone(),
        type_: Type::from_static(Type::CANONICAL_USER),
        display_name: None,
        email_address: None,
        uri: None,
    };
    let permission = dto::Permission::from_static(dto::Permission::FULL_CONTROL);
    let grant = Grant { grantee: Some(grantee), permission: Some(permission) };
    Ok(GetBucketAclOutput { grants: Some(vec![grant]), owner: Some(owner) })
}

/// The legacy way to admit ElastiCache, which a new bucket refuses until its ownership setting admits ACLs; the sandbox
/// knows bucket policies only.
pub(super) fn put_acl(
    store: &mut Store,
    context: &Context,
    input: PutBucketAclInput,
) -> S3Result<PutBucketAclOutput> {
    store.bucket(context, "s3:PutBucketAcl", &input.bucket)?;
    Err(refuse(S3ErrorCode::AccessControlListNotSupported, "The bucket does not allow ACLs"))
}
