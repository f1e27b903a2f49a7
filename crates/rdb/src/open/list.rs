//! Nodes of a list, each packing some elements or holding one large one.

use super::{After, Element, Take, flat::Flat, text::text};
use crate::{
    broken::{Step, fault},
    input::Input,
    packed::{Format, Meaning},
    value::{PACKED, PLAIN},
};

/// How nodes are written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Each is a ziplist.
    Ziplist,
    /// Each says whether it is a listpack or one element.
    Marked,
}

/// Nodes that are left.
#[derive(Debug)]
pub(super) struct Nodes {
    kind: Kind,
    left: u64,
}

impl Nodes {
    pub(super) fn new(kind: Kind, left: u64) -> Self {
        Self { kind, left }
    }

    /// A list that is one ziplist, as Redis wrote it before 3.2.
    pub(super) fn single() -> Self {
        Self::new(Kind::Ziplist, 1)
    }

    /// Reads a node.
    pub(super) fn step(
        &mut self,
        input: &mut Input,
        most: u64,
        flat: &mut Flat,
        take: Take<'_>,
    ) -> Step<After> {
        if self.left == 0 {
            return Ok(After::End);
        }
        let format = match self.kind {
            Kind::Ziplist => Some(Format::Ziplist),
            Kind::Marked => match input.length()? {
                PACKED => Some(Format::Listpack),
                PLAIN => None,
                other => return Err(fault(format!("a list node of unknown kind {other}"))),
            },
        };
        let node = text(input, most)?;
        if let Some(format) = format {
            flat.read(format, &node)?;
            flat.tuples(Meaning::List, take)?;
        } else {
            take(Element::Item(&node));
        }
        self.left -= 1;
        Ok(After::Again)
    }
}
