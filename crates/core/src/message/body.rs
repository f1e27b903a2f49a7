//! The text of a message: what happened, when, why, what cachekeep does next, and what the reader can do.

use super::group::Group;
use super::{LISTED_IN_TEXT, TEXT_BYTES_MAX, advice, text};
use crate::event::{Event, NAMELESS, Notice, What};
use crate::stack::Stack;

/// The longest reason, in characters. AWS's own are far shorter; a verdict on a file with many faults is not.
const REASON_LONGEST: usize = 600;

/// How many backups the text gives a command for.
const COMMANDS: usize = 3;

/// A plan's longest name and the longest id of a cache make a line of some 150 bytes; with a reason each, 20 of them
/// stay below [`TEXT_BYTES_MAX`] unless a reason is full of what JSON escapes. Then the last lines are left out.
pub(super) fn text(group: &Group<'_>, stack: &Stack) -> String {
    let shared = shared_reason(group);
    let mut lines = vec![format!("{}.", text::capital(&group.headline())), String::new()];
    lines.push(format!("Where: {}", place(stack)));
    lines.push(format!("When:  {}", when(group)));
    lines.push(format!("Why:   {}", shared.as_deref().unwrap_or("each one's reason stands beside it below")));
    lines.push(format!("Next:  {}", advice::next(group)));
    lines.extend(advice::steps(group).iter().map(|step| format!("To do: {step}")));
    lines.extend(listing(group, shared.is_none()));
    lines.push(String::new());
    lines.push("Look further:".to_owned());
    lines.extend(commands(group).into_iter().map(|command| format!("  {command}")));
    text::fit(&lines, TEXT_BYTES_MAX)
}

/// `stack cachekeep, account 111122223333, eu-west-1`.
pub(super) fn place(stack: &Stack) -> String {
    format!("stack {}, account {}, {}", stack.identity, stack.site.account(), stack.site.region())
}

fn reason(event: &Event) -> String {
    let reason = text::tidy(&event.reason(), REASON_LONGEST);
    if reason.is_empty() { format!("no reason was recorded ({})", event.cause_name()) } else { reason }
}

/// The reason, if all have the same.
fn shared_reason(group: &Group<'_>) -> Option<String> {
    let first = reason(group.events.first()?);
    group.events.iter().all(|event| reason(event) == first).then_some(first)
}

fn when(group: &Group<'_>) -> String {
    let times = || group.events.iter().map(|event| event.at);
    match (times().min(), times().max()) {
        (Some(first), Some(last)) if first != last => {
            format!("{} to {}", text::time(first), text::time(last))
        }
        (Some(at), _) | (None, Some(at)) => text::time(at),
        (None, None) => String::new(),
    }
}

/// The caches by name, and how many there are beyond those.
fn listing(group: &Group<'_>, with_reasons: bool) -> Vec<String> {
    let count = group.events.len();
    let title = match count {
        1 => "What:".to_owned(),
        2..=LISTED_IN_TEXT => format!("All {count}:"),
        _ => format!("The first {LISTED_IN_TEXT} of {count}:"),
    };
    let mut lines = vec![String::new(), title];
    let listed = group.events.iter().take(LISTED_IN_TEXT);
    lines.extend(listed.map(|event| format!("  {}", line(event, with_reasons))));
    if count > LISTED_IN_TEXT {
        lines.push(format!("  and {} more.", count - LISTED_IN_TEXT));
    }
    lines
}

fn line(event: &Event, with_reason: bool) -> String {
    if let What::Notice { notice: Notice::Unreadable { snapshot, .. }, .. } = &event.what {
        let why = if with_reason { format!(": {}", reason(event)) } else { String::new() };
        return format!("snapshot {}{why}", text::tidy(snapshot, REASON_LONGEST));
    }
    let slot = match &event.what {
        What::Backup { backup, .. } => format!(", slot {}", text::time(backup.slot.instant())),
        What::Restore { source, .. } => format!(", from {}", text::tidy(&source.location, REASON_LONGEST)),
        What::Notice { .. } => String::new(),
    };
    let why = if with_reason { format!(": {}", reason(event)) } else { String::new() };
    let plan = event.plan().map_or(String::new(), |plan| format!(" (plan {plan})"));
    format!("{}{plan}{slot}{why}", event.cache())
}

fn commands(group: &Group<'_>) -> Vec<String> {
    let mut commands: Vec<String> = group.events.iter().filter_map(|event| command(group, event)).collect();
    commands.dedup();
    commands.truncate(COMMANDS);
    commands.push("cachekeep status".to_owned());
    commands
}

/// What shows more of one event.
fn command(group: &Group<'_>, event: &Event) -> Option<String> {
    if let What::Notice {
        notice: Notice::Orphan { snapshot } | Notice::Unreadable { snapshot, .. }, ..
    } = &event.what
    {
        let by_name = format!(" --snapshot-name {}", text::tidy(snapshot, REASON_LONGEST));
        let by_name = if snapshot == NAMELESS { String::new() } else { by_name };
        return Some(format!("aws elasticache describe-snapshots{by_name}"));
    }
    group.key.story.backup(event).map(|backup| format!("cachekeep show {backup}"))
}
