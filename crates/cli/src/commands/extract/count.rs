//! Keys to nowhere: what a dry run into a file counts.

use cachekeep_rdb::keys::About;
use cachekeep_rdb::write::{Head, Lifetime};

use super::keys::{Stopped, Target};
use super::report::Report;

/// Counts.
#[derive(Default)]
pub(super) struct Count {
    bytes: u64,
}

impl Target for Count {
    fn about(&mut self, _: &About) {}

    fn begin(&mut self, _: Head, _: Lifetime, _: &mut Report) -> Result<(), Stopped> {
        self.bytes = 0;
        Ok(())
    }

    fn bytes(&mut self, piece: &[u8], _: &mut Report) -> Result<(), Stopped> {
        self.bytes += piece.len() as u64;
        Ok(())
    }

    fn end(&mut self, report: &mut Report) -> Result<(), Stopped> {
        report.wrote(self.bytes);
        Ok(())
    }

    fn function(&mut self, _: &[u8], report: &mut Report) -> Result<(), Stopped> {
        report.functions += 1;
        Ok(())
    }

    fn finish(&mut self, _: &mut Report) -> Result<(), Stopped> {
        Ok(())
    }
}
