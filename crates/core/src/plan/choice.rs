//! Words of which a plan may use one of a few.

use super::suggest;

/// A closed set of words.
pub(super) trait Choice: Copy + 'static {
    /// What the word is, for errors.
    const WHAT: &'static str;
    /// Every word with its meaning, in the order in which errors list them.
    const WORDS: &'static [(&'static str, Self)];
}

/// Why a word was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is no {what}: use one of {words}{hint}", words = .words.join(", "))]
pub(super) struct ChoiceError {
    word: String,
    what: &'static str,
    words: Vec<&'static str>,
    hint: String,
}

/// The meaning of `word`.
pub(super) fn choose<T: Choice>(word: &str) -> Result<T, ChoiceError> {
    let words = || T::WORDS.iter().map(|(word, _)| *word);
    T::WORDS.iter().find(|(known, _)| *known == word).map(|(_, value)| *value).ok_or_else(|| ChoiceError {
        word: word.to_owned(),
        what: T::WHAT,
        words: words().collect(),
        hint: suggest::hint(word, words()),
    })
}
