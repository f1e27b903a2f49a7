//! A stream: packed entries by id, then consumer groups with what each still owes.

use serde::{Deserialize, Serialize};

use super::After;
use crate::{
    broken::{Step, fault},
    context::Context,
    input::Input,
    kind::StreamVersion,
    packed::{Format, Meaning},
    seen::Mark,
    string::Role,
    warning::Rule,
};

/// A stream id as written: milliseconds and sequence, big-endian, so that ids sort as bytes do.
type Id = [u8; 16];

/// A stream that is being read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stream {
    version: StreamVersion,
    place: Place,
    has_nodes: bool,
    /// Entries of its nodes that were not deleted.
    live: u64,
    groups: u64,
    consumers: u64,
    /// The highest id so far of the row of ids at hand. Each row ascends as servers write it.
    highest: Option<Id>,
    /// What the group at hand has delivered and nobody acknowledged, and the same by consumer.
    pending: Deliveries,
    owned: Deliveries,
}

/// What comes next, and how many are left of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Place {
    Node { left: u64 },
    NodeKey { left: u64 },
    NodeEntries { left: u64 },
    NodeRead { left: u64 },
    Summary,
    Group,
    GroupHead,
    Pending { left: u64 },
    ConsumerCount,
    Consumer,
    ConsumerHead,
    Owned { left: u64 },
}

/// A set of ids as a count and a sum of their hashes, which does not depend on their order. Each id comes once in the
/// group's list and must come once in the lists of all its consumers together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Deliveries {
    count: u64,
    sum: u64,
}

impl Deliveries {
    fn add(&mut self, id: Id) {
        let number = u128::from_be_bytes(id).wrapping_add(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        let mixed = (number ^ number >> 61).wrapping_mul(0xda94_2042_e4dd_58b5_2545_f491_4f6c_dd1d);
        let mixed = (mixed ^ mixed >> 67).wrapping_mul(0xda94_2042_e4dd_58b5_2545_f491_4f6c_dd1d);
        self.count += 1;
        self.sum = self.sum.wrapping_add((mixed >> 64) as u64);
    }
}

impl Stream {
    pub(super) fn start(version: StreamVersion, nodes: u64) -> Self {
        Self {
            version,
            place: Place::Node { left: nodes },
            has_nodes: nodes > 0,
            live: 0,
            groups: 0,
            consumers: 0,
            highest: None,
            pending: Deliveries::default(),
            owned: Deliveries::default(),
        }
    }

    pub(super) fn step(&mut self, input: &mut Input, context: &mut Context) -> Step<After> {
        match self.place {
            Place::Node { left: 0 } => Ok(self.go(Place::Summary)),
            Place::Node { left } => Ok(self.read(Role::Noted, Place::NodeKey { left: left - 1 })),
            Place::NodeKey { left } => {
                let id = context.note.whole().and_then(|id| id.try_into().ok());
                let id = id.ok_or_else(|| fault("a stream node whose key is not a stream id"))?;
                self.come_once(id, "node", context)?;
                Ok(self.go(Place::NodeEntries { left }))
            }
            Place::NodeEntries { left } => {
                Ok(self.read(Role::Packed(Format::Listpack, Meaning::Stream), Place::NodeRead { left }))
            }
            Place::NodeRead { left } => {
                self.live += context.elements;
                context.size.elements = self.live;
                Ok(self.go(Place::Node { left }))
            }
            Place::Summary => self.summary(input, context),
            Place::Group if self.groups == 0 => Ok(After::End),
            Place::Group => Ok(self.read(Role::Group, Place::GroupHead)),
            Place::GroupHead => self.group_head(input, context),
            Place::Pending { left: 0 } => Ok(self.go(Place::ConsumerCount)),
            Place::Pending { left } => self.delivery(input, left, context),
            Place::ConsumerCount => {
                self.consumers = input.length()?;
                Ok(self.go(Place::Consumer))
            }
            Place::Consumer if self.consumers == 0 => self.end_group(),
            Place::Consumer => Ok(self.read(Role::Consumer, Place::ConsumerHead)),
            Place::ConsumerHead => self.consumer_head(input),
            Place::Owned { left: 0 } => {
                self.consumers -= 1;
                Ok(self.go(Place::Consumer))
            }
            Place::Owned { left } => self.owned(input, left, context),
        }
    }

    fn go(&mut self, place: Place) -> After {
        self.place = place;
        After::Again
    }

    fn read(&mut self, role: Role, place: Place) -> After {
        self.place = place;
        After::String(role)
    }

    /// Checks that an id comes once in its row. One that is higher than all before it does; one that is not is compared
    /// with those of them that are remembered, since servers sort a row as they load it.
    fn come_once(&mut self, id: Id, what: &str, context: &mut Context) -> Step<()> {
        if self.highest.is_none() {
            context.ids.begin(0);
        }
        let new = context.ids.insert(Mark::of_id(id));
        if self.highest.is_none_or(|highest| id > highest) {
            self.highest = Some(id);
            return Ok(());
        }
        if self.highest == Some(id) || !(new || context.again) {
            return Err(fault(format!("a stream {what} that comes twice")));
        }
        context.odd.add(Rule::StreamOrder);
        Ok(())
    }

    /// Length and last id (since version two also first id, last deleted id and entries added), and the count of groups.
    fn summary(&mut self, input: &mut Input, context: &mut Context) -> Step<After> {
        let more = if self.version >= StreamVersion::Two { 5 } else { 0 };
        let (length, groups) = input.token(|input| Ok((lengths(input, 3 + more)?, input.length()?)))?;
        if length > 0 && !self.has_nodes {
            return Err(fault(format!("a stream of {length} entries without nodes")));
        }
        if length != self.live {
            context.odd.add(Rule::StreamLength);
            context.numbers = [length, self.live];
        }
        self.groups = groups;
        Ok(self.go(Place::Group))
    }

    /// The group's last id (since version two also its entries read), and how much it has pending.
    fn group_head(&mut self, input: &mut Input, context: &mut Context) -> Step<After> {
        let more = u8::from(self.version >= StreamVersion::Two);
        let left = input.token(|input| {
            lengths(input, 2 + more)?;
            input.length()
        })?;
        context.consumers.begin(0);
        self.highest = None;
        self.pending = Deliveries::default();
        self.owned = Deliveries::default();
        Ok(self.go(Place::Pending { left }))
    }

    /// A pending entry: id, time of delivery, count of deliveries.
    fn delivery(&mut self, input: &mut Input, left: u64, context: &mut Context) -> Step<After> {
        let id = input.token(|input| {
            let id = input.array()?;
            input.u64_le()?;
            input.length().map(|_| id)
        })?;
        self.come_once(id, "delivery", context)?;
        self.pending.add(id);
        Ok(self.go(Place::Pending { left: left - 1 }))
    }

    /// Times seen and (since version three) active, and how much the consumer owes.
    fn consumer_head(&mut self, input: &mut Input) -> Step<After> {
        let version = self.version;
        let left = input.token(|input| {
            input.u64_le()?;
            if version >= StreamVersion::Three {
                input.u64_le()?;
            }
            input.length()
        })?;
        self.highest = None;
        Ok(self.go(Place::Owned { left }))
    }

    fn owned(&mut self, input: &mut Input, left: u64, context: &mut Context) -> Step<After> {
        let id = input.array()?;
        self.come_once(id, "delivery", context)?;
        self.owned.add(id);
        Ok(self.go(Place::Owned { left: left - 1 }))
    }

    fn end_group(&mut self) -> Step<After> {
        if self.pending != self.owned {
            return Err(fault("a consumer group whose deliveries are not those of its consumers"));
        }
        self.groups -= 1;
        Ok(self.go(Place::Group))
    }
}

/// Reads `count` lengths and gives the first.
fn lengths(input: &mut Input, count: u8) -> Step<u64> {
    let first = input.length()?;
    for _ in 1..count {
        input.length()?;
    }
    Ok(first)
}
