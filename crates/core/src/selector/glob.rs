//! Wildcards: `*` for any run of characters and `?` for one.

use std::fmt;

use serde::{Serialize, Serializer};

/// A pattern that must match a whole text. There is no way to write a literal `*` or `?`, which neither cache
/// names nor tag values can hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Glob {
    pattern: Vec<char>,
}

impl Glob {
    /// The pattern of this text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { pattern: text.chars().collect() }
    }

    /// Whether the whole of `text` matches. The work is at most the product of the two lengths, however many
    /// stars there are: on a mismatch only the last star takes one character more.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut at, mut in_pattern) = (0, 0);
        let mut retry: Option<(usize, usize)> = None;
        while at < text.len() {
            match self.pattern.get(in_pattern) {
                Some('*') => {
                    retry = Some((in_pattern + 1, at));
                    in_pattern += 1;
                }
                Some(wanted) if *wanted == '?' || *wanted == text[at] => {
                    at += 1;
                    in_pattern += 1;
                }
                _ => {
                    let Some((after_star, taken)) = retry else { return false };
                    retry = Some((after_star, taken + 1));
                    (at, in_pattern) = (taken + 1, after_star);
                }
            }
        }
        self.pattern[in_pattern..].iter().all(|rest| *rest == '*')
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pattern.iter().try_for_each(|c| write!(f, "{c}"))
    }
}

impl Serialize for Glob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, spelt out by recursion.
    fn defined(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            (['*', rest @ ..], _) => {
                defined(rest, text) || (!text.is_empty() && defined(pattern, &text[1..]))
            }
            (['?', rest @ ..], [_, tail @ ..]) => defined(rest, tail),
            ([wanted, rest @ ..], [found, tail @ ..]) if wanted == found => defined(rest, tail),
            _ => false,
        }
    }

    proptest::proptest! {
        #[test]
        fn a_pattern_matches_what_its_definition_says(pattern in "[ab*?]{0,8}", text in "[ab]{0,10}") {
            let chars = |text: &str| text.chars().collect::<Vec<char>>();
            proptest::prop_assert_eq!(Glob::new(&pattern).matches(&text), defined(&chars(&pattern), &chars(&text)));
        }
    }

    #[test]
    fn many_stars_cost_no_exponential_work() {
        let text = "a".repeat(5_000);
        assert!(!Glob::new(&("a*".repeat(40) + "b")).matches(&text));
    }
}
