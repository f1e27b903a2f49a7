//! Restores: the plan of one, what came of it, and all of them.

use anstyle::Style;
use cachekeep_core::ids::Instant;
use cachekeep_core::restore::global::GlobalView;
use cachekeep_core::restore::{Cost, Origin, Plan, Refusal, Restore, RestoreStatus, deletion, duration};
use chrono_tz::Tz;
use serde_json::Value;

use super::style::{BAD, FAINT, GOOD, HEADING, WARNING, painted};
use super::table::{Align, Cell, Table};
use super::wrap::wrapped;
use super::{sections, time};

/// The longest value of a member that stands whole in the table; a list of five hundred ARNs does not.
const VALUE_LONGEST: usize = 40;

/// A plan, for people.
pub(crate) fn plan(plan: &Plan, now: Instant) -> String {
    sections([head(plan, now), members(plan), missing(plan), notes(plan), takes(plan), refusals(plan)])
}

fn head(plan: &Plan, now: Instant) -> String {
    let what = match &plan.backup {
        Some(backup) => {
            let age = time::age((now - backup.slot.instant()).num_seconds());
            format!("Restore of {backup}, which is {age} old,")
        }
        None => "Restore".to_owned(),
    };
    let from = plan.source.as_ref().map_or_else(String::new, |source| {
        let kind = serde_json::to_value(source.kind).ok().and_then(|kind| kind.as_str().map(str::to_owned));
        format!(" from {} {}", kind.unwrap_or_default(), source.location)
    });
    let target = format!("into {} in {} by {}{from}", plan.target.id, plan.target.region, plan.operation);
    wrapped(&what, "") + &wrapped(&target, "  ")
}

fn members(plan: &Plan) -> String {
    let mut table = Table::new(&[("MEMBER", Align::Left), ("FROM", Align::Left), ("VALUE", Align::Left)]);
    for (member, value) in &plan.input {
        let origin = plan.origins.get(member).copied().unwrap_or(Origin::Default);
        table.row([member.as_str().into(), word(origin), short(value).into()]);
    }
    let hidden = plan.origins.iter().filter(|(member, _)| !plan.input.contains_key(*member));
    for (member, origin) in hidden {
        table.row([member.as_str().into(), word(*origin), Cell::styled("(given, never shown)", FAINT)]);
    }
    table.lines()
}

fn word(origin: Origin) -> Cell {
    let (word, style) = match origin {
        Origin::Manifest => ("manifest", Style::new()),
        Origin::Snapshot => ("snapshot", Style::new()),
        Origin::Override => ("override", WARNING),
        Origin::Default => ("default", FAINT),
    };
    Cell::styled(word, style)
}

/// A value on one line of the table: lists by their elements or their number.
fn short(value: &Value) -> String {
    let text = match (value.as_str(), value.as_array()) {
        (Some(text), _) => text.to_owned(),
        (None, Some(values)) if values.iter().all(Value::is_string) => {
            values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        (None, Some(values)) => return format!("{} in all, which --json shows", values.len()),
        (None, None) => value.to_string(),
    };
    if text.chars().count() <= VALUE_LONGEST {
        return text;
    }
    let kept: String = text.chars().take(VALUE_LONGEST - 1).collect();
    format!("{kept}…")
}

fn missing(plan: &Plan) -> String {
    let each = plan.missing.iter().map(|missing| {
        wrapped(&format!("{}: {}.", missing.member, missing.why), "  ") + &wrapped(&missing.how, "      ")
    });
    titled("Missing", each)
}

fn notes(plan: &Plan) -> String {
    let staging = plan.staging.iter().map(|staging| {
        let note = format!(
            "{} files from s3://{} to s3://{}/{}, as ElastiCache cannot read them where they are; deleted once the cache is there",
            staging.files.len(),
            staging.from,
            staging.bucket,
            staging.folder
        );
        wrapped(&note, "  ")
    });
    let staging = titled("Copied first", staging);
    let differs = titled("Different from the old cache", plan.differs.iter().map(|note| wrapped(note, "  ")));
    let unchecked = titled(
        "Not checked, so that ElastiCache decides",
        plan.unchecked.iter().map(|note| wrapped(note, "  ")),
    );
    sections([staging, differs, unchecked])
}

fn titled(title: &str, each: impl Iterator<Item = String>) -> String {
    let lines: String = each.collect();
    if lines.is_empty() { lines } else { format!("{}\n{lines}", painted(HEADING, title)) }
}

fn takes(plan: &Plan) -> String {
    let text = match plan.estimate {
        Some(seconds) => format!("It should take about {}, as earlier restores did.", duration(seconds)),
        None => "How long it takes is not known yet: no restore was measured here. Elsewhere a small cache took 12 to 13 \
                 minutes, and more with its data."
            .to_owned(),
    };
    wrapped(&text, "") + &wrapped(&costs(plan), "")
}

fn costs(plan: &Plan) -> String {
    let Some(Cost { usd_a_month, counted, prices, elsewhere }) = &plan.cost else {
        return "What it costs is not known here: it is billed as any cache of these nodes or limits, from its creation on."
            .to_owned();
    };
    let differs =
        if *elsewhere { format!("; {} has prices of its own", plan.target.region) } else { String::new() };
    format!(
        "It will cost about ${usd_a_month:.2} a month: {counted}, at the list prices of {prices}{differs}."
    )
}

fn refusals(plan: &Plan) -> String {
    if plan.refusals.is_empty() {
        return String::new();
    }
    let title = format!("{}\n", painted(BAD, "Refused, and nothing is created:"));
    title + &plan.refusals.iter().map(refusal).collect::<String>()
}

fn refusal(refusal: &Refusal) -> String {
    let why = format!("{}: {}.", refusal.rule.name(), refusal.why);
    wrapped(&why, "  ") + &wrapped(&format!("To do: {}.", refusal.how), "      ")
}

/// What came of a restore.
pub(crate) fn outcome(restore: &Restore, waited: bool) -> String {
    let id = &restore.target.id;
    let head = format!("{id}: {}, {}\n", painted(of(restore.status()), restore.status()), restore.reason);
    let next = match restore.status() {
        RestoreStatus::Failed | RestoreStatus::Available if restore.staging.is_some() => staged(restore),
        RestoreStatus::Available => {
            "Compare its keys with the backup's before you switch clients over, and see that a plan selects it \
             (`cachekeep status`)."
                .to_owned()
        }
        RestoreStatus::Failed if leaves(restore) => format!("Delete what was made: {}", deletion(restore)),
        RestoreStatus::Failed => "Nothing was left behind.".to_owned(),
        RestoreStatus::Planned | RestoreStatus::Refused => String::new(),
        RestoreStatus::Requested | RestoreStatus::Creating if waited => String::new(),
        RestoreStatus::Staging => {
            "Its files are not all copied yet: the same command again goes on with those that are missing.".to_owned()
        }
        RestoreStatus::Requested | RestoreStatus::Creating => {
            "ElastiCache goes on by itself. `cachekeep restores` shows how far it is; the same command with --wait \
             follows it to its end."
                .to_owned()
        }
    };
    head + &wrapped(&next, "")
}

/// Whatever else is to be done, the copies are still there and cost.
fn staged(restore: &Restore) -> String {
    let place = restore
        .staging
        .as_ref()
        .map_or_else(String::new, |staging| format!("s3://{}/{}", staging.bucket, staging.folder));
    format!(
        "Files that were copied for it are still there; say the same command again, or: aws s3 rm --recursive {place}"
    )
}

fn leaves(restore: &Restore) -> bool {
    matches!(restore.state, cachekeep_core::restore::RestoreState::Failed { remains: true, .. })
}

/// How a global datastore around a restored group stands; nothing where there is to be none.
pub(crate) fn global(global: Option<&GlobalView>) -> String {
    let Some(global) = global else { return String::new() };
    let name = global.datastore.as_deref().unwrap_or("(not made yet)");
    let head = format!("global datastore {name}: {}, {}\n", global.status, global.reason);
    let mut table = Table::new(&[("MEMBER", Align::Left), ("ROLE", Align::Left), ("STATUS", Align::Left)]);
    for member in &global.members {
        table.row([
            format!("{} in {}", member.id, member.region).into(),
            member.role.clone().into(),
            member.status.clone().into(),
        ]);
    }
    let again = if global.status == "creating" {
        wrapped("The same command again goes on where it stands, with --wait to its end.", "")
    } else {
        String::new()
    };
    head + &table.lines() + &again
}

/// All restores.
pub(crate) fn list(restores: &[Restore]) -> String {
    if restores.is_empty() {
        return "Nothing was restored yet. `cachekeep restore --cache CACHE --as NEW --dry-run` shows what one would do.\n"
            .to_owned();
    }
    let columns = [
        ("CACHE", Align::Left),
        ("STATUS", Align::Left),
        ("TOOK", Align::Right),
        ("REQUESTED", Align::Left),
        ("FROM", Align::Left),
        ("REASON", Align::Left),
    ];
    let mut table = Table::new(&columns);
    for restore in restores {
        let requested = restore.requested_at().map(|at| time::minute(at, Tz::UTC)).unwrap_or_default();
        let from =
            restore.backup.as_ref().map_or_else(|| restore.source.location.clone(), ToString::to_string);
        table.row([
            restore.target.id.to_string().into(),
            Cell::styled(restore.status().as_str(), of(restore.status())),
            restore.seconds().map(duration).unwrap_or_default().into(),
            requested.into(),
            from.into(),
            restore.reason.clone().into(),
        ]);
    }
    table.lines()
}

const fn of(status: RestoreStatus) -> Style {
    match status {
        RestoreStatus::Available => GOOD,
        RestoreStatus::Staging | RestoreStatus::Requested | RestoreStatus::Creating => WARNING,
        RestoreStatus::Failed | RestoreStatus::Refused => BAD,
        RestoreStatus::Planned => FAINT,
    }
}
