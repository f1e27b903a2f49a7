//! The rules that a restore must not break, each checked against what is known before anything is created.

mod capacity;
mod data;
mod security;
mod target;

use super::draft::Draft;
use super::facts::{Copy, Facts};
use super::input::Input;
use super::refusal::Refusal;
use super::request::Request;

pub(super) use data::{Reach, copy};
pub(super) use target::{malformed, target};

/// What the input as a whole would break. What cannot be known is added to `unchecked`.
pub(super) fn input(
    facts: &Facts,
    request: &Request,
    copy: &Copy,
    draft: &Draft,
    input: &Input,
    unchecked: &mut Vec<String>,
) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    refusals.extend(data::cluster_mode(facts, copy, draft));
    refusals.extend(data::databases(facts, draft, input, unchecked));
    refusals.extend(data::slots(copy, draft, input));
    refusals.extend(data::engine(facts, copy, input, unchecked));
    refusals.extend(data::one_file(copy, draft));
    refusals.extend(security::failover(draft, input));
    refusals.extend(security::auth(request, input));
    refusals.extend(security::durability(draft, input));
    refusals.extend(capacity::node_type(input));
    refusals.extend(capacity::data_tiering(facts, input));
    refusals.extend(capacity::memory(facts, input, unchecked));
    refusals
}
