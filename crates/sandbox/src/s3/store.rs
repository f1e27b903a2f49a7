//! Everything S3 holds, and the few changes of it that all operations are made of.

use super::access;
use super::bucket::Bucket;
use super::caller::Caller;
use super::events::{Happened, ObjectEvents, Reason};
use super::files::Files;
use super::refusal::{disk, locked, no_such_bucket};
use super::version::{Bypass, Data, Kind, Lock, NULL_VERSION, Version};
use crate::account::Account;
use crate::eventbridge::ids;
use chrono::{DateTime, Utc};
use s3s::{S3Error, S3Result};
use std::collections::BTreeMap;
use std::path::PathBuf;

pub(super) struct Store {
    pub(super) home: Account,
    pub(super) files: Files,
    pub(super) buckets: BTreeMap<String, Bucket>,
    pub(super) events: ObjectEvents,
    counter: u64,
}

/// One request: who, when, and what it said besides its input.
#[derive(Clone, Debug)]
pub(super) struct Context {
    pub(super) caller: Caller,
    pub(super) now: DateTime<Utc>,
    /// The account that must own the bucket, when the request says so.
    pub(super) expected_owner: Option<String>,
    /// Who an event names as the one who asked.
    pub(super) requester: String,
}

/// A version about to be written; its bytes are staged.
pub(super) struct Draft {
    pub(super) staged: PathBuf,
    pub(super) data: Data,
    pub(super) reason: Reason,
}

/// How a deletion ended.
#[derive(Clone, Debug)]
pub(super) enum Deleted {
    /// There was nothing.
    Nothing,
    /// A version is gone for good; whether it was a delete marker.
    Version { marker: bool },
    /// A delete marker hides the key; its id.
    Marker(String),
}

impl Store {
    pub(super) fn new(home: Account, files: Files, events: ObjectEvents) -> Self {
        Self { home, files, buckets: BTreeMap::new(), events, counter: 0 }
    }

    pub(super) fn count(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// A bucket that the caller may do `action` to.
    pub(super) fn bucket(&mut self, context: &Context, action: &str, name: &str) -> S3Result<&mut Bucket> {
        self.reach(context, action, name, None)
    }

    /// A bucket in which the caller may do `action` to `key`.
    pub(super) fn reach(
        &mut self,
        context: &Context,
        action: &str,
        name: &str,
        key: Option<&str>,
    ) -> S3Result<&mut Bucket> {
        let bucket = self.buckets.get_mut(name).ok_or_else(no_such_bucket)?;
        access::check_place(bucket, context, &self.home)?;
        access::check(bucket, context, action, key, &self.home)?;
        Ok(bucket)
    }

    /// A bucket from which the caller may read `key`, wherever it is: copies cross regions.
    pub(super) fn source(&self, context: &Context, name: &str, key: &str) -> S3Result<&Bucket> {
        let bucket = self.buckets.get(name).ok_or_else(no_such_bucket)?;
        access::check(bucket, context, "s3:GetObject", Some(key), &self.home)?;
        Ok(bucket)
    }

    pub(super) fn stage(&mut self, body: &[u8]) -> S3Result<PathBuf> {
        let number = self.count();
        self.files.stage(number, body).map_err(|error| disk(&error))
    }

    /// Makes staged bytes the current version of a key, and tells of it.
    pub(super) fn put(
        &mut self,
        context: &Context,
        bucket: &str,
        key: &str,
        draft: Draft,
    ) -> S3Result<Version> {
        let (number, sequencer) = self.next_version();
        let files = self.files.clone();
        let target = self.buckets.get_mut(bucket).ok_or_else(no_such_bucket)?;
        let id = target.new_version_id(|| version_id(number));
        if id == NULL_VERSION {
            drop_version(&files, target, key, NULL_VERSION).map_err(|error| disk(&error))?;
        }
        let Draft { staged, mut data, reason } = draft;
        (data.path, data.number) = (staged, number);
        if data.lock.retention.is_none() {
            data.lock.retention = target.default_retention(context.now);
        }
        let version = Version { id, modified: context.now, sequencer, kind: Kind::Data(Box::new(data)) };
        target.keys.entry(key.to_owned()).or_default().push(version.clone());
        arrange(&files, target, key).map_err(|error| disk(&error))?;
        let request_id = ids::hex16("s3-request", number);
        self.events.tell(
            target,
            &self.home,
            context,
            &request_id,
            &Happened::Created { key, version: &version, reason },
        );
        Ok(version)
    }

    fn next_version(&mut self) -> (u64, String) {
        let number = self.count();
        (number, format!("{number:018X}"))
    }

    /// Deletes a version for good, or hides the key, as the request and the bucket's versioning say.
    pub(super) fn delete(
        &mut self,
        context: &Context,
        bucket: &str,
        key: &str,
        version: Option<&str>,
        bypass: Bypass,
    ) -> S3Result<Deleted> {
        let (number, sequencer) = self.next_version();
        let files = self.files.clone();
        let target = self.buckets.get_mut(bucket).ok_or_else(no_such_bucket)?;
        let done = match (version, target.versioning) {
            (Some(id), _) => delete_version(&files, target, key, id, context.now, bypass)?,
            (None, super::bucket::Versioning::Never) => {
                delete_version(&files, target, key, NULL_VERSION, context.now, bypass)?
            }
            (None, _) => hide(&files, target, key, context.now, number, &sequencer)?,
        };
        let request_id = ids::hex16("s3-request", number);
        if let Some(happened) = Happened::deleted(&done, key, version, &sequencer) {
            self.events.tell(target, &self.home, context, &request_id, &happened);
        }
        Ok(done)
    }
}

fn version_id(number: u64) -> String {
    ids::uuid("s3-version", number).replace('-', "")
}

fn delete_version(
    files: &Files,
    bucket: &mut Bucket,
    key: &str,
    id: &str,
    now: DateTime<Utc>,
    bypass: Bypass,
) -> S3Result<Deleted> {
    let Some(version) = bucket.version(key, id) else { return Ok(Deleted::Nothing) };
    let marker = matches!(version.kind, Kind::DeleteMarker);
    let lock = version.data().map_or_else(Lock::default, |data| data.lock.clone());
    if !lock.lets_go(now, bypass) {
        return Err(locked());
    }
    drop_version(files, bucket, key, id).map_err(|error| disk(&error))?;
    Ok(Deleted::Version { marker })
}

/// Puts a delete marker on top.
fn hide(
    files: &Files,
    bucket: &mut Bucket,
    key: &str,
    now: DateTime<Utc>,
    number: u64,
    sequencer: &str,
) -> S3Result<Deleted> {
    let fail = |error: std::io::Error| -> S3Error { disk(&error) };
    let id = bucket.new_version_id(|| version_id(number));
    if id == NULL_VERSION {
        drop_version(files, bucket, key, NULL_VERSION).map_err(fail)?;
    }
    let marker =
        Version { id: id.clone(), modified: now, sequencer: sequencer.to_owned(), kind: Kind::DeleteMarker };
    bucket.keys.entry(key.to_owned()).or_default().push(marker);
    arrange(files, bucket, key).map_err(fail)?;
    Ok(Deleted::Marker(id))
}

/// Removes a version and its bytes, and shows what is current then.
fn drop_version(files: &Files, bucket: &mut Bucket, key: &str, id: &str) -> std::io::Result<()> {
    let Some(versions) = bucket.keys.get_mut(key) else { return Ok(()) };
    let Some(index) = versions.iter().position(|version| version.id == id) else { return Ok(()) };
    let gone = versions.remove(index);
    if versions.is_empty() {
        bucket.keys.remove(key);
    }
    if let Some(data) = gone.data() {
        files.remove(&data.path)?;
    }
    arrange(files, bucket, key)
}

/// Moves files so that the current version stands under the key's own name and every other one is out of sight.
fn arrange(files: &Files, bucket: &mut Bucket, key: &str) -> std::io::Result<()> {
    let name = bucket.name.clone();
    let Some((current, older)) = bucket.keys.get_mut(key).and_then(|versions| versions.split_last_mut())
    else {
        return Ok(());
    };
    for data in older.iter_mut().filter_map(Version::data_mut) {
        let hidden = files.hidden(&name, data.number);
        relocate(files, data, hidden)?;
    }
    match current.data_mut() {
        Some(data) if data.path.starts_with(files.bucket(&name)) => Ok(()),
        Some(data) => {
            let shown = files.shown(&name, key);
            relocate(files, data, shown)
        }
        None => Ok(()),
    }
}

fn relocate(files: &Files, data: &mut Data, to: PathBuf) -> std::io::Result<()> {
    if data.path != to {
        files.move_to(&data.path, &to)?;
        data.path = to;
    }
    Ok(())
}
