//! How much a server's allocator gives for so many bytes.

/// What gives a server memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allocator {
    /// Multiples of 16 up to 128, then four sizes up to each power of two.
    Jemalloc,
    /// The GNU C library's: blocks of a multiple of 16, eight bytes of which are its own. Some builds of Valkey have it.
    Libc,
}

impl Allocator {
    /// What it gives for so many bytes.
    pub(super) fn gives(self, bytes: u64) -> u64 {
        match self {
            Self::Jemalloc => match bytes {
                ..=8 => 8,
                9..=128 => bytes.next_multiple_of(16),
                _ => {
                    let power = bytes.checked_next_power_of_two().unwrap_or(bytes);
                    bytes.next_multiple_of((power / 8).max(1))
                }
            },
            Self::Libc => ((bytes + 8).next_multiple_of(16) - 8).max(24),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Allocator;

    #[test]
    fn sizes_are_those_of_the_allocator() {
        let sizes =
            [(1, 8), (9, 16), (100, 112), (128, 128), (129, 160), (161, 192), (257, 320), (4097, 5120)];
        for (bytes, given) in sizes {
            assert_eq!(Allocator::Jemalloc.gives(bytes), given, "{bytes}");
        }
        for (bytes, given) in [(1, 24), (24, 24), (25, 40), (105, 120), (4097, 4104)] {
            assert_eq!(Allocator::Libc.gives(bytes), given, "{bytes}");
        }
    }
}
