//! Sentences that fit the width of a terminal.

/// How many characters a line has at most.
const WIDTH: usize = 80;

/// The words of `text` on lines that fit, each with `indent` before it and a line feed behind. A word that fits no line stands
/// alone on one.
pub(super) fn wrapped(text: &str, indent: &str) -> String {
    let room = WIDTH.saturating_sub(indent.chars().count());
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines.iter().flat_map(|line| [indent, line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_fit() {
        let text = wrapped(&"word ".repeat(40), "    ");
        assert!(text.lines().all(|line| line.len() <= WIDTH && line.starts_with("    word")), "{text}");
        assert_eq!(text.split_whitespace().count(), 40);
        let long = "x".repeat(100);
        assert_eq!(wrapped(&format!("a {long} b"), ""), format!("a\n{long}\nb\n"));
    }
}
