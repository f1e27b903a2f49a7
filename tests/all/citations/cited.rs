//! Citations in text: which file is named, and what of it.

use std::collections::BTreeSet;

/// The files that prose names. Others, such as `plans.yaml`, are mostly a reader's own.
const ENDINGS: [&str; 4] = [".md", ".rs", ".py", ".lua"];

/// The repository's own folders: what a text names in one of them is there.
const FOLDERS: [&str; 6] = [".ci/", "crates/", "docs/", "functions/", "infra/", "tests/"];

/// What makes a path a pattern: wildcards, placeholders, and `~`, which the controls of this test write for a dot.
const PATTERN: [char; 6] = ['*', '{', '<', '$', '(', '~'];

/// What marks a comment's next line, in any language here.
const MARKS: [&str; 6] = ["//!", "///", "//", "#", "--", "|"];

/// How far after a name its sections are looked for.
const REACH: usize = 120;

/// A file that a text names.
pub(super) struct Mention<'a> {
    /// The line, from 1.
    pub(super) line: usize,
    /// The file, as it is written.
    pub(super) name: &'a str,
    /// The text behind the name.
    pub(super) rest: &'a str,
}

/// What a citation says after the file's name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cited {
    /// What the numbers are.
    pub(super) kind: Kind,
    /// The sections or items.
    pub(super) numbers: Vec<String>,
    /// The confidences.
    pub(super) letters: Vec<char>,
}

/// What a number in a citation means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A numbered heading.
    Section,
    /// A numbered item of a list: a rule, a probe.
    Item,
}

/// Every file and folder that a text names, but for those behind `https://`.
pub(super) fn mentions(text: &str) -> Vec<Mention<'_>> {
    let mut mentions = Vec::new();
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let from = line.as_ptr() as usize - text.as_ptr() as usize;
        for name in line.split(|c: char| !is_of_name(c)).map(|word| word.trim_end_matches(['.', '/'])) {
            let start = name.as_ptr() as usize - line.as_ptr() as usize;
            let rest = &text[from + start + name.len()..];
            if is_ours(name, rest) && !line[..start].ends_with("://") {
                mentions.push(Mention { line: number + 1, name, rest });
            }
        }
    }
    mentions
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/')
}

/// Whether a name must be one of the repository: by its ending, or by the folder that it begins with, unless it is a pattern.
fn is_ours(name: &str, rest: &str) -> bool {
    let named = ENDINGS.iter().any(|ending| name.ends_with(ending) && !name.ends_with(&format!("/{ending}")));
    let is_pattern = rest.trim_start_matches('/').starts_with(PATTERN) || name.ends_with('-');
    let in_folder = FOLDERS.iter().any(|folder| name.starts_with(folder)) && !is_pattern;
    (named && !ENDINGS.contains(&name) && !name.starts_with("//")) || in_folder
}

/// Reads what follows a name: `3, S`, `, section 5`, `1.2, 5 and 6.2, S / L`, `, rule 6`.
pub(super) fn parse(rest: &str) -> Cited {
    let text = one_line(rest);
    let words =
        text.split([' ', ',', ')', '`', ']', ';', ':']).filter(|word| !word.is_empty() && *word != "and");
    let mut cited = Cited { kind: Kind::Section, numbers: Vec::new(), letters: Vec::new() };
    for (place, word) in words.enumerate() {
        let word = word.trim_end_matches('.');
        match word {
            "section" | "sections" if place == 0 => {}
            "rule" | "rules" | "probe" if place == 0 => cited.kind = Kind::Item,
            "S" | "L" | "U" => cited.letters.extend(word.chars()),
            "/" => {}
            number if is_number(number) => cited.numbers.push(number.to_owned()),
            _ => break,
        }
    }
    cited
}

/// The text without the marks of comments between its lines, as far as a citation may reach: to the end of its clause.
fn one_line(rest: &str) -> String {
    let (first, next) = rest.split_once('\n').unwrap_or((rest, ""));
    let next = next.lines().take(2).map(str::trim_start);
    let bare = next.map(|line| MARKS.iter().find_map(|mark| line.strip_prefix(mark)).unwrap_or(line).trim());
    let lines: Vec<&str> = std::iter::once(first.trim_end()).chain(bare).collect();
    let text: String = lines.join(" ").chars().take(REACH).collect();
    let after = text.trim_start_matches(['`', ')', '"', ']']);
    let end = after.find([')', ';', ':', '|']).unwrap_or(after.len());
    after[..end].to_owned()
}

fn is_number(word: &str) -> bool {
    !word.is_empty()
        && word.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

/// The section of this number, with all that stands under it.
pub(super) fn section<'a>(text: &'a str, number: &str) -> Option<&'a str> {
    let mut from = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let level = line.bytes().take_while(|b| *b == b'#').count();
        if level > 0 {
            match from {
                None if heading_number(line) == Some(number) => from = Some((at, level)),
                Some((start, own)) if level <= own => return Some(&text[start..at]),
                None | Some(_) => {}
            }
        }
        at += line.len();
    }
    from.map(|(start, _)| &text[start..])
}

fn heading_number(line: &str) -> Option<&str> {
    let first = line.trim_start_matches('#').split_whitespace().next()?.trim_end_matches('.');
    is_number(first).then_some(first)
}

/// The confidences that the facts of a section have.
pub(super) fn confidences(section: &str) -> BTreeSet<char> {
    let cells =
        section.lines().filter(|line| line.starts_with('|')).flat_map(|line| line.split('|').map(str::trim));
    let confidence =
        |cell: &&str| cell.starts_with(['S', 'L', 'U']) && !cell[1..].starts_with(char::is_alphanumeric);
    let words = cells.filter(confidence).flat_map(|cell| cell.split([' ', ',', ';', '/', '+']));
    words.filter(|word| matches!(*word, "S" | "L" | "U")).flat_map(str::chars).collect()
}
