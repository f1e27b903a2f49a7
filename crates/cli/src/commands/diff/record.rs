//! What is kept of a key to compare it: its name, its type, a digest of its value, and when it expires.

/// The types by their codes; the last is what a module wrote.
const TYPES: [&str; 7] = ["string", "list", "set", "zset", "hash", "stream", "module"];
/// Set in the first byte where an expiry follows.
const EXPIRES: u8 = 0x80;
const DIGEST: usize = 16;

/// A key as it is compared. They are in the order of databases and names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record<'a> {
    pub(super) db: u64,
    pub(super) key: &'a [u8],
    pub(super) kind: &'static str,
    pub(super) digest: u128,
    /// In milliseconds since 1970.
    pub(super) expires_at: Option<u64>,
}

impl<'a> Record<'a> {
    /// What `TYPE` answers, as it is kept.
    pub(super) fn type_of(name: Option<&str>) -> &'static str {
        let known = TYPES.iter().find(|known| Some(**known) == name);
        known.copied().unwrap_or(TYPES[TYPES.len() - 1])
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let code = TYPES.iter().position(|known| *known == self.kind).unwrap_or(TYPES.len() - 1);
        let code = u8::try_from(code).unwrap_or_default();
        out.push(if self.expires_at.is_some() { code | EXPIRES } else { code });
        if let Some(at) = self.expires_at {
            out.extend_from_slice(&at.to_le_bytes());
        }
        out.extend_from_slice(&self.digest.to_le_bytes());
        write_number(out, self.db);
        write_number(out, self.key.len() as u64);
        out.extend_from_slice(self.key);
    }

    /// The first record of `bytes`, and what follows it; nothing where there is none.
    pub(super) fn read(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (first, rest) = bytes.split_first()?;
        let (expires_at, rest) = if first & EXPIRES == 0 {
            (None, rest)
        } else {
            let (at, rest) = rest.split_first_chunk()?;
            (Some(u64::from_le_bytes(*at)), rest)
        };
        let (digest, rest) = rest.split_first_chunk::<DIGEST>()?;
        let (db, rest) = read_number(rest)?;
        let (length, rest) = read_number(rest)?;
        let (key, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        let kind = TYPES.get(usize::from(first & !EXPIRES))?;
        Some((Self { db, key, kind, digest: u128::from_le_bytes(*digest), expires_at }, rest))
    }
}

/// Seven bits a byte, the lowest first.
fn write_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push((number & 0x7f) as u8);
}

fn read_number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0;
    for (place, byte) in bytes.iter().take(10).enumerate() {
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((number, &bytes[place + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::Record;

    #[test]
    fn records_come_back_as_they_were_written() {
        let long = vec![7; 300];
        let records = [
            Record { db: 0, key: b"", kind: "string", digest: 1, expires_at: None },
            Record { db: 300, key: b"\xff", kind: "module", digest: u128::MAX, expires_at: Some(0) },
            Record { db: u64::MAX, key: &long, kind: "stream", digest: 0, expires_at: Some(u64::MAX) },
        ];
        let mut bytes = Vec::new();
        for record in &records {
            record.write(&mut bytes);
        }
        let mut rest = bytes.as_slice();
        for record in records {
            let (read, after) = Record::read(rest).unwrap();
            assert_eq!(read, record);
            rest = after;
        }
        assert_eq!(Record::read(rest), None);
    }
}
