//! What a restore works with: AWS, the present moment, and the ledger where there is one.

use cachekeep_aws::Clients;
use cachekeep_aws::pacer::{Pace, Pacer};
use cachekeep_core::ids::CacheId;
use cachekeep_core::job::Job;
use cachekeep_core::record::Record as _;
use cachekeep_core::restore::{Restore, RestoreChange};
use cachekeep_core::stack::{Site, Stack};

use super::RestoreError;
use crate::admit::admit;
use crate::context::{Context, Pass};
use crate::record::{self, Decided, Receipt};
use crate::report::Report;

/// AWS, the present moment, and the ledger where there is one. From a manifest alone a cache is restored without a ledger: the
/// tag of the new cache is all that a repeat finds it by.
#[derive(Debug, Clone, Copy)]
pub struct Bench<'a> {
    /// The AWS clients.
    pub clients: &'a Clients,
    /// The present moment, and whether to act.
    pub pass: &'a Pass,
    /// Where the new cache will be.
    pub site: &'a Site,
    ledger: Option<&'a Context>,
    staging: Option<(&'a str, &'a str)>,
}

impl<'a> Bench<'a> {
    /// With the stack's ledger.
    #[must_use]
    pub fn of_stack(context: &'a Context, pass: &'a Pass) -> Self {
        Self {
            clients: &context.clients,
            pass,
            site: &context.stack.site,
            ledger: Some(context),
            staging: Some((context.bucket.name(), context.prefix.as_str())),
        }
    }

    /// Without any.
    #[must_use]
    pub const fn without_ledger(clients: &'a Clients, pass: &'a Pass, site: &'a Site) -> Self {
        Self { clients, pass, site, ledger: None, staging: None }
    }

    /// The same with a bucket that files may be staged in.
    #[must_use]
    pub const fn staging_in(self, bucket: &'a str) -> Self {
        Self { staging: Some((bucket, "")), ..self }
    }

    /// The bucket and the prefix that files may be staged under.
    pub(super) const fn staging(self) -> Option<(&'a str, &'a str)> {
        self.staging
    }

    /// The same at another moment.
    #[must_use]
    pub const fn at(self, pass: &'a Pass) -> Self {
        Self { pass, ..self }
    }

    /// The stack whose manifest it is, where there is no ledger.
    pub(super) fn stackless(self) -> Option<Stack> {
        let stack = Stack { identity: "manifest".parse().ok()?, site: self.site.clone() };
        self.ledger.is_none().then_some(stack)
    }

    pub(super) fn pacer(self) -> Pacer {
        Pacer::new(Pace::UNLIMITED, self.pass.deadline).with(self.clients.patience())
    }

    /// The record of a restore into this cache. The first reading, by which the clock is held against AWS's.
    pub(super) async fn earlier(self, target: &CacheId) -> Result<Option<Restore>, RestoreError> {
        let Some(context) = self.ledger else { return Ok(None) };
        admit(context, self.pass).await?;
        Ok(context.begin(self.pass, context.ledger.restore(target)).await?)
    }

    /// Every recorded restore, the newest first.
    pub(super) async fn all(self) -> Result<Vec<Restore>, RestoreError> {
        match self.ledger {
            Some(context) => Ok(context.ledger.restores().await?),
            None => Ok(Vec::new()),
        }
    }

    /// Records a change. Where another process was faster, its record counts.
    pub(super) async fn record(
        self,
        restore: Restore,
        change: RestoreChange,
    ) -> Result<Restore, RestoreError> {
        let Some(context) = self.ledger else {
            return restore.apply(&change, self.pass.now).map_err(RestoreError::Illegal);
        };
        let mut report = Report::new(Job::Notify, self.pass.now);
        let target = restore.target.id.clone();
        match record::record_one(context, self.pass, &mut report, Decided::change(restore, change)).await {
            Receipt::Recorded(after) | Receipt::Planned(after) => Ok(*after),
            Receipt::Overtaken => {
                let found = context.ledger.restore(&target).await?;
                found.ok_or(RestoreError::Gone { target })
            }
            Receipt::Failed(error) => Err(error.into()),
        }
    }
}
