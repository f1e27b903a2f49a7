//! What values are made of.

use std::fmt;

/// A stream's id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId {
    /// Milliseconds since 1970, by the clock of the server or client that chose it.
    pub milliseconds: u64,
    /// What tells ids of one millisecond apart.
    pub sequence: u64,
}

impl StreamId {
    pub(super) fn from_bytes(bytes: [u8; 16]) -> Self {
        let (words, _) = bytes.as_chunks::<8>();
        let [milliseconds, sequence] =
            [0, 1].map(|word| words.get(word).map_or(0, |word| u64::from_be_bytes(*word)));
        Self { milliseconds, sequence }
    }

    pub(super) fn plus(self, milliseconds: i64, sequence: i64) -> Self {
        Self {
            milliseconds: self.milliseconds.wrapping_add_signed(milliseconds),
            sequence: self.sequence.wrapping_add_signed(sequence),
        }
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.milliseconds, self.sequence)
    }
}

/// A part of a value. Those of sets, sorted sets and hashes come in any order, all others in the order that counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Element<'a> {
    /// All of a string.
    String(&'a [u8]),
    /// The next element of a list.
    Item(&'a [u8]),
    /// A member of a set.
    Member(&'a [u8]),
    /// A member of a sorted set.
    Scored {
        /// The member.
        member: &'a [u8],
        /// Its score, which may be infinite but is a number.
        score: f64,
    },
    /// A field of a hash.
    Field {
        /// Its name.
        field: &'a [u8],
        /// Its value.
        value: &'a [u8],
        /// When it expires, in milliseconds since 1970.
        expires_at: Option<u64>,
    },
    /// An entry of a stream that was not deleted.
    Entry {
        /// Its id.
        id: StreamId,
        /// Its fields with their values, in order; a name may come more than once.
        fields: &'a [(&'a [u8], &'a [u8])],
    },
    /// What a stream is beyond its entries, after all of them.
    Stream(StreamState),
    /// A consumer group of a stream.
    Group {
        /// Its name.
        name: &'a [u8],
        /// The last entry that it delivered.
        last_id: StreamId,
        /// How many entries it has read, where that is known (Redis 7.0 and later).
        entries_read: Option<u64>,
    },
    /// A consumer of the group before.
    Consumer {
        /// Its name.
        name: &'a [u8],
        /// When it last asked for entries, in milliseconds since 1970.
        seen_at: u64,
        /// When it last got any, where that is known (Redis 7.2 and later).
        active_at: Option<u64>,
    },
    /// An entry that was delivered to the consumer before and not acknowledged.
    Pending {
        /// The entry's id; the entry itself may have been deleted since.
        id: StreamId,
        /// When it was last delivered, in milliseconds since 1970.
        delivered_at: u64,
        /// How often it was delivered.
        deliveries: u64,
    },
    /// The next bytes of a module's value, which only the module can read.
    Module(&'a [u8]),
}

/// What a stream is beyond its entries and groups.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StreamState {
    /// How many entries it says that it has.
    pub length: u64,
    /// The last id that was given away.
    pub last_id: StreamId,
    /// The highest id of an entry that was deleted, where that is known (Redis 7.0 and later).
    pub deleted_id: Option<StreamId>,
    /// How many entries were ever added, where that is known.
    pub entries_added: Option<u64>,
}
