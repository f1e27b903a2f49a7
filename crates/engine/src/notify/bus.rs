//! Every event on the EventBridge bus, whose rules wake the next job.

use cachekeep_aws::bus::{self, BusEvent, NotPut};
use cachekeep_core::event::Event;
use cachekeep_core::message::{self, Wake};
use cachekeep_core::stack::Stack;

use super::has_time;
use super::outbox::Outbox;
use crate::context::{Context, Mode, Pass};
use crate::report::Report;
use crate::step::{Action, Outcome, Step, Subject};

/// How many events go into one call, and so fail together.
const AT_ONCE: usize = 10;

/// Puts every event on the bus, if there is one.
pub(super) async fn put(context: &Context, pass: &Pass, report: &mut Report, outbox: &mut Outbox) {
    let Some(name) = &context.bus else { return };
    let count = outbox.events().len();
    let mut waiting = Vec::new();
    let mut failed = Vec::new();
    if pass.mode == Mode::Act {
        for some in outbox.events().chunks(AT_ONCE) {
            if has_time(pass) {
                put_some(context, name, some, &mut waiting, &mut failed).await;
            } else {
                waiting.extend(some.iter().map(Event::id));
            }
        }
        // Those that wait wake their jobs when they are put.
        let put: Vec<Event> =
            outbox.events().iter().filter(|event| !waiting.contains(&event.id())).cloned().collect();
        for wake in message::wakes(&context.stack, &put) {
            put_wake((context, pass), name, wake, &mut waiting, &mut failed).await;
        }
    }
    let outcome = match pass.mode {
        Mode::DryRun => Outcome::Planned,
        Mode::Act => failed.into_iter().next().unwrap_or(Outcome::Done),
    };
    let reason = format!("{} of {count} events", count - waiting.len());
    report.steps.push(Step {
        subject: Subject::Bus(name.clone()),
        action: Action::PutEvents,
        reason,
        outcome,
    });
    outbox.wait(waiting);
}

async fn put_some(
    context: &Context,
    name: &str,
    events: &[Event],
    waiting: &mut Vec<String>,
    failed: &mut Vec<Outcome>,
) {
    let entries: Vec<BusEvent> = events.iter().map(|event| entry(&context.stack, event)).collect();
    match bus::put(&context.clients, name, &entries).await {
        Ok(not_put) => {
            waiting.extend(not_put.iter().filter_map(|not| events.get(not.index)).map(Event::id));
            failed.extend(not_put.iter().map(refused));
        }
        Err(error) => {
            waiting.extend(events.iter().map(Event::id));
            failed.push(Outcome::of_error(error.cause(), &error));
        }
    }
}

/// The events of a wake that could not be put wait with it, and are put twice.
async fn put_wake(
    (context, pass): (&Context, &Pass),
    name: &str,
    wake: Wake,
    waiting: &mut Vec<String>,
    failed: &mut Vec<Outcome>,
) {
    let Wake { detail, events } = wake;
    let detail_type = message::WORK_WAITING.to_owned();
    let entry = BusEvent { detail_type, detail, resources: Vec::new(), at: pass.now };
    let outcome = match bus::put(&context.clients, name, &[entry]).await {
        Ok(not_put) => not_put.first().map(refused),
        Err(error) => Some(Outcome::of_error(error.cause(), &error)),
    };
    if let Some(outcome) = outcome {
        waiting.extend(events);
        failed.push(outcome);
    }
}

fn refused(not: &NotPut) -> Outcome {
    Outcome::Failed { error: format!("{}: {}", not.code, not.message) }
}

fn entry(stack: &Stack, event: &Event) -> BusEvent {
    BusEvent {
        detail_type: message::detail_type(event),
        detail: message::detail(stack, event),
        resources: Vec::new(),
        at: event.at,
    }
}
