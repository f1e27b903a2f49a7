//! What people say of what they do: who they are, and why.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

/// How many characters a remark may have: enough for an ARN or for two sentences, little enough to stand in every event.
pub const MAX_CHARACTERS: usize = 256;

/// One line of text that a person or a program gave, which nothing reads but people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Remark(String);

/// Why a text is no remark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RemarkError {
    /// It says nothing.
    #[error("it is empty: say why, or leave it out")]
    Empty,
    /// It is longer than anybody reads in a table.
    #[error("it has {0} characters: say it in {MAX_CHARACTERS}")]
    TooLong(usize),
    /// It would spoil the lines that it is shown in.
    #[error("it has a line break or another control character in it: write one line")]
    Control,
}

impl Remark {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Remark {
    type Err = RemarkError;

    fn from_str(text: &str) -> Result<Self, RemarkError> {
        let text = text.trim();
        let length = text.chars().count();
        if text.is_empty() {
            Err(RemarkError::Empty)
        } else if length > MAX_CHARACTERS {
            Err(RemarkError::TooLong(length))
        } else if text.chars().any(char::is_control) {
            Err(RemarkError::Control)
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}

impl<'de> Deserialize<'de> for Remark {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remark_is_one_line_that_says_something() {
        assert_eq!(" before 7.2 ".parse::<Remark>().unwrap().as_str(), "before 7.2");
        assert_eq!("  ".parse::<Remark>(), Err(RemarkError::Empty));
        assert_eq!("a\nb".parse::<Remark>(), Err(RemarkError::Control));
        assert_eq!("a\u{1b}[31mb".parse::<Remark>(), Err(RemarkError::Control));
        assert_eq!("ü".repeat(MAX_CHARACTERS).parse::<Remark>().unwrap().as_str().len(), 2 * MAX_CHARACTERS);
        assert_eq!("ü".repeat(257).parse::<Remark>(), Err(RemarkError::TooLong(257)));
    }
}
