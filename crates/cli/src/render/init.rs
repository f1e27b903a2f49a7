//! What `init` made.

use super::style::{GOOD, painted};

/// The stream of a table that was there: a stack that takes the table over must be told of it.
pub(crate) fn stream(arn: &str) -> String {
    format!("  stream: {arn}\n")
}

/// One line for the thing, and one for each setting that it lacked.
pub(crate) fn made(what: &str, name: &str, created: bool, set: &[&str]) -> String {
    let did = if created { painted(GOOD, "created") } else { "exists already".to_owned() };
    let settings = set.iter().map(|setting| format!("  set: {setting}\n")).collect::<Vec<_>>().concat();
    format!("{what} {name} {did}\n{settings}")
}
