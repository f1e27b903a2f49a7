//! Versions of objects and what is known about each.

use super::checksum::Checksums;
use chrono::{DateTime, Utc};
use s3s::dto;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The id that a version has which was written without versioning.
pub(super) const NULL_VERSION: &str = "null";

/// One version of a key.
#[derive(Clone, Debug)]
pub(super) struct Version {
    /// [`NULL_VERSION`] when it was written without versioning.
    pub(super) id: String,
    pub(super) modified: DateTime<Utc>,
    /// Orders the events of one key.
    pub(super) sequencer: String,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Data(Box<Data>),
    DeleteMarker,
}

/// The bytes of a version, where they are and what was said about them.
#[derive(Clone, Debug)]
pub(super) struct Data {
    pub(super) path: PathBuf,
    /// Names the file while it is not the current version.
    pub(super) number: u64,
    pub(super) size: u64,
    /// Without its quotation marks.
    pub(super) etag: String,
    pub(super) checksums: Checksums,
    pub(super) about: About,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) lock: Lock,
}

/// What the writer said of an object.
#[derive(Clone, Debug, Default)]
pub(super) struct About {
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) content_type: Option<String>,
    pub(super) content_encoding: Option<String>,
    pub(super) content_disposition: Option<String>,
    pub(super) content_language: Option<String>,
    pub(super) cache_control: Option<String>,
    pub(super) storage_class: Option<String>,
    pub(super) encryption: Option<String>,
    pub(super) kms_key: Option<String>,
}

/// Protection of one version from deletion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lock {
    pub(super) retention: Option<Retention>,
    pub(super) hold: Hold,
}

/// Until when a version stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Retention {
    pub(super) mode: RetentionMode,
    pub(super) until: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RetentionMode {
    /// Nobody can shorten it.
    Compliance,
    /// Who may bypass it can.
    Governance,
}

/// A legal hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Hold {
    On,
    #[default]
    Off,
}

/// Whether the caller asked to pass over a governance retention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bypass {
    Governance,
    Nothing,
}

impl Bypass {
    pub(super) fn of(asked: Option<bool>) -> Self {
        if asked == Some(true) { Self::Governance } else { Self::Nothing }
    }
}

impl Lock {
    /// Whether this version may go now.
    pub(super) fn lets_go(&self, now: DateTime<Utc>, bypass: Bypass) -> bool {
        self.hold == Hold::Off && self.retention.is_none_or(|retention| retention.lets_go(now, bypass))
    }
}

impl Retention {
    pub(super) fn lets_go(self, now: DateTime<Utc>, bypass: Bypass) -> bool {
        self.until <= now || (self.mode == RetentionMode::Governance && bypass == Bypass::Governance)
    }
}

impl RetentionMode {
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "COMPLIANCE" => Some(Self::Compliance),
            "GOVERNANCE" => Some(Self::Governance),
            _ => None,
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Compliance => "COMPLIANCE",
            Self::Governance => "GOVERNANCE",
        }
    }
}

impl Hold {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::On => "ON",
            Self::Off => "OFF",
        }
    }
}

impl Version {
    pub(super) fn data(&self) -> Option<&Data> {
        match &self.kind {
            Kind::Data(data) => Some(data),
            Kind::DeleteMarker => None,
        }
    }

    pub(super) fn data_mut(&mut self) -> Option<&mut Data> {
        match &mut self.kind {
            Kind::Data(data) => Some(data),
            Kind::DeleteMarker => None,
        }
    }

    /// The id as an answer shows it: nothing for a version without versioning.
    pub(super) fn shown_id(&self) -> Option<String> {
        (self.id != NULL_VERSION).then(|| self.id.clone())
    }
}

impl Data {
    pub(super) fn etag(&self) -> dto::ETag {
        dto::ETag::Strong(self.etag.clone())
    }

    pub(super) fn storage_class(&self) -> String {
        self.about.storage_class.clone().unwrap_or_else(|| "STANDARD".into())
    }

    pub(super) fn length(&self) -> i64 {
        i64::try_from(self.size).unwrap_or(i64::MAX)
    }
}
