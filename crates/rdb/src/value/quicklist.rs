//! A list as a row of nodes, each packing some elements or holding one large one.

use serde::{Deserialize, Serialize};

use super::After;
use crate::{
    broken::{Step, fault},
    context::Context,
    input::Input,
    packed::{Format, Meaning},
    string::Role,
};

/// A node that holds one element as it is (quicklist.h, `QUICKLIST_NODE_CONTAINER_PLAIN`).
pub(crate) const PLAIN: u64 = 1;
/// A node that packs elements.
pub(crate) const PACKED: u64 = 2;

/// A list that is being read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Quicklist {
    /// Nodes not begun yet.
    left: u64,
    nodes: Nodes,
    /// Whether any node had elements.
    filled: bool,
    /// Whether a packed node was begun, whose elements are to be counted.
    pending: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Nodes {
    /// Every node is a ziplist.
    Ziplists,
    /// Every node says what it is.
    Marked,
}

impl Quicklist {
    /// A list that is one ziplist, as Redis wrote it before 3.2.
    pub(super) fn single() -> Self {
        Self::of_ziplists(1)
    }

    pub(super) fn of_ziplists(left: u64) -> Self {
        Self { left, nodes: Nodes::Ziplists, filled: false, pending: false }
    }

    pub(super) fn of_nodes(left: u64) -> Self {
        Self { left, nodes: Nodes::Marked, filled: false, pending: false }
    }

    pub(super) fn step(&mut self, input: &mut Input, context: &mut Context) -> Step<After> {
        if std::mem::take(&mut self.pending) {
            self.filled |= context.elements > 0;
            context.size.elements += context.elements;
        }
        if self.left == 0 {
            // A server skips single nodes that are empty, and a list of nothing else.
            return Ok(if self.filled { After::End } else { After::Empty });
        }
        let role = match self.nodes {
            Nodes::Ziplists => Role::Packed(Format::Ziplist, Meaning::List),
            Nodes::Marked => node(input)?,
        };
        self.left -= 1;
        self.pending = role != Role::Filled;
        self.filled |= role == Role::Filled;
        context.size.elements += u64::from(role == Role::Filled);
        Ok(After::String(role))
    }
}

fn node(input: &mut Input) -> Step<Role> {
    match input.length()? {
        PACKED => Ok(Role::Packed(Format::Listpack, Meaning::List)),
        PLAIN => Ok(Role::Filled),
        other => Err(fault(format!("a list node of unknown kind {other}"))),
    }
}
