//! Faults that a test injects into calls.
