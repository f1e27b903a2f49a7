//! What somebody should read, as SNS messages: one for all events of one cause.

use cachekeep_aws::topic::{self, Message};
use cachekeep_core::message::{self, Outgoing};
use cachekeep_core::plan::Plan;

use super::has_time;
use super::outbox::Outbox;
use crate::context::{Context, Mode, Pass};
use crate::report::Report;
use crate::step::{Action, Outcome, Step, Subject};

/// Publishes every message. One that no topic takes is not sent: its events stand on the bus and in the ledger.
pub(super) async fn publish(
    context: &Context,
    pass: &Pass,
    report: &mut Report,
    outbox: &mut Outbox,
    plans: &[Plan],
) {
    for outgoing in message::compose(&context.stack, outbox.events(), plans).outgoing {
        let Some(arn) = outgoing.topic_arn.clone().or_else(|| context.topic.clone()) else { continue };
        if pass.mode == Mode::Act && !has_time(pass) {
            outbox.wait(outgoing.events);
            continue;
        }
        if let Some(events) = send(context, pass, report, &arn, outgoing).await {
            outbox.wait(events);
        }
    }
}

/// Sends one message and reports it. Returns the events that it could not tell.
pub(super) async fn send(
    context: &Context,
    pass: &Pass,
    report: &mut Report,
    arn: &str,
    outgoing: Outgoing,
) -> Option<Vec<String>> {
    let Outgoing { topic_arn: _, subject, text, json, attributes, events } = outgoing;
    let message = Message { subject, text, json, attributes };
    let outcome = match pass.mode {
        Mode::DryRun => Outcome::Planned,
        Mode::Act => match topic::publish(&context.clients, arn, &message).await {
            Ok(_) => Outcome::Done,
            Err(error) => Outcome::of_error(error.cause(), &error),
        },
    };
    let is_sent = pass.mode == Mode::DryRun || outcome.is_done();
    let subject = Subject::Topic(arn.to_owned());
    report.steps.push(Step { subject, action: Action::Message, reason: message.subject, outcome });
    (!is_sent).then_some(events)
}
