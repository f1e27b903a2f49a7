//! Which caches a plan covers: by tags and by name.

mod glob;

use std::collections::BTreeMap;

use serde::Serialize;

pub use glob::Glob;

/// The caches of a plan. A cache is selected when **all** of this holds: it carries every tag named in `tags`,
/// its name matches one of `names` (any name, where none are given), and none of `exclude` matches.
///
/// So tags and names narrow each other. Caches that are reached by tag or by name alone are two plans.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Selector {
    tags: BTreeMap<String, Glob>,
    names: Vec<Glob>,
    exclude: Vec<Glob>,
}

/// Why a selector was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    /// Neither tags nor names.
    #[error(
        "this would select every cache: name tags or names, or say `names: [\"*\"]` if every cache is meant"
    )]
    Everything,
    /// A name pattern with a character that no cache name has.
    #[error(
        "`{pattern}` matches no cache: names have lower-case letters, digits and hyphens; `*` and `?` are wildcards"
    )]
    Name {
        /// What was written.
        pattern: String,
    },
    /// A tag without a key.
    #[error("a tag needs a key: write for example `tags: {{ backup: gold }}`")]
    TagKey,
}

impl Selector {
    /// A selector from its three parts as written.
    ///
    /// Tag values are compared with case and may hold `*` and `?`, which AWS allows in no tag value; `"*"`
    /// asks for the tag with any value. Names are compared without case, since `ElastiCache` lower-cases them.
    pub fn new(
        tags: BTreeMap<String, String>,
        names: &[String],
        exclude: &[String],
    ) -> Result<Self, SelectorError> {
        if tags.is_empty() && names.is_empty() {
            return Err(SelectorError::Everything);
        }
        if tags.contains_key("") {
            return Err(SelectorError::TagKey);
        }
        Ok(Self {
            tags: tags.into_iter().map(|(key, value)| (key, Glob::new(&value))).collect(),
            names: names.iter().map(|text| name_pattern(text)).collect::<Result<_, _>>()?,
            exclude: exclude.iter().map(|text| name_pattern(text)).collect::<Result<_, _>>()?,
        })
    }

    /// Whether the cache of this name (AWS's own id, without kind) and these tags is selected.
    #[must_use]
    pub fn matches(&self, name: &str, tags: &BTreeMap<String, String>) -> bool {
        let name = name.to_lowercase();
        let tagged = self.tags.iter().all(|(key, value)| tags.get(key).is_some_and(|tag| value.matches(tag)));
        let named = self.names.is_empty() || self.names.iter().any(|glob| glob.matches(&name));
        tagged && named && !self.exclude.iter().any(|glob| glob.matches(&name))
    }
}

/// Reads one pattern for names.
pub(crate) fn name_pattern(text: &str) -> Result<Glob, SelectorError> {
    let possible = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '*' | '?');
    if text.is_empty() || !text.chars().all(possible) {
        return Err(SelectorError::Name { pattern: text.to_owned() });
    }
    Ok(Glob::new(&text.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn selector(wanted: &[(&str, &str)], names: &[&str], exclude: &[&str]) -> Selector {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        Selector::new(tags(wanted), &texts(names), &texts(exclude)).unwrap()
    }

    #[test]
    fn tags_and_names_must_both_hold_and_exclude_wins() {
        let gold = selector(&[("backup", "gold")], &["prod-*"], &["prod-scratch"]);
        let tagged = tags(&[("backup", "gold"), ("team", "a")]);
        assert!(gold.matches("prod-orders", &tagged));
        assert!(!gold.matches("prod-orders", &tags(&[("backup", "silver")])));
        assert!(!gold.matches("prod-orders", &tags(&[])));
        assert!(!gold.matches("test-orders", &tagged));
        assert!(!gold.matches("prod-scratch", &tagged));
    }

    #[test]
    fn every_named_tag_must_be_there() {
        let both = selector(&[("a", "1"), ("b", "*")], &[], &[]);
        assert!(both.matches("x", &tags(&[("a", "1"), ("b", "anything")])));
        assert!(!both.matches("x", &tags(&[("a", "1")])));
        assert!(!both.matches("x", &tags(&[("a", "2"), ("b", "x")])));
    }

    #[test]
    fn names_ignore_case_and_tag_values_do_not() {
        assert!(selector(&[], &["Prod-*"], &[]).matches("PROD-Orders", &tags(&[])));
        assert!(!selector(&[("a", "Gold")], &[], &[]).matches("x", &tags(&[("a", "gold")])));
    }

    #[test]
    fn a_selector_that_would_take_every_cache_unasked_is_refused() {
        let exclude_only = Selector::new(BTreeMap::new(), &[], &["a".to_owned()]);
        assert_eq!(exclude_only, Err(SelectorError::Everything));
        assert!(selector(&[], &["*"], &[]).matches("anything", &tags(&[])));
    }

    #[test]
    fn a_pattern_that_no_name_can_match_is_refused() {
        for pattern in ["prod_*", "", "prod.*", "a b"] {
            let refused = Selector::new(BTreeMap::new(), &[pattern.to_owned()], &[]);
            assert_eq!(refused, Err(SelectorError::Name { pattern: pattern.to_owned() }));
        }
        assert_eq!(Selector::new(tags(&[("", "x")]), &[], &[]), Err(SelectorError::TagKey));
    }
}
