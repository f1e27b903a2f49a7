//! One file a command: its arguments and what it does, from parsing to rendering.

pub(crate) mod completions;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod extract;
pub(crate) mod forget;
pub(crate) mod hold;
pub(crate) mod init;
pub(crate) mod keep;
pub(crate) mod keys;
pub(crate) mod ledger;
pub(crate) mod list;
pub(crate) mod man;
pub(crate) mod memory;
pub(crate) mod plans;
pub(crate) mod report;
pub(crate) mod restore;
pub(crate) mod restores;
pub(crate) mod retire;
pub(crate) mod run;
pub(crate) mod sandbox;
pub(crate) mod show;
pub(crate) mod simulate;
pub(crate) mod status;
pub(crate) mod verify;
pub(crate) mod version;
