//! How the caches stand, as a table.

use cachekeep_core::view::status::{Health, Standings, StatusLine};
use chrono_tz::Tz;

use super::style::{BAD, FAINT, GOOD, WARNING, painted};
use super::table::{Align, Cell, Table};
use super::{counted, time};

/// What a stack that does nothing is told.
const NOTHING: &str = "nothing is backed up: no plan covers a cache here that can be. `cachekeep plans check` says which \
                       caches a plan would cover";

/// A line for each cache and plan, and what they come to.
pub(crate) fn report(standings: &Standings) -> String {
    let lines = &standings.lines;
    if lines.is_empty() {
        return format!("{NOTHING}\n");
    }
    let columns = [
        ("CACHE", Align::Left),
        ("KIND", Align::Left),
        ("PLAN", Align::Left),
        ("HEALTH", Align::Left),
        ("LAST GOOD", Align::Left),
        ("AGE", Align::Right),
        ("NEXT SLOT", Align::Left),
        ("QUOTA USED", Align::Left),
        ("NOTE", Align::Left),
    ];
    let mut table = Table::new(&columns);
    for line in lines {
        table.row(cells(line));
    }
    let unhealthy = standings.unhealthy();
    let verdict = if standings.covers_nothing {
        painted(BAD, NOTHING)
    } else if unhealthy == 0 {
        painted(GOOD, "all healthy")
    } else {
        painted(BAD, format!("{unhealthy} unhealthy"))
    };
    format!("{}\n{}, {verdict}\n", table.lines(), counted(lines.len(), "line"))
}

fn cells(line: &StatusLine) -> [Cell; 9] {
    let minute = |at: Option<_>| at.map_or("-".to_owned(), |at| time::minute(at, Tz::UTC));
    let quota = line.quota.iter().map(|node| format!("{} {}/{}", node.node, node.used, node.limit));
    [
        (&*line.cache).into(),
        line.kind.as_str().into(),
        (&*line.plan).into(),
        health(line.health),
        minute(line.last_good).into(),
        line.age_seconds.map_or("-".to_owned(), time::age).into(),
        minute(line.next_slot).into(),
        quota.collect::<Vec<_>>().join(", ").into(),
        line.reason.clone().unwrap_or_default().into(),
    ]
}

fn health(health: Health) -> Cell {
    let style = match health {
        Health::Ok => GOOD,
        Health::Late => BAD,
        Health::Never => WARNING,
        Health::Unsupported => FAINT,
    };
    Cell::styled(health.as_str(), style)
}
