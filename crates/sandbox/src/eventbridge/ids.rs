//! Identifiers that look random and are not: the same run gives the same ids.

/// A UUID that follows from a purpose and a counter.
pub(crate) fn uuid(purpose: &str, counter: u64) -> String {
    let (high, low) = (mix(seed(purpose), counter), mix(seed(purpose).rotate_left(32), counter));
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0x0fff,
        0x8000 | (low >> 48) & 0x3fff,
        low & 0xffff_ffff_ffff
    )
}

/// Sixteen hexadecimal digits in capitals, as S3 writes its request ids and sequencers.
pub(crate) fn hex16(purpose: &str, counter: u64) -> String {
    format!("{:016X}", mix(seed(purpose), counter))
}

/// FNV-1a, so that each purpose has a sequence of its own.
fn seed(purpose: &str) -> u64 {
    purpose
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// `SplitMix64`: a bijection of the counter, so ids never repeat.
fn mix(seed: u64, counter: u64) -> u64 {
    let mut z = seed.wrapping_add(counter.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_repeat_between_runs_and_never_within_one() {
        assert_eq!(uuid("event", 7), uuid("event", 7));
        let ids: BTreeSet<String> = (0..1000).flat_map(|n| [uuid("event", n), uuid("message", n)]).collect();
        assert_eq!(ids.len(), 2000);
        assert!(ids.iter().all(|id| id.len() == 36 && id.as_bytes()[14] == b'4'));
    }
}
