//! Patterns of names, as servers read them: `*`, `?`, `[a-z]`, `[^x]` and `\` before what stands for itself.

/// A pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob(Vec<u8>);

impl Glob {
    /// A pattern; any text is one.
    #[must_use]
    pub fn new(pattern: &[u8]) -> Self {
        Self(pattern.to_vec())
    }

    /// Whether it fits all of a name.
    #[must_use]
    pub fn fits(&self, name: &[u8]) -> bool {
        let (mut pattern, mut at) = (self.0.as_slice(), 0);
        // The pattern behind the last star, and where in the name it was last tried.
        let mut star: Option<(&[u8], usize)> = None;
        loop {
            if let Some(rest) = pattern.strip_prefix(b"*") {
                star = Some((rest, at));
                pattern = rest;
                continue;
            }
            let next = match name.get(at) {
                None if pattern.is_empty() => return true,
                None => return false,
                Some(letter) => one(pattern, *letter),
            };
            match (next, star) {
                (Some(rest), _) => {
                    pattern = rest;
                    at += 1;
                }
                // The star takes one letter more.
                (None, Some((rest, tried))) => {
                    star = Some((rest, tried + 1));
                    (pattern, at) = (rest, tried + 1);
                }
                (None, None) => return false,
            }
        }
    }
}

/// What follows the first part of a pattern, where that part fits a letter.
fn one(pattern: &[u8], letter: u8) -> Option<&[u8]> {
    match *pattern {
        [b'?', ref rest @ ..] => Some(rest),
        [b'[', ref rest @ ..] => class(rest, letter),
        [b'\\', escaped, ref rest @ ..] => (escaped == letter).then_some(rest),
        [plain, ref rest @ ..] => (plain == letter).then_some(rest),
        [] => None,
    }
}

/// A class of letters behind its bracket. One that is never closed ends with the pattern, as it does for servers.
fn class(pattern: &[u8], letter: u8) -> Option<&[u8]> {
    let (not, mut rest) = match pattern.strip_prefix(b"^") {
        Some(rest) => (true, rest),
        None => (false, pattern),
    };
    let mut fits = false;
    loop {
        match *rest {
            [] => break,
            [b']', ref after @ ..] => {
                rest = after;
                break;
            }
            [b'\\', escaped, ref after @ ..] => {
                fits |= escaped == letter;
                rest = after;
            }
            [from, b'-', to, ref after @ ..] => {
                fits |= (from.min(to)..=from.max(to)).contains(&letter);
                rest = after;
            }
            [plain, ref after @ ..] => {
                fits |= plain == letter;
                rest = after;
            }
        }
    }
    (fits != not).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::Glob;

    #[test]
    fn patterns_fit_what_they_fit_in_servers() {
        for (pattern, name, fits) in [
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("sessions:*", "sessions:1", true),
            ("sessions:*", "session", false),
            ("*:1", "a:b:1", true),
            ("*a*b*c", "xxaxxbxxc", true),
            ("*a*b*c", "xxaxxcxxb", false),
            ("h?llo", "hello", true),
            ("h?llo", "hllo", false),
            ("h[ae]llo", "hallo", true),
            ("h[ae]llo", "hillo", false),
            ("h[^e]llo", "hello", false),
            ("h[a-c]llo", "hbllo", true),
            ("h[c-a]llo", "hbllo", true),
            ("h\\*llo", "h*llo", true),
            ("h\\*llo", "hello", false),
            ("[\\]]", "]", true),
            ("[ab", "b", true),
            ("a\\", "a\\", true),
        ] {
            assert_eq!(Glob::new(pattern.as_bytes()).fits(name.as_bytes()), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn a_pattern_of_many_stars_takes_no_longer_than_pattern_times_name() {
        let (pattern, name) = ("*a".repeat(1000), "a".repeat(999) + "b");
        assert!(!Glob::new(pattern.as_bytes()).fits(name.as_bytes()));
    }
}
