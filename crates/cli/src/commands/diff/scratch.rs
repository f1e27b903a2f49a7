//! Keys of both sides on disk, in parts that are compared one by one.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Side;
use crate::failure::Failure;
use crate::progress::size;

/// Into how many parts keys go. A billion keys make parts of about 200 MB.
pub(super) const PARTS: usize = 256;
/// How many bytes of a part a thread holds before it writes them, which makes 4 MiB for all parts.
const BLOCK: usize = 16 * 1024;
/// How many bytes are written before the disk is looked at again.
const GLANCE: u64 = 16 << 20;
/// What is left free on the disk: others write to it too.
const RESERVE: u64 = 64 << 20;

/// The temporary files.
pub(super) struct Scratch {
    directory: PathBuf,
    /// How many bytes both sides have, where that is known.
    total: Option<u64>,
    sides: [Mutex<Spilled>; 2],
}

/// What is on disk of one side.
struct Spilled {
    file: File,
    /// Bytes written.
    end: u64,
    /// Bytes read of the side to get there.
    read: u64,
    /// Where the blocks of each part are, and how long.
    blocks: Vec<Vec<(u64, u32)>>,
    checked: u64,
}

impl Scratch {
    pub(super) fn new(directory: PathBuf, total: Option<u64>) -> Result<Self, Failure> {
        let side = || -> io::Result<Mutex<Spilled>> {
            let file = tempfile::tempfile_in(&directory)?;
            Ok(Mutex::new(Spilled { file, end: 0, read: 0, blocks: vec![Vec::new(); PARTS], checked: 0 }))
        };
        let sides = side().and_then(|before| Ok([before, side()?]));
        let sides = sides.map_err(|source| Failure::Scratch { directory: directory.clone(), source })?;
        Ok(Self { directory, total, sides })
    }

    fn side(&self, side: Side) -> MutexGuard<'_, Spilled> {
        self.sides[side as usize].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says how many bytes more were read of a side.
    pub(super) fn has_read(&self, side: Side, bytes: u64) {
        self.side(side).read += bytes;
    }

    /// Writes a block of a part.
    fn write(&self, side: Side, part: usize, block: &[u8]) -> Result<(), Failure> {
        let glance = {
            let mut spilled = self.side(side);
            let at = spilled.end;
            let written = spilled.file.write_all(block);
            written.map_err(|source| Failure::Scratch { directory: self.directory.clone(), source })?;
            spilled.end += block.len() as u64;
            spilled.blocks[part].push((at, u32::try_from(block.len()).unwrap_or(u32::MAX)));
            let due = spilled.end >= spilled.checked + GLANCE;
            if due {
                spilled.checked = spilled.end;
            }
            due
        };
        if glance { self.check() } else { Ok(()) }
    }

    /// Refuses as soon as it is foreseeable that the disk is too small.
    fn check(&self) -> Result<(), Failure> {
        let sides = [Side::Before, Side::After].map(|side| {
            let spilled = self.side(side);
            (spilled.end, spilled.read)
        });
        let (written, read) = sides.iter().fold((0, 0), |sum, side| (sum.0 + side.0, sum.1 + side.1));
        let Ok(free) = fs4::available_space(&self.directory) else { return Ok(()) };
        room(written, read, self.total, free).map_err(|needed| self.too_small(needed, free))
    }

    fn too_small(&self, needed: u64, free: u64) -> Failure {
        let directory = self.directory.clone();
        Failure::ScratchRoom { directory, needed: size(needed), free: size(free) }
    }

    /// All records of a part.
    pub(super) fn part(&self, side: Side, part: usize) -> Result<Vec<u8>, Failure> {
        let mut spilled = self.side(side);
        let blocks = std::mem::take(&mut spilled.blocks[part]);
        read(&mut spilled.file, &blocks)
            .map_err(|source| Failure::Scratch { directory: self.directory.clone(), source })
    }

    /// Where the files are.
    #[cfg(test)]
    fn directory(&self) -> &std::path::Path {
        &self.directory
    }
}

fn read(file: &mut File, blocks: &[(u64, u32)]) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(blocks.iter().map(|(_, length)| *length as usize).sum());
    for (at, length) in blocks {
        file.seek(SeekFrom::Start(*at))?;
        let got = file.take(u64::from(*length)).read_to_end(&mut bytes)?;
        if got != *length as usize {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(bytes)
}

/// Whether there is room for what is still to be written, judged by what was; the error is how many bytes are needed.
fn room(written: u64, read: u64, total: Option<u64>, free: u64) -> Result<(), u64> {
    let left = total.map_or(0, |total| total.saturating_sub(read));
    let more = u128::from(written) * u128::from(left) / u128::from(read.max(1));
    let needed = u64::try_from(more).unwrap_or(u64::MAX).saturating_add(RESERVE);
    if needed <= free { Ok(()) } else { Err(needed) }
}

/// What one thread holds of each part of a side.
pub(super) struct Spill<'a> {
    scratch: &'a Scratch,
    side: Side,
    parts: Vec<Vec<u8>>,
}

impl<'a> Spill<'a> {
    pub(super) fn new(scratch: &'a Scratch, side: Side) -> Self {
        Self { scratch, side, parts: vec![Vec::new(); PARTS] }
    }

    /// Adds a record to a part.
    pub(super) fn add(&mut self, part: usize, write: impl FnOnce(&mut Vec<u8>)) -> Result<(), Failure> {
        let held = &mut self.parts[part];
        write(held);
        if held.len() >= BLOCK {
            self.scratch.write(self.side, part, held)?;
            held.clear();
        }
        Ok(())
    }

    /// Writes what is left.
    pub(super) fn finish(self) -> Result<(), Failure> {
        let left = self.parts.iter().enumerate().filter(|(_, held)| !held.is_empty());
        left.into_iter().try_for_each(|(part, held)| self.scratch.write(self.side, part, held))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_back_whole_and_nothing_is_left_in_the_directory() {
        let directory = tempfile::tempdir().unwrap();
        let scratch = Scratch::new(directory.path().to_owned(), None).unwrap();
        let mut spills = [Spill::new(&scratch, Side::Before), Spill::new(&scratch, Side::Before)];
        let letters = [vec![b'a'; 10_000], vec![b'b'; 10_000]];
        for _ in 0..9 {
            for (spill, letters) in spills.iter_mut().zip(&letters) {
                spill.add(7, |out| out.extend_from_slice(letters)).unwrap();
            }
        }
        for spill in spills {
            spill.finish().unwrap();
        }
        let mut part = scratch.part(Side::Before, 7).unwrap();
        part.sort_unstable();
        assert_eq!(part, [vec![b'a'; 90_000], vec![b'b'; 90_000]].concat());
        assert_eq!(scratch.part(Side::After, 7).unwrap(), Vec::<u8>::new());
        // Also while they are in use.
        assert_eq!(std::fs::read_dir(scratch.directory()).unwrap().count(), 0);
    }

    #[test]
    fn a_disk_that_will_be_too_small_is_refused_while_there_is_still_room() {
        let gib = 1 << 30;
        assert_eq!(room(gib, gib, Some(2 * gib), 2 * gib), Ok(()));
        assert_eq!(room(gib, gib, Some(9 * gib), 2 * gib), Err(8 * gib + RESERVE));
        // Of standard input nobody knows how much is to come.
        assert_eq!(room(gib, gib, None, RESERVE), Ok(()));
        assert_eq!(room(gib, gib, None, RESERVE - 1), Err(RESERVE));
    }
}
