//! What comments and pages cite is there: every file, every section of a page under `docs/`, every confidence, every link.

mod cited;
mod links;
mod tree;

use cited::{Cited, Kind};
use tree::Tree;

/// The page of facts: its rows carry a confidence each.
const FACTS: &str = "docs/elasticache.md";

/// A file that says this cites sections of the page of facts by their numbers in parentheses alone.
const BY_NUMBER: &str = "Numbers in parentheses are sections of docs/elasticache.md";

/// Everything that is cited and not there, as `file:line: what`.
fn faults(tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, text) in tree.texts() {
        for mention in cited::mentions(text) {
            let fault = |what: String| format!("{path}:{}: {what}", mention.line);
            let Some(found) = tree.resolve(path, mention.name) else {
                faults.push(fault(format!("{} is not in the repository", mention.name)));
                continue;
            };
            if found.starts_with("docs/") {
                let cited = cited::parse(mention.rest);
                faults.extend(unresolved(tree, &found, &cited).into_iter().map(fault));
            }
        }
        if text.contains(BY_NUMBER) {
            faults.extend(by_number(tree, path, text));
        }
        if tree::has_extension(path, &["md"]) {
            faults.extend(links::broken(tree, path, text));
        }
    }
    faults
}

/// What of a citation the page does not have.
fn unresolved(tree: &Tree, page: &str, cited: &Cited) -> Vec<String> {
    let text = tree.text(page).unwrap_or_default();
    let missing = |number: &&String| match cited.kind {
        Kind::Section => cited::section(text, number).is_none(),
        Kind::Item => !text.lines().any(|line| line.starts_with(&format!("{number}. "))),
    };
    let mut faults: Vec<String> =
        cited.numbers.iter().filter(missing).map(|number| format!("{page} has no {number}")).collect();
    if page != FACTS || !faults.is_empty() {
        return faults;
    }
    if cited.numbers.is_empty() && !cited.letters.is_empty() {
        faults.push(format!("a confidence without a section of {page}"));
    }
    let known = |letter: char| {
        let mut sections = cited.numbers.iter().filter_map(|number| cited::section(text, number));
        sections.any(|section| cited::confidences(section).contains(&letter))
    };
    if cited.kind == Kind::Section && !cited.numbers.is_empty() {
        let strange = cited.letters.iter().filter(|letter| !known(**letter));
        let numbers = cited.numbers.join(" and ");
        faults.extend(strange.map(|letter| format!("{page} {numbers} has no fact that is {letter}")));
    }
    faults
}

/// The same for `(1.3, U; probe 4)` in comments of a file that cites by number.
fn by_number(tree: &Tree, path: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let parts = line.split(['(', ';']).skip(1).filter(|_| line.trim_start().starts_with("//"));
        for cited in parts.map(cited::parse) {
            let found = unresolved(tree, FACTS, &cited);
            faults.extend(found.into_iter().map(|what| format!("{path}:{}: {what}", number + 1)));
        }
    }
    faults
}

#[test]
fn whatever_comments_and_pages_cite_is_there() {
    let tree = Tree::read();
    let mentions = tree.texts().map(|(_, text)| cited::mentions(text).len()).sum::<usize>();
    assert!(mentions > 250, "only {mentions} files are named, so the search has gone blind");
    let faults = faults(&tree);
    assert!(faults.is_empty(), "{} citations lead nowhere:\n{}", faults.len(), faults.join("\n"));
}

/// Texts of the small repository below. `~` stands for the dot before a suffix, so that the test above does not take these
/// names for citations of its own.
fn dotted(text: &str) -> String {
    text.replace('~', ".")
}

/// A repository of two pages and two source files.
fn small(source: &str, page: &str) -> Tree {
    let facts = "# Facts\n\n## 1. Names\n\n### 1.1 Long\n\n| fact | |\n| --- | --- |\n| 40 letters | S, U for more |\n\n\
                 ## 2. States\n\n| fact | |\n| --- | --- |\n| lost | L |\n\n1. Ask.\n";
    Tree::of([
        (FACTS, facts.to_owned()),
        (&dotted("docs/page~md"), dotted(page)),
        (&dotted("src/lib~rs"), dotted(source)),
        (&dotted("src/part/name~rs"), String::new()),
    ])
}

#[test]
fn right_citations_and_links_pass() {
    let source = "//! See docs/elasticache~md 1 and 2, L. (docs/elasticache~md 1.1 S, 2 L) part/name~rs, page~md\n\
                  // (docs/elasticache~md 1.1,\n// S); docs/elasticache~md, probe 1; https://x.org/y~md; {a,b}~rs\n";
    let page = "[facts](elasticache~md#11-long) [up](../src) [here](#page) [web](https://x.org)\n\n# Page\n\n\
                ```\n[not a link](gone)\n```\n";
    assert_eq!(faults(&small(source, page)), Vec::<String>::new());
}

#[test]
fn each_kind_of_wrong_citation_and_link_is_found() {
    let wrong = [
        ("//! See gone~md.", "", "src/lib~rs:1: gone~md is not in the repository"),
        ("\n// as part/gone~rs does", "", "src/lib~rs:2: part/gone~rs is not in the repository"),
        ("# see infra/none~yaml", "", "src/lib~rs:1: infra/none~yaml is not in the repository"),
        ("// docs/elasticache~md 3, S", "", "src/lib~rs:1: docs/elasticache~md has no 3"),
        ("// (docs/elasticache~md\n/// 1.2).", "", "src/lib~rs:1: docs/elasticache~md has no 1.2"),
        ("// docs/elasticache~md, sections 1 and 4", "", "src/lib~rs:1: docs/elasticache~md has no 4"),
        ("// docs/elasticache~md 1.1 S, 7 L", "", "src/lib~rs:1: docs/elasticache~md has no 7"),
        ("// docs/elasticache~md 2, S", "", "src/lib~rs:1: docs/elasticache~md 2 has no fact that is S"),
        (
            "// docs/elasticache~md, S",
            "",
            "src/lib~rs:1: a confidence without a section of docs/elasticache~md",
        ),
        ("// docs/elasticache~md, probe 2", "", "src/lib~rs:1: docs/elasticache~md has no 2"),
        ("", "[x](gone)", "docs/page~md:1: the link to gone leads nowhere"),
        ("", "\n[x](elasticache~md#13)", "docs/page~md:2: elasticache~md has no heading for #13"),
    ];
    for (source, page, expected) in wrong {
        assert_eq!(faults(&small(source, page)), [dotted(expected)], "{source}{page}");
    }
    let numbered = format!("//! {BY_NUMBER}.\n/// (1.1, S; probe 1), (7, U)\n/// (1; probe 9)\n");
    let expected =
        ["src/lib~rs:2: docs/elasticache~md has no 7", "src/lib~rs:3: docs/elasticache~md has no 9"];
    assert_eq!(faults(&small(&numbered, "")), expected.map(dotted));
}
