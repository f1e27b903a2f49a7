"""Takes each statement of each role away in turn: its function must fail without it, and not with it."""

import datetime
import json
import pathlib
import tempfile

from aws import until

FUNCTIONS = pathlib.Path(__file__).parents[2] / "functions"

# Statements whose absence does not show on ministack, and why. tests/all/template.rs checks them on the template.
MISSING = "ministack says of a missing file that it is missing, where S3 would say that it is forbidden"
COPIES = "nothing that was copied expires within the proof"
UNSEEN = {
    "WriteLog": "ministack writes a function's log itself, whatever its role may do",
    "SendFailures": "ministack sends to failure destinations itself",
    "ReadStream": "ministack reads the table's stream itself",
    "FindStream": "ministack reads the table's stream itself",
    "verify SeeBucket": MISSING,
    "export SeeReplicas": MISSING,
    "prune SeeReplicas": COPIES,
    "prune DeleteReplicas": COPIES,
}

# Keeps one backup, and no snapshot of what is exported: so there is everything to delete. Copies what is good.
PLANS = """version: 1
plans:
  - name: default
    select: {{ tags: {{ cachekeep: "*" }} }}
    schedule: "{minute} {hour} * * *"
    keep: {{ last: 1 }}
    snapshots: {{ keep: 0 }}
    export: {{ prefix: "plan/", copies: [{{ bucket: {replica} }}] }}
"""


class Trial:
    """One function under its role, at one state of the ledger."""

    def __init__(self, run, job):
        self.stack, self.job = run.stack, job
        self.event = json.loads((FUNCTIONS / job / "events" / "schedule.json").read_text())
        self.role, self.document = self.stack.policy(job)
        self.seen = {}

    def invoke(self):
        return self.stack.invoke(self.job, self.event)

    def statements(self):
        return [statement["Sid"] for statement in self.document["Statement"]]

    def unseen(self):
        """The statements that made no difference, with the reason that is known for it."""
        left = [sid for sid in self.statements() if sid not in self.seen]
        return {sid: UNSEEN.get(sid) or UNSEEN.get(f"{self.job} {sid}") for sid in left}

    def without(self, sid, prepare=lambda: None):
        """What comes of a pass without a statement; ledger and bucket are as before afterwards."""
        before, objects = self.stack.scan(), self.stack.objects()
        kept = [statement for statement in self.document["Statement"] if statement["Sid"] != sid]
        self.stack.put_policy(self.job, self.role, {**self.document, "Statement": kept})
        prepare()
        answer = self.invoke()
        # A call that AWS refuses to one backup is no failed pass: it is recorded, and people are told.
        new = [json.dumps(item) for item in self.stack.scan() if item not in before]
        answer["refused"] = sum("AccessDenied" in item for item in new)
        self.stack.put_policy(self.job, self.role, self.document)
        self.stack.restore(before)
        self.stack.bring_back(objects)
        return answer

    def take_away(self, prepare=lambda: None):
        """Tries every statement that has not been seen to matter yet."""
        for sid in self.statements():
            if sid in self.seen:
                continue
            answer = self.without(sid, prepare)
            if failed(answer):
                self.seen[sid] = reason(answer)

    def whole(self, prepare=lambda: None):
        """With all statements the very same pass works."""
        prepare()
        answer = self.invoke()
        assert not failed(answer), f"{self.job} fails with all its permissions: {answer}"
        return answer

    def carry_on(self):
        """Passes with all statements until no backup waits for this job, and so each waits for the next."""
        def over():
            self.stack.make_due(self.job)
            self.whole()
            return not self.stack.waiting(self.job)

        until(f"the end of {self.job}'s work", 180, over)

    def end(self, say):
        unseen = self.unseen()
        untold = sorted(sid for sid, why in unseen.items() if not why)
        assert not untold, f"{self.job} works without {untold}"
        for sid, why in self.seen.items():
            say(f"{self.job} without {sid}: {why[:140]}")
        for sid, why in unseen.items():
            say(f"{self.job} {sid} cannot be seen here: {why}")


def failed(answer):
    return "error" in answer or answer["failed"] > 0 or answer.get("refused", 0) > 0


def reason(answer):
    if "error" in answer:
        return answer["error"].get("errorMessage", str(answer["error"]))
    return f"{answer['failed']} steps fail, {answer['refused']} refusals are recorded"


def take_each_away(run, say):
    stack = run.stack
    stack.rest()
    due_slot(run)
    say("taking each permission away")

    snapshot, export = Trial(run, "snapshot"), Trial(run, "export")
    for trial in (snapshot, export):
        # Asked for with the first pass, followed with the second.
        trial.take_away()
        trial.whole()
        stack.make_due(trial.job)
        trial.take_away()
        trial.carry_on()
    snapshot.end(say)

    verify = Trial(run, "verify")
    verify.take_away()
    lost = lose_a_file(stack)
    verify.take_away()
    # The lost file is found, which is news for `notify`.
    verify.whole()
    lost()
    verify.end(say)

    # What was found good is copied to the replica bucket.
    stack.make_due("export")
    export.take_away()
    export.whole()
    export.end(say)
    copied = stack.s3.list_objects_v2(Bucket=stack.replica)["KeyCount"]
    assert copied, "the replica bucket is empty"
    say(f"copied to the replica bucket: {copied} objects")

    notify = Trial(run, "notify")
    notify.take_away()
    stack.messages(stack.topic_heard)
    notify.whole()
    notify.end(say)
    told = [json.loads(body)["Subject"] for body in stack.messages(stack.topic_heard)]
    assert told, "the topic said nothing of the lost file"
    say(f"the topic said: {told[0]}")

    prune = Trial(run, "prune")
    stack.make_due("prune")
    prune.take_away()
    prune.whole()
    prune.end(say)


def due_slot(run):
    """Applies plans with a slot soon, and waits for it. A slot is due only to a pass that knew the plan before it."""
    then = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=90)
    slot = then.replace(second=0, microsecond=0)
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(PLANS.format(minute=slot.minute, hour=slot.hour, replica=run.stack.replica))
        file.flush()
        run.command("plans", "apply", file.name)
    Trial(run, "snapshot").whole()
    until("the slot", 100, lambda: datetime.datetime.now(datetime.timezone.utc) > slot)


def lose_a_file(stack):
    """Deletes a file that waits to be read for the first time; returns how to bring it back."""
    exports = [item["export"]["M"] for item in stack.waiting("verify")]
    unread = [export for export in exports if export["is"]["S"] == "written"]
    assert unread, "no export waits to be read"
    files = unread[0]["files"]["M"]  # The folder once, and the files within it.
    key = files["folder"]["S"] + files["files"]["L"][0]["M"]["key"]["S"]
    body = stack.s3.get_object(Bucket=stack.bucket, Key=key)["Body"].read()
    stack.s3.delete_object(Bucket=stack.bucket, Key=key)
    return lambda: stack.s3.put_object(Bucket=stack.bucket, Key=key, Body=body)
