//! What people ask for: the plan document, read from YAML, checked, and told what is wrong by line and field.

mod check;
mod choice;
mod default;
mod document;
mod grace;
mod length;
mod place;
mod preview;
mod problem;
mod raw;
mod read;
mod schema;
mod suggest;
mod text;
mod timezone;
mod tree;

#[cfg(test)]
mod tests;

pub use default::{DefaultError, DefaultPlan};
pub use document::{Document, Export, ExportCopy, Notify, Plan, Quota, Snapshots, Source, VerifyLevel};
pub use grace::Grace;
pub use length::{Length, LengthError};
pub use preview::{PreviewSlot, preview};
pub use problem::{PlanErrors, Problem};
pub use schema::schema;
pub use text::{Bucket, KmsKey, Prefix, Region, TextError, TopicArn};
pub use timezone::{TimezoneError, timezone};

/// The longest plan document, in bytes: the ledger keeps it in one item, and an item's limit is 400 KiB.
pub const DOCUMENT_BYTES_MAX: usize = 200 * 1024;

/// The most plans in a document. Each is looked at in every pass.
pub const PLANS_MAX: usize = 100;
