//! What plans will do, as tables.

use cachekeep_core::simulate::{Class, Difference, Month, PlanTotals, Totals};
use chrono_tz::Tz;

use super::style::{BAD, FAINT, GOOD, HEADING, WARNING, painted};
use super::table::{Align, Cell, Table};
use super::{counted, sections, time};
use crate::commands::simulate::{Compared, Simulated};

/// The whole of it.
pub(crate) fn report(simulated: &Simulated) -> String {
    let Simulated { simulation, totals, prices, compared } = simulated;
    let span =
        format!("{} to {}", time::minute(simulation.from, Tz::UTC), time::minute(simulation.until, Tz::UTC));
    let caches: usize = simulation.classes.iter().map(|class| class.caches).sum();
    let head = format!(
        "{}\n",
        painted(
            HEADING,
            format!("{span}, {} in {}", counted(caches, "cache"), classes_word(simulation.classes.len()))
        )
    );
    let priced = format!(
        "prices of {}, {} ({}), storage alone: what the functions cost stands in infra/COST.md\n",
        prices.region, prices.date, prices.currency
    );
    sections([
        head,
        plans(totals),
        classes(&simulation.classes),
        kept(&simulation.classes),
        months(totals),
        difference(totals, compared.as_ref()),
        painted(FAINT, priced),
    ])
}

fn classes_word(count: usize) -> String {
    format!("{count} {}", if count == 1 { "class" } else { "classes" })
}

fn plans(totals: &Totals) -> String {
    let columns = [
        ("PLAN", Align::Left),
        ("CACHES", Align::Right),
        ("SLOTS", Align::Right),
        ("TAKEN", Align::Right),
        ("SKIPPED", Align::Right),
        ("MISSED", Align::Right),
        ("KEPT AT THE END", Align::Right),
    ];
    let mut table = Table::new(&columns);
    for (plan, PlanTotals { caches, slots, taken, skipped, missed, kept }) in &totals.plans {
        table.row([
            plan.to_string().into(),
            caches.to_string().into(),
            slots.to_string().into(),
            taken.to_string().into(),
            if_any(*skipped, WARNING),
            if_any(*missed, BAD),
            kept.to_string().into(),
        ]);
    }
    table.lines()
}

fn if_any(count: usize, style: anstyle::Style) -> Cell {
    if count == 0 { Cell::from("0") } else { Cell::styled(count.to_string(), style) }
}

fn classes(classes: &[Class]) -> String {
    let columns = [
        ("CACHES LIKE", Align::Left),
        ("CACHES", Align::Right),
        ("PLANS", Align::Left),
        ("NODE", Align::Left),
        ("SNAPSHOTS", Align::Right),
        ("MOST IN 24 H", Align::Right),
        ("AWS ALLOWS", Align::Right),
        ("NOTE", Align::Left),
    ];
    let mut table = Table::new(&columns);
    for class in classes {
        let mut name = Some(class);
        for load in &class.nodes {
            let head = name.take();
            table.row([
                head.map(|class| class.like.to_string()).unwrap_or_default().into(),
                head.map(|class| class.caches.to_string()).unwrap_or_default().into(),
                head.map(plans_of).unwrap_or_default().into(),
                load.node.to_string().into(),
                load.snapshots.to_string().into(),
                load.most_in_24_hours.to_string().into(),
                load.limit.to_string().into(),
                head.and_then(|class| class.reason.clone()).unwrap_or_default().into(),
            ]);
        }
    }
    table.lines()
}

fn plans_of(class: &Class) -> String {
    if class.plans.is_empty() {
        return "none".to_owned();
    }
    class.plans.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// What one cache of each class keeps at the end, and why.
fn kept(classes: &[Class]) -> String {
    let mut table = Table::new(&[
        ("KEPT AT THE END BY", Align::Left),
        ("PLAN", Align::Left),
        ("SLOT", Align::Left),
        ("REASONS", Align::Left),
    ]);
    for class in classes {
        for kept in class.months.last().map(|month: &Month| &month.kept[..]).unwrap_or_default() {
            table.row([
                class.like.to_string().into(),
                kept.plan.to_string().into(),
                time::minute(kept.slot.instant(), Tz::UTC).into(),
                kept.reasons.join(", ").into(),
            ]);
        }
    }
    table.lines()
}

fn months(totals: &Totals) -> String {
    let columns = [
        ("MONTH TO", Align::Left),
        ("KEPT", Align::Right),
        ("GB IN ELASTICACHE", Align::Right),
        ("GB IN S3", Align::Right),
        ("COST", Align::Right),
    ];
    let mut table = Table::new(&columns);
    for month in &totals.months {
        table.row([
            time::minute(month.until, Tz::UTC).into(),
            month.kept.to_string().into(),
            format!("{:.1}", month.elasticache_gb).into(),
            format!("{:.1}", month.s3_gb).into(),
            format!("{:.2}", month.cost).into(),
        ]);
    }
    table.row(["in all".into(), "".into(), "".into(), "".into(), format!("{:.2}", totals.cost).into()]);
    table.lines()
}

/// One of the counts of a plan.
type Count = fn(&PlanTotals) -> usize;

fn difference(totals: &Totals, compared: Option<&Compared>) -> String {
    let Some(Compared { totals: other, difference }) = compared else { return String::new() };
    let columns = [
        ("WHAT", Align::Left),
        ("PLANS", Align::Right),
        ("COMPARED", Align::Right),
        ("DIFFERENCE", Align::Right),
    ];
    let mut table = Table::new(&columns);
    let Difference { taken, skipped, missed, kept, cost } = difference;
    let counts: [(&str, Count, &i64); 4] = [
        ("backups taken", |plan| plan.taken, taken),
        ("slots left out", |plan| plan.skipped, skipped),
        ("slots missed", |plan| plan.missed, missed),
        ("kept at the end", |plan| plan.kept, kept),
    ];
    for (what, of, difference) in counts {
        table.row([
            what.into(),
            totals.of(of).to_string().into(),
            other.of(of).to_string().into(),
            format!("{difference:+}").into(),
        ]);
    }
    let style = if *cost > 0.0 { WARNING } else { GOOD };
    table.row([
        "cost of storage".into(),
        format!("{:.2}", totals.cost).into(),
        format!("{:.2}", other.cost).into(),
        Cell::styled(format!("{cost:+.2}"), style),
    ]);
    table.lines()
}
