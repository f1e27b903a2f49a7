//! Reads a Query request's parameters, lists, maps and structures included.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// Tags by key.
pub(crate) type Tags = BTreeMap<String, String>;

/// Items of one list: more than any operation takes, so that a long request does not become a long search.
const MOST_ITEMS: usize = 1000;

/// Why a parameter cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BadParameter {
    /// The model requires it.
    Missing { name: &'static str },
    /// Its value is not what the model says.
    Invalid { message: String },
}

impl BadParameter {
    fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid { message: message.into() }
    }
}

/// The parameters of one call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(BTreeMap<String, String>);

impl Params {
    pub(crate) fn parse(body: &Bytes, query: &str) -> Self {
        let pairs = form_urlencoded::parse(body).chain(form_urlencoded::parse(query.as_bytes()));
        Self(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    /// A parameter; an empty value counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.said(name).filter(|value| !value.is_empty())
    }

    /// A parameter as it stands, empty or not.
    pub(crate) fn said(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A parameter that the model requires.
    pub(crate) fn required(&self, name: &'static str) -> Result<&str, BadParameter> {
        self.get(name).ok_or(BadParameter::Missing { name })
    }

    /// An identifier: ElastiCache keeps them lower-case (docs/elasticache.md 1.3, S).
    pub(crate) fn id(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_lowercase)
    }

    /// An identifier that the model requires.
    pub(crate) fn required_id(&self, name: &'static str) -> Result<String, BadParameter> {
        self.required(name).map(str::to_lowercase)
    }

    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, BadParameter> {
        match self.get(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(other) => Err(BadParameter::invalid(format!("{name} must be true or false, not {other}"))),
        }
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<i64>, BadParameter> {
        let parse = |text: &str| {
            text.parse()
                .map_err(|_| BadParameter::invalid(format!("{name} must be a whole number, not {text}")))
        };
        self.get(name).map(parse).transpose()
    }

    pub(crate) fn instant(&self, name: &str) -> Result<Option<DateTime<Utc>>, BadParameter> {
        let parse = |text: &str| {
            text.parse()
                .map_err(|_| BadParameter::invalid(format!("{name} must be an ISO 8601 instant, not {text}")))
        };
        self.get(name).map(parse).transpose()
    }

    /// A list of texts: `{list}.{item}.N`, or `{list}.member.N`, which AWS's own examples also show
    /// (docs/elasticache.md 1.1, S and L).
    pub(crate) fn list(&self, list: &str, item: &str) -> Vec<String> {
        let prefixes = self.items(list, item);
        prefixes.iter().filter_map(|prefix| self.get(prefix).map(str::to_owned)).collect()
    }

    /// A list of structures: what each item's member names lead to.
    pub(crate) fn structures(&self, list: &str, item: &str) -> Vec<Structure<'_>> {
        let prefixes = self.items(list, item).into_iter();
        prefixes.map(|prefix| Structure { params: self, prefix }).collect()
    }

    /// All of it, in the form of one item of a list.
    pub(crate) fn whole(&self) -> Structure<'_> {
        Structure { params: self, prefix: String::new() }
    }

    /// A map written as numbered entries with a `key` and a `value`.
    pub(crate) fn map(&self, name: &str) -> BTreeMap<String, String> {
        let entries = self.structures(name, "entry");
        let pair =
            |entry: &Structure<'_>| Some((entry.said("key")?.to_owned(), entry.said("value")?.to_owned()));
        entries.iter().filter_map(pair).collect()
    }

    /// Tags of a create or tag call; a key given twice keeps its last value.
    pub(crate) fn tags(&self) -> Result<Option<Tags>, BadParameter> {
        let items = self.structures("Tags", "Tag");
        if items.is_empty() {
            return Ok(None);
        }
        let pair = |tag: &Structure<'_>| {
            let key = tag.get("Key").ok_or_else(|| BadParameter::invalid("a tag needs a key"))?;
            Ok((key.to_owned(), tag.get("Value").unwrap_or_default().to_owned()))
        };
        items.iter().map(pair).collect::<Result<_, _>>().map(Some)
    }

    /// The prefixes of the items of a list, in the order of their numbers.
    fn items(&self, list: &str, item: &str) -> Vec<String> {
        let named = self.numbered(&format!("{list}.{item}."));
        if named.is_empty() { self.numbered(&format!("{list}.member.")) } else { named }
    }

    fn numbered(&self, prefix: &str) -> Vec<String> {
        let keys = self.0.range(prefix.to_owned()..).map(|(key, _)| key.as_str());
        let numbers = keys.map_while(|key| key.strip_prefix(prefix)).filter_map(leading_number);
        let unique: std::collections::BTreeSet<u32> = numbers.collect();
        unique.into_iter().take(MOST_ITEMS).map(|number| format!("{prefix}{number}")).collect()
    }
}

fn leading_number(rest: &str) -> Option<u32> {
    rest.split('.').next()?.parse().ok()
}

/// One item of a list of structures.
#[derive(Debug)]
pub(crate) struct Structure<'a> {
    params: &'a Params,
    prefix: String,
}

impl<'a> Structure<'a> {
    fn name(&self, member: &str) -> String {
        if self.prefix.is_empty() { member.to_owned() } else { format!("{}.{member}", self.prefix) }
    }

    /// A member as it stands, empty or not.
    pub(crate) fn said(&self, member: &str) -> Option<&'a str> {
        self.params.said(&self.name(member))
    }

    /// A list of structures within this one.
    pub(crate) fn structures(&self, list: &str, item: &str) -> Vec<Self> {
        self.params.structures(&self.name(list), item)
    }

    pub(crate) fn get(&self, member: &str) -> Option<&'a str> {
        self.params.get(&self.name(member))
    }

    pub(crate) fn list(&self, list: &str, item: &str) -> Vec<String> {
        self.params.list(&self.name(list), item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(body: &str) -> Params {
        Params::parse(&Bytes::copy_from_slice(body.as_bytes()), "")
    }

    #[test]
    fn lists_are_read_by_their_location_name_and_by_member() {
        let named =
            params("SnapshotArns.SnapshotArn.2=b&SnapshotArns.SnapshotArn.10=c&SnapshotArns.SnapshotArn.1=a");
        assert_eq!(named.list("SnapshotArns", "SnapshotArn"), ["a", "b", "c"]);
        let member = params("SnapshotArns.member.1=a");
        assert_eq!(member.list("SnapshotArns", "SnapshotArn"), ["a"]);
    }

    #[test]
    fn tags_are_read_in_both_forms() {
        let expected = Tags::from([("k".into(), "v w".into()), ("n".into(), String::new())]);
        let named = params("Tags.Tag.1.Key=k&Tags.Tag.1.Value=v+w&Tags.Tag.2.Key=n&Tags.Tag.2.Value=");
        assert_eq!(named.tags().unwrap(), Some(expected.clone()));
        let member = params("Tags.member.1.Key=k&Tags.member.1.Value=v%20w&Tags.member.2.Key=n");
        assert_eq!(member.tags().unwrap(), Some(expected));
        assert_eq!(params("SnapshotName=a").tags().unwrap(), None);
    }
}
