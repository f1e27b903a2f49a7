//! The plan of a restore: one value that a dry run prints, an acting run carries out, and tests read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cost::{self, Cost};
use super::draft::{self, Draft};
use super::facts::{Copy, Facts, Origin, Place, Proof};
use super::input::Input;
use super::refusal::{Refusal, Rule};
use super::request::Request;
use super::staging::{self, Staging};
use super::{Members, check};
use crate::backup::CopyKind;
use crate::cache::RecreateOperation;
use crate::ids::{BackupId, CacheId};
use crate::plan::Region;
use check::Reach;

/// What a restore would do.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The backup; none for a snapshot that is no backup of ours.
    pub backup: Option<BackupId>,
    /// The copy that it restores from; none where there is none.
    pub source: Option<Source>,
    /// The new cache.
    pub target: Target,
    /// The call.
    pub operation: RecreateOperation,
    /// Its whole input but for an AUTH token.
    pub input: Members,
    /// Where each member came from.
    pub origins: BTreeMap<String, Origin>,
    /// What nothing tells.
    pub missing: Vec<Missing>,
    /// The rules that it would break; with any, nothing is created.
    pub refusals: Vec<Refusal>,
    /// What will be otherwise than it was.
    pub differs: Vec<String>,
    /// What could not be checked, so that AWS decides.
    pub unchecked: Vec<String>,
    /// How long it should take, in seconds, by what earlier restores took.
    pub estimate: Option<u64>,
    /// What it will cost a month; `None` where no price is known of it.
    pub cost: Option<Cost>,
    /// What the tag of the new cache will say.
    pub mark: String,
    /// What is copied first, since ElastiCache cannot read it where it is.
    pub staging: Option<Staging>,
}

/// The copy that a restore takes its data from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Which copy.
    pub kind: CopyKind,
    /// A snapshot's name, or the place in a bucket.
    pub location: String,
}

/// The new cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Which cache.
    #[serde(rename = "cache")]
    pub id: CacheId,
    /// Where.
    pub region: Region,
}

/// A member that nothing tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// Its name.
    pub member: String,
    /// Why nothing tells it.
    pub why: String,
    /// Where to give it.
    pub how: String,
}

impl Plan {
    /// Plans a restore from what is known: from the copy that was asked for, else from the fastest that is proven good and breaks
    /// no rule. Where every copy breaks one, the plan of the first says why.
    #[must_use]
    pub fn new(facts: &Facts, request: &Request) -> Self {
        let mut candidates: Vec<&Copy> = facts.copies.iter().collect();
        candidates.retain(|copy| request.from.is_none_or(|wanted| copy.kind == wanted));
        candidates.sort_by_key(|copy| (rank(&copy.proof), copy.kind));
        let mut plans =
            candidates.into_iter().map(|copy| Self::from_copy(facts, request, copy)).collect::<Vec<_>>();
        match plans.iter().position(|plan| plan.refusals.is_empty()) {
            Some(good) => plans.swap_remove(good),
            None => plans.into_iter().next().unwrap_or_else(|| Self::without_copy(facts, request)),
        }
    }

    fn from_copy(facts: &Facts, request: &Request, copy: &Copy) -> Self {
        let mark = draft::mark(facts, copy);
        let target = target(facts, request);
        let (staging, unstageable) = match staging::of(facts, copy, &target.id, &mark) {
            Some(Ok(staging)) => (Some(staging), None),
            Some(Err(refusal)) => (None, Some(refusal)),
            None => (None, None),
        };
        let mut draft = Draft::new(facts, request, copy, staging.as_ref());
        let mut refusals = std::mem::take(&mut draft.refusals);
        let mut unchecked = Vec::new();
        refusals.extend(check::target(facts, request));
        let where_it_is =
            if staging.is_some() || unstageable.is_some() { Reach::Staged } else { Reach::InPlace };
        refusals.extend(check::copy(request, copy, where_it_is, &mut unchecked));
        refusals.extend(unstageable);
        let input = match Input::read(draft.operation, &draft.members) {
            Ok(input) => Some(input),
            Err(error) => {
                refusals.push(unusable(&error));
                None
            }
        };
        if let Some(input) = &input {
            refusals.extend(check::input(facts, request, copy, &draft, input, &mut unchecked));
        }
        let cost =
            input.and_then(|input| cost::of(&input, &facts.subject.engine, &facts.data, facts.site.region()));
        let mut differs = draft.differs;
        differs.extend(of_tags(&draft.members));
        Self {
            backup: facts.subject.backup.clone(),
            source: Some(Source { kind: copy.kind, location: copy.location.clone() }),
            target,
            operation: draft.operation,
            mark,
            staging,
            input: draft.members,
            origins: draft.origins,
            missing: draft.missing,
            refusals,
            differs,
            unchecked,
            estimate: median(&facts.earlier),
            cost,
        }
    }

    fn without_copy(facts: &Facts, request: &Request) -> Self {
        let what = match request.from {
            Some(CopyKind::Snapshot) => "snapshot inside ElastiCache",
            Some(CopyKind::Export) => "export",
            Some(CopyKind::Replica) => "replica of the export",
            None => "copy",
        };
        let refusal = Refusal::new(
            Rule::Copy,
            format!("there is no {what} of it"),
            "choose another backup or another copy: `cachekeep list` shows what there is",
        );
        let mut refusals = vec![refusal];
        refusals.extend(check::target(facts, request));
        let target = target(facts, request);
        Self {
            backup: facts.subject.backup.clone(),
            source: None,
            operation: RecreateOperation::of_kind(target.id.kind()),
            target,
            input: Members::new(),
            origins: BTreeMap::new(),
            missing: Vec::new(),
            refusals,
            differs: Vec::new(),
            unchecked: Vec::new(),
            estimate: None,
            cost: None,
            mark: String::new(),
            staging: None,
        }
    }

    /// The typed input of the call.
    ///
    /// # Errors
    /// Where it is none, which the plan refuses as well.
    pub fn typed_input(&self) -> Result<Input, super::input::BadInput> {
        Input::read(self.operation, &self.input)
    }
}

fn unusable(error: &super::input::BadInput) -> Refusal {
    Refusal::new(
        Rule::Input,
        error.to_string(),
        "use the version of cachekeep that made the backup or a newer one, or set the member with --set",
    )
}

fn target(facts: &Facts, request: &Request) -> Target {
    let kind = request.into.unwrap_or_else(|| facts.subject.cache.kind());
    Target { id: CacheId::new(kind, &request.target), region: facts.site.region().clone() }
}

/// What is proven good comes before what nobody can read, and that before what may be broken. Within one rank a snapshot is the
/// fastest, then an export here, then a replica.
const fn rank(proof: &Proof) -> u8 {
    match proof {
        Proof::Read => 0,
        Proof::Unreadable => 1,
        Proof::Unread => 2,
        Proof::Broken(_) => 3,
    }
}

/// The tags go along, and with them whatever they select.
fn of_tags(members: &Members) -> Option<String> {
    let tags = members.get("Tags")?.as_array()?.len();
    (tags > 1).then(|| {
        "the old cache's tags go along, so that plans and policies that select by them take the new one too".to_owned()
    })
}

fn median(seconds: &[u64]) -> Option<u64> {
    let mut seconds = seconds.to_vec();
    seconds.sort_unstable();
    seconds.get(seconds.len() / 2).copied()
}

/// Whether a copy is files that the new cache itself reads.
pub(super) const fn is_files(copy: &Copy) -> bool {
    matches!(copy.place, Place::Files(_))
}
