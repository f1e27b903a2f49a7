//! The ledger held against what it was: after a point-in-time restore, say.

use std::collections::BTreeMap;

use super::finding::{Drift, Finding, FindingKind};
use crate::ids::BackupId;

/// How far a backup's record is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// How many changes it has seen.
    pub version: u64,
    /// How it stands, in the ledger's word.
    pub status: String,
}

/// What the ledger knew earlier and does not know now. What came since is no finding. What was over long ago may have been
/// dropped since, as the ledger does after a year.
#[must_use]
pub fn against(earlier: &BTreeMap<BackupId, Version>, now: &BTreeMap<BackupId, Version>) -> Drift {
    let finding = |(id, was): (&BackupId, &Version)| match now.get(id) {
        None if is_over(&was.status) => None,
        None => Some(Finding::of_backup(
            FindingKind::Lost,
            id,
            format!("the file has it as `{}`, and the ledger has no record of it", was.status),
            "`cachekeep ledger check` shows what is left of it, and how to restore from that",
        )),
        Some(is) if is.version < was.version => Some(Finding::of_backup(
            FindingKind::Differs,
            id,
            format!(
                "the file has {} changes of it (`{}`), and the ledger {} (`{}`)",
                was.version, was.status, is.version, is.status
            ),
            "the ledger was set back: `cachekeep ledger check` shows where it does not agree any more",
        )),
        Some(_) => None,
    };
    Drift::of(now.len(), earlier.iter().filter_map(finding).collect())
}

/// Whether nothing of it was left then.
fn is_over(status: &str) -> bool {
    ["missed", "skipped", "pruned", "lost", "failed"].contains(&status)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(backups: &[(&str, u64, &str)]) -> BTreeMap<BackupId, Version> {
        let backup = |(day, version, status): &(&str, u64, &str)| {
            let id = format!("group:orders/gold/2026-11-{day}T06:00:00Z").parse().unwrap();
            (id, Version { version: *version, status: (*status).to_owned() })
        };
        backups.iter().map(backup).collect()
    }

    #[test]
    fn what_is_missing_or_was_set_back_is_found_and_what_came_since_or_was_over_is_not() {
        let earlier =
            ledger(&[("01", 9, "pruned"), ("02", 8, "good"), ("03", 8, "good"), ("04", 3, "exporting")]);
        let now = ledger(&[("03", 5, "verifying"), ("04", 6, "good"), ("05", 1, "snapshotting")]);
        let drift = against(&earlier, &now);
        let told: Vec<(FindingKind, &str)> =
            drift.findings.iter().map(|finding| (finding.kind, &finding.subject[26..28])).collect();
        assert_eq!(told, [(FindingKind::Lost, "02"), (FindingKind::Differs, "03")]);
        assert_eq!((drift.agrees, drift.backups), (false, 3));
        assert!(against(&now, &now).agrees);
    }
}
