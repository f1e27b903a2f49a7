//! Backups: many in a list, one in full.

use anstyle::Style;
use cachekeep_core::backup::{Backup, CopyKind, CopyView, File, Severity, Status, Verdict};
use cachekeep_core::hold::{Held, HoldView, Holds};
use cachekeep_core::restore::duration;
use cachekeep_core::view::backup::{BackupLine, EventLine, FullBackup, RestoreLine};
use chrono_tz::Tz;

use super::style::{BAD, FAINT, GOOD, WARNING, painted};
use super::table::{Align, Cell, Table};
use super::{counted, sections, time};

/// One backup in full.
pub(crate) fn full(backup: &FullBackup<'_>) -> String {
    let BackupLine { id, status, reason, holds, copies, .. } = &backup.line;
    let holds: String = holds.iter().map(held_since).collect();
    let head = format!("{id}: {}, {reason}\n{holds}", painted(of(*status), status));
    let found = backup.verdict.map(found).unwrap_or_default();
    let files = format!("{}{found}", files(backup.files));
    sections([head, copies_of(copies), files, restores(&backup.restores), events(&backup.events)])
}

fn restores(restores: &[RestoreLine]) -> String {
    if restores.is_empty() {
        return String::new();
    }
    let columns = [
        ("RESTORED AS", Align::Left),
        ("STATUS", Align::Left),
        ("REQUESTED", Align::Left),
        ("TOOK", Align::Right),
    ];
    let mut table = Table::new(&columns);
    for restore in restores {
        let requested = restore.requested_at.map(|at| time::minute(at, Tz::UTC)).unwrap_or_default();
        let took = restore.seconds.map(duration).unwrap_or_default();
        table.row([
            restore.target.to_string().into(),
            restore.status.as_str().into(),
            requested.into(),
            took.into(),
        ]);
    }
    table.lines()
}

fn copies_of(copies: &[CopyView]) -> String {
    let mut table = Table::new(&[("COPY", Align::Left), ("STATUS", Align::Left), ("WHERE", Align::Left)]);
    for copy in copies {
        table.row([kind(copy).into(), copy.status.into(), (&*copy.location).into()]);
    }
    table.lines()
}

fn files(files: &[File]) -> String {
    let mut table = Table::new(&[("FILE", Align::Left), ("BYTES", Align::Right)]);
    for file in files {
        table.row([(&*file.key).into(), file.size.to_string().into()]);
    }
    table.lines()
}

/// What reading the files found.
fn found(verdict: &Verdict) -> String {
    let keys = verdict.keys.map_or(String::new(), |keys| format!(", {keys} keys"));
    let read = format!("{} of {} bytes read{keys}\n", counted(verdict.files as usize, "file"), verdict.bytes);
    let problems = verdict.problems.iter();
    let problems = problems.map(|problem| format!("{} {problem}\n", painted(BAD, "broken:")));
    let warnings = verdict.warnings.iter();
    let warnings =
        warnings.map(|warning| format!("{} {}\n", painted(WARNING, "warning:"), warning.sentence()));
    [read].into_iter().chain(problems).chain(warnings).collect()
}

fn events(events: &[EventLine]) -> String {
    let mut table = Table::new(&[("WHEN", Align::Left), ("EVENT", Align::Left), ("WHY", Align::Left)]);
    for event in events {
        let style = match event.severity {
            Severity::Info => Style::new(),
            Severity::Warning => WARNING,
            Severity::Error => BAD,
        };
        let when = time::second(event.at, Tz::UTC);
        table.row([when.into(), Cell::styled(event.event, style), (&*event.reason).into()]);
    }
    table.lines()
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
            held_with(line).into(),
            copies.join(", ").into(),
            (&*line.reason).into(),
        ]);
    }
    sections([table.lines(), format!("{}\n", counted(lines.len(), "backup"))])
}

/// A line about one hold.
fn held_since(hold: &HoldView) -> String {
    let since = hold.hold.as_ref();
    let since = since.map_or(String::new(), |hold| format!(", since {}", time::minute(hold.since, Tz::UTC)));
    format!("{}{since}\n", painted(WARNING, hold))
}

/// What holds a backup, in a word or two.
fn held_with(line: &BackupLine) -> String {
    let with = line.holds.iter().map(|hold| if hold.on == "backup" { "held" } else { hold.on.as_str() });
    with.collect::<Vec<_>>().join(", ")
}

/// A backup that somebody asked for, and what follows.
pub(crate) fn asked(backup: &Backup) -> String {
    let (id, status, reason) = (&backup.id, backup.status(), &backup.reason);
    let asked = backup.task.asked.as_ref();
    let until = asked.and_then(|asked| asked.keep_until).map_or(String::new(), |until| {
        format!("It stays until {}, whatever the policy says.\n", time::minute(until, Tz::UTC))
    });
    let hold = if backup.held { "It is held: nothing of it is deleted.\n" } else { "" };
    format!("{id}: {}, {reason}\n{until}{hold}", painted(of(status), status))
}

/// After a hold on a cache or a plan, or its release.
pub(crate) fn stands(on: &Held, holds: &Holds) -> String {
    match holds.on(on) {
        Some(_) => format!("{on} is held: nothing of its backups is deleted, of those to come neither\n"),
        None => format!("{on} is not held: retention decides, but for backups with a hold of their own\n"),
    }
}

/// After a hold or a release; `standing` says that its cache's or its plan's hold is on it.
pub(crate) fn held(backup: &Backup, standing: bool) -> String {
    let state = match (backup.held, standing) {
        (true, _) => "is held: nothing of it is deleted",
        (false, true) => {
            "has no hold of its own, but its cache or its plan is held: nothing of it is deleted"
        }
        (false, false) => "is not held: retention decides",
    };
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
