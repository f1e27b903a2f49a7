//! Words and texts as messages want them: on one line, of a known length, with their time zone.

use chrono::TimeDelta;

use crate::backup::Severity;
use crate::ids::Instant;

/// What stands where a text was cut.
const CUT: &str = "...";

/// `text` on one line without control characters, cut to `longest` characters.
pub(super) fn tidy(text: &str, longest: usize) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    cut(&line, longest)
}

/// `text` on one line of printable ASCII, cut to `longest` characters.
pub(super) fn ascii(text: &str, longest: usize) -> String {
    let plain = tidy(text, usize::MAX);
    let plain: String =
        plain.chars().map(|c| if c == ' ' || c.is_ascii_graphic() { c } else { '?' }).collect();
    cut(&plain, longest)
}

fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let kept: String = text.chars().take(longest.saturating_sub(CUT.len())).collect();
    kept + CUT
}

/// `text` with its first letter, if it is one of ASCII, in upper case.
pub(super) fn capital(text: &str) -> String {
    let mut capital = text.to_owned();
    if let Some(first) = capital.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    capital
}

/// `2026-11-21 06:04:10 UTC`.
pub(super) fn time(at: Instant) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// `26 h 5 min`, `8 h`, `3 d 2 h`: in the two largest units that matter to a person.
pub(super) fn age(age: TimeDelta) -> String {
    let minutes = age.num_minutes().max(0);
    let (days, hours, rest) = (minutes / (24 * 60), minutes / 60, minutes % 60);
    if days >= 2 {
        format!("{days} d {} h", hours % 24)
    } else if hours > 0 && rest == 0 {
        format!("{hours} h")
    } else if hours > 0 {
        format!("{hours} h {rest} min")
    } else {
        format!("{rest} min")
    }
}

/// The word for a severity in attributes and JSON.
pub(super) const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// How many bytes `text` takes as a string inside a JSON document: that is what SNS counts.
pub(super) fn escaped_bytes(text: &str) -> usize {
    serde_json::Value::from(text).to_string().len()
}

/// `lines` one below the other, as many of the first as fit into `bytes` escaped.
pub(super) fn fit(lines: &[String], bytes: usize) -> String {
    let mut text = String::new();
    // The quotes around the string.
    let mut used = 2;
    for line in lines {
        let line = format!("{line}\n");
        used += escaped_bytes(&line) - 2;
        if used > bytes {
            break;
        }
        text.push_str(&line);
    }
    text
}
