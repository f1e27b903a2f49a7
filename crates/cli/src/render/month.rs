//! The summary of a simulated month.

use std::fmt::Write as _;

use cachekeep_core::backup::Status;
use cachekeep_lab::month::{CacheReport, MonthReport};
use cachekeep_lab::output::{LEDGER_FILE, MESSAGES_FILE};

use super::counted;
use super::style::{BAD, FAINT, GOOD, HEADING, WARNING, painted};
use super::table::{Align, Cell, Table};
use crate::commands::sandbox::PAGE_FILE;

/// The whole summary.
pub(crate) fn month(report: &MonthReport) -> String {
    let MonthReport { days, from, until, seed, .. } = report;
    let (from, until) = (from.format("%Y-%m-%d %H:%M"), until.format("%Y-%m-%d %H:%M UTC"));
    let days = counted(*days as usize, "simulated day");
    let title = format!("{days}, {from} to {until}, seed {seed}");
    let sections = [totals(report), caches(report), peaks(report), messages(report), files(report)];
    format!("{}\n\n{}", painted(HEADING, title), sections.join("\n"))
}

fn totals(report: &MonthReport) -> String {
    let totals = &report.totals;
    let rows = [
        ("slots handed out", totals.slots, "one for each cache and scheduled instant"),
        ("snapshots taken", totals.taken, "or found, where the plan exports automatic ones"),
        ("skipped", totals.skipped, "slots that a node's quota has no room for"),
        ("missed", totals.missed, "slots that nobody served"),
        ("failed", totals.failed, "snapshots that never became complete"),
        ("exported", totals.exported, "every file and the manifest in the bucket"),
        ("verified", totals.verified, "read to the last byte, and whole"),
        ("corrupt", totals.corrupt, "read, and not whole"),
        ("pruned", totals.pruned, "every copy deleted, since no rule keeps it"),
        ("messages sent", totals.messages, "to the SNS topic"),
    ];
    let mut table = Table::new(&[("WHAT", Align::Left), ("COUNT", Align::Right), ("", Align::Left)]);
    for (what, count, why) in rows {
        let bad = matches!(what, "missed" | "failed" | "corrupt") && count > 0;
        let style = if bad { BAD } else { anstyle::Style::new() };
        table.row([what.into(), Cell::styled(count.to_string(), style), Cell::styled(why, FAINT)]);
    }
    table.lines()
}

fn caches(report: &MonthReport) -> String {
    let columns = [
        ("CACHE", Align::Left),
        ("KIND", Align::Left),
        ("GOOD", Align::Right),
        ("PRUNED", Align::Right),
        ("SKIPPED", Align::Right),
        ("OTHER", Align::Right),
        ("LAST GOOD", Align::Left),
        ("NOTE", Align::Left),
    ];
    let mut table = Table::new(&columns);
    for cache in &report.caches {
        table.row(cache_row(cache));
    }
    table.lines()
}

fn cache_row(cache: &CacheReport) -> [Cell; 8] {
    let of = |status: Status| cache.backups.get(&status).copied().unwrap_or_default();
    let (good, pruned, skipped) = (of(Status::Good), of(Status::Pruned), of(Status::Skipped));
    let other = cache.backups.values().sum::<u64>() - good - pruned - skipped;
    let last_good = cache
        .last_good
        .clone()
        .map_or_else(|| Cell::styled("never", WARNING), |slot| Cell::styled(slot, GOOD));
    let count = |count: u64| Cell::from(count.to_string());
    [
        cache.cache.clone().into(),
        cache.kind.clone().into(),
        count(good),
        count(pruned),
        count(skipped),
        count(other),
        last_good,
        cache.reason.clone().unwrap_or_default().into(),
    ]
}

fn peaks(report: &MonthReport) -> String {
    let columns = [("NODE", Align::Left), ("PEAK IN 24 H", Align::Right), ("AWS ALLOWS", Align::Right)];
    let mut table = Table::new(&columns);
    for peak in &report.peaks {
        let style = if peak.peak > usize::from(peak.limit) { BAD } else { GOOD };
        table.row([
            peak.node.clone().into(),
            Cell::styled(peak.peak.to_string(), style),
            peak.limit.to_string().into(),
        ]);
    }
    table.lines()
}

fn messages(report: &MonthReport) -> String {
    let mut table = Table::new(&[("MESSAGES", Align::Right), ("SUBJECT", Align::Left)]);
    for message in shown(report) {
        table.row([message.1.to_string().into(), message.0.into()]);
    }
    table.lines()
}

/// Every day's digest has a subject of its own; together they are one line.
fn shown(report: &MonthReport) -> Vec<(String, u64)> {
    let (digests, others): (Vec<_>, Vec<_>) =
        report.messages.iter().partition(|message| is_digest(&message.subject));
    let mut shown: Vec<(String, u64)> =
        others.iter().map(|message| (message.subject.clone(), message.count)).collect();
    let count = digests.iter().map(|message| message.count).sum();
    if count > 0 {
        shown.push(("the daily digest".to_owned(), count));
    }
    shown
}

/// A digest's subject begins with its day.
fn is_digest(subject: &str) -> bool {
    let day = subject.strip_prefix("cachekeep: ").and_then(|rest| rest.get(..10));
    day.is_some_and(|day| day.parse::<chrono::NaiveDate>().is_ok())
}

fn files(report: &MonthReport) -> String {
    let out = report.files.display();
    let mut text = format!("{}\n", painted(HEADING, "What they left behind"));
    // Writing to a String cannot fail.
    _ = writeln!(
        text,
        "  {out}/s3/cachekeep-exports/  {} objects: RDB files and manifests",
        report.totals.objects
    );
    _ = writeln!(text, "  {out}/{LEDGER_FILE}  every row of the DynamoDB ledger");
    _ = writeln!(text, "  {out}/{MESSAGES_FILE}  every message, as an e-mail shows it");
    _ = writeln!(text, "  {out}/{PAGE_FILE}  the stack as a page, for a browser");
    _ = writeln!(text, "\nRead one yourself: cachekeep verify \"$(find {out} -name '*.rdb' | head -1)\"");
    text
}
