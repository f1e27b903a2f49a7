//! Makes a global datastore around a restored group, and its secondaries in their regions, one step at a time.

use cachekeep_aws::{AwsError, Class, Clients, Region, fleet, with_causes};
use cachekeep_core::cache::Cache;
use cachekeep_core::ids::{CacheId, CacheKind};
use cachekeep_core::restore::global::{self, Datastore, GlobalView, Next, Seen, Wish};
use cachekeep_core::restore::{Plan, Refusal, Restore, Rule, fault};

use super::{Bench, RestoreError};

/// How many steps one call takes at most: the datastore and its secondaries, each of them once.
const STEPS: usize = 1 + global::SECONDARIES;

/// What AWS shows of a datastore and the groups that are to be in it.
#[derive(Debug, Default)]
struct Known {
    primary: Option<Cache>,
    datastore: Option<Datastore>,
    secondaries: Vec<Option<Cache>>,
}

impl Known {
    fn seen(&self) -> Seen<'_> {
        Seen {
            primary: self.primary.as_ref(),
            datastore: self.datastore.as_ref(),
            secondaries: &self.secondaries,
        }
    }
}

/// Adds to a plan what keeps its group from becoming the primary of such a datastore.
///
/// # Errors
/// [`RestoreError`] where a region does not answer.
pub async fn widen(bench: Bench<'_>, plan: &mut Plan, wish: &Wish) -> Result<(), RestoreError> {
    plan.refusals.extend(global::refusals(wish, plan));
    if !plan.refusals.is_empty() {
        return Ok(());
    }
    for secondary in &wish.secondaries {
        if let Some(taken) = find(bench, secondary.region.as_str(), &secondary.id).await? {
            plan.refusals.push(Refusal {
                rule: Rule::TargetFree,
                why: format!("{} exists already in {}", taken.id, secondary.region),
                how: "choose another id with --secondary REGION=ID".to_owned(),
            });
        }
    }
    Ok(())
}

/// Takes every step that can be taken now, and says how the datastore stands. The restored group must be available.
///
/// # Errors
/// [`RestoreError`] where AWS does not answer; the same command again goes on where it stands.
pub async fn extend(bench: Bench<'_>, restore: &Restore, wish: &Wish) -> Result<GlobalView, RestoreError> {
    for _ in 0..STEPS {
        let known = look(bench, restore, wish).await?;
        let next = global::next(wish, restore, &known.seen());
        let answer = match &next {
            Next::Create => {
                let primary = restore.target.id.name();
                fleet::make_global(bench.clients, &bench.pacer(), &wish.suffix, primary).await
            }
            Next::Join { region, input } => {
                let there = clients(bench, region.as_str());
                fleet::create(&there, &bench.pacer(), input, None).await
            }
            Next::Wait(_) | Next::Done | Next::Failed(_) => return Ok(GlobalView::new(&known.seen(), &next)),
        };
        if let Err(error) = answer {
            let next = refused(&restore.target.id, error)?;
            return Ok(GlobalView::new(&known.seen(), &next));
        }
    }
    let known = look(bench, restore, wish).await?;
    let next = global::next(wish, restore, &known.seen());
    Ok(GlobalView::new(&known.seen(), &next))
}

/// What an answer says that is no success: what passes is waited for, what does not is told with the next step.
fn refused(target: &CacheId, error: AwsError) -> Result<Next, RestoreError> {
    match error.class() {
        Class::WrongState => Ok(Next::Wait(with_causes(&error))),
        Class::Throttled | Class::Transient | Class::Unknown => {
            let (target, source) = (target.clone(), Box::new(error));
            Err(RestoreError::Unanswered { target, source })
        }
        Class::AlreadyExists | Class::NotFound | Class::QuotaExceeded | Class::Denied | Class::Refused => {
            let advice = error.code().and_then(fault::next_step);
            let advice = advice.map_or_else(String::new, |advice| format!(". To do: {advice}"));
            Ok(Next::Failed(format!(
                "{}{advice}. {target} is there and stays",
                with_causes(&error).trim_end_matches('.')
            )))
        }
    }
}

async fn look(bench: Bench<'_>, restore: &Restore, wish: &Wish) -> Result<Known, RestoreError> {
    let primary = fleet::find(bench.clients, &bench.pacer(), &restore.target.id).await?;
    let membership = primary.as_ref().and_then(|primary| primary.global.as_ref());
    let Some(membership) = membership else { return Ok(Known { primary, ..Known::default() }) };
    let datastore = fleet::datastore(bench.clients, &bench.pacer(), &membership.datastore).await?;
    let mut secondaries = Vec::new();
    for secondary in &wish.secondaries {
        secondaries.push(find(bench, secondary.region.as_str(), &secondary.id).await?);
    }
    Ok(Known { primary, datastore, secondaries })
}

async fn find(bench: Bench<'_>, region: &str, id: &str) -> Result<Option<Cache>, RestoreError> {
    let id = CacheId::new(CacheKind::Group, id);
    Ok(fleet::find(&clients(bench, region), &bench.pacer(), &id).await?)
}

fn clients(bench: Bench<'_>, region: &str) -> Clients {
    bench.clients.in_region(&Region::new(region))
}
