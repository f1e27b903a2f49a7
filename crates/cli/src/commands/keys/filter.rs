//! Which keys are wanted: by their names while a file is read, and by the rest once their values were passed.

use cachekeep_rdb::Glob;
use cachekeep_rdb::keys::{Measured, Wanted};
use cachekeep_rdb::write::Head;

/// Which keys are wanted.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    glob: Option<Glob>,
    db: Option<u64>,
    kind: Option<String>,
    expires_before: Option<u64>,
    larger_than: Option<u64>,
}

impl Filter {
    pub(super) fn new(pattern: Option<&str>, db: Option<u64>) -> Self {
        let glob = pattern.map(|pattern| Glob::new(pattern.as_bytes()));
        Self { glob, db, kind: None, expires_before: None, larger_than: None }
    }

    pub(super) fn of_type(self, kind: Option<String>) -> Self {
        Self { kind, ..self }
    }

    /// In milliseconds since 1970.
    pub(super) fn expiring_before(self, expires_before: Option<u64>) -> Self {
        Self { expires_before, ..self }
    }

    pub(super) fn larger_than(self, larger_than: Option<u64>) -> Self {
        Self { larger_than, ..self }
    }

    /// What a reader passes on.
    pub(super) fn wanted(&self) -> Wanted {
        let (glob, only) = (self.glob.clone(), self.db);
        Box::new(move |db, key| {
            only.is_none_or(|only| only == db) && glob.as_ref().is_none_or(|glob| glob.fits(key))
        })
    }

    /// The same for who only counts: nothing, where the reader's own counts say it.
    pub(super) fn counted(&self) -> Wanted {
        if self.is_counted() { Box::new(|_, _| false) } else { self.wanted() }
    }

    /// Whether a reader counts what is wanted by itself.
    pub(super) fn is_counted(&self) -> bool {
        self.glob.is_none() && self.expires_before.is_none() && self.larger_than.is_none()
    }

    /// Whether a database is wanted.
    pub(super) fn takes_database(&self, db: u64) -> bool {
        self.db.is_none_or(|only| only == db)
    }

    /// Whether a type is wanted.
    pub(super) fn takes_type(&self, kind: &str) -> bool {
        self.kind.as_deref().is_none_or(|only| only == kind)
    }

    /// Whether a key that was passed on is wanted.
    pub(super) fn takes(&self, head: &Head, measured: &Measured) -> bool {
        let expires = |before| head.expires_at.is_some_and(|at| at < before);
        self.takes_type(type_of(head, measured))
            && self.larger_than.is_none_or(|size| measured.bytes > size)
            && self.expires_before.is_none_or(expires)
    }
}

/// What `TYPE` answers.
pub(crate) fn type_of<'a>(head: &Head, measured: &'a Measured) -> &'a str {
    head.type_name().or(measured.module.as_deref()).unwrap_or("module")
}

#[cfg(test)]
mod tests {
    use cachekeep_rdb::Dialect;

    use super::*;

    fn head(kind: u8, expires_at: Option<u64>) -> Head {
        let (key, dialect) = (b"k".to_vec(), Dialect::Redis);
        Head { db: 0, key, kind, dialect, expires_at, idle: None, frequency: None }
    }

    #[test]
    fn a_filter_takes_by_type_size_and_expiry() {
        let of = |bytes| Measured { bytes, ..Measured::default() };
        let all = Filter::new(None, None);
        assert!(all.takes(&head(4, None), &of(9)));
        let hashes = all.clone().of_type(Some("hash".to_owned()));
        assert!(hashes.takes(&head(4, None), &of(9)) && !hashes.takes(&head(0, None), &of(9)));
        let large = all.clone().larger_than(Some(9));
        assert!(large.takes(&head(0, None), &of(10)) && !large.takes(&head(0, None), &of(9)));
        let soon = all.expiring_before(Some(100));
        assert!(soon.takes(&head(0, Some(99)), &of(9)));
        assert!(!soon.takes(&head(0, Some(100)), &of(9)) && !soon.takes(&head(0, None), &of(9)));
    }

    #[test]
    fn a_module_s_value_goes_by_the_module_s_name() {
        let json = Measured { module: Some("ReJSON-RL".to_owned()), ..Measured::default() };
        let filter = Filter::new(None, None).of_type(Some("ReJSON-RL".to_owned()));
        assert!(filter.takes(&head(7, None), &json) && !filter.takes(&head(0, None), &Measured::default()));
    }
}
