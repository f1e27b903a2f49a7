//! The items that compressed data is made of: runs of bytes, and references to what came out before.

/// What a control byte says of its item.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    /// How far back it refers, without its low bits; none where it does not.
    pub(super) distance: u16,
    pub(super) used: u8,
    /// Bytes that come out, without those of a long reference's second byte.
    pub(super) length: u8,
    /// All bits where the second byte holds the low bits of the distance, as in a short reference.
    pub(super) short: u8,
    /// All bits where the third byte does, and the second adds to the length, as in a long one.
    pub(super) long: u8,
}

pub(super) static KINDS: [Kind; 256] = kinds();

const fn kinds() -> [Kind; 256] {
    let mut kinds = [Kind { distance: 0, used: 2, length: 1, short: 0, long: 0 }; 256];
    let mut control: u8 = 0;
    loop {
        let distance = (((control & 0x1f) as u16) << 8) + 1;
        kinds[control as usize] = match control {
            0..32 => Kind { distance: 0, used: control + 2, length: control + 1, short: 0, long: 0 },
            32..0xe0 => Kind { distance, used: 2, length: (control >> 5) + 2, short: 0xff, long: 0 },
            0xe0..=0xff => Kind { distance, used: 3, length: 9, short: 0, long: 0xff },
        };
        if control == 0xff {
            return kinds;
        }
        control += 1;
    }
}

/// One item: how many bytes it takes, how many come out of it, and from how far back (0 for a run of bytes).
pub(super) struct Item {
    pub(super) used: usize,
    pub(super) length: usize,
    pub(super) distance: usize,
}

/// Reads an item; `None` where it is not whole. Of a run, only the control byte is looked at.
#[inline]
pub(super) fn item(bytes: &[u8]) -> Option<Item> {
    let (control, length, last, used) = match *bytes {
        [run @ ..32, ..] => {
            let length = usize::from(run) + 1;
            return Some(Item { used: 1 + length, length, distance: 0 });
        }
        [control @ 0xe0..=0xff, more, last, ..] => (control, 9 + usize::from(more), last, 3),
        [control @ 32..0xe0, last, ..] => (control, 2 + usize::from(control >> 5), last, 2),
        _ => return None,
    };
    let distance = (usize::from(control & 0x1f) << 8 | usize::from(last)) + 1;
    Some(Item { used, length, distance })
}
