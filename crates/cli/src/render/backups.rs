//! Backups: many in a list, one in full.

use anstyle::Style;
use cachekeep_core::backup::{Backup, CopyKind, CopyView, ExportState, File, Severity, Status, Verdict};
use cachekeep_core::event::Event;
use cachekeep_core::ids::{BackupId, CacheKind, Instant, PlanName};
use cachekeep_core::slot::Slot;
use chrono::SecondsFormat;
use chrono_tz::Tz;
use serde::Serialize;

use super::style::{BAD, FAINT, GOOD, WARNING, painted};
use super::table::{Align, Cell, Table};
use super::{counted, sections, time};

/// A backup in a list. The field names are part of the `--json` contract.
#[derive(Debug, Serialize)]
pub(crate) struct BackupLine {
    id: BackupId,
    cache: String,
    kind: CacheKind,
    plan: PlanName,
    slot: Slot,
    status: Status,
    reason: String,
    held: bool,
    copies: Vec<CopyView>,
}

/// A backup in full: its line, its files and what happened to it.
#[derive(Debug, Serialize)]
pub(crate) struct Shown<'a> {
    #[serde(flatten)]
    line: BackupLine,
    files: &'a [File],
    verdict: Option<&'a Verdict>,
    events: Vec<EventLine>,
}

/// Something that happened.
#[derive(Debug, Serialize)]
struct EventLine {
    at: String,
    event: &'static str,
    severity: Severity,
    reason: String,
    #[serde(skip)]
    instant: Instant,
}

impl BackupLine {
    pub(crate) fn new(backup: &Backup) -> Self {
        let BackupId { cache, plan, slot } = backup.id.clone();
        Self {
            id: backup.id.clone(),
            cache: cache.name().to_owned(),
            kind: cache.kind(),
            plan,
            slot,
            status: backup.status(),
            reason: backup.reason.clone(),
            held: backup.held,
            copies: backup.copies(),
        }
    }
}

impl<'a> Shown<'a> {
    pub(crate) fn new(backup: &'a Backup, events: &[Event]) -> Self {
        let (files, verdict) = (backup.files(), backup.export_state().and_then(verdict));
        let events = events.iter().map(EventLine::new).collect();
        Self { line: BackupLine::new(backup), files, verdict, events }
    }

    /// For people.
    pub(crate) fn report(&self) -> String {
        let BackupLine { id, status, reason, held, .. } = &self.line;
        let hold = if *held { ", held" } else { "" };
        let head = format!("{id}: {}{hold}, {reason}\n", painted(of(*status), status));
        sections([head, self.copies(), self.files(), self.events()])
    }

    fn copies(&self) -> String {
        let mut table = Table::new(&[("COPY", Align::Left), ("STATUS", Align::Left), ("WHERE", Align::Left)]);
        for copy in &self.line.copies {
            table.row([kind(copy).into(), copy.status.into(), (&*copy.location).into()]);
        }
        table.lines()
    }

    fn files(&self) -> String {
        let mut table = Table::new(&[("FILE", Align::Left), ("BYTES", Align::Right)]);
        for file in self.files {
            table.row([(&*file.key).into(), file.size.to_string().into()]);
        }
        let problems = self.verdict.map(|verdict| verdict.problems.as_slice()).unwrap_or_default();
        let problems: Vec<String> =
            problems.iter().map(|problem| format!("{} {problem}\n", painted(BAD, "broken:"))).collect();
        let read = self.verdict.map(|verdict| {
            let keys = verdict.keys.map_or(String::new(), |keys| format!(", {keys} keys"));
            format!("{} of {} bytes read{keys}\n", counted(verdict.files as usize, "file"), verdict.bytes)
        });
        let warnings = self.verdict.map(|verdict| verdict.warnings.as_slice()).unwrap_or_default();
        let warnings: Vec<String> = warnings
            .iter()
            .map(|warning| format!("{} {}\n", painted(WARNING, "warning:"), warning.sentence()))
            .collect();
        format!("{}{}{}{}", table.lines(), read.unwrap_or_default(), problems.concat(), warnings.concat())
    }

    fn events(&self) -> String {
        let mut table = Table::new(&[("WHEN", Align::Left), ("EVENT", Align::Left), ("WHY", Align::Left)]);
        for event in &self.events {
            let style = match event.severity {
                Severity::Info => Style::new(),
                Severity::Warning => WARNING,
                Severity::Error => BAD,
            };
            let when = time::second(event.instant, Tz::UTC);
            table.row([when.into(), Cell::styled(event.event, style), (&*event.reason).into()]);
        }
        table.lines()
    }
}

impl EventLine {
    fn new(event: &Event) -> Self {
        Self {
            at: event.at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            event: event.name(),
            severity: event.severity(),
            reason: event.reason(),
            instant: event.at,
        }
    }
}

fn verdict(export: &ExportState) -> Option<&Verdict> {
    match export {
        ExportState::Good { verdict, .. } | ExportState::Corrupt { verdict, .. } => Some(verdict),
        ExportState::Pending { .. }
        | ExportState::Requested { .. }
        | ExportState::Running { .. }
        | ExportState::Written { .. }
        | ExportState::Failed
        | ExportState::Deleting { .. }
        | ExportState::Deleted => None,
    }
}

/// The list, with a line for what it comes to.
pub(crate) fn list(lines: &[BackupLine]) -> String {
    let columns = [
        ("BACKUP", Align::Left),
        ("STATUS", Align::Left),
        ("HELD", Align::Left),
        ("COPIES", Align::Left),
        ("REASON", Align::Left),
    ];
    let mut table = Table::new(&columns);
    for line in lines {
        let copies: Vec<String> =
            line.copies.iter().map(|copy| format!("{} {}", kind(copy), copy.status)).collect();
        table.row([
            line.id.to_string().into(),
            Cell::styled(line.status.as_str(), of(line.status)),
            if line.held { "held" } else { "" }.into(),
            copies.join(", ").into(),
            (&*line.reason).into(),
        ]);
    }
    sections([table.lines(), format!("{}\n", counted(lines.len(), "backup"))])
}

/// After a hold or a release.
pub(crate) fn held(backup: &Backup) -> String {
    let state =
        if backup.held { "is held: nothing of it is deleted" } else { "is not held: retention decides" };
    format!("{} {state}\n", backup.id)
}

/// The colour of how a backup stands.
pub(super) fn of(status: Status) -> Style {
    match status {
        Status::Good => GOOD,
        Status::Corrupt | Status::Failed | Status::Missed | Status::Lost => BAD,
        Status::Waiting | Status::Snapshotting | Status::Exporting | Status::Verifying => WARNING,
        Status::Skipped | Status::Expiring | Status::Pruned => FAINT,
    }
}

fn kind(copy: &CopyView) -> &'static str {
    match copy.kind {
        CopyKind::Snapshot => "snapshot",
        CopyKind::Export => "export",
        CopyKind::Replica => "replica",
    }
}
