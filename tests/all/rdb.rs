//! RDB files for caches to hold: as large and with as many keys as a test wants.

use cachekeep_rdb::checksum::Crc64;

/// A file of `keys` string values of `value` bytes each.
pub(crate) fn file(keys: u32, value: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let body = vec![b'v'; usize::try_from(value).unwrap()];
    for key in 0..keys {
        file.push(0);
        file.push(10);
        file.extend(format!("key:{key:06}").into_bytes());
        file.push(0x80);
        file.extend(value.to_be_bytes());
        file.extend(&body);
    }
    around(&file)
}

/// A file with a right checksum around `body`, whatever that is.
pub(crate) fn around(body: &[u8]) -> Vec<u8> {
    let mut file = [b"REDIS0011", body, &[0xff]].concat();
    let mut checksum = Crc64::new();
    checksum.update(&file);
    file.extend(checksum.value().to_le_bytes());
    file
}
