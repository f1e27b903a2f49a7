//! Where the bytes of a backup are, for people and as JSON.

use serde::ser::{Serialize, SerializeStruct as _, Serializer};
use serde_json::json;

use super::keys::Name;
use super::table::{Align, Table};
use crate::commands::memory::{By, Large, Report, Sum};
use crate::progress::size;

/// The whole report.
pub(crate) fn report(source: &str, report: &Report) -> String {
    let all = &report.all;
    let heading = format!(
        "{source}: {} keys, {} encoded, about {} in the memory of {} and {} for its tables; {} keys without expiry\n",
        all.keys,
        size(all.encoded),
        size(all.estimated),
        report.estimated_for,
        size(report.tables),
        all.without_expiry,
    );
    super::sections([heading, groups(report), largest(report), expiry(report)])
}

fn groups(report: &Report) -> String {
    let name = match report.by {
        By::Prefix => "PREFIX",
        By::Type => "TYPE",
        By::Db => "DB",
        By::Slot => "SLOT",
    };
    let mut table = Table::new(&[
        (name, Align::Left),
        ("KEYS", Align::Right),
        ("ENCODED", Align::Right),
        ("ESTIMATED", Align::Right),
        ("SHARE", Align::Right),
        ("WITHOUT EXPIRY", Align::Right),
    ]);
    let named = report.groups.iter().map(|(group, sum)| (group.shown(), sum));
    for (name, sum) in named.chain(report.others.iter().map(|sum| ("(others)".to_owned(), sum))) {
        let share = share(sum.estimated, report.all.estimated);
        table.row([
            name.into(),
            number(sum.keys),
            bytes(sum.encoded),
            bytes(sum.estimated),
            share.into(),
            number(sum.without_expiry),
        ]);
    }
    table.lines()
}

fn largest(report: &Report) -> String {
    let mut table = Table::new(&[
        ("LARGEST KEYS", Align::Left),
        ("DB", Align::Right),
        ("TYPE", Align::Left),
        ("ELEMENTS", Align::Right),
        ("ENCODED", Align::Right),
        ("ESTIMATED", Align::Right),
    ]);
    for large in &report.largest {
        let elements = large.elements.map_or_else(|| "-".to_owned(), |elements| elements.to_string());
        table.row([
            Name::of(&large.key).shown().into(),
            number(large.db),
            large.kind.clone().into(),
            elements.into(),
            bytes(large.encoded),
            bytes(large.estimated),
        ]);
    }
    table.lines()
}

fn expiry(report: &Report) -> String {
    let mut table = Table::new(&[
        ("EXPIRES", Align::Left),
        ("KEYS", Align::Right),
        ("ENCODED", Align::Right),
        ("ESTIMATED", Align::Right),
    ]);
    for (within, sum) in report.expiry.iter().filter(|(_, sum)| sum.keys > 0) {
        let words = match *within {
            "expired" => "already expired".to_owned(),
            "never" | "later" => (*within).to_owned(),
            within => format!("within {within}"),
        };
        table.row([words.into(), number(sum.keys), bytes(sum.encoded), bytes(sum.estimated)]);
    }
    table.lines()
}

fn number(number: u64) -> super::table::Cell {
    number.to_string().into()
}

fn bytes(bytes: u64) -> super::table::Cell {
    size(bytes).into()
}

fn share(part: u64, whole: u64) -> String {
    let tenths = (u128::from(part) * 1000).checked_div(whole.into()).unwrap_or_default();
    format!("{}.{} %", tenths / 10, tenths % 10)
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let sum = |sum: &Sum| json!(sum);
        let mut report = serializer.serialize_struct("Report", 11)?;
        report.serialize_field("keys", &self.all.keys)?;
        report.serialize_field("encoded", &self.all.encoded)?;
        report.serialize_field("estimated", &self.all.estimated)?;
        report.serialize_field("without_expiry", &self.all.without_expiry)?;
        report.serialize_field("tables", &self.tables)?;
        report.serialize_field("estimated_for", self.estimated_for)?;
        report.serialize_field("by", &self.by)?;
        let named = |(key, name): (&str, String), one: &Sum| {
            let mut value = sum(one);
            value[key] = name.into();
            value
        };
        let groups: Vec<_> =
            self.groups.iter().map(|(group, one)| named(("group", group.shown()), one)).collect();
        report.serialize_field("groups", &groups)?;
        report.serialize_field("others", &self.others)?;
        report.serialize_field("largest", &self.largest.iter().map(large).collect::<Vec<_>>())?;
        let expiry: Vec<_> =
            self.expiry.iter().map(|(within, one)| named(("within", (*within).to_owned()), one)).collect();
        report.serialize_field("expiry", &expiry)?;
        report.end()
    }
}

fn large(large: &Large) -> serde_json::Value {
    let Large { estimated, encoded, db, key, kind, elements } = large;
    let mut value = json!(Name::of(key));
    for (field, content) in [
        ("db", json!(db)),
        ("type", json!(kind)),
        ("elements", json!(elements)),
        ("encoded", json!(encoded)),
        ("estimated", json!(estimated)),
    ] {
        value[field] = content;
    }
    value
}
