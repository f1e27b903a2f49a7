//! The directory: current objects under their own names, everything else in a hidden folder beside the buckets.

use crate::eventbridge::ids;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

/// The folder for what is not a current object: old versions, parts of uploads, and keys that no file can be named after.
const HIDDEN: &str = ".s3";

/// The longest name of one file, in bytes.
const MAX_NAME: usize = 255;

#[derive(Clone, Debug)]
pub(super) struct Files {
    root: PathBuf,
}

impl Files {
    pub(super) fn open(root: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&root)?;
        Ok(Self { root })
    }

    /// A bucket's folder.
    pub(super) fn bucket(&self, bucket: &str) -> PathBuf {
        self.root.join(bucket)
    }

    /// Makes a bucket's folder, empty at first.
    pub(super) fn create_bucket(&self, bucket: &str) -> io::Result<()> {
        fs::create_dir_all(self.bucket(bucket))
    }

    pub(super) fn delete_bucket(&self, bucket: &str) -> io::Result<()> {
        fs::remove_dir_all(self.root.join(bucket))
    }

    /// Keeps bytes that are not an object yet.
    pub(super) fn stage(&self, number: u64, body: &[u8]) -> io::Result<PathBuf> {
        let path = self.root.join(HIDDEN).join("staged").join(number.to_string());
        write(&path, body)?;
        Ok(path)
    }

    /// Joins files into a new staged one.
    pub(super) fn join(&self, number: u64, parts: &[PathBuf]) -> io::Result<PathBuf> {
        let path = self.root.join(HIDDEN).join("staged").join(number.to_string());
        make_parent(&path)?;
        let mut whole = File::create(&path)?;
        for part in parts {
            io::copy(&mut File::open(part)?, &mut whole)?;
        }
        Ok(path)
    }

    /// Where the current object of a key stands: under its own name where a file can have it.
    pub(super) fn shown(&self, bucket: &str, key: &str) -> PathBuf {
        let plain = self.root.join(bucket).join(key);
        if nameable(key) && free(&self.root.join(bucket), &plain) {
            plain
        } else {
            self.oddly_named(bucket, key)
        }
    }

    fn oddly_named(&self, bucket: &str, key: &str) -> PathBuf {
        self.root.join(HIDDEN).join("odd-names").join(bucket).join(ids::uuid(key, 0))
    }

    /// Where a version that is not the current one stands.
    pub(super) fn hidden(&self, bucket: &str, number: u64) -> PathBuf {
        self.root.join(HIDDEN).join("versions").join(bucket).join(number.to_string())
    }

    pub(super) fn move_to(&self, from: &Path, to: &Path) -> io::Result<()> {
        make_parent(to)?;
        fs::rename(from, to)?;
        self.prune(from);
        Ok(())
    }

    /// Removes a file, and the folders that it leaves empty.
    pub(super) fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)?;
        self.prune(path);
        Ok(())
    }

    /// A bucket's own folder stays, however empty; the hidden one does not.
    fn prune(&self, path: &Path) {
        let hidden = self.root.join(HIDDEN);
        let inside =
            |folder: &Path| folder.strip_prefix(&self.root).is_ok_and(|rest| rest.components().count() > 1);
        let below = |folder: &&Path| inside(folder) || **folder == *hidden;
        for folder in path.ancestors().skip(1).take_while(below) {
            if fs::remove_dir(folder).is_err() {
                return;
            }
        }
    }
}

/// Reads a part of a file.
pub(super) fn read(path: &Path, range: Range<u64>) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(range.start))?;
    let length = range.end - range.start;
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn write(path: &Path, body: &[u8]) -> io::Result<()> {
    make_parent(path)?;
    fs::write(path, body)
}

fn make_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

/// Whether a key can be a path below its bucket: no empty, dotted or overlong names in it.
fn nameable(key: &str) -> bool {
    let fits = |name: &str| !name.is_empty() && name.len() <= MAX_NAME && !name.contains('\0');
    key.split('/').all(fits) && Path::new(key).components().all(|part| matches!(part, Component::Normal(_)))
}

/// Whether a file can stand at `path`: it is no folder, and no folder above it, up to the bucket's, is a file. S3 has both
/// `a` and `a/b`; a directory has one of them.
fn free(bucket: &Path, path: &Path) -> bool {
    let above = path.ancestors().skip(1).take_while(|folder| *folder != bucket);
    !path.is_dir() && !above.into_iter().any(Path::is_file)
}
