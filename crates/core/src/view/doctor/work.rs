//! Whether the work is done: plans in force, slots handed out, queues that move.

use chrono::TimeDelta;

use super::{Facts, Finding, Plans};
use crate::job::Job;
use crate::outlook::{self, Warning};
use crate::plan::Document;
use crate::restore::RestoreStatus;

/// How long something may be due before somebody should ask why: three of the slowest schedule, which is fifteen minutes.
const OVERDUE: TimeDelta = TimeDelta::minutes(45);

/// Plans, slots, queues and restores.
pub(super) fn all(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = plans(facts);
    findings.extend(slots(facts));
    findings.extend(facts.queues.iter().filter_map(|(job, oldest)| queue(facts, *job, oldest)));
    if facts.queues.values().all(|oldest| !is_overdue(facts, oldest)) {
        findings.push(Finding::ok("queues", "nothing waits for a job for longer than it should"));
    }
    findings.extend(restores(facts));
    findings.push(Finding::unknown(
        "functions",
        "their errors and alarms are not looked at: that takes Lambda's and CloudWatch's API, which this command does not speak",
        "aws cloudwatch describe-alarms --state-value ALARM; infra/runbooks says what each means",
    ));
    findings
}

fn plans(facts: &Facts<'_>) -> Vec<Finding> {
    match &facts.plans {
        Err(why) => vec![Finding::failure(
            "plans",
            why,
            "`cachekeep plans check FILE`, then `cachekeep plans apply FILE`",
        )],
        Ok(Plans::None) => {
            vec![Finding::failure(
                "plans",
                "none is in force: nothing is backed up",
                "`cachekeep plans apply FILE`",
            )]
        }
        Ok(Plans::Default(document)) => {
            of_document(facts, document, "the default plan of the stack's parameters is in force")
        }
        Ok(Plans::Applied(document)) => of_document(facts, document, "an applied file is in force"),
    }
}

fn of_document(facts: &Facts<'_>, document: &Document, fine: &str) -> Vec<Finding> {
    let outlooks = outlook::outlooks(document, facts.now);
    let warnings: Vec<Warning> = match facts.fleet {
        Ok(fleet) => outlook::online(document, &outlooks, fleet),
        Err(_) => outlook::offline(document, &outlooks),
    };
    if warnings.is_empty() {
        return vec![Finding::ok("plans", fine)];
    }
    let finding = |warning: Warning| {
        let of = warning.cache.map_or_else(String::new, |cache| format!(" and {cache}"));
        let plans: Vec<String> = warning.plans.iter().map(ToString::to_string).collect();
        Finding::warning(
            "plans",
            format!("{}{of}: {}", plans.join(", "), warning.message),
            "change the plan file, and apply it",
        )
    };
    warnings.into_iter().map(finding).collect()
}

/// Plans whose slots nobody hands out: the schedule is off, or the function fails.
fn slots(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(document) = facts.plans.as_ref().ok().and_then(|plans| plans.document()) else {
        return Vec::new();
    };
    let late = document.plans.iter().filter_map(|plan| {
        let Some(done) = facts.checkpoints.get(&plan.name) else {
            let found = format!("plan {}: nothing has looked at its slots yet", plan.name);
            return Some(Finding::warning(
                "slots",
                found,
                "deploy the functions, or run `cachekeep run all`",
            ));
        };
        let next = plan.schedule.next_after(plan.timezone, done.instant())?.instant();
        (facts.now - next > OVERDUE).then(|| {
            let found = format!(
                "plan {}: the slot of {} was handed out to nobody",
                plan.name,
                next.format("%Y-%m-%d %H:%M UTC")
            );
            Finding::failure(
                "slots",
                found,
                "look at the snapshot function's log, and at infra/runbooks/backups-late.md",
            )
        })
    });
    let late: Vec<Finding> = late.collect();
    if late.is_empty() { vec![Finding::ok("slots", "every slot that came was handed out")] } else { late }
}

fn is_overdue(facts: &Facts<'_>, oldest: &super::Seen<Option<crate::ids::Instant>>) -> bool {
    oldest.as_ref().ok().copied().flatten().is_some_and(|due| facts.now - due > OVERDUE)
}

fn queue(facts: &Facts<'_>, job: Job, oldest: &super::Seen<Option<crate::ids::Instant>>) -> Option<Finding> {
    match oldest {
        Err(why) => Some(Finding::failure("queues", format!("{job}: {why}"), "check the table and the role")),
        Ok(Some(due)) if facts.now - *due > OVERDUE => {
            let found = format!(
                "{job} has had something to do since {} and has not done it",
                due.format("%Y-%m-%d %H:%M UTC")
            );
            Some(Finding::failure(
                "queues",
                found,
                format!("look at its function's log; `cachekeep run {job}` does the work by hand"),
            ))
        }
        Ok(_) => None,
    }
}

fn restores(facts: &Facts<'_>) -> Vec<Finding> {
    let failed = facts.restores.iter().filter(|restore| restore.status() == RestoreStatus::Failed);
    failed
        .map(|restore| {
            let found = format!("the restore to {} failed: {}", restore.target.id, restore.reason);
            Finding::warning(
                "restores",
                found,
                "`cachekeep restores` says more; delete what is left of the cache",
            )
        })
        .collect()
}
