"""Starts each release binary under a small Lambda Runtime API, and a Python function that does the same work.

    python tests/deploy/cold_start.py .aws-sam/build [--rounds N]

Each process gets one event and answers it: an idle pass, two reads of a table that is empty. DynamoDB is a server here that
answers at once, so that what is measured is the function. Init is from the start of the process to its first question for
an event; the first answer is from there to the answer; memory is the process's peak. The table has the medians of all
rounds; the goals are judged on the fastest start of each, which other work on the machine disturbed least.
"""

import argparse
import http.server
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import threading
import time

from sizes import zipped

HERE = pathlib.Path(__file__).parent
FUNCTIONS = HERE.parents[1] / "functions"

# Ours against a hello world built alike, and against Python.
INIT_OVER_HELLO, START_OF_PYTHON, MEMORY_OF_PYTHON = 3.0, 1 / 10, 1 / 3

HELLO, PYTHON = "hello world", "the same in Python, boto3"

ENVIRONMENT = {
    "PATH": "/usr/bin:/bin", "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "x",
    "AWS_SECRET_ACCESS_KEY": "x", "AWS_LAMBDA_FUNCTION_NAME": "f", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
    "AWS_LAMBDA_FUNCTION_VERSION": "1", "AWS_LAMBDA_LOG_GROUP_NAME": "g", "AWS_LAMBDA_LOG_STREAM_NAME": "s",
    "CACHEKEEP_TABLE": "ledger", "CACHEKEEP_BUCKET": "exports", "CACHEKEEP_BUS": "cachekeep",
    "CACHEKEEP_TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:cachekeep",
}


class Answers(http.server.BaseHTTPRequestHandler):
    """The Runtime API for one process, and a DynamoDB whose every query finds nothing."""

    protocol_version = "HTTP/1.1"
    # Small answers must not wait for one another.
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_GET(self):
        if self.server.asked is not None:
            # There is no second event: the process is ended while it waits for one.
            self.server.over.wait()
            return
        self.server.asked = time.perf_counter()
        self._send(self.server.event, {
            "Lambda-Runtime-Aws-Request-Id": "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
            "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 300_000),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:f"})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "/runtime/" in self.path:
            self._send(b"{}")
            self.server.answered = time.perf_counter(), self.path, body
        else:
            self._send(b'{"Count":0,"Items":[],"ScannedCount":0}', {"Content-Type": "application/x-amz-json-1.0"})

    def _send(self, body, headers=None):
        self.send_response(200)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    """One for each process: a question of a process that was ended must not count as the next one's."""

    daemon_threads = True

    def __init__(self, event):
        super().__init__(("127.0.0.1", 0), Answers)
        self.event, self.asked, self.answered, self.over = event, None, None, threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def handle_error(self, *_):
        """A process that is ended drops its connections."""

    def end(self):
        self.over.set()
        self.shutdown()
        self.server_close()


def once(command, job):
    """One cold start: (init ms, first answer ms, peak MB, answer)."""
    server = Server((FUNCTIONS / job / "events" / "schedule.json").read_bytes() if job else b"{}")
    at = f"127.0.0.1:{server.server_address[1]}"
    environment = {**ENVIRONMENT, "AWS_LAMBDA_RUNTIME_API": at, "AWS_ENDPOINT_URL": f"http://{at}"}
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    while server.answered is None:
        if process.poll() is not None or time.perf_counter() - started > 60:
            sys.exit(f"FAILED: {command} did not answer")
        time.sleep(0.0005)
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    process.kill()
    process.wait()
    server.end()
    answered, path, answer = server.answered
    if path.endswith("/error"):
        sys.exit(f"FAILED: {command} answered {answer.decode()}")
    return (server.asked - started) * 1e3, (answered - server.asked) * 1e3, peak / 1e3, json.loads(answer)


def measure(subjects, rounds):
    """Starts all of them in turn, so that what else the machine does slows all alike: name to (init, cold start, peak)."""
    runs = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, (command, job, _) in subjects.items():
            runs[name].append(once(command, job))
    return {name: row(name, runs[name], *subjects[name][1:]) for name in subjects}


def row(name, runs, job, archive):
    if job:
        assert runs[0][3]["job"] == job, runs[0][3]
    init, first, peak = (statistics.median(run[place] for run in runs) for place in range(3))
    size = f"{archive / 1e6:.2f} MB" if archive else "-"
    print(f"| {name} | {init:.1f} ms | {first:.1f} ms | {init + first:.1f} ms | {peak:.1f} MB | {size} |", flush=True)
    return min(run[0] for run in runs), min(run[0] + run[1] for run in runs), peak


def hello(target):
    """Builds the hello world with the functions' profile; returns its binary, alone in a folder."""
    command = ["cargo", "build", "--release", "--quiet", "--manifest-path", str(HERE / "hello" / "Cargo.toml")]
    subprocess.run(command, check=True, env={**os.environ, "CARGO_TARGET_DIR": str(target)})
    folder = target / "zip"
    folder.mkdir(exist_ok=True)
    shutil.copy(target / "release" / "hello", folder / "bootstrap")
    return folder


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    bootstrap = hello(HERE.parents[1] / "target" / "hello")
    subjects = {HELLO: ([str(bootstrap / "bootstrap")], None, zipped(bootstrap))}
    for folder in sorted(arguments.build.glob("*Function")):
        job = folder.name.removesuffix("Function").lower()
        subjects[job] = ([str(folder / "bootstrap")], job, zipped(folder))
    subjects[PYTHON] = ([sys.executable, str(HERE / "python_function.py")], "snapshot", None)
    print("| function | init | first answer | cold start | peak memory | zip |\n| --- | ---: | ---: | ---: | ---: | ---: |")
    measured = measure(subjects, arguments.rounds)
    hello_init, python_start, python_peak = measured[HELLO][0], *measured[PYTHON][1:]
    _, start, peak = measured["snapshot"]
    slowest = max(init for name, (init, _, _) in measured.items() if name not in (HELLO, PYTHON))
    print(f"\ninit over a hello world's: {slowest / hello_init:.1f} (goal: at most {INIT_OVER_HELLO:.0f})")
    print(f"cold start of Python's: 1/{python_start / start:.0f} (goal: at most 1/10); memory: 1/{python_peak / peak:.1f} (goal: at most 1/3)")
    if start > python_start * START_OF_PYTHON or peak > python_peak * MEMORY_OF_PYTHON:
        sys.exit("FAILED: a goal beside Python was missed")
    if slowest > hello_init * INIT_OVER_HELLO:
        sys.exit("FAILED: the goal beside a hello world was missed; beside other builds it is, so try again without them")


if __name__ == "__main__":
    main()
