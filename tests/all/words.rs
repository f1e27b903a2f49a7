//! Nothing is decided by words: outside `aws::error`, where AWS's answer is read, no source searches or compares a message or
//! a reason. Why something failed is a `Cause`, what happened is a `ChangeKind`; the words beside them are for people.

mod source;

use std::fs;
use std::path::{Path, PathBuf};

use source::{Site, code, sites};

/// Where words may be read: that is where causes are minted.
const MINT: [&str; 2] = ["crates/aws/src/error.rs", "crates/aws/src/error/"];

/// Where words are compared to print them once. Nothing is decided by it.
const PRINTED_ONCE: [(&str, &str); 2] = [
    ("crates/core/src/message/body.rs", "reason(event) == first"),
    ("crates/cli/src/commands/restore/global.rs", "view.reason != told"),
];

/// The crates that cachekeep is made of: all but the sandbox, whose own AWS says the words, and the reader, whose words are
/// its own.
const SOURCES: [&str; 12] = [
    "crates/core/src",
    "crates/aws/src",
    "crates/engine/src",
    "crates/lambda/src",
    "crates/cli/src",
    "crates/lab/src",
    "functions/snapshot/src",
    "functions/export/src",
    "functions/verify/src",
    "functions/prune/src",
    "functions/restore/src",
    "functions/notify/src",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every source file below a folder, by its path from the root; tests may say what they like of words.
fn files(folder: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(root().join(folder)).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = format!("{folder}/{name}");
        if entry.path().is_dir() && name != "tests" {
            files(&path, found);
        } else if entry.path().extension().is_some_and(|extension| extension == "rs") && name != "tests.rs" {
            found.push(path);
        }
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn is_mint(path: &str) -> bool {
    MINT.iter().any(|mint| path == *mint || mint.ends_with('/') && path.starts_with(mint))
}

fn is_printed_once(path: &str, site: &Site) -> bool {
    PRINTED_ONCE.contains(&(path, site.0.as_str()))
}

#[test]
fn no_source_searches_or_compares_a_message_or_a_reason() {
    let mut found = Vec::new();
    for folder in SOURCES {
        files(folder, &mut found);
    }
    assert!(found.len() > 200, "{} files", found.len());
    let outside = found.iter().filter(|path| !is_mint(path));
    let told: Vec<String> = outside
        .flat_map(|path| sites(&code(&read(path))).into_iter().map(move |site| (path, site)))
        .filter(|(path, site)| !is_printed_once(path, site))
        .map(|(path, Site(code))| format!("{path}: {code}"))
        .collect();
    assert!(told.is_empty(), "decide by a type instead:\n{}", told.join("\n"));
}

#[test]
fn what_reads_answers_is_where_it_is_allowed_and_would_be_found_elsewhere() {
    let mut found = Vec::new();
    files("crates/aws/src/error", &mut found);
    let minted: usize = found.iter().map(|path| sites(&code(&read(path))).len()).sum();
    assert!(minted >= 5, "the words of AWS's refusals are read in aws::error: {minted}");
    for (path, fragment) in PRINTED_ONCE {
        let there = sites(&code(&read(path)));
        assert!(there.contains(&Site(fragment.to_owned())), "{path} has no {fragment} any more: {there:?}");
    }
}

#[test]
fn each_way_to_decide_by_words_is_found() {
    for wrong in [
        "if why.message.contains(&order.prefix()) { }",
        "newest.reason == Change::Released.reason()",
        "let same = backup.version > 0 && backup.reason != why.message;",
        "match error.class() { Class::Refused if error.message().contains(\"already\") => {} }",
        "if error\n            .to_string()\n            .starts_with(\"CopySnapshot\") {}",
        "let gone = event.reason().to_ascii_lowercase().find(\"gone\").is_some();",
        "match failure.message.as_str() { \"\" => {} }",
        "matches!(why.message.as_str(), \"gone\")",
        "if \"the slot is due\" == backup.reason {}",
        "reason.strip_prefix(\"snapshot \")",
        "step.reason.eq(\"gone\")",
        "Failure { message, .. } if message.ends_with('.') => {}",
    ] {
        assert_eq!(sites(&code(wrong)).len(), 1, "{wrong}: {:?}", sites(&code(wrong)));
    }
}

#[test]
fn what_decides_by_no_words_is_let_be() {
    for right in [
        "if keys.contains(&backup.id) {}",
        "why.cause == Cause::Quota",
        "// message.contains(\"x\") was here\n",
        "let text = \"reason == message.contains(x)\";",
        "format!(\"{}: {reason}\", step.message)",
        "let name = text.strip_prefix('/');",
        "order.prefix() == key",
        "#[cfg(test)]\nmod tests {\n    fn x() { assert!(error.to_string().contains(\"x\")); }\n}",
        "let quote = '\"'; message.len() ; let other = '\"';",
    ] {
        assert_eq!(sites(&code(right)), [], "{right}");
    }
}
