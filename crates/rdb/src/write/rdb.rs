//! An RDB file of some keys of another: their bytes are carried over as they are.

use std::io::{self, Seek, SeekFrom, Write};

use super::{Head, encode};
use crate::{
    checksum::{Crc64, combine},
    keys::About,
    opcode,
};

/// Bytes of the header, which is written last: what the file holds says which version it must be.
const HEADER: usize = 9;
/// The version of a file that holds nothing newer: that of Redis 5 and 6.
const LOWEST: u16 = 9;
/// The version that functions came with: that of Redis 7.0.
const FUNCTIONS: u16 = 10;

/// Writes a file.
#[derive(Debug)]
pub struct RdbFile<W> {
    to: W,
    /// The checksum of what stands behind the header, and how much that is.
    checksum: Crc64,
    size: u64,
    version: u16,
    db: Option<u64>,
    /// Whether anything stands behind the header.
    begun: bool,
}

impl<W: Write + Seek> RdbFile<W> {
    /// Begins a file.
    pub fn begin(mut to: W) -> io::Result<Self> {
        to.write_all(&[0; HEADER])?;
        Ok(Self { to, checksum: Crc64::new(), size: 0, version: LOWEST, db: None, begun: false })
    }

    /// Says of the file what is known of the one that its keys come from, unless it holds something already.
    pub fn about(&mut self, About { writer, created }: &About) -> io::Result<()> {
        if std::mem::replace(&mut self.begun, true) {
            return Ok(());
        }
        if let Some((server, version)) = writer.as_deref().and_then(|writer| writer.split_once(' ')) {
            self.fact(&format!("{server}-ver"), version)?;
        }
        self.fact("redis-bits", "64")?;
        created.map_or(Ok(()), |created| self.fact("ctime", &created.to_string()))
    }

    /// Begins a key; the bytes of its value follow.
    pub fn key(&mut self, head: &Head) -> io::Result<()> {
        let mut out = Vec::with_capacity(head.key.len() + 32);
        if self.db != Some(head.db) {
            out.push(opcode::SELECTDB);
            encode::length(&mut out, head.db);
            self.db = Some(head.db);
        }
        if let Some(at) = head.expires_at {
            out.push(opcode::EXPIRETIME_MS);
            out.extend(at.to_le_bytes());
        }
        if let Some(idle) = head.idle {
            out.push(opcode::IDLE);
            encode::length(&mut out, idle);
        }
        if let Some(frequency) = head.frequency {
            out.extend([opcode::FREQ, frequency]);
        }
        out.push(head.kind);
        encode::string(&mut out, &head.key);
        self.version = self.version.max(head.version());
        self.bytes(&out)
    }

    /// Adds the next bytes of a value as they stand in the other file.
    pub fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.begun = true;
        self.checksum.update(bytes);
        self.size += bytes.len() as u64;
        self.to.write_all(bytes)
    }

    /// Adds a function library.
    pub fn function(&mut self, code: &[u8]) -> io::Result<()> {
        let mut out = vec![opcode::FUNCTION];
        encode::string(&mut out, code);
        self.version = self.version.max(FUNCTIONS);
        self.bytes(&out)
    }

    /// Ends the file, and gives back what it was written to.
    pub fn finish(mut self) -> io::Result<W> {
        self.bytes(&[opcode::EOF])?;
        let header = self.header();
        let mut checksum = Crc64::new();
        checksum.update(&header);
        let checksum = combine(checksum.value(), self.checksum.value(), self.size);
        self.to.write_all(&checksum.to_le_bytes())?;
        self.to.seek(SeekFrom::Start(0))?;
        self.to.write_all(&header)?;
        self.to.seek(SeekFrom::End(0))?;
        self.to.flush()?;
        Ok(self.to)
    }

    /// The lowest version whose servers read all that the file holds.
    fn header(&self) -> Vec<u8> {
        match self.version {
            version @ ..80 => format!("REDIS{version:04}").into_bytes(),
            version @ 80.. => format!("VALKEY{version:03}").into_bytes(),
        }
    }

    fn fact(&mut self, name: &str, value: &str) -> io::Result<()> {
        let mut out = vec![opcode::AUX];
        encode::string(&mut out, name.as_bytes());
        encode::string(&mut out, value.as_bytes());
        self.bytes(&out)
    }
}
