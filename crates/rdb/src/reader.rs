//! The reader: bytes of a file in pieces of any size, in order, to a verdict.

use crate::{
    Broken, Checksum, Dialect, Level, Rule, Saved, Verdict, Warning,
    broken::Stop,
    checksum::Crc64,
    input::Input,
    keys::{Listener, Nobody, Tap, Wanted, pass_on},
    magic::Magic,
    presence::{REPLICATION_MARK, is_mark},
    saved::State,
    seen::MOST_KEYS,
    tail::Tail,
    walk::{TOKEN, TRAILING, Walk},
    warning::Warnings,
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
    /// The checksum up to the end of the file, once that was read.
    sum: Option<Crc64>,
    broken: Option<Broken>,
    /// Whether a key is being passed on.
    passing: bool,
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
            sum: None,
            broken: None,
            passing: false,
        }
    }

    /// A reader that passes on the keys that are wanted, with the bytes of their values, and function libraries if those
    /// are: use [`Reader::push_to`]. It cannot be saved with what it was about to pass on.
    #[must_use]
    pub fn listening(level: Level, wanted: Wanted, functions: bool) -> Self {
        let mut reader = Self::new(level.max(Level::Structure));
        if let Some(walk) = &mut reader.walk {
            walk.listen(Tap::new(wanted, functions));
        }
        reader
    }

    /// Goes on where a reader was saved. Push the bytes from [`Reader::position`] on.
    #[must_use]
    pub fn resume(saved: Saved) -> Self {
        let State { level, position, crc, tail, walk, sum, broken } = saved.state;
        let deep = level == Level::Deep;
        let walk = walk.map(|(facts, string)| Walk::resume(deep, facts, string, position));
        Self {
            level,
            position,
            crc,
            mark: (position, crc),
            tail,
            walk,
            sum,
            broken,
            carry: Vec::with_capacity(2 * TOKEN),
            passing: false,
        }
    }

    /// What is needed to go on in another process. Possible after every push.
    ///
    /// The resumed reader says where it goes on ([`Saved::position`]): up to one string before this one, or at the
    /// beginning of a value whose elements are compared with each other. Keys before and after that place are not, which
    /// level `deep` tells in a warning, nor are consumer groups of one stream.
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
            sum: self.sum,
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
        self.push_to(bytes, &mut Nobody)
    }

    /// The same, and passes on the keys that are wanted.
    pub fn push_to(&mut self, bytes: &[u8], to: &mut dyn Listener) -> Result<(), Broken> {
        for block in bytes.chunks(BLOCK) {
            let before = self.position;
            if self.broken.is_none() {
                self.broken = self.walk(block, to).err();
            }
            self.tail.push(block);
            self.position += block.len() as u64;
            self.checksum(block, before);
        }
        self.broken.clone().map_or(Ok(()), Err)
    }

    /// Says what the file is. It must have been pushed whole, also where it was found to be broken: otherwise its checksum
    /// counts as bad, because the bytes that it is made over were not all there.
    #[must_use]
    pub fn finish(self) -> Verdict {
        let ending = self.ending();
        let checksum = self.compare(&ending);
        let warnings = self.warnings(&ending);
        let error =
            self.broken.or(ending.incomplete).or_else(|| mismatch(checksum, ending.size, ending.trailer));
        let facts = self.walk.as_ref().map(Walk::facts);
        // What was announced is only missing from a whole file.
        let announced = facts.filter(|_| error.is_none()).and_then(|facts| facts.tally.announced());
        Verdict {
            valid: error.is_none(),
            level: self.level,
            checksum,
            rdb_version: ending.magic.map(|magic| magic.version),
            writer: facts.and_then(|facts| facts.writer.clone()),
            created: facts.and_then(|facts| facts.created),
            bytes: self.position,
            databases: facts.map(|facts| facts.tally.databases()).unwrap_or_default(),
            longest_key: facts.and_then(|facts| facts.tally.longest_key()),
            largest_value: facts.and_then(|facts| facts.tally.largest_value()),
            warnings: warnings.into_iter().chain(announced).collect(),
            error,
        }
    }

    /// Walks a block that follows what was carried over.
    fn walk(&mut self, block: &[u8], to: &mut dyn Listener) -> Result<(), Broken> {
        let Some(walk) = &mut self.walk else { return Ok(()) };
        let mut used = 0;
        if !self.carry.is_empty() {
            let carried = self.carry.len();
            self.carry.extend_from_slice(&block[..block.len().min(TOKEN)]);
            let mut input = Input::new(&self.carry, self.position - carried as u64);
            run(walk, &mut input, &mut self.passing, to)?;
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
        run(walk, &mut input, &mut self.passing, to)?;
        self.carry.extend_from_slice(input.rest().get(..2 * TOKEN).unwrap_or(input.rest()));
        fits(walk, &self.carry, self.position)
    }

    /// Adds a block to the checksum, and marks where a reader saved now goes on.
    fn checksum(&mut self, block: &[u8], before: u64) {
        if self.level == Level::Presence {
            self.mark = (self.position, self.crc);
            return;
        }
        let end = self.walk.as_ref().and_then(|walk| walk.facts().end).filter(|_| self.sum.is_none());
        let now = self.position - self.carry.len() as u64;
        let resumes_at = self.walk.as_ref().map_or(now, |walk| walk.resumes_at(now));
        // An item is read at once, so that no place to go on lies within what was carried over.
        debug_assert!(resumes_at > before || resumes_at == self.mark.0 || self.broken.is_some());
        // Where the file ends, only what may stand behind it is left.
        let mark = end.unwrap_or(resumes_at);
        let split = mark.checked_sub(before).and_then(|split| usize::try_from(split).ok());
        let (read, rest) = block.split_at(split.filter(|split| *split <= block.len()).unwrap_or(0));
        if !read.is_empty() {
            self.crc.update(read);
            self.mark = (mark, self.crc);
        }
        self.sum = self.sum.or(end.map(|_| self.crc));
        self.crc.update(rest);
    }

    /// What the end of the file says.
    fn ending(&self) -> Ending {
        let ends = self.tail.check(self.position);
        let facts = self.walk.as_ref().map(Walk::facts);
        let magic = facts.and_then(|facts| facts.magic);
        if let Some(end) = facts.and_then(|facts| facts.end) {
            let marked = is_mark(self.beyond(end));
            let trailing = self.position > end && !marked;
            return Ending {
                magic,
                size: end,
                trailer: Some(facts.and_then(|facts| facts.trailer).unwrap_or_default()),
                agrees: self.sum.is_some_and(|sum| sum.value() == 0),
                marked,
                incomplete: trailing.then(|| Broken { offset: end, key: None, message: TRAILING.to_owned() }),
            };
        }
        let marked = ends.as_ref().is_ok_and(|presence| presence.replication_mark);
        let size = self.position - if marked { REPLICATION_MARK as u64 } else { 0 };
        // Over a whole file with its trailer the checksum is zero, and with more behind it that of what is more.
        let mut more = Crc64::new();
        more.update(self.beyond(size));
        Ending {
            magic: magic.or(ends.as_ref().ok().map(|presence| presence.header())),
            size,
            trailer: ends.as_ref().ok().map(|presence| presence.trailer.unwrap_or_default()),
            agrees: self.crc == more,
            marked,
            incomplete: self.walk.as_ref().map_or(ends.err(), |walk| Some(self.truncated(walk))),
        }
    }

    /// What was pushed of the file behind the offset `end`, as far as that was kept.
    fn beyond(&self, end: u64) -> &[u8] {
        let tail = self.tail.last();
        let more = usize::try_from(self.position - end).unwrap_or(usize::MAX);
        tail.get(tail.len().saturating_sub(more)..).unwrap_or_default()
    }

    fn truncated(&self, walk: &Walk) -> Broken {
        let message = format!("truncated: the file ends where {} must be", walk.missing());
        Broken { offset: self.position, key: walk.key(), message }
    }

    fn compare(&self, ending: &Ending) -> Checksum {
        match ending.trailer {
            _ if self.level == Level::Presence => Checksum::Unread,
            Some(0) => Checksum::Absent,
            Some(_) if ending.agrees => Checksum::Ok,
            Some(_) | None => Checksum::Bad,
        }
    }

    fn warnings(&self, ending: &Ending) -> Vec<Warning> {
        let walked = self.walk.as_ref().map(|walk| walk.facts().warnings.clone());
        let mut warnings = walked.unwrap_or_else(|| {
            let mut warnings = Warnings::default();
            ending.magic.into_iter().for_each(|magic| warnings.add_version(magic));
            warnings
        });
        if self.walk.as_ref().is_some_and(Walk::compared_some_keys) {
            warnings.add(Rule::KeysNotCompared, None, 0, [MOST_KEYS as u64, 0]);
        }
        if ending.marked {
            warnings.add(Rule::ReplicationMark, None, ending.size, [0; 2]);
        }
        warnings.told(ending.magic.map_or(Dialect::Redis, |magic| magic.dialect))
    }
}

/// What the end of a file says.
struct Ending {
    magic: Option<Magic>,
    /// Bytes of the file without what stands behind its end.
    size: u64,
    /// The checksum that the file ends in, zero where the server wrote none; nothing where the file has no end.
    trailer: Option<u64>,
    /// Whether the checksum over the file is what it ends in.
    agrees: bool,
    /// Whether the mark of a replication stands behind the end.
    marked: bool,
    /// What is missing or too much.
    incomplete: Option<Broken>,
}

/// Reads on, and passes on what somebody listens for.
fn run(walk: &mut Walk, input: &mut Input, passing: &mut bool, to: &mut dyn Listener) -> Result<(), Broken> {
    let (start, before) = (input.offset(), input.rest());
    let result = walk.run(input);
    if let Some(noted) = walk.noted() {
        let read = &before[..before.len() - input.rest().len()];
        pass_on(noted, read, start, passing, to);
    }
    result.map_err(|stop| {
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
