//! Names derived from (cache, plan, slot): a repeat of an action finds its own earlier attempt by them.

use std::fmt::Write as _;

use chrono::NaiveDateTime;
use sha2::{Digest as _, Sha256};

use crate::cache::Tags;
use crate::ids::{BackupId, CacheId, CacheKind, SnapshotName};
use crate::slot::Slot;
use crate::stack::{Identity, Stack};

/// The longest manual snapshot name that ElastiCache's guide allows (docs/elasticache.md 1.4, S).
pub const SNAPSHOT_NAME_LONGEST: usize = 40;

/// What every name of ours starts with, so that a person sees whose snapshot it is. Never a licence to delete: that
/// takes the ledger and the tag.
pub const PREFIX: &str = "ck-";

/// The tag that every snapshot of ours carries; its value is the backup's id.
pub const BACKUP_TAG: &str = "cachekeep:backup";

/// The tag that every restored cache carries; its value is the backup's id, or the snapshot's name where it is no backup of
/// ours. A repeat of the same restore knows its own cache by it.
pub const RESTORE_TAG: &str = "cachekeep:restore";

/// The tag of a cache that is there only to see whether a backup can be restored, of whatever stack. No plan covers such a cache.
pub const RESTORE_TEST_TAG: &str = "cachekeep:restore-test";

/// What the keys of all tags of ours begin with. A new cache inherits none of them from an old one.
pub const TAGS: &str = "cachekeep:";

/// The tag that says which stack a snapshot belongs to; its value is the stack's identity.
pub const STACK_TAG: &str = "cachekeep:stack";

/// How the slot stands in a snapshot's name: to the minute, which slots are whole of.
const SLOT_IN_NAME: &str = "%Y%m%d%H%M";

/// How many hexadecimal digits of the hash stand in a name: 40 bits, so that among a million backups of one cache and
/// minute none is expected to collide.
const HASH_DIGITS: usize = 10;

/// The name of the `attempt`th snapshot (from 1) of a stack's backup: `ck-orders-202611210600-1f2e3d4c5b`.
///
/// The cache's name and the slot are there for people and may be cut; the hash tells stack, kind, full name, plan, slot
/// and attempt apart. A stack that finds the name taken has therefore taken it itself.
#[must_use]
pub fn snapshot(stack: &Identity, backup: &BackupId, attempt: u32) -> SnapshotName {
    let slot = backup.slot.instant().format(SLOT_IN_NAME).to_string();
    let hash = short_hash(&format!("{stack}/{backup}#{attempt}"));
    let room = SNAPSHOT_NAME_LONGEST - PREFIX.len() - slot.len() - hash.len() - 2;
    let cache: String = backup.cache.name().chars().take(room).collect();
    // A double or trailing hyphen would be refused.
    let cache = cache.trim_matches('-').replace("--", "-");
    SnapshotName::new(&format!("{PREFIX}{cache}-{slot}-{hash}"))
}

/// The slot that [`snapshot`] put into a name; `None` where the name is none of its.
#[must_use]
pub fn slot_of(name: &SnapshotName) -> Option<Slot> {
    let mut parts = name.as_str().strip_prefix(PREFIX)?.rsplitn(3, '-');
    let (hash, slot) = (parts.next()?, parts.next()?);
    let is_hash = hash.len() == HASH_DIGITS && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    let slot = NaiveDateTime::parse_from_str(slot, SLOT_IN_NAME).ok().filter(|_| is_hash)?;
    Some(Slot::containing(slot.and_utc()))
}

/// The folder of a backup's export, with its trailing slash: `redis/group/orders/gold/20261121t060000z/`. All lower
/// case, since ElastiCache may lower-case what it is given (docs/elasticache.md 5, L).
#[must_use]
pub fn export_folder(prefix: &str, backup: &BackupId) -> String {
    format!(
        "{prefix}{}/{}/{}/{}/",
        backup.cache.kind(),
        backup.cache.name(),
        backup.plan,
        backup.slot.compact()
    )
}

/// The backup whose export has this folder, whatever stands before [`export_folder`]'s part of it; `None` where it is no such
/// folder.
#[must_use]
pub fn backup_of_folder(folder: &str) -> Option<BackupId> {
    let mut parts = folder.strip_suffix('/')?.rsplit('/');
    let (slot, plan, cache, kind) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let slot = Slot::from_compact(slot).ok()?;
    let id: BackupId = format!("{kind}:{cache}/{plan}/{slot}").parse().ok()?;
    prefix_of(folder, &id).is_some().then_some(id)
}

/// What stands before a backup's own part of its export's folder: the plan's prefix at the slot. `None` where the folder
/// is not one of [`export_folder`].
#[must_use]
pub fn prefix_of<'a>(folder: &'a str, backup: &BackupId) -> Option<&'a str> {
    folder.strip_suffix(&export_folder("", backup))
}

/// The folder that the files of one restore are staged in, with its trailing slash:
/// `redis/staging/group/orders-2/1f2e3d4c5b/`. The same restore said again has the same.
#[must_use]
pub fn staging_folder(prefix: &str, target: &CacheId, mark: &str) -> String {
    format!("{prefix}{STAGING}/{}/{}/{}/", target.kind(), target.name(), short_hash(mark))
}

/// Whether a folder is one of [`staging_folder`].
#[must_use]
pub fn is_staging_folder(folder: &str) -> bool {
    let mut parts = folder.rsplit('/');
    let (end, hash, _target, kind, staging) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next());
    let is_hash = hash.is_some_and(|hash| hash.len() == HASH_DIGITS);
    let is_kind = kind.is_some_and(|kind| kind.parse::<CacheKind>().is_ok());
    end == Some("") && is_hash && is_kind && staging == Some(STAGING)
}

/// The folder that files are staged in for restores.
const STAGING: &str = "staging";

/// The object that says whose the exports under this prefix are.
#[must_use]
pub fn mark(prefix: &str) -> String {
    format!("{prefix}cachekeep.json")
}

/// The folder of the plan documents that were applied, beside the exports: a lost ledger is rebuilt with them.
#[must_use]
pub fn plans_folder(prefix: &str) -> String {
    format!("{prefix}cachekeep-plans/")
}

/// The object of one version of the plan document; the versions are in the order of their keys.
#[must_use]
pub fn plans_document(prefix: &str, version: u64) -> String {
    format!("{}v{version:010}.yaml", plans_folder(prefix))
}

/// Whether an object under an export's prefix is no export and ours all the same.
#[must_use]
pub fn is_ours_beside_exports(key: &str) -> bool {
    key.ends_with(&mark("")) || key.contains(&plans_folder(""))
}

/// What a stack's replicas stand under in another bucket, which may hold those of many stacks and sites:
/// `111122223333/eu-west-1/cachekeep/`. Behind it comes the key that the original has.
#[must_use]
pub fn replica_root(stack: &Stack) -> String {
    format!("{}/{}/", stack.site, stack.identity)
}

/// The backup that a snapshot with these tags is of, as its tag spells it; `None` where it is not this stack's.
#[must_use]
pub fn backup_tag<'a>(stack: &Identity, tags: &'a Tags) -> Option<&'a str> {
    let ours = tags.get(STACK_TAG).is_some_and(|identity| identity == stack.as_str());
    tags.get(BACKUP_TAG).filter(|_| ours).map(String::as_str)
}

/// The manifest of an export.
#[must_use]
pub fn manifest(folder: &str) -> String {
    format!("{folder}manifest.json")
}

/// The `TargetSnapshotName` of a node-based export's `attempt`th try (from 1); ElastiCache appends `-0001.rdb` and so on
/// (docs/elasticache.md 5, S). A later try has its own name, since an object that exists fails the export.
#[must_use]
pub fn export_target(folder: &str, backup: &BackupId, attempt: u32) -> String {
    let name = backup.cache.name();
    if attempt <= 1 { format!("{folder}{name}") } else { format!("{folder}{name}-try{attempt}") }
}

/// The content address of a text: the first 16 hexadecimal digits of its SHA-256.
#[must_use]
pub fn content_address(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()), 16)
}

/// A number of a text that looks drawn by chance and is always the same: the first 64 bits of its SHA-256.
#[must_use]
pub(crate) fn hash(text: &str) -> u64 {
    Sha256::digest(text.as_bytes()).iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

fn short_hash(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()), HASH_DIGITS)
}

fn hex(bytes: &[u8], digits: usize) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text.truncate(digits);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backup(cache: &str) -> BackupId {
        format!("group:{cache}/gold/2026-11-21T06:00:00Z").parse().unwrap()
    }

    fn stack() -> Identity {
        "cachekeep".parse().unwrap()
    }

    #[test]
    fn a_snapshot_name_obeys_elasticaches_rule_however_long_the_cache_name() {
        for cache in ["a", "orders", "a-very-long-replication-group-name-indeed", "ends--with-dashes-"] {
            let name = snapshot(&stack(), &backup(cache), 1);
            let text = name.as_str();
            assert!(text.len() <= SNAPSHOT_NAME_LONGEST, "{text}");
            assert!(!text.contains("--") && !text.ends_with('-'), "{text}");
            assert!(text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{text}");
        }
    }

    #[test]
    fn stacks_attempts_plans_and_kinds_have_names_of_their_own() {
        let base = backup("orders");
        let other_stack = "cachekeep-2".parse().unwrap();
        let other_kind: BackupId = "cluster:orders/gold/2026-11-21T06:00:00Z".parse().unwrap();
        let other_plan: BackupId = "group:orders/silver/2026-11-21T06:00:00Z".parse().unwrap();
        let ours = |backup, attempt| snapshot(&stack(), backup, attempt);
        let names = [
            ours(&base, 1),
            ours(&base, 2),
            ours(&other_kind, 1),
            ours(&other_plan, 1),
            snapshot(&other_stack, &base, 1),
        ];
        let distinct: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), names.len());
    }

    #[test]
    fn an_export_stands_in_a_folder_that_names_cache_plan_and_slot() {
        let folder = export_folder("redis/", &backup("orders"));
        assert_eq!(folder, "redis/group/orders/gold/20261121t060000z/");
        assert_eq!(export_target(&folder, &backup("orders"), 1), format!("{folder}orders"));
        assert_eq!(prefix_of(&folder, &backup("orders")), Some("redis/"));
        assert_eq!(prefix_of(&folder, &backup("other")), None);
    }

    #[test]
    fn a_staging_folder_is_known_by_its_form_and_nothing_else_is_one() {
        let target = "group:orders-2".parse().unwrap();
        let folder = staging_folder("redis/", &target, "group:orders/gold/2026-11-21T06:00:00Z");
        assert!(
            folder.starts_with("redis/staging/group/orders-2/") && is_staging_folder(&folder),
            "{folder}"
        );
        assert_ne!(folder, staging_folder("redis/", &target, "another"));
        let none =
            ["", "/", "staging/", "redis/group/orders/gold/20261121t060000z/", "staging/group/orders-2/"];
        assert!(!none.into_iter().any(is_staging_folder));
        assert!(!is_staging_folder(folder.trim_end_matches('/')));
    }

    #[test]
    fn a_snapshot_of_another_stack_is_nobodys_backup_here() {
        let tags = |stack: &str| {
            Tags::from([
                (STACK_TAG.to_owned(), stack.to_owned()),
                (BACKUP_TAG.to_owned(), "group:orders/gold/t".to_owned()),
            ])
        };
        assert_eq!(backup_tag(&stack(), &tags("cachekeep")), Some("group:orders/gold/t"));
        assert_eq!(backup_tag(&stack(), &tags("cachekeep-2")), None);
        let untold = Tags::from([(BACKUP_TAG.to_owned(), "group:orders/gold/t".to_owned())]);
        assert_eq!(backup_tag(&stack(), &untold), None);
    }
}
