//! What S3 tells EventBridge about objects (docs/elasticache.md 8, S).

use super::bucket::Bucket;
use super::store::{Context, Deleted};
use super::version::{NULL_VERSION, Version};
use crate::account::Account;
use crate::eventbridge::{AwsEvent, DEFAULT_BUS, EventBridge};
use serde_json::{Value, json};

/// How an object came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    PutObject,
    CopyObject,
    CompleteMultipartUpload,
}

/// Something that happened to an object.
pub(super) enum Happened<'a> {
    Created { key: &'a str, version: &'a Version, reason: Reason },
    Deleted { key: &'a str, version: Option<String>, sequencer: &'a str, deletion: &'static str },
}

/// The way to the default bus.
pub(super) struct ObjectEvents(pub(super) EventBridge);

impl<'a> Happened<'a> {
    /// What a deletion was; `None` when nothing was there.
    pub(super) fn deleted(
        done: &Deleted,
        key: &'a str,
        asked: Option<&str>,
        sequencer: &'a str,
    ) -> Option<Self> {
        let (version, deletion) = match done {
            Deleted::Nothing => return None,
            Deleted::Version { .. } => (asked.map(String::from), "Permanently Deleted"),
            Deleted::Marker(id) => (Some(id.clone()), "Delete Marker Created"),
        };
        Some(Self::Deleted { key, version, sequencer, deletion })
    }

    fn detail_type(&self) -> &'static str {
        match self {
            Self::Created { .. } => "Object Created",
            Self::Deleted { .. } => "Object Deleted",
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Created { reason: Reason::PutObject, .. } => "PutObject",
            Self::Created { reason: Reason::CopyObject, .. } => "CopyObject",
            Self::Created { reason: Reason::CompleteMultipartUpload, .. } => "CompleteMultipartUpload",
            Self::Deleted { .. } => "DeleteObject",
        }
    }

    fn object(&self) -> Value {
        let (mut object, version) = match self {
            Self::Created { key, version, .. } => {
                let data = version.data();
                let (size, etag) = (data.map(|data| data.size), data.map(|data| data.etag.clone()));
                let object = json!({"key": key, "size": size, "etag": etag, "sequencer": version.sequencer});
                (object, Some(version.id.as_str()))
            }
            Self::Deleted { key, version, sequencer, .. } => {
                (json!({"key": key, "sequencer": sequencer}), version.as_deref())
            }
        };
        if let Some(version) = version.filter(|version| *version != NULL_VERSION) {
            object["version-id"] = json!(version);
        }
        object
    }
}

impl ObjectEvents {
    /// Puts the event on the default bus where the bucket has EventBridge on. The bus is in the sandbox's own region, so a
    /// bucket elsewhere tells nobody here.
    pub(super) fn tell(
        &self,
        bucket: &Bucket,
        home: &Account,
        context: &Context,
        request_id: &str,
        happened: &Happened<'_>,
    ) {
        if !bucket.tells_eventbridge() || bucket.region != home.region || bucket.owner != home.id {
            return;
        }
        let mut detail = json!({
            "version": "0",
            "bucket": {"name": bucket.name},
            "object": happened.object(),
            "request-id": request_id,
            "requester": context.requester,
            "source-ip-address": "127.0.0.1",
            "reason": happened.reason(),
        });
        if let Happened::Deleted { deletion, .. } = happened {
            detail["deletion-type"] = json!(deletion);
        }
        let event = AwsEvent {
            source: "aws.s3".into(),
            detail_type: happened.detail_type().into(),
            resources: vec![bucket.arn(&home.partition)],
            detail,
        };
        self.0.emit(DEFAULT_BUS, event);
    }
}
