//! What holds for whatever happens and whatever AWS says about it.

use proptest::prelude::*;

use super::*;

fn failure() -> impl Strategy<Value = Failure> {
    let code = prop_oneof![
        Just(None),
        Just(Some(String::new())),
        "[a-zA-Z]{1,90}".prop_map(Some),
        any::<String>().prop_map(Some)
    ];
    let cause = prop_oneof![
        Just(Cause::Quota),
        Just(Cause::Denied),
        code.clone().prop_map(|code| Cause::Refused { code }),
        code.prop_map(|code| Cause::Late { after: Some(Box::new(Cause::Missing { code })) })
    ];
    let message = prop_oneof![
        "[a-z ]{0,40}",
        any::<String>(),
        (0..250_usize).prop_map(|times| "\"\\\n\u{1}é😀".repeat(times))
    ];
    (cause, message).prop_map(|(cause, message)| Failure::new(cause, message))
}

fn retry() -> impl Strategy<Value = Option<Instant>> {
    prop::option::of(Just(at("2026-11-21T07:00:00Z")))
}

fn any_change() -> impl Strategy<Value = Change> {
    let verdict = prop::collection::vec(any::<String>(), 1..4).prop_map(|problems| Verdict {
        level: VerifyLevel::Checksum,
        files: 1,
        bytes: 1,
        keys: None,
        databases: None,
        unsummed: 0,
        problems,
        written: 0,
        healable: 0,
        warnings: Vec::new(),
    });
    prop_oneof![
        failure().prop_map(|why| Change::Missed { why }),
        failure().prop_map(|why| Change::Skipped { why }),
        failure().prop_map(|why| Change::SnapshotLost { why }),
        (failure(), retry()).prop_map(|(why, retry_at)| Change::SnapshotFailed { why, retry_at }),
        (failure(), retry()).prop_map(|(why, retry_at)| Change::ExportFailed { why, retry_at }),
        (failure(), retry()).prop_map(|(why, retry_at)| Change::ReplicaFailed { replica: 0, why, retry_at }),
        (verdict, retry()).prop_map(|(verdict, retry_at)| Change::FoundCorrupt { verdict, retry_at }),
        Just(Change::SnapshotStarted),
        Just(Change::Held { word: crate::backup::Word::default() }),
    ]
}

fn any_notice() -> impl Strategy<Value = Notice> {
    let slot: Slot = "2026-11-20T18:00:00Z".parse().unwrap();
    prop_oneof![
        Just(Notice::Late { last_good: Some(slot) }),
        Just(Notice::Late { last_good: None }),
        Just(Notice::Recovered { last_good: slot }),
        Just(Notice::Shrunk { keys: 1, before: 1000 }),
        any::<String>().prop_map(|snapshot| Notice::Orphan { snapshot }),
        Just(Notice::Ahead { until: "2030-01-01T00:00:00Z".parse().unwrap() }),
        any::<String>().prop_map(|snapshot| Notice::Unreadable { snapshot, backup: None }),
        Just(Notice::Unsupported { why: crate::cache::Unsupported::T1Micro }),
        Just(Notice::Retiring { backup: "group:orders/retirement/2026-11-20T18:00:00Z".parse().unwrap() }),
        Just(Notice::Departed { why: crate::event::Departure::Gone }),
    ]
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let plan = prop_oneof![Just("gold"), Just("silver"), Just("gone")];
    let news = prop_oneof![any_change().prop_map(Ok), any_notice().prop_map(Err)];
    let one = (0..40_u8, plan, 0..4_u64, news);
    prop::collection::vec(one, 0..40).prop_map(|events| {
        let made = events.into_iter().map(|(cache, plan, seq, news)| {
            let cache = format!("group:cache-{cache}");
            let event = match news {
                Ok(happened) => change(&cache, plan, happened),
                Err(told) => notice(&cache, plan, told),
            };
            Event { seq, ..event }
        });
        made.collect()
    })
}

/// What SNS counts: the text once, the JSON once for each of the five protocols that get it.
fn sent_bytes(message: &Outgoing) -> usize {
    text::escaped_bytes(&message.text) + 5 * text::escaped_bytes(&message.json.to_string())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn sns_takes_every_message(events in events()) {
        for message in compose(&some_stack(), &events, &plans()).outgoing {
            let subject = &message.subject;
            prop_assert!(!subject.is_empty() && subject.len() <= SUBJECT_LONGEST, "{subject}");
            prop_assert!(subject.chars().all(|c| c == ' ' || c.is_ascii_graphic()), "{subject}");
            prop_assert!(text::escaped_bytes(&message.text) <= TEXT_BYTES_MAX);
            prop_assert!(sent_bytes(&message) <= 200 * 1024, "{}", sent_bytes(&message));
            prop_assert!(message.attributes.values().all(|value| !value.to_string().is_empty()));
        }
    }

    #[test]
    fn every_event_is_told_once_or_quiet(events in events()) {
        let messages = compose(&some_stack(), &events, &plans());
        let told = messages.outgoing.iter().flat_map(|message| &message.events);
        let mut found: Vec<&String> = told.chain(&messages.quiet).collect();
        found.sort();
        let given: BTreeSet<String> = events.iter().map(Event::id).collect();
        prop_assert_eq!(found, given.iter().collect::<Vec<_>>());
    }

    #[test]
    fn the_order_in_which_events_come_changes_nothing(events in events()) {
        let mut seen = BTreeSet::new();
        let once: Vec<Event> = events.into_iter().filter(|event| seen.insert(event.id())).collect();
        let reversed: Vec<Event> = once.iter().rev().cloned().collect();
        prop_assert_eq!(compose(&some_stack(), &once, &plans()).outgoing, compose(&some_stack(), &reversed, &plans()).outgoing);
    }

    #[test]
    fn an_entry_of_the_bus_stays_small(events in events()) {
        for event in events {
            // EventBridge takes 256 KiB for an entry.
            prop_assert!(detail(&some_stack(), &event).to_string().len() <= 64 * 1024);
        }
    }
}
