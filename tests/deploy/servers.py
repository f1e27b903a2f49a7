"""The two servers of the proof: cachekeep's sandbox for ElastiCache, and ministack for everything else."""

import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import threading
import time

from botocore.exceptions import BotoCoreError, ClientError

from aws import client, until

HERE = pathlib.Path(__file__).parent

# In seconds. The first slot is later than that (prove.py), or it would be past before anybody knows of it.
LONGEST_DEPLOY = 270


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Sandbox:
    """`cachekeep sandbox serve`, whose snapshots and exports take seconds."""

    def __init__(self, cachekeep, directory):
        command = [cachekeep, "sandbox", "serve", "--port", "0", "--dir", directory]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        said = lambda: re.search(r"http://127\.0\.0\.1:\d+", self.process.stdout.readline())
        self.endpoint = until("the sandbox's endpoint", 20, said).group()
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def receive_exports(self, stack):
        """Gives the sandbox a bucket like the stack's, under the stack's own bucket policy: without it, exports fail."""
        s3 = client("s3", self.endpoint)
        s3.create_bucket(Bucket=stack.bucket)
        policy = stack.s3.get_bucket_policy(Bucket=stack.bucket)["Policy"]
        s3.put_bucket_policy(Bucket=stack.bucket, Policy=policy)
        threading.Thread(target=self._carry, args=(s3, stack), daemon=True).start()

    def _carry(self, s3, stack):
        """Carries what ElastiCache exports over to the stack's bucket until the end: there its events and its IAM are."""
        carried = set()
        while self.process.poll() is None:
            try:
                for entry in s3.list_objects_v2(Bucket=stack.bucket).get("Contents", []):
                    if entry["Key"] not in carried:
                        body = s3.get_object(Bucket=stack.bucket, Key=entry["Key"])["Body"].read()
                        stack.s3.put_object(Bucket=stack.bucket, Key=entry["Key"], Body=body)
                        carried.add(entry["Key"])
            except (BotoCoreError, ClientError) as error:
                trouble = error
            else:
                trouble = None
            time.sleep(0.5)
            # At the end of the proof both servers end, which is no trouble.
            if trouble and self.process.poll() is None:
                print(f"an export could not be carried over yet: {trouble}", flush=True)


class Ministack:
    """ministack with IAM enforced, and ElastiCache answered by the sandbox."""

    def __init__(self, python, sandbox, scratch):
        port = free_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        environment = {name: value for name, value in os.environ.items() if name != "AWS_CA_BUNDLE"}
        environment |= {
            # Without BIND_HOST it listens to the whole network, and without an endpoint functions call the real AWS.
            "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "MINISTACK_HOST": "localhost",
            "AWS_ENDPOINT_URL": self.endpoint, "AUTH": "true", "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0",
            "MINISTACK_ACCOUNT_ID": "123456789012", "MINISTACK_REGION": "us-east-1", "TMPDIR": str(scratch),
            "SANDBOX_URL": sandbox.endpoint,
        }
        self.log = open(scratch / "ministack.log", "w")
        command = [python, str(HERE / "emulator.py")]
        self.process = subprocess.Popen(command, env=environment, stdout=self.log, stderr=self.log)
        until("ministack", 30, self._answers)

    def _answers(self):
        if self.process.poll() is not None:
            raise SystemExit(f"FAILED: ministack ended; see {self.log.name}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", int(self.endpoint.rsplit(":", 1)[1]))) == 0


def deploy_replica(endpoint):
    """The stack with the replica bucket, here in the same region; returns the bucket's name."""
    cloudformation = client("cloudformation", endpoint)
    name, body = "cachekeep-replica", (HERE.parents[1] / "infra" / "replica.yaml").read_text()
    cloudformation.create_stack(StackName=name, TemplateBody=body)

    def made():
        stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        if "FAILED" in stack["StackStatus"] or "ROLLBACK" in stack["StackStatus"]:
            sys.exit(f"FAILED: {name}: {stack['StackStatus']}: {stack.get('StackStatusReason')}")
        return stack if stack["StackStatus"] == "CREATE_COMPLETE" else None

    outputs = until(name, 60, made)["Outputs"]
    return next(output["OutputValue"] for output in outputs if output["OutputKey"] == "ReplicaBucket")


def deploy(endpoint, template, parameters):
    """What a user does after `sam build`, with an endpoint that is not Amazon's."""
    client("s3", endpoint).create_bucket(Bucket="artifacts")
    environment = {**os.environ, "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "test",
                   "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1", "SAM_CLI_TELEMETRY": "0"}
    environment.pop("AWS_CA_BUNDLE", None)
    given = [f"{name}={json.dumps(value)}" for name, value in parameters.items()]
    command = ["sam", "deploy", "--template-file", str(template), "--stack-name", "cachekeep", "--s3-bucket", "artifacts",
               "--no-resolve-s3", "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-progressbar",
               "--parameter-overrides", *given]
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LONGEST_DEPLOY)
    except subprocess.TimeoutExpired as late:
        sys.exit(f"FAILED: sam deploy took more than {LONGEST_DEPLOY} s\n{(late.stdout or b'').decode()[-4000:]}")
    if done.returncode != 0:
        sys.exit(f"FAILED: sam deploy\n{done.stdout[-4000:]}\n{done.stderr[-2000:]}")
