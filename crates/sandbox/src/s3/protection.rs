//! Object lock: retention, legal holds, and the bucket's defaults.

use super::bucket::{Bucket, ObjectLock, Versioning};
use super::objects::find_mut;
use super::refusal::{locked, named, refuse};
use super::store::{Context, Store};
use super::time;
use super::version::{Bypass, Data, Hold, Lock, Retention, RetentionMode};
use http::StatusCode;
use s3s::dto::{
    GetObjectLegalHoldInput, GetObjectLegalHoldOutput, GetObjectLockConfigurationInput,
    GetObjectLockConfigurationOutput, GetObjectRetentionInput, GetObjectRetentionOutput,
    ObjectLockConfiguration, ObjectLockEnabled, ObjectLockLegalHold, ObjectLockLegalHoldStatus,
    ObjectLockMode, ObjectLockRetention, ObjectLockRetentionMode, ObjectLockRule, PutObjectLegalHoldInput,
    PutObjectLegalHoldOutput, PutObjectLockConfigurationInput, PutObjectLockConfigurationOutput,
    PutObjectRetentionInput, PutObjectRetentionOutput, Timestamp,
};
use s3s::{S3ErrorCode, S3Result};

/// What a write says about locking.
pub(super) struct Asked<'a> {
    pub(super) mode: Option<&'a ObjectLockMode>,
    pub(super) until: Option<&'a Timestamp>,
    pub(super) hold: Option<&'a ObjectLockLegalHoldStatus>,
}

impl Asked<'_> {
    /// The lock that a new version gets.
    pub(super) fn read(&self, bucket: &Bucket, context: &Context) -> S3Result<Lock> {
        if self.mode.is_none() && self.until.is_none() && self.hold.is_none() {
            return Ok(Lock::default());
        }
        needs_lock(bucket)?;
        let retention = match (self.mode, self.until) {
            (Some(mode), Some(until)) => Some(retention(mode.as_str(), until, context)?),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                let message =
                    "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied";
                return Err(refuse(S3ErrorCode::InvalidArgument, message));
            }
        };
        Ok(Lock { retention, hold: self.hold.map_or(Hold::Off, |status| hold(status.as_str())) })
    }
}

fn hold(status: &str) -> Hold {
    if status == "ON" { Hold::On } else { Hold::Off }
}

fn retention(mode: &str, until: &Timestamp, context: &Context) -> S3Result<Retention> {
    let mode = RetentionMode::parse(mode)
        .ok_or_else(|| refuse(S3ErrorCode::InvalidArgument, "Unknown wormMode directive."))?;
    let until = time::from_s3(until).filter(|until| *until > context.now);
    let until = until.ok_or_else(|| {
        refuse(S3ErrorCode::InvalidArgument, "The retain until date must be in the future!")
    })?;
    Ok(Retention { mode, until })
}

fn needs_lock(bucket: &Bucket) -> S3Result<()> {
    match bucket.lock {
        ObjectLock::On(_) => Ok(()),
        ObjectLock::Off => {
            Err(refuse(S3ErrorCode::InvalidRequest, "Bucket is missing Object Lock Configuration"))
        }
    }
}

pub(super) fn put_configuration(
    store: &mut Store,
    context: &Context,
    input: PutObjectLockConfigurationInput,
) -> S3Result<PutObjectLockConfigurationOutput> {
    let bucket = store.bucket(context, "s3:PutBucketObjectLockConfiguration", &input.bucket)?;
    if bucket.versioning != Versioning::Enabled {
        let message = "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration";
        return Err(refuse(S3ErrorCode::InvalidBucketState, message));
    }
    let rule = input.object_lock_configuration.and_then(|configuration| configuration.rule);
    bucket.lock = ObjectLock::On(rule.and_then(|rule| rule.default_retention));
    Ok(PutObjectLockConfigurationOutput::default())
}

pub(super) fn get_configuration(
    store: &mut Store,
    context: &Context,
    input: GetObjectLockConfigurationInput,
) -> S3Result<GetObjectLockConfigurationOutput> {
    let bucket = store.bucket(context, "s3:GetBucketObjectLockConfiguration", &input.bucket)?;
    let ObjectLock::On(default) = &bucket.lock else {
        let message = "Object Lock configuration does not exist for this bucket";
        return Err(refuse(S3ErrorCode::ObjectLockConfigurationNotFoundError, message));
    };
    let rule = default.clone().map(|default| ObjectLockRule { default_retention: Some(default) });
    let enabled = Some(ObjectLockEnabled::from_static(ObjectLockEnabled::ENABLED));
    let configuration = ObjectLockConfiguration { object_lock_enabled: enabled, rule };
    Ok(GetObjectLockConfigurationOutput { object_lock_configuration: Some(configuration) })
}

fn lockable<'a>(
    store: &'a mut Store,
    context: &Context,
    action: &str,
    at: (&str, &str, Option<&str>),
) -> S3Result<&'a mut Data> {
    let (bucket, key, version) = at;
    let bucket = store.reach(context, action, bucket, Some(key))?;
    needs_lock(bucket)?;
    find_mut(bucket, key, version)
}

pub(super) fn put_retention(
    store: &mut Store,
    context: &Context,
    input: PutObjectRetentionInput,
) -> S3Result<PutObjectRetentionOutput> {
    let at = (input.bucket.as_str(), input.key.as_str(), input.version_id.as_deref());
    let data = lockable(store, context, "s3:PutObjectRetention", at)?;
    let asked = input.retention.unwrap_or_default();
    let new = match (&asked.mode, &asked.retain_until_date) {
        (Some(mode), Some(until)) => Some(retention(mode.as_str(), until, context)?),
        _ => None,
    };
    if !may_change(data.lock.retention, new, context, Bypass::of(input.bypass_governance_retention)) {
        return Err(locked());
    }
    data.lock.retention = new;
    Ok(PutObjectRetentionOutput::default())
}

/// Longer and not weaker is always right; anything else only what lets go.
fn may_change(old: Option<Retention>, new: Option<Retention>, context: &Context, bypass: Bypass) -> bool {
    let Some(old) = old else { return true };
    let extends = new.is_some_and(|new| {
        let weaker = old.mode == RetentionMode::Compliance && new.mode == RetentionMode::Governance;
        new.until >= old.until && !weaker
    });
    extends || old.lets_go(context.now, bypass)
}

pub(super) fn get_retention(
    store: &mut Store,
    context: &Context,
    input: GetObjectRetentionInput,
) -> S3Result<GetObjectRetentionOutput> {
    let at = (input.bucket.as_str(), input.key.as_str(), input.version_id.as_deref());
    let retention =
        lockable(store, context, "s3:GetObjectRetention", at)?.lock.retention.ok_or_else(no_lock)?;
    let retention = ObjectLockRetention {
        mode: Some(ObjectLockRetentionMode::from_static(retention.mode.as_str())),
        retain_until_date: Some(time::to_s3(retention.until)),
    };
    Ok(GetObjectRetentionOutput { retention: Some(retention) })
}

fn no_lock() -> s3s::S3Error {
    let message = "The specified object does not have a ObjectLock configuration";
    named("NoSuchObjectLockConfiguration", StatusCode::NOT_FOUND, message)
}

pub(super) fn put_legal_hold(
    store: &mut Store,
    context: &Context,
    input: PutObjectLegalHoldInput,
) -> S3Result<PutObjectLegalHoldOutput> {
    let at = (input.bucket.as_str(), input.key.as_str(), input.version_id.as_deref());
    let data = lockable(store, context, "s3:PutObjectLegalHold", at)?;
    let status = input.legal_hold.and_then(|hold| hold.status);
    data.lock.hold = status.map_or(Hold::Off, |status| hold(status.as_str()));
    Ok(PutObjectLegalHoldOutput::default())
}

pub(super) fn get_legal_hold(
    store: &mut Store,
    context: &Context,
    input: GetObjectLegalHoldInput,
) -> S3Result<GetObjectLegalHoldOutput> {
    let at = (input.bucket.as_str(), input.key.as_str(), input.version_id.as_deref());
    let data = lockable(store, context, "s3:GetObjectLegalHold", at)?;
    let status = Some(ObjectLockLegalHoldStatus::from_static(data.lock.hold.as_str()));
    Ok(GetObjectLegalHoldOutput { legal_hold: Some(ObjectLockLegalHold { status }) })
}
