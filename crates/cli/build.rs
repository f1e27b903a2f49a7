//! Tells the command line which commit it is built from, so that a bug report can name it.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // Whatever a commit, a checkout or a branch moves.
    for name in ["HEAD", "logs/HEAD"] {
        if let Some(path) = git(&["rev-parse", "--git-path", name]) {
            println!("cargo:rerun-if-changed={path}");
        }
    }
    if let Some(commit) = git(&["rev-parse", "--short=12", "HEAD"]) {
        println!("cargo:rustc-env=CACHEKEEP_COMMIT={commit}");
    }
}

/// What git says; `None` outside a checkout, or where there is no git.
fn git(words: &[&str]) -> Option<String> {
    let output = Command::new("git").args(words).output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}
