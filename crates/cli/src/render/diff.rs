//! What changed between two backups, for people.

use super::keys::Name;
use super::table::{Align, Table};
use crate::commands::diff::{Change, Counts, Summary};

/// Counts, prefixes, and the first keys.
pub(crate) fn report([before, after]: &[String; 2], summary: &Summary) -> String {
    let Counts { added, removed, changed, expiry } = summary.counts;
    let heading = format!(
        "{before} -> {after}: {added} added, {removed} removed, {changed} changed, {expiry} with another expiry, {} the same\n",
        summary.same
    );
    super::sections([heading, prefixes(summary), named(summary)])
}

fn prefixes(summary: &Summary) -> String {
    let mut table = Table::new(&[
        ("PREFIX", Align::Left),
        ("ADDED", Align::Right),
        ("REMOVED", Align::Right),
        ("CHANGED", Align::Right),
        ("EXPIRY", Align::Right),
    ]);
    let named = summary.prefixes.iter().map(|(group, counts)| (group.shown(), counts));
    for (name, counts) in named.chain(summary.others.iter().map(|counts| ("(others)".to_owned(), counts))) {
        let numbers = [counts.added, counts.removed, counts.changed, counts.expiry];
        table.row(std::iter::once(name.into()).chain(numbers.map(|number| number.to_string().into())));
    }
    table.lines()
}

fn named(summary: &Summary) -> String {
    let mut table = Table::new(&[("CHANGE", Align::Left), ("DB", Align::Right), ("KEY", Align::Left)]);
    for one in &summary.named {
        let word = match one.change {
            Change::Added => "added",
            Change::Removed => "removed",
            Change::Changed => "changed",
            Change::Expiry => "expiry",
        };
        table.row([word.into(), one.db.to_string().into(), Name::of(&one.key).shown().into()]);
    }
    let Counts { added, removed, changed, expiry } = summary.counts;
    let left = (added + removed + changed + expiry).saturating_sub(summary.named.len() as u64);
    let more = if left > 0 && !summary.named.is_empty() {
        format!("and {left} more; --limit N names more, --json all of them\n")
    } else {
        String::new()
    };
    table.lines() + &more
}
