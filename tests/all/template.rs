//! What `template.yaml` deploys: its permissions against the calls that the jobs make, its patterns against the events
//! that the functions keep, and what no function may be without.

mod alarms;
mod asked;
mod parts;
mod policy;
mod replica;
mod rules;
mod witness;

use cachekeep_lab::Lab;
use cachekeep_lab::template::{Names, Template};

/// What stacks put before the keys of their exports: nothing, as the template has it where nobody says otherwise, and
/// something.
pub(crate) const PREFIXES: [&str; 2] = ["", "redis/"];

/// The template with every optional part, as it is deployed into `lab`: a replica bucket under a key, topics of plans, the
/// topic of caches, and the prefix that `lab` has.
pub(crate) fn full(lab: &Lab) -> Template {
    let parameters = [
        ("ReplicaBucket", witness::REPLICA),
        ("ReplicaKeyArn", "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"),
        ("CacheTopicArn", "arn:aws:sns:us-east-1:123456789012:caches"),
        ("PlanTopicArns", "arn:aws:sns:us-east-1:123456789012:a,arn:aws:sns:us-east-1:123456789012:b"),
        ("CacheKeyArns", "arn:aws:kms:us-east-1:123456789012:key/a,arn:aws:kms:us-east-1:123456789012:key/b"),
        ("AlertEmail", "ops@example.com"),
        ("ExportPrefix", lab.context.prefix.as_str()),
    ];
    let parameters: Names =
        parameters.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    lab.template_with(&parameters).unwrap()
}
