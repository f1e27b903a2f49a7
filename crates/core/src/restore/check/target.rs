//! The new cache's id: one that AWS takes, and that no cache has.

use crate::ids::CacheKind;
use crate::restore::facts::Facts;
use crate::restore::refusal::{Refusal, Rule};
use crate::restore::request::Request;

/// How long an id may be, in characters: 40 of a group and of a serverless cache, 50 of a cluster (the API's reference).
const fn longest(kind: CacheKind) -> usize {
    match kind {
        CacheKind::Group | CacheKind::Serverless => 40,
        CacheKind::Cluster => 50,
    }
}

pub(in crate::restore) fn target(facts: &Facts, request: &Request) -> Vec<Refusal> {
    let kind = request.into.unwrap_or_else(|| facts.subject.cache.kind());
    malformed(kind, &request.target).into_iter().chain(taken(facts)).collect()
}

pub(in crate::restore) fn malformed(kind: CacheKind, id: &str) -> Option<Refusal> {
    let plain = id.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    let starts = id.starts_with(|first: char| first.is_ascii_alphabetic());
    let hyphens = id.contains("--") || id.ends_with('-');
    if plain && starts && !hyphens && id.len() <= longest(kind) {
        return None;
    }
    let why = format!(
        "`{id}` is no id of a {kind}: it begins with a letter and goes on with letters, digits and single hyphens, {} \
         characters at most",
        longest(kind)
    );
    Some(Refusal::new(Rule::TargetId, why, "choose another id with --as"))
}

fn taken(facts: &Facts) -> Option<Refusal> {
    let taken = facts.taken.as_ref()?;
    let why = format!("{taken} exists already, and a restore never writes into a cache that exists");
    let how = "choose another id with --as, or delete that cache first if it is to be replaced";
    Some(Refusal::new(Rule::TargetFree, why, how))
}
