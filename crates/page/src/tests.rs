//! The page of a small report and of a large one: what stands in it, and how large it is.

use cachekeep_core::view::report::{
    CacheReport, Calendar, CellState, Copy, Kept, Need, QuotaDay, Report, Row, Storage,
};
use cachekeep_core::view::status::{Health, StatusLine};
use chrono::TimeDelta;

use super::*;

/// So many caches under a plan every six hours, for so many days, each with twenty backups: about what the last four, seven
/// days, five weeks and three months come to.
fn report(caches: usize, days: u32) -> Report {
    let now = "2026-11-21T06:30:00Z".parse().unwrap();
    let slots: Vec<_> = (0..days * 4)
        .rev()
        .map(|n| now - TimeDelta::minutes(30) - TimeDelta::hours(6) * n.cast_signed())
        .collect();
    let id = |n: usize| format!("group:cache-{n:04}").parse().unwrap();
    let kept = |n: usize| -> Vec<Kept> {
        let newest = slots.iter().rev().step_by(1 + n % 3).take(20);
        let backup = |at: &chrono::DateTime<chrono::Utc>| Kept {
            plan: "gold".to_owned(),
            slot: cachekeep_core::slot::Slot::containing(*at),
            reasons: vec!["daily snapshot".to_owned(), format!("within {}d", n % 7)],
            goes: Some(*at + TimeDelta::days(7)),
            is_held: false,
            bytes: Some(2_000_000_000 + n as u64),
            keys: Some(1_000_000 + n as u64),
            copies: vec![Copy::Export],
        };
        newest.map(backup).collect()
    };
    let row = |n: usize| {
        let state = |place: usize| match (place + n) % 40 {
            3 => CellState::Skipped,
            7 if n == 1 => CellState::Corrupt,
            place if place % 4 == 0 => CellState::Kept,
            _ => CellState::Gone,
        };
        let cells: Vec<CellState> = (0..slots.len()).map(state).collect();
        let bad = cells.iter().enumerate().filter(|(_, state)| **state > CellState::Kept);
        let reasons = bad.map(|(place, _)| (place, format!("no room on node {}", n % 5))).collect();
        Row { cache: id(n), cells, reasons }
    };
    let line = |n: usize| StatusLine {
        cache: format!("cache-{n:04}"),
        kind: cachekeep_core::ids::CacheKind::Group,
        plan: "gold".to_owned(),
        health: if n == 1 { Health::Late } else { Health::Ok },
        last_good: Some(now),
        age_seconds: Some(1800),
        next_slot: None,
        quota: Vec::new(),
        reason: None,
    };
    let cache = |n: usize| CacheReport {
        id: id(n),
        is_there: true,
        lines: vec![line(n)],
        expected: vec![54_000],
        quota: vec![QuotaDay { node: format!("cache-{n:04}-002"), hours: [4; 24], limit: 20 }],
        kept: kept(n),
    };
    Report {
        stack: "cachekeep in 111122223333/eu-west-1".to_owned(),
        now,
        days,
        is_well: false,
        verdict: "One thing needs a person.".to_owned(),
        needs: vec![Need {
            is_urgent: true,
            cache: Some("group:cache-0001".to_owned()),
            what: "</script><b>cache</b> & co".to_owned(),
            remedy: "cachekeep list".to_owned(),
        }],
        calendars: vec![Calendar {
            plan: "gold".to_owned(),
            about: "0 */6 * * *".to_owned(),
            columns: slots.clone(),
            slots_a_column: 1,
            rows: (0..caches).map(row).collect(),
        }],
        caches: (0..caches).map(cache).collect(),
        storage: Storage {
            elasticache: 1,
            s3: 2,
            cost: 0.001,
            in_a_year: Some(3.0),
            currency: "USD".to_owned(),
            prices: "us-east-1".to_owned(),
        },
        restores: Vec::new(),
    }
}

#[test]
fn a_thousand_caches_over_ninety_days_are_less_than_two_megabytes() {
    let page = html(&report(1_000, 90));
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
    assert!(page.matches("<tr data-i=").count() == 1_000);
}

#[test]
fn what_the_account_says_cannot_become_markup() {
    let page = html(&report(2, 2));
    assert!(!page.contains("<b>cache</b>") && page.contains("&lt;b&gt;cache&lt;/b&gt; &amp; co"));
    let mut hostile = report(1, 2);
    hostile.calendars[0].rows[0].reasons.insert(0, "</script><script>alert(1)</script>".to_owned());
    assert!(!html(&hostile).contains("<script>alert"));
}

#[test]
fn the_page_asks_for_nothing_from_anywhere() {
    let page = html(&report(2, 2));
    assert!(page.contains("default-src 'none'"));
    for loader in ["src=", "href=\"http", "url(", "@import", "fetch(", "<link", "<img"] {
        assert!(!page.contains(loader), "{loader}");
    }
}

#[test]
fn the_same_report_is_the_same_page() {
    assert_eq!(html(&report(3, 9)), html(&report(3, 9)));
}
