//! One file a command: its arguments and what it does, from parsing to rendering.

pub(crate) mod completions;
pub(crate) mod keep;
pub(crate) mod plans;
pub(crate) mod sandbox;
pub(crate) mod verify;
