//! The Query protocol's requests: flat names with dots and numbers.

use std::collections::BTreeMap;

/// Items of one list: more than any operation takes, so that a long request does not become a long search.
const MAX_ITEMS: usize = 1000;

/// A request's fields.
pub(super) struct Form(BTreeMap<String, String>);

impl Form {
    pub(super) fn read(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The fields of each item of a list, in order: `Entries.member.1.Id` is `Id` of the first of `Entries.member`.
    pub(super) fn items(&self, list: &str) -> Vec<Self> {
        (1..=MAX_ITEMS)
            .map(|number| self.part(&format!("{list}.{number}")))
            .take_while(|item| !item.0.is_empty())
            .collect()
    }

    /// The fields under a name, without it; the value of the name itself is under the empty name.
    fn part(&self, name: &str) -> Self {
        let inner = |key: &str| {
            let rest = key.strip_prefix(name)?;
            if rest.is_empty() { Some(String::new()) } else { rest.strip_prefix('.').map(String::from) }
        };
        Self(self.0.iter().filter_map(|(key, value)| Some((inner(key)?, value.clone()))).collect())
    }

    /// A map written as numbered entries with a `key` and a `value`.
    pub(super) fn map(&self, name: &str) -> BTreeMap<String, String> {
        let entries = self.items(&format!("{name}.entry"));
        let pair = |entry: &Self| Some((entry.get("key")?.to_owned(), entry.get("value")?.to_owned()));
        entries.iter().filter_map(pair).collect()
    }
}
