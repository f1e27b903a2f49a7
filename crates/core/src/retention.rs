//! Which backups stay: restic's `forget`, rule by rule (docs/retention.md), each decision with its reasons.
//!
//! Every rule looks at every backup, newest first, and a backup stays when any rule keeps it:
//!
//! * `last`, `hourly` ... `yearly` keep the newest backup of each of the last n buckets **that hold a
//!   backup**; empty days do not count. While a rule has count left, it also keeps the oldest backup of
//!   all, so that history reaches back as far as it can.
//! * `within` keeps what is strictly newer than a span before the newest backup; `within_daily` and its kind
//!   keep one a bucket inside that window, and the oldest backup if it lies in the window.
//!
//! Two decisions where restic leaves room. Buckets are cut in the plan's zone, as if restic had run there.
//! Backups dated after `now` take part in every rule as any other and cannot be the newest that `within`
//! counts from; where all lie in the future, `within` keeps them all. That is what restic's code does.

mod apply;
mod bucket;
mod count;
mod policy;
mod reason;
mod span;

#[cfg(test)]
mod tests;

pub use apply::{Kept, KeptLine};
pub use bucket::Period;
pub use count::{Count, CountError};
pub use policy::{Policy, PolicyError, Rules};
pub use reason::{Place, Reason};
pub use span::{Span, SpanError};
