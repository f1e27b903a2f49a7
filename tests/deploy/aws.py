"""The deployed stack as a user with root credentials sees it: clients, the ledger's items, policies and invocations."""

import json
import time

import boto3
from botocore.config import Config

REGION = "us-east-1"


def client(service, endpoint, **more):
    """A client with ministack's root credentials, or the sandbox's, which takes any."""
    config = Config(retries={"max_attempts": 2}, s3={"addressing_style": "path"})
    return boto3.client(service, endpoint_url=endpoint, region_name=REGION, aws_access_key_id="test",
                        aws_secret_access_key="test", config=config, **more)


def until(what, seconds, found):
    """Waits for something to be true, and says what it waited for when it never is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        result = found()
        if result:
            return result
        time.sleep(0.5)
    raise SystemExit(f"FAILED: {what} did not happen within {seconds} s")


class Stack:
    """One deployed stack, and the bucket that it may copy exports to."""

    def __init__(self, endpoint, name, replica):
        self.endpoint, self.name, self.replica = endpoint, name, replica
        self.lambdas, self.iam = client("lambda", endpoint), client("iam", endpoint)
        self.dynamodb, self.s3 = client("dynamodb", endpoint), client("s3", endpoint)
        self.events, self.sqs = client("events", endpoint), client("sqs", endpoint)
        self.sns, self.cloudformation = client("sns", endpoint), client("cloudformation", endpoint)
        described = self.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
        self.table, self.bucket = self.outputs["LedgerTable"], self.outputs["ExportBucket"]
        resources = self.cloudformation.describe_stack_resources(StackName=name)["StackResources"]
        self.physical = {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in resources}

    def invoke(self, job, event):
        """The function's answer to an event: its error, or how its pass went."""
        answer = self.lambdas.invoke(FunctionName=f"{self.name}-{job}", Payload=json.dumps(event).encode())
        body = json.loads(answer["Payload"].read() or b"null")
        if "FunctionError" in answer:
            return {"error": body}
        return body

    def scan(self):
        """Every item of the ledger, in DynamoDB's own JSON."""
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=self.table)
        return [item for page in pages for item in page["Items"]]

    def restore(self, items):
        """Makes the ledger hold exactly these items."""
        def key(item):
            return item["pk"]["S"], item["sk"]["S"]

        wanted = {key(item): item for item in items}
        for item in self.scan():
            if key(item) not in wanted:
                self.dynamodb.delete_item(TableName=self.table, Key={"pk": item["pk"], "sk": item["sk"]})
        for item in items:
            self.dynamodb.put_item(TableName=self.table, Item=item)

    def objects(self):
        """Every object of the export bucket."""
        listed = self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", [])
        read = lambda key: self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return {entry["Key"]: read(entry["Key"]) for entry in listed}

    def bring_back(self, objects):
        """Puts those of these objects into the bucket that are not there any more."""
        present = self.objects()
        for key, body in objects.items():
            if key not in present:
                self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)

    def make_due(self, job):
        """Lets the time pass that work of `job` waits for, without waiting."""
        for item in self.scan():
            if item.get("work", {}).get("S") == job:
                self.dynamodb.update_item(
                    TableName=self.table, Key={"pk": item["pk"], "sk": item["sk"]},
                    UpdateExpression="SET #due = :due", ExpressionAttributeNames={"#due": "due"},
                    ExpressionAttributeValues={":due": {"S": "2020-01-01T00:00:00Z"}})

    def backups(self):
        """The backups' items."""
        return [item for item in self.scan() if item["sk"]["S"].startswith("backup#")]

    def waiting(self, job):
        """The backups that wait for a job."""
        return [item for item in self.backups() if item.get("work", {}).get("S") == job]

    def policy(self, job):
        """The one inline policy of a function's role: role, name and document."""
        role = self.physical[f"{job.capitalize()}Role"]
        found = self.iam.get_role_policy(RoleName=role, PolicyName=job)
        document = found["PolicyDocument"]
        return role, json.loads(document) if isinstance(document, str) else document

    def put_policy(self, job, role, document):
        self.iam.put_role_policy(RoleName=role, PolicyName=job, PolicyDocument=json.dumps(document))

    def rest(self):
        """Stops everything that happens by itself, so that one thing at a time can be tried."""
        for bus in (None, self.outputs["BusName"]):
            place = {"EventBusName": bus} if bus else {}
            for rule in self.events.list_rules(**place)["Rules"]:
                self.events.disable_rule(Name=rule["Name"], **place)
        for mapping in self.lambdas.list_event_source_mappings()["EventSourceMappings"]:
            self.lambdas.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
        seen = []

        def quiet():
            # What is under way ends, and then nothing writes any more.
            seen.append(sorted(json.dumps(item, sort_keys=True) for item in self.scan()))
            return len(seen) > 10 and all(scan == seen[-1] for scan in seen[-10:])

        until("rest", 120, quiet)

    def messages(self, queue_url):
        """Takes every message that waits in a queue."""
        bodies = []
        while True:
            got = self.sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10).get("Messages", [])
            if not got:
                return bodies
            for message in got:
                bodies.append(message["Body"])
                self.sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])

    def listen(self):
        """Makes queues that hear what the topic and the bus say from now on."""
        urls = []
        for name in ("proof-topic", "proof-bus"):
            url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
            arn = f"arn:aws:sqs:{REGION}:123456789012:{name}"
            allow = {"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}]}
            self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(allow)})
            if name == "proof-topic":
                self.sns.subscribe(TopicArn=self.outputs["TopicArn"], Protocol="sqs", Endpoint=arn)
            else:
                bus = self.outputs["BusName"]
                self.events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps({"source": ["cachekeep"]}))
                self.events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": name, "Arn": arn}])
            urls.append(url)
        self.topic_heard, self.bus_heard = urls
