"""Deploys the built template to ministack, follows a backup through it, and takes each permission away in turn.

    python tests/deploy/prove.py --template .aws-sam/build/template.yaml --cachekeep target/release/cachekeep

With the parameters' defaults, or with `--prefix redis/`, as two stacks that differ in where their exports lie.

What ministack lacks stands in LACKING, with the sandbox's test that shows it; which permissions it does not show, in
privileges.py's UNSEEN, with the reason: tests/all/template.rs checks those on the template itself.
"""

import argparse
import datetime
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from aws import Stack, until
from privileges import take_each_away
from servers import Ministack, Sandbox, deploy, deploy_replica

# Each half of the proof, in seconds: what hangs ends here.
LONGEST_LIFE, LONGEST_PRIVILEGES = 1500, 900

# What ministack does not do (docs/measured.md 9), and where the same is shown in the sandbox.
LACKING = {
    "tries of a rule's target after a failed one": "crates/sandbox/tests/all/services/eventbridge.rs: a_failed_invocation_is_tried_again_after_one_and_two_minutes",
    "tries, halving and giving up of the stream's batches": "crates/sandbox/tests/all/services/streams.rs",
    "composite alarms, and alarms on several metrics": "tests/all/template/alarms.rs",
    "items that expire": "crates/sandbox/tests/all/services/dynamodb.rs: expired_items_stay_readable_for_a_while_and_then_go",
}

# The caches of `cachekeep sandbox serve` that can be exported.
EXPORTED = {"orders", "catalog", "sessions", "ledger-cache", "search"}


class Run:
    """The two servers, and the stack that is deployed to them."""

    def __init__(self, arguments, scratch):
        self.cachekeep, self.template, self.scratch = arguments.cachekeep, arguments.template, scratch
        self.prefix = arguments.prefix
        self.servers = []

    def start(self):
        self.sandbox = Sandbox(self.cachekeep, str(self.scratch / "sandbox"))
        self.servers.append(self.sandbox.process)
        ministack = Ministack(sys.executable, self.sandbox, self.scratch)
        self.servers.append(ministack.process)
        self.endpoint = ministack.endpoint

    def deploy(self):
        say("deploying")
        replica = deploy_replica(self.endpoint)
        parameters = {"Schedule": cron(minutes=6), "ReplicaBucket": replica}
        if self.prefix:
            parameters["ExportPrefix"] = self.prefix
        deploy(self.endpoint, hurried(self.template), parameters)
        self.stack = Stack(self.endpoint, "cachekeep", replica)
        self.stack.listen()
        self.sandbox.receive_exports(self.stack)

    def command(self, *arguments):
        """The command line on the deployed stack, as an administrator would use it."""
        environment = {**os.environ, "AWS_ENDPOINT_URL": self.endpoint, "AWS_REGION": "us-east-1",
                       "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
                       "CACHEKEEP_TABLE": self.stack.table, "CACHEKEEP_BUCKET": self.stack.bucket,
                       "CACHEKEEP_PREFIX": self.prefix}
        environment.pop("AWS_CA_BUNDLE", None)
        done = subprocess.run([self.cachekeep, *arguments], env=environment, capture_output=True, text=True, timeout=60)
        if done.returncode not in (0, 3):
            sys.exit(f"FAILED: cachekeep {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def good(self):
        """The caches that have an export which was read and found whole."""
        listed = json.loads(self.command("list", "--json"))
        is_good = lambda copy: copy["kind"] == "export" and copy["status"] in ("good", "verified")
        return {backup["cache"] for backup in listed if any(map(is_good, backup["copies"]))}

    def end(self):
        for server in self.servers:
            server.terminate()
        for server in self.servers:
            try:
                server.wait(timeout=10)
            except subprocess.TimeoutExpired:
                server.kill()


def say(what):
    print(f"[{datetime.datetime.now():%H:%M:%S}] {what}", flush=True)


def cron(minutes):
    """Once a day, some minutes from now."""
    then = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
    return f"{then.minute} {then.hour} * * *"


# A resource of the template, as text.
RESOURCE = re.compile(r"^  \w+:\n    Type: (\S+)\n(?:(?:    .*)?\n)*", re.MULTILINE)


def known(resource):
    """ministack knows no composite alarms, and none of several metrics. tests/all/template/alarms.rs evaluates those."""
    kind, text = resource.group(1), resource.group(0)
    unknown = kind == "AWS::CloudWatch::CompositeAlarm" or (
        kind == "AWS::CloudWatch::Alarm" and "\n      Metrics:" in text
    )
    return "" if unknown else text


def hurried(template):
    """The built template with every schedule at a minute, so that the proof takes minutes, and without what the emulator does
    not know. Nothing else is changed."""
    text = RESOURCE.sub(known, pathlib.Path(template).read_text().replace("&tell ", "").replace("*tell", "[!Ref Topic]"))
    assert "CompositeAlarm" not in text and "AWS::CloudWatch::Alarm" in text, template
    for rate in ("rate(5 minutes)", "rate(10 minutes)", "rate(30 minutes)"):
        assert rate in text, rate
        text = text.replace(rate, "rate(1 minute)")
    path = pathlib.Path(template).with_name("hurried.yaml")
    path.write_text(text)
    return path


def life_of_a_backup(run):
    """By itself: a rule fires, and in the end there are ledger rows, verified exports and events on the bus."""
    bus = run.stack.bus_heard
    until("a backup in the ledger, by a scheduled rule", 480, run.stack.backups)
    say("a scheduled rule fired; backups are in the ledger")
    until("a verified export of every cache that can be exported", 600, lambda: run.good() >= EXPORTED)
    say(f"exported and verified: {', '.join(sorted(run.good()))}")
    kinds = set()

    def heard():
        kinds.update(json.loads(body)["detail-type"] for body in run.stack.messages(bus))
        return kinds >= {"Snapshot Available", "Exported", "Verified"}

    until("the event of each step on the bus", 180, heard)
    say(f"the bus said: {', '.join(sorted(kinds))}")
    for name in ("FailedInvocationsUrl", "UndeliveredEventsUrl"):
        given_up = run.stack.messages(run.stack.outputs[name])
        assert not given_up, f"{name}: {given_up[:1]}"


def prove(run, life_only):
    limit(LONGEST_LIFE, run)
    run.start()
    run.deploy()
    life_of_a_backup(run)
    for part, test in LACKING.items():
        say(f"not on ministack: {part}; shown by {test}")
    if not life_only:
        limit(LONGEST_PRIVILEGES, run)
        take_each_away(run, say)


def limit(seconds, run):
    """Ends the proof after some time, whatever it waits for, and when it is told to end; the servers end with it."""
    def late(number, frame):
        while frame.f_back and not is_ours(frame):
            frame = frame.f_back
        doing = f"{pathlib.Path(frame.f_code.co_filename).name}:{frame.f_lineno} ({frame.f_code.co_name})"
        why = f"took more than {seconds} s" if number == signal.SIGALRM else "was told to end"
        sys.exit(f"FAILED: the proof {why}, at {doing}; see {run.scratch / 'ministack.log'}")

    signal.signal(signal.SIGTERM, late)
    signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)


def is_ours(frame):
    return pathlib.Path(frame.f_code.co_filename).parent == pathlib.Path(__file__).parent


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--template", required=True)
    parser.add_argument("--cachekeep", required=True)
    parser.add_argument("--prefix", default="", help="the stack's ExportPrefix; a plan's own comes after it")
    parser.add_argument("--life-only", action="store_true", help="follow a backup, and take no permission away")
    arguments = parser.parse_args()
    started = time.monotonic()
    run = Run(arguments, pathlib.Path(tempfile.mkdtemp(prefix="cachekeep-proof-")))
    try:
        prove(run, arguments.life_only)
    finally:
        signal.alarm(0)
        run.end()
    # Kept where something failed, for the servers' logs.
    shutil.rmtree(run.scratch, ignore_errors=True)
    say(f"proven in {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
