//! A stream: nodes of entries, then its state, then consumer groups with what each still owes.

use super::{
    After, Element, StreamId, StreamState, Take,
    flat::Flat,
    text::{TOO_LARGE, text},
};
use crate::{
    broken::{Step, fault},
    input::Input,
    kind::StreamVersion,
    packed::Format,
    visit::{DELETED, SAME_FIELDS},
};

/// What a delivery takes in memory, in bytes.
const DELIVERY: u64 = size_of::<Delivery>() as u64;

/// A stream that is being read.
#[derive(Debug)]
pub(super) struct Parts {
    version: StreamVersion,
    place: Place,
    groups: u64,
    consumers: u64,
    /// What the group at hand has delivered: times and counts stand there, and consumers only name ids.
    deliveries: Vec<Delivery>,
}

/// What comes next, and how many are left of it.
#[derive(Debug, Clone, Copy)]
enum Place {
    NodeCount,
    Node { left: u64 },
    Group,
    Delivery { left: u64 },
    Consumers,
    Consumer,
    Owned { left: u64 },
}

#[derive(Debug, Clone, Copy)]
struct Delivery {
    id: StreamId,
    at: u64,
    count: u64,
}

impl Parts {
    pub(super) fn new(version: StreamVersion) -> Self {
        Self { version, place: Place::NodeCount, groups: 0, consumers: 0, deliveries: Vec::new() }
    }

    pub(super) fn step(
        &mut self,
        input: &mut Input,
        most: u64,
        flat: &mut Flat,
        take: Take<'_>,
    ) -> Step<After> {
        self.place = match self.place {
            Place::NodeCount => Place::Node { left: input.length()? },
            Place::Node { left: 0 } => self.state(input, take)?,
            Place::Node { left } => {
                node(input, most, flat, take)?;
                Place::Node { left: left - 1 }
            }
            Place::Group if self.groups == 0 => return Ok(After::End),
            Place::Group => self.group(input, most, take)?,
            Place::Delivery { left: 0 } => Place::Consumers,
            Place::Delivery { left } => self.delivery(input, left)?,
            Place::Consumers => {
                self.consumers = input.length()?;
                Place::Consumer
            }
            Place::Consumer if self.consumers == 0 => {
                self.groups -= 1;
                Place::Group
            }
            Place::Consumer => self.consumer(input, most, take)?,
            Place::Owned { left: 0 } => {
                self.consumers -= 1;
                Place::Consumer
            }
            Place::Owned { left } => self.owned(input, left, take)?,
        };
        Ok(After::Again)
    }

    /// Reads what the stream is beyond its entries, and how many groups it has.
    fn state(&mut self, input: &mut Input, take: Take<'_>) -> Step<Place> {
        let (length, last_id) = (input.length()?, id(input)?);
        let (deleted_id, entries_added) = if self.version >= StreamVersion::Two {
            // The first id, which follows from the entries.
            id(input)?;
            (Some(id(input)?), Some(input.length()?))
        } else {
            (None, None)
        };
        self.groups = input.length()?;
        take(Element::Stream(StreamState { length, last_id, deleted_id, entries_added }));
        Ok(Place::Group)
    }

    fn group(&mut self, input: &mut Input, most: u64, take: Take<'_>) -> Step<Place> {
        let (name, last_id) = (text(input, most)?, id(input)?);
        // Minus one says that it is not known.
        let read = if self.version >= StreamVersion::Two { Some(input.length()?) } else { None };
        let left = input.length()?;
        if left.saturating_mul(DELIVERY) > most {
            return Err(fault(TOO_LARGE));
        }
        take(Element::Group { name: &name, last_id, entries_read: read.filter(|read| *read != u64::MAX) });
        self.deliveries.clear();
        Ok(Place::Delivery { left })
    }

    fn delivery(&mut self, input: &mut Input, left: u64) -> Step<Place> {
        let (id, at, count) = (StreamId::from_bytes(input.array()?), input.u64_le()?, input.length()?);
        self.deliveries.push(Delivery { id, at, count });
        Ok(Place::Delivery { left: left - 1 })
    }

    fn consumer(&mut self, input: &mut Input, most: u64, take: Take<'_>) -> Step<Place> {
        let (name, seen_at) = (text(input, most)?, input.u64_le()?);
        let active_at = if self.version >= StreamVersion::Three { Some(input.u64_le()?) } else { None };
        let left = input.length()?;
        // Minus one says that it never got any.
        take(Element::Consumer { name: &name, seen_at, active_at: active_at.filter(|at| *at != u64::MAX) });
        Ok(Place::Owned { left })
    }

    fn owned(&self, input: &mut Input, left: u64, take: Take<'_>) -> Step<Place> {
        let id = StreamId::from_bytes(input.array()?);
        // A group's deliveries stand in the order of their ids.
        let place = self.deliveries.binary_search_by_key(&id, |delivery| delivery.id);
        let delivery = place.ok().and_then(|place| self.deliveries.get(place));
        let delivery =
            delivery.ok_or_else(|| fault("a consumer with a delivery that its group does not have"))?;
        take(Element::Pending { id, delivered_at: delivery.at, deliveries: delivery.count });
        Ok(Place::Owned { left: left - 1 })
    }
}

fn id(input: &mut Input) -> Step<StreamId> {
    Ok(StreamId { milliseconds: input.length()?, sequence: input.length()? })
}

/// Reads a node, and passes on those of its entries that were not deleted.
fn node(input: &mut Input, most: u64, flat: &mut Flat, take: Take<'_>) -> Step<()> {
    let key = text(input, most)?;
    let first = (&*key).try_into().map_err(|_| fault("a stream node whose key is not a stream id"))?;
    flat.read(Format::Listpack, &text(input, most)?)?;
    entries(StreamId::from_bytes(first), flat, take)
}

/// Reads the entries of a node: counts, the fields that most have, and then each entry as the distance of its id from the
/// node's, its fields (or only their values) and how many parts it had.
fn entries(first: StreamId, flat: &Flat, take: Take<'_>) -> Step<()> {
    let entries = flat.number(0)?.saturating_add(flat.number(1)?);
    let masters = count(flat.number(2)?)?;
    // The counts, the names, and a zero.
    let mut at = 4 + masters;
    for _ in 0..entries {
        let (flags, id) = (flat.number(at)?, first.plus(flat.number(at + 1)?, flat.number(at + 2)?));
        at += 3;
        let mut fields = Vec::new();
        if flags & SAME_FIELDS == 0 {
            let pairs = count(flat.number(at)?)?;
            for pair in 0..pairs {
                fields.push((flat.get(at + 1 + 2 * pair)?, flat.get(at + 2 + 2 * pair)?));
            }
            at += 1 + 2 * pairs;
        } else {
            for place in 0..masters {
                fields.push((flat.get(3 + place)?, flat.get(at + place)?));
            }
            at += masters;
        }
        // How many parts it had.
        at += 1;
        if flags & DELETED == 0 {
            take(Element::Entry { id, fields: &fields });
        }
    }
    Ok(())
}

fn count(number: i64) -> Step<usize> {
    // No listpack has so many elements that this matters, and `get` says where there are fewer.
    usize::try_from(number)
        .ok()
        .filter(|count| *count < 1 << 32)
        .ok_or_else(|| fault("a stream node with an impossible count"))
}
