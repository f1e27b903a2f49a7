"""The snapshot function's idle pass as a Python Lambda: the same clients, the same two reads, the same answer.

Run under the Runtime API without AWS's own client for it, which only makes this one start sooner.
"""

import datetime
import json
import os
import urllib.request

import boto3

TABLE = os.environ["CACHEKEEP_TABLE"]
DYNAMODB = boto3.client("dynamodb")
OTHERS = [boto3.client(name) for name in ("elasticache", "s3", "sns", "events", "resourcegroupstaggingapi")]


def handle(_event):
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    DYNAMODB.query(
        TableName=TABLE, ConsistentRead=True, KeyConditionExpression="pk = :plans AND sk < :versions",
        ExpressionAttributeValues={":plans": {"S": "plans"}, ":versions": {"S": "v#"}})
    DYNAMODB.query(
        TableName=TABLE, IndexName="work", KeyConditionExpression="#work = :job AND #due <= :until",
        ExpressionAttributeNames={"#work": "work", "#due": "due"},
        ExpressionAttributeValues={":job": {"S": "snapshot"}, ":until": {"S": now}})
    return {"job": "snapshot", "now": now, "done": 0, "elsewhere": 0, "failed": 0}


def main():
    api = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
    while True:
        with urllib.request.urlopen(f"{api}/next") as asked:
            event, request = json.load(asked), asked.headers["Lambda-Runtime-Aws-Request-Id"]
        answer = json.dumps(handle(event)).encode()
        urllib.request.urlopen(urllib.request.Request(f"{api}/{request}/response", data=answer, method="POST")).close()


main()
