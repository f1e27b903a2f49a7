//! The AUTH token of a new cache: given once, sent once, and never written down.

use std::fmt;

/// The shortest and the longest token that AWS takes, in characters (the API's reference on AUTH).
const LENGTH: std::ops::RangeInclusive<usize> = 16..=128;

/// An AUTH token. It has neither `Display` nor `Serialize`, and `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthToken(String);

/// Why a text cannot be a token. The text itself is never said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// It is too short or too long.
    #[error("an AUTH token has 16 to 128 characters, and this one has {0}")]
    Length(usize),
    /// It has characters that AWS does not take.
    #[error("an AUTH token consists of letters, digits and !&#$^<>-, and this one has something else")]
    Characters,
}

impl AuthToken {
    /// Reads a token as it stands in a file; a line feed at its end is not part of it.
    ///
    /// # Errors
    /// [`BadToken`] where AWS would refuse it.
    pub fn read(text: &str) -> Result<Self, BadToken> {
        let token = text.strip_suffix('\n').unwrap_or(text);
        let token = token.strip_suffix('\r').unwrap_or(token);
        let length = token.chars().count();
        if !LENGTH.contains(&length) {
            return Err(BadToken::Length(length));
        }
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "!&#$^<>-".contains(letter);
        if token.chars().all(allowed) { Ok(Self(token.to_owned())) } else { Err(BadToken::Characters) }
    }

    /// The token, for the one call that takes it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AuthToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthToken(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_without_the_end_of_its_line_and_never_shown() {
        let token = AuthToken::read("0123456789abcdef\r\n").unwrap();
        assert_eq!(token.reveal(), "0123456789abcdef");
        assert_eq!(format!("{token:?}"), "AuthToken(hidden)");
    }

    #[test]
    fn what_aws_would_refuse_is_refused_without_saying_it() {
        assert_eq!(AuthToken::read("short"), Err(BadToken::Length(5)));
        let error = AuthToken::read("0123456789 abcdef").unwrap_err();
        assert_eq!(error, BadToken::Characters);
        assert!(!error.to_string().contains("0123"), "{error}");
    }
}
