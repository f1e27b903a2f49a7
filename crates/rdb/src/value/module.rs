//! A module's value or auxiliary data: opcodes of its own, walked without knowing the module.

use serde::{Deserialize, Serialize};

use super::After;
use crate::{
    broken::{Step, fault},
    input::Input,
    string::Role,
};

const END: u64 = 0;
const SIGNED: u64 = 1;
const UNSIGNED: u64 = 2;
const FLOAT: u64 = 3;
const DOUBLE: u64 = 4;
const STRING: u64 = 5;

/// The letters of a module type's name, six bits each (module.c, `ModuleTypeNameCharSet`).
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Module data that is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Module {
    /// The module type's name and version in 64 bits.
    pub(crate) id: u64,
}

impl Module {
    pub(crate) fn start(id: u64) -> Self {
        Self { id }
    }

    /// Reads auxiliary data up to its opcodes: the id, and when the module wants it.
    pub(crate) fn start_aux(input: &mut Input) -> Step<Self> {
        let id = input.length()?;
        let opcode = input.length()?;
        if opcode != UNSIGNED {
            return Err(fault(format!("module data with opcode {opcode} where its time must be")));
        }
        input.length()?;
        Ok(Self { id })
    }

    pub(crate) fn step(self, input: &mut Input) -> Step<After> {
        input.token(|input| match input.length()? {
            END => Ok(After::End),
            SIGNED | UNSIGNED => input.length().map(|_| After::Again),
            FLOAT => input.array::<4>().map(|_| After::Again),
            DOUBLE => input.array::<8>().map(|_| After::Again),
            STRING => Ok(After::String(Role::Opaque)),
            other => Err(fault(format!(
                "unknown opcode {other} in data of the module type '{}'",
                module_name(self.id)
            ))),
        })
    }
}

/// A module type's name, as `TYPE` answers it.
pub(crate) fn module_name(id: u64) -> String {
    (0..9).map(|letter| char::from(LETTERS[(id >> (58 - 6 * letter) & 0x3f) as usize])).collect()
}

#[cfg(test)]
mod tests {
    use super::module_name;

    #[test]
    fn a_module_type_has_nine_letters_before_its_version() {
        // ReJSON-RL, version 3.
        let id = b"ReJSON-RL".iter().fold(0, |id, letter| {
            id << 6 | super::LETTERS.iter().position(|known| known == letter).unwrap() as u64
        });
        assert_eq!(module_name(id << 10 | 3), "ReJSON-RL");
    }
}
