//! Reads an RDB stream and says whether it is whole: bytes in, verdict out. No AWS, no files, no clock.
//!
//! [`Reader`] takes the bytes of a file in order, in pieces of any size, and ends in a [`Verdict`]. Values are walked,
//! not kept: memory does not depend on the size of the file or of any value in it. A reader can be saved at any piece
//! boundary and resumed elsewhere ([`Saved`]), and checksums of ranges combine ([`checksum::combine`]), so that a file
//! too large for one process is read by several.
//!
//! ```
//! use cachekeep_rdb::{Level, Reader};
//!
//! let mut reader = Reader::new(Level::Structure);
//! // A broken file stops the reader with what is wrong, where, and in which key.
//! assert!(reader.push(b"REDIS0011\x00\x01k\x01v\x42").is_err());
//! let verdict = reader.finish();
//! assert!(!verdict.valid);
//! assert_eq!(verdict.error.unwrap().message, "unknown opcode or value type 66 (0x42)");
//! ```
//!
//! `benches/compare.py` measures it against the servers' own checkers, `tests/all/oracle.rs` asks those what they refuse,
//! and `fuzz/` looks for what makes it fail.
//!
//! The modules go from the outside in: [`Reader`] holds the checksum and a `walk`, whose steps read opcodes and
//! values; values hold strings; strings hold packed encodings, which have walkers of their own.

mod broken;
pub mod checksum;
mod context;
mod foreign;
mod glob;
mod input;
pub mod keys;
mod kind;
mod later;
mod length;
mod level;
mod lzf;
mod magic;
pub mod memory;
mod opcode;
pub mod open;
mod packed;
pub mod presence;
mod quick;
mod reader;
mod saved;
mod seen;
mod slot;
mod string;
mod tail;
mod tally;
mod text;
mod value;
mod verdict;
mod visit;
mod walk;
mod warning;
pub mod write;

pub use broken::Broken;
pub use foreign::{DECIDES, Foreign};
pub use glob::Glob;
pub use level::{Level, UnknownLevel};
pub use magic::Dialect;
pub use reader::Reader;
pub use saved::{Saved, UnreadableSave};
pub use slot::slot;
pub use tally::{LargestValue, LongestKey};
pub use verdict::{Checksum, Database, Origin, Verdict};
pub use warning::{Rule, Warning};
