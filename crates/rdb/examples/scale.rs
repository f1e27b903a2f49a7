//! Shows what reading costs as files grow: `cargo run --release -p cachekeep-rdb --example scale [LARGEST_MB]`.
//!
//! Files from 1 MB to 4 GB (or `LARGEST_MB`) are made up as they are read, at every level that reads all bytes: the time of
//! each goes up with its size, and the process's peak memory must not. Then a file of a quarter of that is put on disk, and
//! its checksum is taken by one thread, and by two over a half each, in turn; their results combine to the same.
//! Exit code 1 says that memory grew or that the two did not agree.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};

use cachekeep_rdb::{
    Level, Reader, Verdict,
    checksum::{Crc64, combine},
};

/// Bytes that are read at once.
const PIECE: usize = 256 * 1024;

/// The largest file in MB, where none is named.
const LARGEST: u64 = 4096;

/// How much more memory the largest file may take than the smallest, in KiB: what the allocator rounds up.
const GROWTH: u64 = 1024;

/// The most that may be held at any time, in KiB: issue 4 asks for 16 MiB.
const PEAK: u64 = 16 * 1024;

/// How often one range and two are tried in turn.
const ROUNDS: u32 = 5;

fn main() -> ExitCode {
    let largest = std::env::args().nth(1).map_or(Ok(LARGEST), |text| text.parse());
    let outcome = match largest {
        Ok(largest) => show(largest),
        Err(error) => Err(io::Error::other(format!("LARGEST_MB must be a number: {error}"))),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("failed: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn show(largest: u64) -> io::Result<bool> {
    let block = block();
    let mut held = true;
    for level in [Level::Checksum, Level::Structure, Level::Deep] {
        say(&format!("level {level}\n       MB   seconds    MB/s   peak KiB"));
        let sizes = std::iter::successors(Some(1), |mb| Some(mb * 4)).take_while(|mb| *mb <= largest);
        let mut first = None;
        for mb in sizes {
            let (verdict, took) = timed(|| read(&block, mb, level));
            let peak = peak()?;
            let rate = verdict.bytes / 1000 / u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
            say(&format!("{mb:>9} {:>9.3} {rate:>7} {peak:>10}", took.as_secs_f64()));
            held &= verdict.valid && peak <= PEAK && peak <= *first.get_or_insert(peak) + GROWTH;
        }
    }
    let path = std::env::temp_dir().join(format!("cachekeep-scale-{}.rdb", std::process::id()));
    let agreed = halves(&block, (largest / 4).max(1), &path);
    fs::remove_file(&path)?;
    Ok(held & agreed?)
}

/// About a megabyte of keys: small strings with and without expiry, and a large value.
fn block() -> Vec<u8> {
    let mut block = Vec::new();
    for key in 0..20_000_u32 {
        if key % 3 == 0 {
            block.push(0xfc);
            block.extend(u64::from(key).to_le_bytes());
        }
        let (name, value) = (format!("key:{key:08}"), format!("value of {key:07}"));
        block.extend([0, 12]);
        block.extend(name.as_bytes());
        block.push(16);
        block.extend(value.as_bytes());
    }
    let large = vec![0x55; 300_000];
    block.extend([0, 5]);
    block.extend(b"large\x80");
    block.extend(300_000_u32.to_be_bytes());
    block.extend(large);
    block
}

/// Hands out the pieces of a file of about `mb` megabytes.
fn pour(block: &[u8], mb: u64, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut checksum = Crc64::new();
    let mut sum_and_take = |bytes: &[u8]| {
        checksum.update(bytes);
        take(bytes)
    };
    sum_and_take(b"REDIS0011")?;
    for _ in 0..mb {
        block.chunks(PIECE).try_for_each(&mut sum_and_take)?;
    }
    sum_and_take(&[0xff])?;
    take(&checksum.value().to_le_bytes())
}

/// Reads a file that is nowhere: what is measured beside the reader is one more checksum.
fn read(block: &[u8], mb: u64, level: Level) -> Verdict {
    let mut reader = Reader::new(level);
    // The verdict says what is wrong.
    let _ = pour(block, mb, |bytes| reader.push(bytes).map_err(io::Error::other));
    reader.finish()
}

/// Takes the checksum of one file in one range and in two, and shows the quickest of each: other work on the machine only
/// makes them slower.
fn halves(block: &[u8], mb: u64, path: &Path) -> io::Result<bool> {
    let mut file = File::create(path)?;
    pour(block, mb, |bytes| file.write_all(bytes))?;
    let size = file.metadata()?.len();
    let (mut one, mut two, mut agreed) = (Duration::MAX, Duration::MAX, true);
    for _ in 0..ROUNDS {
        let (whole, took) = timed(|| checksum(path, 0, size));
        one = one.min(took);
        let (combined, took) = timed(|| in_halves(path, size));
        two = two.min(took);
        let whole = whole?;
        // Over a whole file with its own checksum it is zero.
        agreed &= whole == 0 && combined? == whole;
    }
    let (one, two) = (one.as_secs_f64(), two.as_secs_f64());
    say(&format!("checksum of {mb} MB on disk: one range {one:.3} s, two ranges at once {two:.3} s"));
    Ok(agreed)
}

fn in_halves(path: &Path, size: u64) -> io::Result<u64> {
    let middle = size / 2;
    let (first, second) = std::thread::scope(|scope| {
        let first = scope.spawn(|| checksum(path, 0, middle));
        let second = checksum(path, middle, size);
        (first.join(), second)
    });
    let first = first.map_err(|_| io::Error::other("a thread ended early"))??;
    Ok(combine(first, second?, size - middle))
}

/// The checksum of a part of a file.
fn checksum(path: &Path, from: u64, to: u64) -> io::Result<u64> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(from))?;
    let mut part = file.take(to - from);
    let (mut checksum, mut piece) = (Crc64::new(), vec![0; PIECE]);
    loop {
        match part.read(&mut piece)? {
            0 => return Ok(checksum.value()),
            count => checksum.update(&piece[..count]),
        }
    }
}

/// The most memory that this process ever held, in KiB.
fn peak() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
    number.ok_or_else(|| io::Error::other("the system does not tell a process's peak memory"))
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let started = Instant::now();
    (work(), started.elapsed())
}

#[expect(clippy::print_stdout, reason = "this is a command")]
fn say(text: &str) {
    println!("{text}");
}
