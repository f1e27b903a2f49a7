//! Reads one RDB file and prints the verdict: `verify [--level LEVEL] FILE`. What the benchmark and the fuzzer's finds
//! are run with; `cachekeep verify` is the command for people.

use std::{fs::File, io::Read, process::ExitCode};

use cachekeep_rdb::{Level, Reader, Verdict};

/// Bytes read at a time; more gains nothing (docs/measured.md 4).
const PIECE: usize = 256 * 1024;

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let level = match arguments.first().map(String::as_str) {
        Some("--level") if arguments.len() == 3 => arguments.drain(..2).next_back(),
        Some(_) | None => None,
    };
    let level = level.map_or(Ok(Level::default()), |word| word.parse());
    let ([path], Ok(level)) = (arguments.as_slice(), level) else {
        return answer("usage: verify [--level presence|checksum|structure|deep] FILE", 2);
    };
    match read(path, level) {
        Ok(verdict) => answer(&verdict.to_string(), if verdict.valid { 0 } else { 3 }),
        Err(error) => answer(&format!("failed to read {path}: {error}"), 1),
    }
}

fn read(path: &str, level: Level) -> std::io::Result<Verdict> {
    let mut file = File::open(path)?;
    let mut reader = Reader::new(level);
    let mut piece = vec![0; PIECE];
    loop {
        let count = file.read(&mut piece)?;
        // A broken file is not read further; the verdict says why.
        if count == 0 || reader.push(&piece[..count]).is_err() {
            return Ok(reader.finish());
        }
    }
}

#[expect(clippy::print_stdout, reason = "this is a command")]
fn answer(text: &str, code: u8) -> ExitCode {
    println!("{}", text.trim_end());
    ExitCode::from(code)
}
