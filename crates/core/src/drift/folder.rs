//! The folder of one copy: what the ledger says is in it, and what a listing showed.

use sha2::{Digest as _, Sha256};

use super::Listed;
use super::finding::Finding;
use crate::backup::File;
use crate::ids::BackupId;
use crate::names;

/// What a folder must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expect {
    /// It is being written, or deleted.
    Anything,
    /// These files.
    Files {
        /// Their digests, in order, which take less room than their names.
        digests: Box<[u64]>,
        /// Whether the content's tag is compared too: a copy in another bucket has its own.
        tags: bool,
    },
}

impl Expect {
    pub(super) fn export(files: &[File]) -> Self {
        Self::files(files, true)
    }

    pub(super) fn replica(files: &[File]) -> Self {
        Self::files(files, false)
    }

    fn files(files: &[File], tags: bool) -> Self {
        let digest = |file: &File| digest(&file.key, file.size, if tags { &file.etag } else { "" });
        let mut digests: Vec<u64> = files.iter().map(digest).collect();
        digests.sort_unstable();
        Self::Files { digests: digests.into(), tags }
    }
}

/// A number that tells one file in one state from every other.
fn digest(key: &str, bytes: u64, etag: &str) -> u64 {
    let digest = Sha256::digest(format!("{key}\n{bytes}\n{}", etag.trim_matches('"')).as_bytes());
    digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// One copy's folder.
#[derive(Debug)]
pub(super) struct Folder {
    backup: BackupId,
    /// How long what stands before the recorded keys is.
    root: usize,
    expect: Expect,
    /// How many objects are just as recorded.
    found: usize,
    /// How many are not: what attempts that failed left behind, or what took the place of a file.
    others: usize,
    manifest: bool,
}

/// What an object in a known folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// Part of the copy, or what an attempt at it left behind.
    Ours,
    /// Nobody knows what.
    Unknown,
}

impl Folder {
    pub(super) const fn new(backup: BackupId, root: usize, expect: Expect) -> Self {
        Self { backup, root, expect, found: 0, others: 0, manifest: false }
    }

    /// Takes in an object of the folder at `path`.
    pub(super) fn take(&mut self, path: &str, object: Listed<'_>) -> Taken {
        if object.key == names::manifest(path) {
            self.manifest = true;
            return Taken::Ours;
        }
        let Expect::Files { digests, tags } = &self.expect else { return Taken::Ours };
        let etag = if *tags { object.etag } else { "" };
        let is_recorded =
            digests.binary_search(&digest(&object.key[self.root..], object.bytes, etag)).is_ok();
        if is_recorded {
            self.found += 1;
            return Taken::Ours;
        }
        self.others += 1;
        // Every attempt's files begin with the cache's name.
        let ours = object.key.starts_with(&names::export_target(path, &self.backup, 1));
        if ours || !object.key.starts_with(path) { Taken::Ours } else { Taken::Unknown }
    }

    /// What does not agree, if anything.
    pub(super) fn finding(&self, place: &str) -> Option<Finding> {
        let Expect::Files { digests, .. } = &self.expect else { return None };
        let (recorded, missing) = (digests.len(), digests.len().saturating_sub(self.found));
        if missing > self.others {
            Some(Finding::files_lost(&self.backup, place, self.found, recorded))
        } else if missing > 0 {
            Some(Finding::files_differ(&self.backup, place))
        } else if !self.manifest {
            Some(Finding::no_manifest(&self.backup, place))
        } else {
            None
        }
    }
}
