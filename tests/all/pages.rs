//! What pages list is all there is: parameters, fields of plans, commands, runbooks, what CI runs.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cachekeep_core::plan;
use serde_json::Value;

/// The most lines that the README may have: what a newcomer reads at once. The rest belongs into `docs/`.
const README_LINES: usize = 100;

fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file)
}

fn read(file: &str) -> String {
    fs::read_to_string(path(file)).unwrap()
}

/// The names that a page does not have in code font, alone or at the end of a path such as `export.every`.
fn unexplained<'a>(names: impl IntoIterator<Item = &'a str>, page: &str) -> Vec<&'a str> {
    let code: BTreeSet<&str> = page.split('`').skip(1).step_by(2).collect();
    let is_there = |name: &&str| code.iter().any(|code| code.rsplit('.').next() == Some(*name));
    names.into_iter().filter(|name| !is_there(name)).collect()
}

/// The keys of the top-level map `section` of a template.
fn keys<'a>(template: &'a str, section: &str) -> Vec<&'a str> {
    let lines = template.lines().skip_while(|line| *line != format!("{section}:")).skip(1);
    let of_section = lines.take_while(|line| line.is_empty() || line.starts_with([' ', '#']));
    let keys = of_section.filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'));
    keys.filter(|key| key.chars().all(char::is_alphanumeric)).collect()
}

#[test]
fn every_parameter_of_the_template_is_explained() {
    let (template, page) = (read("template.yaml"), read("docs/deploying.md"));
    let parameters = keys(&template, "Parameters");
    assert!(parameters.len() > 10 && parameters.contains(&"AlertEmail"), "{parameters:?}");
    assert_eq!(unexplained(parameters, &page), Vec::<&str>::new());
    assert_eq!(unexplained(["AlertEmail", "NoSuchParameter"], &page), ["NoSuchParameter"]);
}

/// The fields below a schema that hold no further ones, and `keep`, whose rules docs/retention.md explains.
fn fields(schema: &Value, found: &mut BTreeSet<String>) {
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, field) in properties.into_iter().flatten() {
        let inner = [Some(field), field.get("items")]
            .into_iter()
            .flatten()
            .find(|inner| inner.get("properties").is_some());
        match inner.filter(|inner| inner["properties"].get("yearly").is_none()) {
            Some(inner) => fields(inner, found),
            None => _ = found.insert(name.clone()),
        }
    }
}

#[test]
fn every_field_of_a_plan_is_explained() {
    let page = read("docs/plans.md");
    let mut found = BTreeSet::new();
    fields(&plan::schema(), &mut found);
    // The file itself: its two first lines.
    let found: Vec<&str> =
        found.iter().map(String::as_str).filter(|name| !["version", "plans"].contains(name)).collect();
    assert!(found.contains(&"reread") && found.contains(&"exclude"), "{found:?}");
    assert_eq!(unexplained(found, &page), Vec::<&str>::new());
    assert_eq!(unexplained(["reread", "reroll"], &page), ["reroll"]);
}

#[test]
fn every_command_is_in_the_design() {
    let (help, page) = (read("crates/cli/tests/golden/help.txt"), read("docs/design.md"));
    let command = |line: &str| Some(line.strip_prefix("$ cachekeep ")?.strip_suffix(" --help")?.to_owned());
    let commands: Vec<String> =
        help.lines().filter_map(command).filter(|command| command != "plans").collect();
    assert!(commands.len() > 10, "{commands:?}");
    let listed: BTreeSet<String> =
        page.lines().filter_map(|line| line.strip_prefix("cachekeep ")).flat_map(listed).collect();
    let missing: Vec<&String> = commands.iter().filter(|command| !listed.contains(*command)).collect();
    assert!(missing.is_empty(), "docs/design.md, section 5, lacks {missing:?}");
    assert!(!listed.contains("plans burn") && listed.contains("plans schema"), "{listed:?}");
}

/// The commands of a line such as `plans check|apply FILE, plans show|schema`.
fn listed(line: &str) -> Vec<String> {
    let mut commands = Vec::new();
    for one in line.split(", ") {
        let words: Vec<&str> =
            one.split_whitespace().take_while(|word| word.starts_with(char::is_lowercase)).collect();
        let [before @ .., last] = &words[..] else { continue };
        for word in last.split('|') {
            commands.push([before, &[word]].concat().join(" "));
        }
        if let [first, ..] = before {
            commands.push((*first).to_owned());
        }
    }
    commands
}

#[test]
fn every_runbook_is_linked_for_whoever_is_woken() {
    let page = read("docs/operations.md");
    let books = fs::read_dir(path("infra/runbooks")).unwrap().map(|book| book.unwrap().file_name());
    let books: Vec<String> = books.map(|book| book.into_string().unwrap()).collect();
    assert!(!books.is_empty());
    let unlinked: Vec<&String> =
        books.iter().filter(|book| !page.contains(&format!("(../infra/runbooks/{book})"))).collect();
    assert!(unlinked.is_empty(), "{unlinked:?}");
}

#[test]
fn the_commands_that_contributing_shows_are_those_of_ci() {
    let (page, ci) = (read("CONTRIBUTING.md"), read(".ci/run"));
    let block = page.split("```sh\n").find(|block| block.contains("--all --check")).unwrap();
    let block = block.split("```").next().unwrap();
    let tools = ["cargo ", "sam ", "cfn-lint "];
    let shown: Vec<&str> =
        block.lines().filter(|line| tools.iter().any(|tool| line.starts_with(tool))).collect();
    assert!(shown.len() > 4, "{shown:?}");
    let others: Vec<&&str> = shown.iter().filter(|command| !ci.contains(**command)).collect();
    assert!(others.is_empty(), "{others:?}");
    assert!(!ci.contains("cargo test --workspace --unlocked"));
}

#[test]
fn the_readme_is_short() {
    let lines = read("README.md").lines().count();
    assert!(
        (20..=README_LINES).contains(&lines),
        "README.md has {lines} lines: move what is not for newcomers to docs/"
    );
}
