//! Source text without its words, and the places in it that search or compare some.

/// What holds words for people: fields, methods and variables of these names.
const WORDS: [&str; 3] = ["message", "reason", "to_string"];

/// What searches or takes apart a text.
const SEARCHES: [&str; 12] = [
    ".contains(",
    ".starts_with(",
    ".ends_with(",
    ".find(",
    ".rfind(",
    ".matches(",
    ".split_once(",
    ".strip_prefix(",
    ".strip_suffix(",
    ".eq(",
    ".eq_ignore_ascii_case(",
    ".cmp(",
];

/// What compares two values.
const COMPARISONS: [&str; 2] = [" == ", " != "];

/// What takes a value apart by its patterns, before the value.
const MATCHES: [&str; 2] = ["match ", "matches!("];

/// A place that looks at words, as it stands in the code.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Site(pub(super) String);

/// The code alone: without tests, comments and the inside of literals, and with each chain of calls on one line.
pub(super) fn code(source: &str) -> String {
    let tests = source.find("#[cfg(test)]\nmod tests {").unwrap_or(source.len());
    let mut code = String::new();
    let mut rest = &source[..tests];
    while let Some(letter) = rest.chars().next() {
        let length = literal(rest).unwrap_or(0);
        if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if length > 0 {
            code.push_str("\"\"");
            rest = &rest[length..];
        } else {
            code.push(letter);
            rest = &rest[letter.len_utf8()..];
        }
    }
    joined(&code)
}

/// How long the literal is that a text begins with, if it begins with one that may hold anything.
fn literal(text: &str) -> Option<usize> {
    if text.starts_with("'\"'") {
        return Some(3);
    }
    if let Some(raw) = text.strip_prefix("r#\"") {
        return Some(raw.find("\"#")? + 5);
    }
    let inner = text.strip_prefix('"')?;
    let mut escaped = false;
    let end = inner.char_indices().find(|(_, letter)| {
        let ends = *letter == '"' && !escaped;
        escaped = *letter == '\\' && !escaped;
        ends
    });
    Some(end?.0 + 2)
}

fn joined(code: &str) -> String {
    let lines = code.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.fold(String::new(), |text, line| {
        let gap = if line.starts_with('.') || text.is_empty() { "" } else { " " };
        text + gap + line
    })
}

/// Every place that searches, compares or matches words.
pub(super) fn sites(code: &str) -> Vec<Site> {
    let mut found = Vec::new();
    for search in SEARCHES {
        for (at, _) in code.match_indices(search) {
            let receiver = before(&code[..at]);
            if holds_words(receiver) {
                found.push(Site(format!("{receiver}{search}")));
            }
        }
    }
    for comparison in COMPARISONS {
        for (at, _) in code.match_indices(comparison) {
            let (left, right) = (before(&code[..at]), after(&code[at + comparison.len()..]));
            if holds_words(left) || holds_words(right) {
                found.push(Site(format!("{left}{comparison}{right}")));
            }
        }
    }
    for matching in MATCHES {
        for (at, _) in code.match_indices(matching) {
            let value = after(&code[at + matching.len()..]);
            if holds_words(value) && value.contains("as_str") {
                found.push(Site(format!("{matching}{value}")));
            }
        }
    }
    found
}

const fn is_of_a_path(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | ':' | '?' | '&' | '*' | '"')
}

/// The expression that a text ends with: names, calls with their arguments, fields.
fn before(text: &str) -> &str {
    let mut open = 0_usize;
    let start = text.char_indices().rev().take_while(|(_, letter)| {
        match letter {
            ')' => open += 1,
            '(' if open == 0 => return false,
            '(' => open -= 1,
            _ => {}
        }
        open > 0 || *letter == '(' || is_of_a_path(*letter)
    });
    start.last().map_or("", |(start, _)| &text[start..])
}

/// The expression that a text begins with.
fn after(text: &str) -> &str {
    let mut open = 0_usize;
    let end = text.char_indices().find(|(_, letter)| {
        match letter {
            '(' => open += 1,
            ')' if open == 0 => return true,
            ')' => {
                open -= 1;
                return false;
            }
            _ => {}
        }
        open == 0 && !is_of_a_path(*letter)
    });
    end.map_or(text, |(end, _)| &text[..end])
}

/// Whether a part of the expression is words, apart from what stands in its calls' arguments.
fn holds_words(expression: &str) -> bool {
    let mut open = 0_usize;
    let outside = expression.chars().map(|letter| {
        if letter == ')' {
            open = open.saturating_sub(1);
        }
        let shown = if open == 0 { letter } else { ' ' };
        if letter == '(' {
            open += 1;
        }
        shown
    });
    // A module's name before what is in it is none.
    let outside = outside.collect::<String>().replace("message::", "");
    outside
        .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .any(|part| WORDS.contains(&part))
}
