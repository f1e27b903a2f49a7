//! What `init` made.

use super::style::{GOOD, painted};

/// One line for the thing, and one for each setting that it lacked.
pub(crate) fn made(what: &str, name: &str, created: bool, set: &[&str]) -> String {
    let did = if created { painted(GOOD, "created") } else { "exists already".to_owned() };
    let settings = set.iter().map(|setting| format!("  set: {setting}\n")).collect::<Vec<_>>().concat();
    format!("{what} {name} {did}\n{settings}")
}
