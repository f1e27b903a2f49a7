//! Opcodes, and the named facts that they bring.

use serde::{Deserialize, Serialize};

use super::{Next, Walk};
use crate::{
    broken::{Step, Stop, fault},
    input::Input,
    kind::Layout,
    magic::{Dialect, Magic},
    opcode,
    string::Role,
    value::Module,
};

/// A named fact about the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Aux {
    RedisVersion,
    ValkeyVersion,
    Created,
    /// Any other, which is skipped (rdb.c: readers must skip those that they do not know).
    Other,
}

impl Walk {
    /// Reads an opcode with what belongs to it, or the type of a value.
    pub(super) fn opcode(&mut self, input: &mut Input) -> Step<()> {
        let byte = *input.rest().first().ok_or(Stop::Starved)?;
        match byte {
            opcode::EXPIRETIME_MS => {
                fixed::<8>(input)?;
                self.facts.expires = true;
                Ok(())
            }
            opcode::EXPIRETIME => {
                fixed::<4>(input)?;
                self.facts.expires = true;
                Ok(())
            }
            opcode::FREQ => fixed::<1>(input),
            opcode::IDLE => lengths::<1>(input).map(|_| ()),
            opcode::SLOT_INFO => lengths::<3>(input).map(|_| ()),
            opcode::SELECTDB => {
                let [db] = lengths(input)?;
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
                self.string(Role::Opaque, Next::Opcode, input)
            }
            opcode::SLOT_IMPORT => {
                input.skip(1);
                self.string(Role::Opaque, Next::SlotImport, input)
            }
            opcode::FUNCTION_PRE_GA => Err(fault("function library of a pre-release format (opcode 246)")),
            opcode::EOF => {
                input.skip(1);
                let trailer = self.facts.magic.is_some_and(Magic::has_trailer);
                self.facts.next = if trailer { Next::Trailer } else { Next::Done };
                Ok(())
            }
            byte => {
                let dialect = self.facts.magic.map_or(Dialect::Redis, |magic| magic.dialect);
                let layout = Layout::of(byte, dialect)?;
                input.skip(1);
                self.string(Role::Noted, Next::Key(layout), input)
            }
        }
    }

    pub(super) fn aux(&mut self, aux: Aux) {
        let value = self.context.note.shown();
        match aux {
            Aux::RedisVersion => self.facts.writer = Some(format!("redis {value}")),
            Aux::ValkeyVersion => self.facts.writer = Some(format!("valkey {value}")),
            Aux::Created => self.facts.created = value.parse().ok(),
            Aux::Other => {}
        }
    }
}

impl Aux {
    pub(super) fn named(name: Option<&[u8]>) -> Self {
        match name {
            Some(b"redis-ver") => Self::RedisVersion,
            Some(b"valkey-ver") => Self::ValkeyVersion,
            Some(b"ctime") => Self::Created,
            Some(_) | None => Self::Other,
        }
    }
}

/// Passes over an opcode and `N` bytes.
fn fixed<const N: usize>(input: &mut Input) -> Step<()> {
    input.token(|input| {
        input.byte()?;
        input.array::<N>().map(|_| ())
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
