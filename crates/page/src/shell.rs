//! The page's HTML: everything that does not grow with slots.

use cachekeep_core::view::report::{CacheReport, Calendar, CellState, Need, Report, RestoreLine, Storage};
use cachekeep_core::view::status::{Health, StatusLine};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::words::{age, bytes, minute};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// Nothing may be loaded and nothing sent, whatever the names of caches say.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

pub(crate) fn page(report: &Report, data: &str) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { "cachekeep: " (report.stack) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#caches" { "Skip to the caches" }
                (head(report))
                main {
                    (needs(&report.needs))
                    (storage(&report.storage))
                    section #detail hidden tabindex="-1" aria-label="One cache" {}
                    (caches(report))
                    (calendars(report))
                    (restores(&report.restores))
                }
                footer { p { "Made by cachekeep " (env!("CARGO_PKG_VERSION")) " from the ledger of " (report.stack) ". It loads nothing and sends nothing." } }
                script type="application/json" id="data" { (PreEscaped(data)) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

fn head(report: &Report) -> Markup {
    let class = if report.is_well { "verdict good" } else { "verdict bad" };
    html! {
        header {
            h1 { "cachekeep " span.faint { (report.stack) } }
            p class=(class) { (report.verdict) }
            p.faint { "As of " time datetime=(report.now.to_rfc3339()) { (minute(report.now)) } ", with the slots of " (report.days) " days. All times are UTC." }
        }
    }
}

fn needs(needs: &[Need]) -> Markup {
    let (urgent, others): (Vec<&Need>, Vec<&Need>) = needs.iter().partition(|need| need.is_urgent);
    html! {
        section aria-labelledby="h-needs" {
            h2 #h-needs { "What needs a person" }
            @if urgent.is_empty() { p { "Nothing." } } @else { ul.needs { @for need in &urgent { (of_need(need)) } } }
            @if !others.is_empty() {
                details {
                    summary { "Good to know (" (others.len()) ")" }
                    ul.needs { @for need in &others { (of_need(need)) } }
                }
            }
        }
    }
}

fn of_need(need: &Need) -> Markup {
    html! {
        li {
            @match &need.cache {
                Some(cache) => { a href={ "#cache=" (cache) } { (need.what) } },
                None => { (need.what) },
            }
            @if !need.remedy.is_empty() { " " code { (need.remedy) } }
        }
    }
}

fn storage(storage: &Storage) -> Markup {
    html! {
        section aria-labelledby="h-storage" {
            h2 #h-storage { "Storage" }
            div.scroll tabindex="0" role="region" aria-label="Table of storage" {
                table {
                    thead { tr { th scope="col" { "Where" } th scope="col" .number { "Size" } } }
                    tbody {
                        tr { th scope="row" { "Snapshots in ElastiCache" } td.number { (bytes(storage.elasticache)) } }
                        tr { th scope="row" { "Exports and replicas in S3" } td.number { (bytes(storage.s3)) } }
                        tr { th scope="row" { "A month of it costs" } td.number { (money(storage.cost)) " " (storage.currency) } }
                        @if let Some(cost) = storage.in_a_year {
                            tr { th scope="row" { "A month will cost, after a year of these plans" } td.number { (money(cost)) " " (storage.currency) } }
                        }
                    }
                }
            }
            p.faint { "Prices of " (storage.prices) ". What AWS bills of deleted objects for some days is in the forecast alone." }
        }
    }
}

fn money(amount: f64) -> String {
    if amount > 0.0 && amount < 0.01 { "less than 0.01".to_owned() } else { format!("{amount:.2}") }
}

const COLUMNS: [(&str, &str); 8] = [
    ("Cache", ""),
    ("Kind", ""),
    ("Plan", ""),
    ("Health", ""),
    ("Last good backup", ""),
    ("Age, of what is expected", "number"),
    ("Kept", "number"),
    ("Newest", "number"),
];

fn caches(report: &Report) -> Markup {
    html! {
        section #caches tabindex="-1" aria-labelledby="h-caches" {
            h2 #h-caches { "Caches" }
            div.tools {
                label { "Filter by text " input #filter type="search" autocomplete="off" placeholder="name, plan or health"; }
                label { input #attention type="checkbox"; " only what is not ok" }
                output #count aria-live="polite" {}
            }
            div.scroll tabindex="0" role="region" aria-label="Table of caches" {
                table #cache-table {
                    thead { tr {
                        @for (place, (name, class)) in COLUMNS.iter().enumerate() {
                            th scope="col" class=(class) aria-sort=(if place == 0 { "ascending" } else { "none" }) {
                                button type="button" data-column=(place) { (name) }
                            }
                        }
                    } }
                    tbody { @for (place, cache) in report.caches.iter().enumerate() { (rows(place, cache)) } }
                }
            }
        }
    }
}

fn rows(place: usize, cache: &CacheReport) -> Markup {
    html! {
        @if cache.lines.is_empty() { (row(place, cache, None)) }
        @for (line, expected) in cache.lines.iter().zip(&cache.expected) { (row(place, cache, Some((line, *expected)))) }
    }
}

fn row(place: usize, cache: &CacheReport, line: Option<(&StatusLine, i64)>) -> Markup {
    let (line, expected) = line.map_or((None, 0), |(line, expected)| (Some(line), expected));
    let seconds = line.and_then(|line| line.age_seconds);
    let own = || cache.kept.iter().filter(|kept| line.is_none_or(|line| line.plan == kept.plan));
    let kept = own().count();
    let newest = own().find_map(|kept| kept.bytes);
    let (word, class) = health(cache, line);
    html! {
        tr data-i=(place) {
            th scope="row" { a href={ "#cache=" (cache.id) } { (cache.id.name()) } }
            td { (cache.id.kind()) }
            td { (line.map_or("none", |line| &line.plan)) }
            td { span class=(class) { (word) } }
            td { (line.and_then(|line| line.last_good).map_or_else(|| "never".to_owned(), minute)) }
            td.number data-v=(seconds.unwrap_or(-1)) { (seconds.map_or_else(String::new, |seconds| format!("{} of {}", age(seconds), age(expected)))) }
            td.number data-v=(kept) { (kept) }
            td.number data-v=(newest.unwrap_or(0)) { (newest.map_or_else(String::new, bytes)) }
        }
    }
}

fn health(cache: &CacheReport, line: Option<&StatusLine>) -> (&'static str, &'static str) {
    match line.map(|line| line.health) {
        Some(Health::Ok) => ("ok", "good"),
        Some(Health::Late) => ("late", "bad"),
        Some(Health::Never) => ("never", "warn"),
        Some(Health::Unsupported) => ("unsupported", "faint"),
        None if cache.is_there => ("not covered", "faint"),
        None => ("gone", "faint"),
    }
}

fn calendars(report: &Report) -> Markup {
    html! {
        section aria-labelledby="h-slots" {
            h2 #h-slots { "Slots" }
            p { "A cell for each slot and cache, the newest to the right. Focus a row and move with the arrow keys, or point at a cell, to read what became of it." }
            ul.legend aria-label="Legend" {
                @for state in CellState::ALL { li { span.swatch data-s=(state.letter()) {} (state.as_str()) } }
            }
            noscript { p { "The cells are drawn by a script of this file, and your browser runs none." } }
            @for (place, calendar) in report.calendars.iter().enumerate() { (of_calendar(place, calendar)) }
        }
    }
}

fn of_calendar(place: usize, calendar: &Calendar) -> Markup {
    html! {
        section.calendar data-plan=(place) aria-labelledby={ "plan-" (place) } {
            h3 id={ "plan-" (place) } { "Plan " (calendar.plan) }
            p.faint {
                (calendar.about)
                @if calendar.slots_a_column > 1 { "; " (calendar.slots_a_column) " slots in a cell, of which the worst is shown" }
            }
            div.grid {}
            output.cell aria-live="polite" {}
            details { summary { "The same as a table" } div.table {} }
        }
    }
}

fn restores(restores: &[RestoreLine]) -> Markup {
    html! {
        section aria-labelledby="h-restores" {
            h2 #h-restores { "Restores and restore tests" }
            @if restores.is_empty() { p { "None." } } @else {
                div.scroll tabindex="0" role="region" aria-label="Table of restores" {
                    table {
                        thead { tr {
                            th scope="col" { "New cache" } th scope="col" { "Backup" } th scope="col" { "Asked for" }
                            th scope="col" { "Status" } th scope="col" .number { "Took" } th scope="col" { "Why" }
                        } }
                        tbody { @for line in restores { tr {
                            th scope="row" { (line.target) }
                            td { (line.backup.as_deref().unwrap_or("not one of ours")) }
                            td { (line.at.map_or_else(String::new, minute)) }
                            td { (line.status) }
                            td.number { (line.seconds.map_or_else(String::new, |seconds| age(seconds.try_into().unwrap_or(i64::MAX)))) }
                            td { (line.reason) }
                        } } }
                    }
                }
            }
        }
    }
}
