//! What reading an export found odd without its being corrupt.

use serde::{Deserialize, Serialize};

/// How many rules a verdict tells of: more than the reader has, as a limit on what another version recorded.
const RULES_LIMIT: usize = 32;

/// What reading found odd, once for each rule of the reader: so it stays as small with hundreds of files as with one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Warning {
    /// The reader's name for it, such as `wide-back-length`.
    pub rule: String,
    /// The object key of the first file in which it was found.
    pub file: String,
    /// The cache's key in which it was found there, where it is about one: escaped, and cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Offset in that file of where it was found, in bytes.
    pub offset: u64,
    /// What is odd, for people.
    pub message: String,
    /// Which servers do not load the file because of it; nothing where all do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_by: Option<String>,
    /// How often it was found, over all files.
    pub count: u64,
    /// In how many files.
    pub files: u32,
}

impl Warning {
    /// Adds what another file showed: what is known already is counted, the first place stays.
    pub fn join(known: &mut Vec<Self>, more: impl IntoIterator<Item = Self>) {
        for warning in more {
            if let Some(same) = known.iter_mut().find(|same| same.rule == warning.rule) {
                same.count = same.count.saturating_add(warning.count);
                same.files = same.files.saturating_add(warning.files);
            } else if known.len() < RULES_LIMIT {
                known.push(warning);
            }
        }
    }

    /// What is odd and who minds, as a fragment.
    #[must_use]
    pub fn sentence(&self) -> String {
        let key = self.key.as_ref().map(|key| format!(", in key '{key}'")).unwrap_or_default();
        let (file, offset) = (&self.file, self.offset);
        let more = match (self.count, self.files) {
            (0 | 1, _) => String::new(),
            (count, 0 | 1) => format!(" ({count} times)"),
            (count, files) => format!(" ({count} times in {files} files)"),
        };
        let refused = self.refused_by.as_ref().map(|who| format!("; refused by {who}")).unwrap_or_default();
        format!("{}, in {file} at byte {offset}{key}{more}{refused}", self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warning(rule: &str, file: &str) -> Warning {
        Warning {
            rule: rule.to_owned(),
            file: file.to_owned(),
            key: Some("events".to_owned()),
            offset: 12,
            message: "a stream that says it has 3 entries and has 2".to_owned(),
            refused_by: Some("valkey 9.1 and later".to_owned()),
            count: 2,
            files: 1,
        }
    }

    #[test]
    fn warnings_of_hundreds_of_files_are_as_many_as_there_are_rules() {
        let mut known = Vec::new();
        for file in 1..=500 {
            let file = format!("f/orders-{file:04}.rdb");
            Warning::join(&mut known, [warning("stream-length", &file), warning("empty-value", &file)]);
        }
        assert_eq!(known.len(), 2);
        assert_eq!(
            (known[0].count, known[0].files, known[0].file.as_str()),
            (1000, 500, "f/orders-0001.rdb")
        );
        for rule in 0..1000 {
            Warning::join(&mut known, [warning(&format!("rule-{rule}"), "f/x.rdb")]);
        }
        assert_eq!(known.len(), RULES_LIMIT);
    }

    #[test]
    fn a_warning_says_what_where_how_often_and_who_refuses_it() {
        let mut known = vec![warning("stream-length", "f/a.rdb")];
        Warning::join(&mut known, [warning("stream-length", "f/b.rdb")]);
        assert_eq!(
            known[0].sentence(),
            "a stream that says it has 3 entries and has 2, in f/a.rdb at byte 12, in key 'events' (4 times in 2 files); \
             refused by valkey 9.1 and later"
        );
    }
}
