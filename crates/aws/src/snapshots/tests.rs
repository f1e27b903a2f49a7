//! Snapshots, as real replies describe them.
