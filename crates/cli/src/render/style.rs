//! The few colours and what they mean.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};

/// Names of columns, headings.
pub(super) const HEADING: Style = Style::new().bold();
/// Well.
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
/// To be looked at.
pub(super) const WARNING: Style = AnsiColor::Yellow.on_default();
/// Wrong.
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
/// Beside the point.
pub(super) const FAINT: Style = Style::new().dimmed();

/// `text` in a style.
pub(super) fn painted(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}
