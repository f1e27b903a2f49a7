//! The fleet, as real replies describe it.
