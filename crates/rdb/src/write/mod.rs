//! Writers: keys of a file in the forms in which they go elsewhere, as an RDB file, as commands and as JSON lines.
//!
//! Each takes a [`Head`], then the bytes of the value as they stand in the file, in pieces of any size. What can be carried
//! over as it is is not opened; what must be is opened element by element, so that memory depends on the longest string
//! and not on the longest value, except in [`payload`], which a server takes in one argument.

pub mod commands;
mod encode;
mod fields;
pub mod json;
pub mod payload;
pub mod rdb;
pub mod resp;

use std::io;

pub use self::fields::{has_field_expiries, with_lifetime};
use crate::{
    Dialect,
    kind::{Layout, Type},
    open::{Element, OpenError},
};

/// A key, before its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The database that it is in.
    pub db: u64,
    /// Its name.
    pub key: Vec<u8>,
    /// The byte that says how its value is written.
    pub kind: u8,
    /// The family of the file that it comes from, on which the meaning of that byte depends.
    pub dialect: Dialect,
    /// When it expires, in milliseconds since 1970.
    pub expires_at: Option<u64>,
    /// Seconds since it was last used, where the file says so.
    pub idle: Option<u64>,
    /// How often it was used, on the server's logarithmic scale, where the file says so.
    pub frequency: Option<u8>,
}

impl Head {
    /// Whether its value is one of a module, which only the module can read.
    #[must_use]
    pub fn is_module(&self) -> bool {
        self.kind == 7
    }

    /// What `TYPE` answers; nothing for a module's value.
    #[must_use]
    pub fn type_name(&self) -> Option<&'static str> {
        Layout::of(self.kind, self.dialect).ok().and_then(Layout::counts_as).map(Type::name)
    }

    /// The lowest RDB version whose servers read its value as it is written.
    #[must_use]
    pub fn version(&self) -> u16 {
        match (self.kind, self.dialect) {
            (..=4 | 9..=13, _) => 6,
            (14, _) => 7,
            (5..=8, _) => 8,
            (15, _) => 9,
            (16..=19, _) => 10,
            (20 | 21, _) => 11,
            (22.., Dialect::Redis) => 12,
            (22.., Dialect::Valkey) => 80,
        }
    }
}

/// What becomes of expiries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// They stay as they are.
    Keep,
    /// There are none.
    Drop,
    /// They are so many milliseconds later.
    Later(u64),
}

impl Lifetime {
    /// What becomes of one.
    #[must_use]
    pub fn of(self, expires_at: Option<u64>) -> Option<u64> {
        match self {
            Self::Keep => expires_at,
            Self::Drop => None,
            Self::Later(by) => expires_at.map(|at| at.saturating_add(by)),
        }
    }

    /// An element with what becomes of its expiry, if it has one.
    #[must_use]
    pub fn on(self, element: Element<'_>) -> Element<'_> {
        if let Element::Field { field, value, expires_at } = element {
            return Element::Field { field, value, expires_at: self.of(expires_at) };
        }
        element
    }
}

/// What becomes of a key that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// It stays, and the server says so.
    Keep,
    /// It is replaced, at once and as a whole.
    Replace,
}

/// Why a key was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// What was to be written to does not take it.
    #[error("failed to write")]
    Io(#[from] io::Error),
    /// Its value could not be opened.
    #[error("failed to open the value")]
    Open(#[source] OpenError),
    /// It cannot be written in this form.
    #[error("{0}")]
    Refused(&'static str),
}

/// Why a module's value is refused where elements must be written.
pub const MODULE: &str = "it is a module's value, which only the module can read: write it as a RESTORE payload or into an RDB file";
