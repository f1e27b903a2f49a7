//! The tests of the whole: cachekeep's own passes, through the real AWS SDK, against the sandbox AWS.

mod crashes;
mod faults;
mod life;
mod pace;
mod quota;
mod stage;
