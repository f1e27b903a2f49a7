//! The reader: bytes of a file in pieces of any size, in order, to a verdict.

use crate::{
    Broken, Checksum, Level, Saved, Verdict,
    broken::Stop,
    checksum::Crc64,
    input::Input,
    saved::State,
    tail::Tail,
    walk::{TOKEN, Walk},
};

/// Bytes that are walked and then added to the checksum: as many as stay in a core's cache between the two.
const BLOCK: usize = 256 * 1024;

/// Reads one file. Push its bytes in order, then finish.
#[derive(Debug)]
pub struct Reader {
    level: Level,
    /// Offset after the last byte pushed.
    position: u64,
    crc: Crc64,
    /// Where a reader saved now goes on, and the checksum up to there.
    mark: (u64, Crc64),
    tail: Tail,
    /// The walk over the structure, where the level asks for it.
    walk: Option<Walk>,
    /// The beginning of an item that is not whole yet: the last bytes pushed.
    carry: Vec<u8>,
    broken: Option<Broken>,
}

impl Reader {
    /// A reader at the beginning of a file.
    #[must_use]
    pub fn new(level: Level) -> Self {
        Self {
            level,
            position: 0,
            crc: Crc64::new(),
            mark: (0, Crc64::new()),
            tail: Tail::default(),
            walk: (level >= Level::Structure).then(|| Walk::new(level == Level::Deep)),
            carry: Vec::with_capacity(2 * TOKEN),
            broken: None,
        }
    }

    /// Goes on where a reader was saved. Push the bytes from [`Reader::position`] on.
    #[must_use]
    pub fn resume(saved: Saved) -> Self {
        let State { level, position, crc, tail, walk, broken } = saved.state;
        let deep = level == Level::Deep;
        let walk = walk.map(|(facts, string)| Walk::resume(deep, facts, string, position));
        Self {
            level,
            position,
            crc,
            mark: (position, crc),
            tail,
            walk,
            broken,
            carry: Vec::with_capacity(2 * TOKEN),
        }
    }

    /// What is needed to go on in another process. Possible after every push.
    ///
    /// The resumed reader says where it goes on ([`Saved::position`]): up to one string before this one. At level
    /// `deep`, elements before and after that place are not compared with each other.
    #[must_use]
    pub fn save(&self) -> Saved {
        let (position, crc) = self.mark;
        let now = self.position - self.carry.len() as u64;
        let walk = self.walk.as_ref().map(|walk| {
            let (facts, string, _) = walk.save(now);
            (facts, string)
        });
        let state = State {
            level: self.level,
            position,
            crc,
            tail: self.tail.clone(),
            walk,
            broken: self.broken.clone(),
        };
        Saved { state }
    }

    /// Offset after the last byte pushed: where the next one stands.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Reads the next bytes. Once the file is known to be broken, every push says so again; pushing on only completes
    /// the checksum and the count of bytes.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        for block in bytes.chunks(BLOCK) {
            let before = self.position;
            if self.broken.is_none() {
                self.broken = self.walk(block).err();
            }
            self.tail.push(block);
            self.position += block.len() as u64;
            self.checksum(block, before);
        }
        self.broken.clone().map_or(Ok(()), Err)
    }

    /// Says what the file is. It must have been pushed whole.
    #[must_use]
    pub fn finish(self) -> Verdict {
        let (version, trailer, incomplete) = self.ends();
        let checksum = self.compare(trailer);
        let error = self.broken.or(incomplete).or_else(|| mismatch(checksum, self.position, trailer));
        let facts = self.walk.as_ref().map(Walk::facts);
        Verdict {
            valid: error.is_none(),
            level: self.level,
            checksum,
            rdb_version: version,
            writer: facts.and_then(|facts| facts.writer.clone()),
            created: facts.and_then(|facts| facts.created),
            bytes: self.position,
            databases: facts.map(|facts| facts.tally.databases()).unwrap_or_default(),
            longest_key: facts.and_then(|facts| facts.tally.longest_key()),
            largest_value: facts.and_then(|facts| facts.tally.largest_value()),
            // What was announced is only missing from a whole file.
            warnings: facts
                .filter(|_| error.is_none())
                .map(|facts| facts.tally.warnings())
                .unwrap_or_default(),
            error,
        }
    }

    /// Walks a block that follows what was carried over.
    fn walk(&mut self, block: &[u8]) -> Result<(), Broken> {
        let Some(walk) = &mut self.walk else { return Ok(()) };
        let mut used = 0;
        if !self.carry.is_empty() {
            let carried = self.carry.len();
            self.carry.extend_from_slice(&block[..block.len().min(TOKEN)]);
            let mut input = Input::new(&self.carry, self.position - carried as u64);
            run(walk, &mut input)?;
            let consumed = input.consumed();
            if consumed < carried {
                self.carry.drain(..consumed);
                return fits(walk, &self.carry, self.position);
            }
            used = consumed - carried;
            self.carry.clear();
        }
        let rest = block.get(used..).unwrap_or_default();
        let mut input = Input::new(rest, self.position + used as u64);
        run(walk, &mut input)?;
        self.carry.extend_from_slice(input.rest().get(..2 * TOKEN).unwrap_or(input.rest()));
        fits(walk, &self.carry, self.position)
    }

    /// Adds a block to the checksum, and marks where a reader saved now goes on.
    fn checksum(&mut self, block: &[u8], before: u64) {
        if self.level == Level::Presence {
            self.mark = (self.position, self.crc);
            return;
        }
        let now = self.position - self.carry.len() as u64;
        let resumes_at = self.walk.as_ref().map_or(now, |walk| walk.resumes_at(now));
        // An item is read at once, so that no place to go on lies within what was carried over.
        debug_assert!(resumes_at > before || resumes_at == self.mark.0 || self.broken.is_some());
        let split = resumes_at.checked_sub(before).filter(|split| *split > 0);
        if let Some(split) =
            split.and_then(|split| usize::try_from(split).ok()).filter(|split| *split <= block.len())
        {
            self.crc.update(&block[..split]);
            self.mark = (resumes_at, self.crc);
            self.crc.update(&block[split..]);
        } else {
            self.crc.update(block);
        }
    }

    /// The version, the trailer (zero where there is none) and, where the file is not complete, what is missing.
    fn ends(&self) -> (Option<u32>, Option<u64>, Option<Broken>) {
        let Some(walk) = &self.walk else {
            return match self.tail.check(self.position) {
                Ok(presence) => {
                    (Some(presence.rdb_version), Some(presence.trailer.unwrap_or_default()), None)
                }
                Err(broken) => (None, None, Some(broken)),
            };
        };
        let facts = walk.facts();
        let version = facts.magic.map(|magic| magic.version);
        if !walk.is_done() {
            let message = format!("truncated: the file ends where {} must be", walk.missing());
            return (version, None, Some(Broken { offset: self.position, key: walk.key(), message }));
        }
        (version, Some(facts.trailer.unwrap_or_default()), None)
    }

    /// Over a whole file with its trailer, the checksum is zero.
    fn compare(&self, trailer: Option<u64>) -> Checksum {
        match trailer {
            _ if self.level == Level::Presence => Checksum::Unread,
            Some(0) => Checksum::Absent,
            Some(_) if self.crc.value() == 0 => Checksum::Ok,
            Some(_) | None => Checksum::Bad,
        }
    }
}

fn run(walk: &mut Walk, input: &mut Input) -> Result<(), Broken> {
    walk.run(input).map_err(|stop| {
        let message = match stop {
            Stop::Fault(message) => message.into_owned(),
            Stop::Starved => "an item that never ends".to_owned(),
        };
        Broken { offset: walk.wrong_at(input.offset()), key: walk.key(), message }
    })
}

/// Checks that what is carried over is shorter than the longest item, so that it cannot grow.
fn fits(walk: &Walk, carry: &[u8], position: u64) -> Result<(), Broken> {
    if carry.len() < TOKEN {
        return Ok(());
    }
    Err(Broken {
        offset: position,
        key: walk.key(),
        message: format!("an item of {} bytes or more", carry.len()),
    })
}

fn mismatch(checksum: Checksum, size: u64, trailer: Option<u64>) -> Option<Broken> {
    let trailer = trailer.filter(|_| checksum == Checksum::Bad)?;
    let message =
        format!("checksum mismatch: the file says {trailer:016x}, which is not the checksum of its bytes");
    Some(Broken { offset: size.saturating_sub(8), key: None, message })
}
