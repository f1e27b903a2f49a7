//! Reads real files whole, in pieces, saved and resumed, and broken in every way.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

mod back_lengths;
mod corruption;
mod ends;
mod handmade;
mod keys;
mod live;
mod made;
mod measured;
mod odd;
mod oracle;
mod resume;
mod round;
mod servers;
mod servers_take;
mod twice;
mod values;
mod zoo;
