//! Which file holds which shard.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::backup::File;
use crate::snapshot::{Snapshot, SnapshotPart};

/// One file of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shard {
    /// The shard's number, such as `0001`; a cache with cluster mode disabled has just this one.
    pub shard: String,
    /// The shard's hash slots, such as `0-5461`, where the cache has shards and ElastiCache told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slots: Option<String>,
    /// The file.
    pub file: File,
}

/// Pairs each file with its shard.
///
/// Whether the number in a file's name is the shard's own or just counts them is not known (docs/elasticache.md 5, U):
/// where every number is a shard's, it is taken for that; otherwise, with as many files as shards, they are paired in order.
pub(super) fn pair(mut files: Vec<File>, snapshot: &Snapshot) -> Vec<Shard> {
    files.sort_by(|a, b| a.key.cmp(&b.key));
    let parts = by_shard(snapshot);
    let numbers: Vec<String> = files.iter().enumerate().map(|(at, file)| number(file, at)).collect();
    if numbers.iter().all(|number| parts.contains_key(number.as_str())) {
        let slots = |number: &String| parts.get(number.as_str()).and_then(|part| part.slots.clone());
        return files.into_iter().zip(numbers).map(|(file, n)| shard(slots(&n), n, file)).collect();
    }
    if parts.len() == files.len() {
        let pairs = files.into_iter().zip(parts);
        return pairs.map(|(file, (name, part))| shard(part.slots.clone(), name.to_owned(), file)).collect();
    }
    files.into_iter().zip(numbers).map(|(file, number)| shard(None, number, file)).collect()
}

fn shard(slots: Option<String>, shard: String, file: File) -> Shard {
    Shard { shard, slots, file }
}

fn by_shard(snapshot: &Snapshot) -> BTreeMap<&str, &SnapshotPart> {
    snapshot.parts.iter().filter_map(|part| Some((part.shard.as_deref()?, part))).collect()
}

/// The digits between the last hyphen and `.rdb` (docs/elasticache.md 5, S); where there are none, the file's place.
fn number(file: &File, at: usize) -> String {
    let stem = file.key.strip_suffix(".rdb").unwrap_or(&file.key);
    let digits = stem.rsplit_once('-').map(|(_, digits)| digits);
    let digits = digits.filter(|digits| digits.len() == 4 && digits.chars().all(|c| c.is_ascii_digit()));
    digits.map_or_else(|| format!("{:04}", at + 1), str::to_owned)
}
