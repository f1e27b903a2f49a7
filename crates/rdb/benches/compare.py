#!/usr/bin/env python3
"""CPU time of the reader against the servers' own checkers, on one machine in one run.

    cargo build --release -p cachekeep-rdb --example verify
    python3 crates/rdb/benches/compare.py [--scale N] [--rounds N] [--dir DIR] [--server NAME] [--tool NAME=COMMAND ...]

Writes four files with an installed valkey-server or redis-server (about 100 MB each at scale 1), checks that our
counts are the server's, runs every tool on every file in turn (A B A B ...), and prints medians of user + system
seconds, the ratio to ours and the peak RSS. The checkers are those on the path (valkey-check-rdb, redis-check-rdb)
and those named with --tool. Level presence looks at both ends only, so it is what plain reading costs.
"""
import argparse, json, os, re, shlex, shutil, socket, statistics, subprocess, sys, tempfile, time

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.."))

# Each fills the database through Lua, which is faster than any client. ARGV: first, last.
MIXED = open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "mixed.lua")).read()
SMALL = """
for i = ARGV[1], ARGV[2] do
  local k, v = string.format('k:%012x', i * 2654435761 % 281474976710656), string.format('%016x', i * 40503 % 4294967296)
  if i % 3 == 0 then redis.call('SET', k, v, 'EX', 100000000) else redis.call('SET', k, v) end
end
"""
TEXT = """
math.randomseed(ARGV[1])
local names = {'alice','bob','carol','dave','erin','frank','grace','heidi'}
for i = ARGV[1], ARGV[2] do
  local t = {}
  for e = 1, math.random(12, 100) do
    t[e] = string.format('{"id":%d,"user":"%s","amount":%.2f,"state":"%s","at":%d}', math.random(1000000), names[math.random(8)], math.random() * 1000, (math.random(2) == 1) and 'open' or 'closed', 1700000000 + math.random(100000000))
  end
  redis.call('SET', 'doc:' .. i, '[' .. table.concat(t, ',') .. ']')
end
"""
# script, items a call, items at scale 1
FILES = {"mixed": (MIXED, 1000, 200_000), "small": (SMALL, 20_000, 2_800_000), "text": (TEXT, 500, 45_000)}
LARGE = 30  # values of 1-5 MB that do not compress, at scale 1


class Client:
    def __init__(self, port):
        self.sock = socket.create_connection(("127.0.0.1", port))
        self.file = self.sock.makefile("rb")

    def __call__(self, *args):
        parts = [a if isinstance(a, bytes) else str(a).encode() for a in args]
        self.sock.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))
        line = self.file.readline()
        if line[:1] == b"-":
            raise RuntimeError(line.decode())
        if line[:1] == b"$" and int(line[1:]) >= 0:
            return self.file.read(int(line[1:]) + 2)[:-2]
        return line[1:-2]


def generate(server, directory, scale):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = shlex.split(server) + ["--port", str(port), "--bind", "127.0.0.1", "--dir", directory, "--save", ""]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                client = Client(port)
                break
            except OSError:
                time.sleep(0.1)
        for name in [*FILES, "large"]:
            path = os.path.join(directory, name + ".rdb")
            if os.path.exists(path):
                continue
            client("FLUSHALL")
            if name == "large":
                for i in range(int(LARGE * scale)):
                    client("SET", f"blob:{i}", os.urandom(1_000_000 + i % 5 * 1_000_000))
            else:
                script, batch, items = FILES[name]
                for first in range(1, int(items * scale) + 1, batch):
                    client("EVAL", script, 0, first, min(first + batch - 1, int(items * scale)))
            client("SAVE")
            with open(path + ".keyspace", "wb") as said:
                said.write(client("INFO", "keyspace"))
            os.rename(os.path.join(directory, "dump.rdb"), path)
            print(f"wrote {path}: {os.path.getsize(path):,} bytes, {int(client('DBSIZE')):,} keys", flush=True)
    finally:
        process.kill()
        process.wait()


def check_counts(verify, path):
    """Compares keys and expiries per database with what the server said of itself when it wrote the file."""
    said = re.findall(r"db(\d+):keys=(\d+),expires=(\d+)", open(path + ".keyspace").read())
    table = subprocess.run(shlex.split(verify) + [path], capture_output=True, text=True, check=True).stdout
    found = re.findall(r"^ +(\d+) +(\d+) +(\d+)  ", table, re.M)
    if said != found:
        sys.exit(f"{path}: the server said {said}, the reader found {found}")


class Refused(Exception):
    pass


def can_read(tool, command, path):
    """A server's checker may not know the format that another server writes; ours must read them all."""
    try:
        measure(command, path)
        return True
    except Refused as refused:
        if tool.startswith("cachekeep"):
            sys.exit(str(refused))
        print(f"\n{tool} does not read {path}")
        return False


def measure(command, path):
    """User + system seconds, and peak RSS in MB (as `time` sees it: the kernel counts the process that a child was
    forked from into the child's peak, and this one is larger than most tools here)."""
    report = tempfile.NamedTemporaryFile()
    time_it = ["time", "-f", "%M", "-o", report.name] if shutil.which("time") else []
    process = subprocess.Popen(time_it + shlex.split(command) + [path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    if status != 0:
        raise Refused(f"{command} {path} failed: {output[-500:]}")
    return usage.ru_utime + usage.ru_stime, int(report.read() or 0) / 1024


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--scale", type=float, default=1)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--dir")
    options.add_argument("--server", default=shutil.which("valkey-server") or shutil.which("redis-server"))
    options.add_argument("--tool", action="append", default=[])
    options.add_argument("--verify", default=None)
    options = options.parse_args()
    if not options.server:
        sys.exit("no valkey-server or redis-server on the path: name one with --server")
    target = os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))
    verify = options.verify or os.path.join(target, "release/examples/verify")
    tools = {f"cachekeep {level}": f"{verify} --level {level}" for level in ("presence", "checksum", "structure", "deep")}
    tools |= {name: name for name in ("valkey-check-rdb", "redis-check-rdb") if shutil.which(name)}
    tools |= dict(tool.split("=", 1) for tool in options.tool)
    directory = options.dir or tempfile.mkdtemp(prefix="rdb-compare-")
    os.makedirs(directory, exist_ok=True)
    generate(options.server, directory, options.scale)
    rows = []
    for name in [*FILES, "large"]:
        path = os.path.join(directory, name + ".rdb")
        check_counts(verify, path)
        size = os.path.getsize(path) / 1e6
        able = {tool: command for tool, command in tools.items() if can_read(tool, command, path)}
        runs = {tool: [] for tool in able}
        for _ in range(options.rounds):
            for tool, command in able.items():
                runs[tool].append(measure(command, path))
        base = statistics.median(cpu for cpu, _ in runs["cachekeep structure"])
        print(f"\n{name}.rdb, {size:.0f} MB    {'CPU s':>8} {'MB/CPU s':>9} {'ratio':>6} {'RSS MB':>7}")
        for tool, results in runs.items():
            cpu, rss = statistics.median(r[0] for r in results), max(r[1] for r in results)
            print(f"  {tool:24} {cpu:8.3f} {size / cpu:9.0f} {cpu / base:6.2f} {rss:7.1f}", flush=True)
            rows.append({"file": name, "tool": tool, "cpu_seconds": cpu, "rss_mb": rss, "ratio": cpu / base})
    with open(os.path.join(directory, "compare.json"), "w") as out:
        json.dump(rows, out, indent=1)


if __name__ == "__main__":
    main()
