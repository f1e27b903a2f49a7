//! The stack's own resources: are they there, and as the template makes them?

use super::{BucketSettings, Facts, Finding, Rules, TableSettings};

/// The settings of table, bucket, topic and bus.
pub(super) fn all(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = vec![clock(facts), registered(facts)];
    findings.extend(table(facts));
    findings.extend(bucket(facts));
    findings.extend(topic(facts));
    findings.extend(bus(facts));
    findings
}

fn clock(facts: &Facts<'_>) -> Finding {
    match &facts.clock {
        Ok(()) => Finding::ok("clock", "agrees with AWS's"),
        Err(why) => Finding::failure("clock", why, "set this machine's clock; until then no command acts"),
    }
}

fn registered(facts: &Facts<'_>) -> Finding {
    if facts.is_registered {
        return Finding::ok("stack", facts.stack.to_string());
    }
    let found = format!("the ledger does not say yet whose it is; it is read as that of {}", facts.stack);
    Finding::warning(
        "stack",
        found,
        "deploy the functions, or run `cachekeep run all` with CACHEKEEP_STACK set",
    )
}

fn table(facts: &Facts<'_>) -> Vec<Finding> {
    let TableSettings { has_stream, expires, recovers, is_protected } = match &facts.table {
        Ok(table) => *table,
        Err(why) => return vec![Finding::unknown("table", why, "allow dynamodb:Describe* on the table")],
    };
    let init = "run `cachekeep init`: it turns on what is missing";
    let settings = [
        (
            has_stream,
            Finding::failure(
                "table",
                "it has no stream: nobody is told of anything until the next scheduled pass",
                init,
            ),
        ),
        (expires, Finding::warning("table", "old events never expire, and are billed for ever", init)),
        (
            recovers,
            Finding::warning(
                "table",
                "point-in-time recovery is off: a mistake in the ledger cannot be undone",
                init,
            ),
        ),
        (is_protected, Finding::warning("table", "it can be deleted by mistake", init)),
    ];
    let wrong: Vec<Finding> =
        settings.into_iter().filter(|(fine, _)| !fine).map(|(_, finding)| finding).collect();
    if wrong.is_empty() {
        return vec![Finding::ok("table", "stream, expiry, recovery and protection are on")];
    }
    wrong
}

fn bucket(facts: &Facts<'_>) -> Vec<Finding> {
    let (name, seen) = &facts.bucket;
    let BucketSettings { region, unfit, claimed_by, notifies } = match seen {
        Ok(settings) => settings,
        Err(why) => {
            return vec![Finding::failure(
                "bucket",
                format!("{name}: {why}"),
                "`cachekeep init --bucket-only` makes it, or says what is wrong",
            )];
        }
    };
    let mut findings: Vec<Finding> =
        unfit.iter().map(|unfit| Finding::warning("bucket", unfit, "see the sentence itself")).collect();
    let home = facts.stack.site.region().as_str();
    if region != home {
        let found = format!(
            "{name} is in {region} and the stack in {home}: ElastiCache exports within a region only"
        );
        findings.push(Finding::failure("bucket", found, "use a bucket in the stack's region"));
    }
    if let Some(other) = claimed_by {
        let found = format!("the prefix in {name} belongs to {other}: nothing is exported there");
        findings.push(Finding::failure("bucket", found, "give the stack a prefix or a bucket of its own"));
    }
    if !notifies {
        let found =
            format!("{name} does not tell EventBridge of new objects: exports are noticed by schedule alone");
        findings.push(Finding::warning("bucket", found, "turn on EventBridge notifications of the bucket"));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(
            "bucket",
            format!("{name}: region, encryption, versions, owner and notifications are right"),
        ));
    }
    findings
}

fn topic(facts: &Facts<'_>) -> Vec<Finding> {
    let Some((arn, audience)) = &facts.topic else {
        return vec![Finding::warning(
            "topic",
            "the stack has none: nobody is told of anything",
            "set CACHEKEEP_TOPIC_ARN, or deploy the template, which makes one",
        )];
    };
    vec![match audience {
        Ok(None) => Finding::ok("topic", format!("somebody hears {arn}")),
        Ok(Some(problem)) => Finding::failure("topic", problem, "subscribe somebody, and confirm it"),
        Err(why) => {
            Finding::failure("topic", format!("{arn}: {why}"), "deploy the stack again; it makes the topic")
        }
    }]
}

fn bus(facts: &Facts<'_>) -> Vec<Finding> {
    let Some((name, rules)) = &facts.bus else {
        return vec![Finding::warning(
            "bus",
            "the stack has none: each job waits for its schedule",
            "set CACHEKEEP_BUS, or deploy the template, which makes one",
        )];
    };
    let Rules { enabled, disabled } = match rules {
        Ok(rules) => rules,
        Err(why) => {
            return vec![Finding::failure(
                "bus",
                format!("{name}: {why}"),
                "deploy the stack again; it makes the bus",
            )];
        }
    };
    let mut findings: Vec<Finding> = disabled
        .iter()
        .map(|rule| {
            Finding::failure(
                "rules",
                format!("rule {rule} is off"),
                format!("aws events enable-rule --name {rule}"),
            )
        })
        .collect();
    if enabled.is_empty() && disabled.is_empty() {
        let found = "no rule wakes any function".to_owned();
        findings.push(Finding::failure(
            "rules",
            found,
            "deploy the stack again, or run `cachekeep run all` by cron",
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(
            "rules",
            format!("{} rules are on, on bus {name} and AWS's own", enabled.len()),
        ));
    }
    findings
}
