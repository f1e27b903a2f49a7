#!/usr/bin/env python3
"""CPU time of listing keys against redis-rdb-tools, on one machine in one run.

    cargo build --release -p cachekeep-rdb --example keys --example made
    python3 -m venv /tmp/tools && /tmp/tools/bin/pip install rdbtools python-lzf
    python3 crates/rdb/benches/keys.py --rdb /tmp/tools/bin/rdb [--cachekeep PATH] [--keys N] [--rounds N]

Writes a file of N small keys, checks that both count them all, and runs `rdb --command justkeys`, the example `keys`, which
passes on every key with its elements, size and estimate, and, where it is named, `cachekeep keys --count --match '*'`, which does
the same, in turn (A B C A B C ...). Prints medians of user + system seconds, the ratios, and the peak RSS.
"""
import argparse, os, re, statistics, subprocess, tempfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.."))
EXAMPLES = os.path.join(ROOT, "target/release/examples")


def timed(command):
    """Keys, CPU seconds and peak RSS in MB of one run. Lines are keys unless the first says how many there are."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    lines, first = 0, b""
    for line in process.stdout:
        first = first or line
        lines += 1
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    said = re.fullmatch(rb"(\d+)(?: keys, .*)?\n", first)
    keys = int(said[1]) if said and command[0] != args.rdb else lines
    return keys, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--rdb", required=True)
parser.add_argument("--cachekeep")
parser.add_argument("--keys", type=int, default=1_000_000)
parser.add_argument("--rounds", type=int, default=5)
args = parser.parse_args()

with tempfile.TemporaryDirectory() as directory:
    path = os.path.join(directory, "made.rdb")
    with open(path, "wb") as file:
        subprocess.run([os.path.join(EXAMPLES, "made"), str(args.keys)], stdout=file, check=True)
    tools = {"redis-rdb-tools": [args.rdb, "--command", "justkeys", path], "keys": [os.path.join(EXAMPLES, "keys"), path]}
    if args.cachekeep:
        tools["cachekeep keys"] = [args.cachekeep, "keys", path, "--count", "--match", "*"]
    seconds, peaks = {name: [] for name in tools}, {name: [] for name in tools}
    for _ in range(args.rounds):
        for name, command in tools.items():
            keys, cpu, peak = timed(command)
            assert keys == args.keys, f"{name} found {keys} keys"
            seconds[name].append(cpu)
            peaks[name].append(peak)
    megabytes = os.path.getsize(path) / 1e6
    theirs = statistics.median(seconds["redis-rdb-tools"])
    print(f"{args.keys} keys, {megabytes:.0f} MB, medians of {args.rounds} rounds")
    for name in tools:
        median = statistics.median(seconds[name])
        print(f"{name:<16} {median:8.2f} s  {megabytes / median:8.0f} MB/s  {theirs / median:7.1f} times  {max(peaks[name]):6.1f} MB")
