//! `verify` holds as little of a large file as of a small one.

use std::fs;
use std::io::Write as _;
use std::process::{Child, ChildStdin, Command, Stdio};

/// A value that is walked, not kept: half a gigabyte.
const VALUE: u32 = 512 << 20;

/// What is poured at a time.
const PIECE: usize = 1 << 20;

/// How much more the process may hold after half a gigabyte than after a megabyte, in KiB: pages of the program itself that
/// it had not met before.
const GROWTH: u64 = 2048;

fn pour(input: &mut ChildStdin, pieces: usize) {
    let piece = vec![0x55; PIECE];
    (0..pieces).for_each(|_| input.write_all(&piece).unwrap());
    input.flush().unwrap();
}

/// The most that a process ever held, in KiB; `None` where the system does not tell.
fn peak(process: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

#[test]
fn half_a_gigabyte_in_one_value_takes_no_more_memory_than_a_megabyte() {
    let mut process = Command::new(env!("CARGO_BIN_EXE_cachekeep"))
        .args(["verify", "-", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = process.stdin.take().unwrap();
    input.write_all(b"REDIS0011\x00\x01k\x80").unwrap();
    input.write_all(&VALUE.to_be_bytes()).unwrap();
    pour(&mut input, 1);
    let early = peak(&process);
    pour(&mut input, (VALUE as usize) / PIECE - 1);
    let late = peak(&process);
    input.write_all(&[0xff, 0, 0, 0, 0, 0, 0, 0, 0]).unwrap();
    drop(input);
    let output = process.wait_with_output().unwrap();
    let verdict: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &verdict["valid"]), (Some(0), &true.into()), "{verdict}");
    assert_eq!(verdict["bytes"], u64::from(VALUE) + 17 + 9);
    match (early, late) {
        (Some(early), Some(late)) => assert!(late <= early + GROWTH, "{early} KiB, then {late} KiB"),
        _ => println!("this system does not tell what a process holds"),
    }
}
