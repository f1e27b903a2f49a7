//! Reads real files whole, in pieces, saved and resumed, and broken in every way.

mod corruption;
mod resume;
mod zoo;
