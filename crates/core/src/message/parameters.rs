//! That the stack's parameters make no plan, and so nothing is backed up.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Attribute, Outgoing, SUBJECT_LONGEST, TEXT_BYTES_MAX, VERSION, text};
use crate::backup::Severity;

/// The word that stands where other messages have their topic.
const TOPIC: &str = "parameters";

/// The longest explanation, in characters.
const WHY_LONGEST: usize = 600;

/// The message for the stack's topic; `why` is the error with its causes.
///
/// Its JSON: `{version, topic: "parameters", severity, reason}`.
#[must_use]
pub fn parameters(why: &str) -> Outgoing {
    let why = text::tidy(why, WHY_LONGEST);
    let headline = "nothing is backed up: the stack's parameters make no plan";
    let severity = text::severity(Severity::Error);
    let lines = [
        format!("{}.", text::capital(headline)),
        String::new(),
        format!("Why:   {why}"),
        "Next:  no slot is handed out while no plan is in force; backups that there are stay. This is told once.".to_owned(),
        "To do: deploy the stack again with a right Schedule, Timezone, Keep, TagKey and TagValue; README.md shows their forms."
            .to_owned(),
        "To do: or apply plans of your own, which make these parameters irrelevant: `cachekeep plans apply FILE`.".to_owned(),
        String::new(),
        "Look further:".to_owned(),
        "  cachekeep plans show".to_owned(),
    ];
    Outgoing {
        topic_arn: None,
        subject: text::ascii(&format!("cachekeep: {headline}"), SUBJECT_LONGEST),
        text: text::fit(&lines, TEXT_BYTES_MAX),
        json: json!({ "version": VERSION, "topic": TOPIC, "severity": severity, "reason": why }),
        attributes: BTreeMap::from([
            ("topic".to_owned(), Attribute::word(TOPIC)),
            ("severity".to_owned(), Attribute::word(severity)),
            ("cause".to_owned(), Attribute::word(TOPIC)),
            ("plans".to_owned(), Attribute::Names(Vec::new())),
        ]),
        events: Vec::new(),
    }
}
