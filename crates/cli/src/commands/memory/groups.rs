//! Keys put together, in a bounded number of groups.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use cachekeep_rdb::keys::Measured;
use cachekeep_rdb::slot;
use cachekeep_rdb::write::Head;
use clap::ValueEnum;
use serde::Serialize;

use super::Sum;
use crate::commands::keys::type_of;

/// How many groups are counted at a time, which take some megabytes, and how many stay when there are more.
const MOST: usize = 20_000;
const STAY: usize = 10_000;
/// The longest prefix, in bytes; a name whose delimiter comes later has none.
const LONGEST: usize = 512;

/// What keys are put together by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum By {
    /// What their names begin with.
    Prefix,
    /// What `TYPE` answers.
    Type,
    /// Their database.
    Db,
    /// Their slot in a cluster.
    Slot,
}

/// How the prefix of a name is found.
#[derive(Clone, Debug)]
pub(crate) struct Prefix {
    delimiter: Vec<u8>,
    depth: NonZeroUsize,
}

/// What a group is called: numbers in their order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    /// A prefix, as bytes; empty for names without any.
    Prefix(Vec<u8>),
    /// A type.
    Type(String),
    /// A database or slot.
    Number(u64),
}

/// What keys come to, by group.
#[derive(Clone, Debug)]
pub(crate) struct Groups<T> {
    groups: BTreeMap<Group, T>,
    /// What became too many to be counted apart.
    others: Option<T>,
}

/// What is counted of a group.
pub(crate) trait Count: Default {
    /// Adds what was counted elsewhere.
    fn join(&mut self, other: &Self);
    /// How much it is, for who must choose.
    fn weight(&self) -> u64;
}

impl Prefix {
    pub(crate) fn new(delimiter: &str, depth: NonZeroUsize) -> Self {
        Self { delimiter: delimiter.as_bytes().to_vec(), depth }
    }

    /// What a name begins with: as many parts with their delimiters as there are, up to the depth.
    pub(crate) fn of<'k>(&self, name: &'k [u8]) -> &'k [u8] {
        let mut end = 0;
        for _ in 0..self.depth.get() {
            let rest = &name[end..name.len().min(LONGEST)];
            let Some(at) = rest.windows(self.delimiter.len()).position(|part| part == self.delimiter) else {
                break;
            };
            end += at + self.delimiter.len();
        }
        &name[..end]
    }
}

impl Group {
    /// The group of a key.
    pub(crate) fn of(by: By, prefix: &Prefix, head: &Head, measured: &Measured) -> Self {
        match by {
            By::Prefix => Self::Prefix(prefix.of(&head.key).to_vec()),
            By::Type => Self::Type(type_of(head, measured).to_owned()),
            By::Db => Self::Number(head.db),
            By::Slot => Self::Number(slot(&head.key).into()),
        }
    }

    /// The group for people and JSON.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Prefix(prefix) if prefix.is_empty() => "(no prefix)".to_owned(),
            Self::Prefix(prefix) => crate::render::keys::Name::of(prefix).shown(),
            Self::Type(kind) => kind.clone(),
            Self::Number(number) => number.to_string(),
        }
    }
}

impl<T> Default for Groups<T> {
    fn default() -> Self {
        Self { groups: BTreeMap::new(), others: None }
    }
}

impl<T: Count> Groups<T> {
    /// The count of a group.
    pub(crate) fn of(&mut self, group: Group) -> &mut T {
        if self.groups.len() >= MOST && !self.groups.contains_key(&group) {
            self.fold(STAY);
        }
        self.groups.entry(group).or_default()
    }

    /// Adds what was counted elsewhere.
    pub(crate) fn join(&mut self, other: Self) {
        for (group, count) in other.groups {
            self.of(group).join(&count);
        }
        if let Some(count) = other.others {
            self.others.get_or_insert_default().join(&count);
        }
    }

    /// The `top` largest groups, the largest first, and everything else together.
    pub(crate) fn largest(mut self, top: usize) -> (Vec<(Group, T)>, Option<T>) {
        self.fold(top);
        let mut groups: Vec<(Group, T)> = self.groups.into_iter().collect();
        groups.sort_by_key(|(_, count)| std::cmp::Reverse(count.weight()));
        (groups, self.others)
    }

    /// Keeps as many as are largest, and counts the others together.
    fn fold(&mut self, stay: usize) {
        if self.groups.len() <= stay {
            return;
        }
        let mut groups: Vec<(Group, T)> = std::mem::take(&mut self.groups).into_iter().collect();
        groups.sort_by_key(|(_, count)| std::cmp::Reverse(count.weight()));
        for (_, count) in groups.drain(stay..) {
            self.others.get_or_insert_default().join(&count);
        }
        self.groups.extend(groups);
    }
}

impl Count for Sum {
    fn join(&mut self, other: &Self) {
        self.add(other);
    }

    fn weight(&self) -> u64 {
        self.estimated
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(depth: usize, name: &str) -> String {
        let prefix = Prefix::new(":", NonZeroUsize::new(depth).unwrap());
        String::from_utf8(prefix.of(name.as_bytes()).to_vec()).unwrap()
    }

    #[test]
    fn a_prefix_has_as_many_parts_as_asked_for_or_as_there_are() {
        assert_eq!(prefix(1, "a:b:c"), "a:");
        assert_eq!(prefix(2, "a:b:c"), "a:b:");
        assert_eq!(prefix(9, "a:b:c"), "a:b:");
        assert_eq!(prefix(1, "plain"), "");
        assert_eq!(prefix(1, &format!("{}:", "x".repeat(600))), "");
    }

    #[test]
    fn more_groups_than_are_kept_leave_the_largest_and_nothing_is_lost() {
        let mut groups: Groups<Sum> = Groups::default();
        let add = |groups: &mut Groups<Sum>, name: String, estimated| {
            groups.of(Group::Prefix(name.into_bytes())).add(&Sum { keys: 1, estimated, ..Sum::default() });
        };
        add(&mut groups, "large:".to_owned(), 1_000_000);
        for number in 0..50_000 {
            add(&mut groups, format!("{number}:"), 1);
            assert!(groups.groups.len() <= MOST);
        }
        let (largest, others) = groups.largest(1);
        assert_eq!(largest[0].0, Group::Prefix(b"large:".to_vec()));
        assert_eq!(largest[0].1.keys + others.unwrap().keys, 50_001);
    }
}
