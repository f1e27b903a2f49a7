//! Snapshots by name, with an index by source, so that a listing costs its page and not the history.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

/// Something kept by its own name under the name of what it was taken from.
pub(crate) trait Entry {
    fn name(&self) -> &str;
    fn source(&self) -> &str;
}

#[derive(Debug)]
pub(crate) struct NamedIndex<T> {
    by_name: BTreeMap<String, T>,
    by_source: BTreeMap<String, BTreeSet<String>>,
}

impl<T> Default for NamedIndex<T> {
    fn default() -> Self {
        Self { by_name: BTreeMap::new(), by_source: BTreeMap::new() }
    }
}

impl<T: Entry> NamedIndex<T> {
    pub(crate) fn insert(&mut self, entry: T) {
        let name = entry.name().to_owned();
        self.by_source.entry(entry.source().to_owned()).or_default().insert(name.clone());
        self.by_name.insert(name, entry);
    }

    pub(crate) fn remove(&mut self, name: &str) -> Option<T> {
        let entry = self.by_name.remove(name)?;
        if let Some(names) = self.by_source.get_mut(entry.source()) {
            names.remove(name);
        }
        Some(entry)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        self.by_name.get(name)
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        self.by_name.get_mut(name)
    }

    pub(crate) fn len(&self) -> usize {
        self.by_name.len()
    }

    /// All of them, by name, after a marker.
    pub(crate) fn after<'a>(
        &'a self,
        marker: Option<&str>,
    ) -> impl Iterator<Item = (&'a String, &'a T)> + use<'a, T> {
        self.by_name.range::<str, _>(bounds(marker))
    }

    /// Those of one source, by name, after a marker.
    pub(crate) fn of_source<'a>(
        &'a self,
        source: &str,
        marker: Option<&str>,
    ) -> impl Iterator<Item = (&'a String, &'a T)> + use<'a, T> {
        let names = self.by_source.get(source).map(|names| names.range::<str, _>(bounds(marker)));
        names.into_iter().flatten().filter_map(|name| self.by_name.get_key_value(name))
    }
}

/// Everything after a marker, or everything.
pub(crate) fn bounds(marker: Option<&str>) -> (Bound<&str>, Bound<&str>) {
    (marker.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded)
}
