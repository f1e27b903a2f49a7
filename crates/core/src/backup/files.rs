//! The files of an export as the ledger holds them: the folder once, and each file without it, so that 500 shards fit into
//! one item whatever the folder is called.

use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor, value};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::copies::File;

#[derive(Serialize, Deserialize)]
struct Files {
    folder: String,
    files: Vec<File>,
}

/// Writes the files under the folder that they have in common.
pub(super) fn serialize<S: Serializer>(files: &[File], serializer: S) -> Result<S::Ok, S::Error> {
    let folder = folder(files);
    let within = |file: &File| File { key: file.key[folder.len()..].to_owned(), ..file.clone() };
    Files { folder: folder.to_owned(), files: files.iter().map(within).collect() }.serialize(serializer)
}

/// Reads them with their full keys; also a list of files with full keys, as earlier versions wrote it.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<File>, D::Error> {
    deserializer.deserialize_any(Either)
}

/// What all keys begin with, up to and with a slash.
fn folder(files: &[File]) -> &str {
    let Some(first) = files.first() else { return "" };
    let shared = |folder: &&str| files.iter().all(|file| file.key.starts_with(folder));
    let ends = first.key.rmatch_indices('/').map(|(at, _)| &first.key[..=at]);
    ends.into_iter().find(shared).unwrap_or_default()
}

struct Either;

impl<'de> Visitor<'de> for Either {
    type Value = Vec<File>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a folder with files, or a list of files")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, files: A) -> Result<Vec<File>, A::Error> {
        Vec::deserialize(value::SeqAccessDeserializer::new(files))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Vec<File>, A::Error> {
        let Files { folder, files } = Files::deserialize(value::MapAccessDeserializer::new(map))?;
        Ok(files.into_iter().map(|file| File { key: format!("{folder}{}", file.key), ..file }).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Held(#[serde(with = "super")] Vec<File>);

    fn file(key: &str) -> File {
        File { key: key.to_owned(), size: 9, etag: "e".to_owned() }
    }

    #[test]
    fn files_come_back_with_their_full_keys_and_share_the_folder_in_between() {
        for keys in [
            vec![],
            vec!["a.rdb"],
            vec!["f/g/a.rdb"],
            vec!["f/g/a.rdb", "f/g/b.rdb"],
            vec!["f/a", "g/a"],
            vec!["f/", "f/"],
        ] {
            let held = Held(keys.into_iter().map(file).collect());
            let json = serde_json::to_string(&held).unwrap();
            assert_eq!(serde_json::from_str::<Held>(&json).unwrap(), held, "{json}");
        }
        let json = serde_json::to_value(Held(vec![file("f/g/a.rdb"), file("f/g/h/b.rdb")])).unwrap();
        assert_eq!(json["folder"], "f/g/");
        assert_eq!(json["files"][1]["key"], "h/b.rdb");
    }

    #[test]
    fn a_list_that_an_earlier_version_wrote_is_read() {
        let before = r#"[{"key": "f/a.rdb", "size": 9, "etag": "e"}]"#;
        assert_eq!(serde_json::from_str::<Held>(before).unwrap(), Held(vec![file("f/a.rdb")]));
    }
}
