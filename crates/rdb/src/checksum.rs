//! CRC-64/REDIS ("Jones"): the checksum at the end of an RDB file, by range and combined.

use crc_fast::{CrcAlgorithm, Digest, checksum_combine};
use serde::{Deserialize, Serialize};

/// A running CRC-64/REDIS. It starts at zero and has no final xor, so its state is its value at every point, and the
/// value over a whole file including its own trailer is zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Crc64(u64);

impl Crc64 {
    /// The checksum of no bytes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Goes on from a checksum computed before.
    #[must_use]
    pub fn from_value(value: u64) -> Self {
        Self(value)
    }

    /// Adds the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        let mut digest = Digest::new_with_init_state(CrcAlgorithm::Crc64Redis, self.0);
        digest.update(bytes);
        self.0 = digest.get_state();
    }

    /// The checksum of the bytes so far.
    #[must_use]
    pub fn value(self) -> u64 {
        self.0
    }
}

/// The checksum of a range `a` followed by a range `b` of `len_b` bytes, from the checksums of the two.
#[must_use]
pub fn combine(a: u64, b: u64, len_b: u64) -> u64 {
    checksum_combine(CrcAlgorithm::Crc64Redis, a, b, len_b)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Crc64, combine};

    fn crc(bytes: &[u8]) -> u64 {
        let mut crc = Crc64::new();
        crc.update(bytes);
        crc.value()
    }

    #[test]
    fn the_check_value_is_the_one_that_redis_tests_itself_with() {
        // redis/src/crc64.c, crc64Test.
        assert_eq!(crc(b"123456789"), 0xe9c6_d914_c4b8_d9ca);
    }

    #[test]
    fn the_checksum_over_a_file_and_its_own_trailer_is_zero() {
        let mut bytes = b"REDIS0011 and so on".to_vec();
        let trailer = crc(&bytes).to_le_bytes();
        bytes.extend(trailer);
        assert_eq!(crc(&bytes), 0);
    }

    proptest! {
        #[test]
        fn ranges_combine_to_the_whole_for_any_split(bytes: Vec<u8>, cuts: Vec<prop::sample::Index>) {
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            cuts.push(bytes.len());
            cuts.sort_unstable();
            let (mut whole, mut from) = (0, 0);
            for cut in cuts {
                whole = combine(whole, crc(&bytes[from..cut]), (cut - from) as u64);
                from = cut;
            }
            prop_assert_eq!(whole, crc(&bytes));
        }

        #[test]
        fn a_checksum_goes_on_from_its_value(a: Vec<u8>, b: Vec<u8>) {
            let mut resumed = Crc64::from_value(crc(&a));
            resumed.update(&b);
            prop_assert_eq!(resumed.value(), crc(&[a, b].concat()));
        }
    }
}
