//! Seeded randomness, forked per purpose so that a new use does not shift the draws of the others.

/// Where every draw of a sandbox comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

impl Seed {
    /// A generator whose draws depend on the seed and the purpose's name alone.
    #[must_use]
    pub fn fork(self, purpose: &str) -> Rng {
        let mut rng = Rng(self.0 ^ fnv1a(purpose));
        rng.next_u64();
        rng
    }
}

/// `SplitMix64`: small, fast, and the same on every machine.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`; 0 when `bound` is 0. The bias of the remainder is below 2^-32 for any bound used here.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next_u64().checked_rem(bound).unwrap_or(0)
    }

    /// A number in [0, 1).
    pub fn unit(&mut self) -> f64 {
        let high = u32::try_from(self.next_u64() >> 32).unwrap_or(0);
        f64::from(high) / (f64::from(u32::MAX) + 1.0)
    }
}

fn fnv1a(text: &str) -> u64 {
    text.bytes()
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fork_depends_on_its_purpose_and_repeats() {
        let draws = |purpose: &str| {
            let mut rng = Seed(7).fork(purpose);
            [rng.next_u64(), rng.next_u64()]
        };
        assert_eq!(draws("snapshots"), draws("snapshots"));
        assert_ne!(draws("snapshots"), draws("exports"));
    }

    #[test]
    fn draws_stay_in_their_range() {
        let mut rng = Seed(1).fork("range");
        for _ in 0..1_000 {
            assert!(rng.below(6) < 6);
            assert!((0.0..1.0).contains(&rng.unit()));
        }
        assert_eq!(rng.below(0), 0);
    }
}
