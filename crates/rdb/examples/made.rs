//! Writes an RDB file of many small keys to standard output: `made KEYS [EVERY]`. With `EVERY`, of each so many keys one is
//! left out, the next has another value, and the next after that another expiry: what `cachekeep diff` is measured with.

use std::{
    io::{self, BufWriter, Write},
    process::ExitCode,
};

use cachekeep_rdb::checksum::Crc64;

fn main() -> ExitCode {
    let numbers: Result<Vec<u64>, _> = std::env::args().skip(1).map(|text| text.parse()).collect();
    let written = match numbers.as_deref() {
        Ok([keys]) => write(*keys, None),
        Ok([keys, every]) if *every >= 4 => write(*keys, Some(*every)),
        _ => Err(io::Error::other("usage: made KEYS [EVERY]")),
    };
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn write(keys: u64, every: Option<u64>) -> io::Result<()> {
    let (mut out, mut sum) = (BufWriter::with_capacity(1 << 20, io::stdout().lock()), Crc64::new());
    let mut put = |bytes: &[u8]| {
        sum.update(bytes);
        out.write_all(bytes)
    };
    put(b"REDIS0009\xfe\x00")?;
    let mut record = Vec::new();
    for number in 0..keys {
        let place = every.map(|every| number % every);
        if place != Some(0) {
            record.clear();
            key(&mut record, number, place);
            put(&record)?;
        }
    }
    put(&[0xff])?;
    let sum = sum.value();
    out.write_all(&sum.to_le_bytes())?;
    out.flush()
}

/// One key of three kinds: a plain string, one that expires, and one of a page of text.
fn key(record: &mut Vec<u8>, number: u64, place: Option<u64>) {
    const DAY: u64 = 86_400_000;
    if number.is_multiple_of(3) || place == Some(2) {
        let later = if place == Some(2) { DAY } else { 0 };
        record.push(0xfc);
        record.extend_from_slice(&(1_900_000_000_000 + number + later).to_le_bytes());
    }
    record.push(0);
    let prefix = ["session", "cart", "profile", "rate"][usize::try_from(number % 4).unwrap_or_default()];
    string(record, format!("{prefix}:{number:010}").as_bytes());
    let changed = if place == Some(1) { "new" } else { "old" };
    string(record, format!("{{\"id\":{number},\"state\":\"{changed}\",\"at\":{}}}", number * 7).as_bytes());
}

fn string(record: &mut Vec<u8>, bytes: &[u8]) {
    // All are shorter than 64 bytes, so that their length takes one.
    record.push(u8::try_from(bytes.len()).unwrap_or(63));
    record.extend_from_slice(bytes);
}
