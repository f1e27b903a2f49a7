//! Opcodes, and the named facts that they bring.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::{Next, Walk};
use crate::{
    broken::{Step, Stop, fault},
    input::Input,
    keys::{About, Noted},
    kind::Layout,
    magic::{Dialect, Magic},
    opcode,
    string::Role,
    value::Module,
    warning::Rule,
};

/// How many databases a server has unless it is configured for more (redis.conf and valkey.conf, `databases`).
const DATABASES: u64 = 16;
/// Bytes of the name of a job that imports slots: that of a node (cluster.h, `CLUSTER_NAMELEN`).
const JOB_NAME: u64 = 40;
/// Slots of a cluster.
const SLOTS: u64 = 16_384;

/// A named fact about the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Aux {
    RedisVersion,
    ValkeyVersion,
    Created,
    SlotInfo,
    /// Any other, which is skipped (rdb.c: readers must skip those that they do not know).
    Other,
}

impl Walk {
    /// Reads an opcode with what belongs to it, or the type of a value.
    pub(super) fn opcode(&mut self, input: &mut Input) -> Step<()> {
        let byte = *input.rest().first().ok_or(Stop::Starved)?;
        match byte {
            opcode::EXPIRETIME_MS => {
                let (offset, at) = (input.offset(), u64::from_le_bytes(fixed(input)?));
                self.note(offset, |noted| noted.expires_at = Some(at));
                self.facts.expires = true;
                Ok(())
            }
            opcode::EXPIRETIME => {
                let (offset, at) = (input.offset(), u32::from_le_bytes(fixed(input)?));
                self.note(offset, |noted| noted.expires_at = Some(u64::from(at) * 1000));
                self.facts.expires = true;
                Ok(())
            }
            opcode::FREQ => {
                let (offset, [frequency]) = (input.offset(), fixed(input)?);
                self.note(offset, |noted| noted.frequency = Some(frequency));
                Ok(())
            }
            opcode::IDLE => {
                let (offset, [idle]) = (input.offset(), lengths(input)?);
                self.note(offset, |noted| noted.idle = Some(idle));
                Ok(())
            }
            opcode::SLOT_INFO => lengths::<3>(input).map(|_| ()),
            opcode::SELECTDB => {
                let (offset, [db]) = (input.offset(), lengths(input)?);
                if db >= DATABASES {
                    self.facts.warnings.add(Rule::DatabaseNumber, None, offset, [db, DATABASES]);
                }
                self.facts.tally.select(db)
            }
            opcode::RESIZEDB => {
                let [keys, expires] = lengths(input)?;
                self.facts.tally.hint(keys, expires);
                Ok(())
            }
            opcode::MODULE_AUX => {
                let module = input.token(|input| {
                    input.byte()?;
                    Module::start_aux(input)
                })?;
                self.facts.next = Next::ModuleAux(module);
                Ok(())
            }
            opcode::AUX => {
                input.skip(1);
                self.string(Role::Noted, Next::AuxName, input)
            }
            opcode::FUNCTION => {
                input.skip(1);
                if let Some(tap) = &mut self.context.tap {
                    tap.function(input.offset());
                }
                self.string(Role::Opaque, Next::Opcode, input)
            }
            opcode::SLOT_IMPORT if self.facts.dialect() == Dialect::Valkey => {
                self.facts.warnings.add(Rule::SlotImport, None, input.offset(), [0; 2]);
                input.skip(1);
                self.string(Role::Noted, Next::SlotImport, input)
            }
            opcode::FUNCTION_PRE_GA => Err(fault("function library of a pre-release format (opcode 246)")),
            opcode::EOF => {
                input.skip(1);
                let trailer = self.facts.magic.is_some_and(Magic::has_trailer);
                if trailer {
                    self.facts.next = Next::Trailer;
                } else {
                    self.end(input);
                }
                Ok(())
            }
            byte => {
                let layout = Layout::of(byte, self.facts.dialect()).map_err(|stop| self.newer(stop))?;
                self.note(input.offset(), |noted| noted.kind = byte);
                input.skip(1);
                let role = if self.context.keys.is_some() { Role::Key } else { Role::Noted };
                self.string(role, Next::Key(layout), input)
            }
        }
    }

    /// Notes what stands before a key at `offset`, where somebody listens.
    #[inline]
    fn note(&mut self, offset: u64, note: impl FnOnce(&mut Noted)) {
        if let Some(noted) = self.noted() {
            noted.offset.get_or_insert(offset);
            note(noted);
        }
    }

    /// Of a version that is not known, it is no wonder that something in it is not.
    fn newer(&self, stop: Stop) -> Stop {
        match stop {
            Stop::Fault(message) if self.facts.magic.is_some_and(|magic| magic.version > magic.newest()) => {
                fault(format!("{message}, in a file of a version that is newer than this reader knows"))
            }
            Stop::Fault(_) | Stop::Starved => stop,
        }
    }

    /// Takes a fact, which ends at `offset`.
    pub(super) fn aux(&mut self, aux: Aux, offset: u64) {
        let value = self.context.note.shown();
        match aux {
            Aux::RedisVersion => self.facts.writer = Some(format!("redis {value}")),
            Aux::ValkeyVersion => self.facts.writer = Some(format!("valkey {value}")),
            Aux::Created => self.facts.created = value.parse().ok(),
            Aux::SlotInfo => {
                if !self.context.note.whole().is_some_and(is_slot_info) {
                    self.facts.warnings.add(Rule::SlotInfo, None, offset, [0; 2]);
                }
                return;
            }
            Aux::Other => return,
        }
        let about = About { writer: self.facts.writer.clone(), created: self.facts.created };
        if let Some(tap) = &mut self.context.tap {
            tap.about(about);
        }
    }
}

impl Aux {
    pub(super) fn named(name: Option<&[u8]>) -> Self {
        match name {
            Some(b"redis-ver") => Self::RedisVersion,
            Some(b"valkey-ver") => Self::ValkeyVersion,
            Some(b"ctime") => Self::Created,
            Some(b"slot-info") => Self::SlotInfo,
            Some(_) | None => Self::Other,
        }
    }
}

/// Whether a fact about a slot begins with its number, its keys and their expiries. Servers that know it read no further
/// otherwise.
fn is_slot_info(value: &[u8]) -> bool {
    let is_number = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    value.split(|byte| *byte == b',').take(3).filter(|part| is_number(part)).count() == 3
}

/// Checks the length of the name of a job that imports slots.
pub(super) fn check_job(name: u64) -> Step<()> {
    if name == JOB_NAME {
        Ok(())
    } else {
        Err(fault(format!("a slot import whose name has {name} bytes instead of {JOB_NAME}")))
    }
}

/// Checks slots that are imported.
pub(super) fn check_slots(slots: RangeInclusive<u64>) -> Step<()> {
    if !slots.is_empty() && *slots.end() < SLOTS {
        Ok(())
    } else {
        Err(fault(format!("an import of the slots {} to {}", slots.start(), slots.end())))
    }
}

/// Reads an opcode and `N` bytes.
fn fixed<const N: usize>(input: &mut Input) -> Step<[u8; N]> {
    input.token(|input| {
        input.byte()?;
        input.array()
    })
}

/// Reads an opcode and `N` lengths.
fn lengths<const N: usize>(input: &mut Input) -> Step<[u64; N]> {
    input.token(|input| {
        input.byte()?;
        let mut lengths = [0; N];
        for length in &mut lengths {
            *length = input.length()?;
        }
        Ok(lengths)
    })
}
