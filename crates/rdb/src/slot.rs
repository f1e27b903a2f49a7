//! The slot of a key in a cluster.

/// Slots of a cluster.
const SLOTS: u16 = 16_384;
/// The polynomial of CRC-16/XMODEM, which servers take of a key's name.
const POLYNOMIAL: u16 = 0x1021;

const TABLE: [u16; 256] = table();

const fn table() -> [u16; 256] {
    let mut table = [0; 256];
    let mut place = 0_u16;
    while place < 256 {
        let (mut sum, mut bit) = (place << 8, 0);
        while bit < 8 {
            sum = if sum & 0x8000 == 0 { sum << 1 } else { (sum << 1) ^ POLYNOMIAL };
            bit += 1;
        }
        table[place as usize] = sum;
        place += 1;
    }
    table
}

/// The slot that a key is in: that of what stands between its first `{` and the next `}`, if anything does.
#[must_use]
pub fn slot(key: &[u8]) -> u16 {
    let tagged = key.iter().position(|byte| *byte == b'{').and_then(|open| {
        let rest = key.get(open + 1..)?;
        let close = rest.iter().position(|byte| *byte == b'}')?;
        rest.get(..close).filter(|tag| !tag.is_empty())
    });
    let sum = tagged.unwrap_or(key).iter().fold(0_u16, |sum, byte| {
        let [high, low] = sum.to_be_bytes();
        TABLE[usize::from(high ^ byte)] ^ u16::from(low) << 8
    });
    sum % SLOTS
}

#[cfg(test)]
mod tests {
    use super::slot;

    #[test]
    fn slots_are_those_that_servers_answer() {
        // CLUSTER KEYSLOT of Valkey 9.1.2.
        for (key, expected) in [
            (&b"foo"[..], 12182),
            (b"123456789", 12739),
            (b"{user1000}.following", 3443),
            (b"foo{}{bar}", 8363),
            (b"foo{{bar}}zap", 4015),
            (b"", 0),
        ] {
            assert_eq!(slot(key), expected, "{key:?}");
        }
    }
}
