//! The resource groups tagging API, as far as `GetResources` over ElastiCache: tags in bulk.

use crate::door::call::Call;
use crate::door::refusal::{json as error, response};
use crate::elasticache::ElastiCache;
use crate::service::{Request, Response, Service};
use futures_util::future::BoxFuture;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Bound;

/// Resources on one page, at most and by default.
const PAGE: usize = 100;

/// Tag filters of one call, at most.
const FILTERS: usize = 50;

/// The tagging API over the sandbox's caches and snapshots.
#[derive(Clone)]
pub struct Tagging {
    elasticache: ElastiCache,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct GetResources {
    pagination_token: String,
    tag_filters: Vec<TagFilter>,
    resources_per_page: Option<usize>,
    resource_type_filters: Vec<String>,
    #[serde(rename = "ResourceARNList")]
    resource_arn_list: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TagFilter {
    key: String,
    #[serde(default)]
    values: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    pagination_token: String,
    resource_tag_mapping_list: Vec<Mapping>,
}

#[derive(Debug, Serialize)]
struct Mapping {
    #[serde(rename = "ResourceARN")]
    arn: String,
    #[serde(rename = "Tags")]
    tags: Vec<Tag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

/// Why a call is refused.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("The body is not a valid request: {0}")]
    Body(String),
    #[error("{0}")]
    Invalid(&'static str),
    #[error("The pagination token is not one that this operation returned.")]
    Token,
    #[error("The sandbox's tagging API answers GetResources only.")]
    Unknown,
}

impl Refused {
    fn answer(&self) -> Response {
        let code = match self {
            Self::Body(_) => "SerializationException",
            Self::Invalid(_) => "InvalidParameterException",
            Self::Token => "PaginationTokenExpiredException",
            Self::Unknown => "UnknownOperationException",
        };
        error(StatusCode::BAD_REQUEST, code, &self.to_string())
    }
}

impl Tagging {
    pub(crate) fn new(elasticache: ElastiCache) -> Self {
        Self { elasticache }
    }

    fn answer(&self, request: &Request) -> Result<String, Refused> {
        if Call::of(request).is_none_or(|call| call.action != "GetResources") {
            return Err(Refused::Unknown);
        }
        let asked: GetResources =
            serde_json::from_slice(request.body()).map_err(|error| Refused::Body(error.to_string()))?;
        asked.check()?;
        serde_json::to_string(&self.list(request, &asked)?).map_err(|error| Refused::Body(error.to_string()))
    }

    /// Unlike `ListTagsForResource` this reads an index, so it answers while a cache takes a snapshot.
    fn list(&self, request: &Request, asked: &GetResources) -> Result<Answer, Refused> {
        let here = self.elasticache.called_by(request);
        let state = here.now();
        let after = asked.after()?;
        let range = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let mut matching =
            state.tags.range::<str, _>(range).filter(|(arn, tags)| asked.wants(arn, tags)).peekable();
        let size = asked.resources_per_page.unwrap_or(PAGE);
        let mut mappings = Vec::new();
        while let Some((arn, tags)) = matching.next_if(|_| mappings.len() < size) {
            mappings.push(mapping(arn, tags));
        }
        let more = matching.peek().and(mappings.last()).map(|last| format!("{TOKEN}{}", last.arn));
        Ok(Answer { pagination_token: more.unwrap_or_default(), resource_tag_mapping_list: mappings })
    }
}

/// Tokens begin so.
const TOKEN: &str = "after:";

fn mapping(arn: &str, tags: &BTreeMap<String, String>) -> Mapping {
    let tags = tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect();
    Mapping { arn: arn.into(), tags }
}

impl GetResources {
    fn check(&self) -> Result<(), Refused> {
        if self.tag_filters.len() > FILTERS {
            return Err(Refused::Invalid("TagFilters can have at most 50 items."));
        }
        if self.resources_per_page.is_some_and(|size| !(1..=PAGE).contains(&size)) {
            return Err(Refused::Invalid("ResourcesPerPage must be from 1 to 100."));
        }
        let filtered = !self.tag_filters.is_empty() || !self.resource_type_filters.is_empty();
        if !self.resource_arn_list.is_empty() && filtered {
            return Err(Refused::Invalid("ResourceARNList cannot be combined with other filters."));
        }
        Ok(())
    }

    fn after(&self) -> Result<Option<&str>, Refused> {
        match self.pagination_token.as_str() {
            "" => Ok(None),
            token => token.strip_prefix(TOKEN).map(Some).ok_or(Refused::Token),
        }
    }

    /// Only what has tags is listed. Every filter must match; of a filter's values one is enough.
    fn wants(&self, arn: &str, tags: &BTreeMap<String, String>) -> bool {
        let by_arn =
            self.resource_arn_list.is_empty() || self.resource_arn_list.iter().any(|wanted| wanted == arn);
        let by_type = self.resource_type_filters.is_empty()
            || self.resource_type_filters.iter().any(|wanted| is_of_type(arn, wanted));
        !tags.is_empty() && by_arn && by_type && self.tag_filters.iter().all(|filter| filter.matches(tags))
    }
}

impl TagFilter {
    fn matches(&self, tags: &BTreeMap<String, String>) -> bool {
        tags.get(&self.key).is_some_and(|value| self.values.is_empty() || self.values.contains(value))
    }
}

/// `elasticache` means every type, `elasticache:cluster` one.
fn is_of_type(arn: &str, wanted: &str) -> bool {
    let mut parts = arn.splitn(7, ':').skip(2);
    let (service, kind) = (parts.next(), parts.nth(2));
    match wanted.split_once(':') {
        None => service == Some(wanted),
        Some((wanted_service, wanted_kind)) => service == Some(wanted_service) && kind == Some(wanted_kind),
    }
}

impl Service for Tagging {
    fn handle(&self, request: Request) -> BoxFuture<'_, Response> {
        let answer = match self.answer(&request) {
            Ok(body) => response(StatusCode::OK, "application/x-amz-json-1.1", body),
            Err(refused) => refused.answer(),
        };
        Box::pin(std::future::ready(answer))
    }
}
