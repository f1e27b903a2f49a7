//! The repository's files, as the checks see them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What is made here, by builds and runs, and belongs to nobody's repository.
const MADE: [&str; 7] =
    [".git", ".aws-sam", ".venv", "__pycache__", "proptest-regressions", "sandbox-out", "target"];

/// Every file by its path from the root, with `/`; those that are text, with it.
pub(super) struct Tree(BTreeMap<String, Option<String>>);

impl Tree {
    /// The repository that this test belongs to.
    pub(super) fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut files = BTreeMap::new();
        let mut folders = vec![(root, String::new())];
        while let Some((folder, prefix)) = folders.pop() {
            for (path, name) in entries(&folder) {
                let of_root = format!("{prefix}{name}");
                if path.is_dir() {
                    folders.push((path, format!("{of_root}/")));
                } else {
                    files.insert(of_root, fs::read_to_string(path).ok());
                }
            }
        }
        Self(files)
    }

    /// A repository of these files.
    pub(super) fn of<const N: usize>(files: [(&str, String); N]) -> Self {
        Self(files.into_iter().map(|(path, text)| (path.to_owned(), Some(text))).collect())
    }

    /// The files that are text.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|(path, text)| Some((path.as_str(), text.as_deref()?)))
    }

    /// The text of one file.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.0.get(path)?.as_deref()
    }

    /// Whether a file or a folder is there.
    pub(super) fn has(&self, path: &str) -> bool {
        let folder = format!("{path}/");
        path.is_empty() || self.0.contains_key(path) || self.0.keys().any(|file| file.starts_with(&folder))
    }

    /// The file or folder that `from` means by `name`: by its path from the root or from where `from` is, or, as prose does,
    /// by the end of its path.
    pub(super) fn resolve(&self, from: &str, name: &str) -> Option<String> {
        let exact =
            [Some(name.to_owned()), beside(from, name)].into_iter().flatten().find(|path| self.has(path));
        let tail = name.trim_start_matches(['.', '/']);
        let (file, folder) = (format!("/{tail}"), format!("/{tail}/"));
        let is_meant = |path: &&String| *path == tail || path.ends_with(&file) || path.contains(&folder);
        exact.or_else(|| self.0.keys().find(is_meant).cloned())
    }
}

/// The path from the root of what `from` calls `link`. `None` where it leads out of the repository.
pub(super) fn beside(from: &str, link: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Whether a path ends in one of these extensions.
pub(super) fn has_extension(path: &str, extensions: &[&str]) -> bool {
    path.rsplit_once('.').is_some_and(|(_, extension)| extensions.contains(&extension))
}

fn entries(folder: &Path) -> Vec<(PathBuf, String)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let named = entries.map(|path| (path.clone(), path.file_name().unwrap().to_str().unwrap().to_owned()));
    named.filter(|(_, name)| !MADE.contains(&name.as_str())).collect()
}
