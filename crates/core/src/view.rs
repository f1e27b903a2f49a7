//! What people look at, as values: made from what the ledger holds, the plans and `now`, and rendered by the command line, by
//! a page and by `--json` alike. Nothing here prints, and whoever renders decides nothing.

pub mod backup;
pub mod doctor;
pub mod explain;
pub mod forecast;
pub mod report;
pub mod status;
