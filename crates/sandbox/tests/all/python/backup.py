"""What a boto3 user does with backups, against the endpoint in AWS_ENDPOINT_URL. Prints `done` at the end."""
import json
import time

import boto3

PRINCIPAL = {"Service": "us-east-1.elasticache-snapshot.amazonaws.com"}
ACTIONS = ["s3:PutObject", "s3:GetObject", "s3:ListBucket", "s3:GetBucketAcl"]


def wait(read, wanted):
    """Reads until the status is the wanted one; the sandbox's work takes a tenth of a second here."""
    for _ in range(200):
        if (status := read()) == wanted:
            return
        time.sleep(0.02)
    raise SystemExit(f"{status} is not {wanted}")


def main():
    assert boto3.client("sts").get_caller_identity()["Account"] == "123456789012"
    cache, s3 = boto3.client("elasticache"), boto3.client("s3")
    groups = [g for page in cache.get_paginator("describe_replication_groups").paginate() for g in page["ReplicationGroups"]]
    assert [g["ReplicationGroupId"] for g in groups] == ["orders"], groups
    arn = groups[0]["ARN"]
    assert cache.list_tags_for_resource(ResourceName=arn)["TagList"] == [{"Key": "team", "Value": "a & b"}]
    found = boto3.client("resourcegroupstaggingapi").get_resources(ResourceTypeFilters=["elasticache:replicationgroup"])
    assert found["ResourceTagMappingList"][0]["ResourceARN"] == arn

    made = cache.create_snapshot(CacheClusterId="orders-002", SnapshotName="Manual", Tags=[{"Key": "k", "Value": "v"}])
    assert made["Snapshot"]["SnapshotStatus"] == "creating", made

    def status(name="manual"):
        listed = cache.describe_snapshots(SnapshotName=name)["Snapshots"]
        return listed[0]["SnapshotStatus"] if listed else "gone"

    wait(status, "available")
    cache.copy_snapshot(SourceSnapshotName="manual", TargetSnapshotName="second")
    wait(lambda: status("second"), "available")

    s3.create_bucket(Bucket="backups")
    try:
        cache.copy_snapshot(SourceSnapshotName="manual", TargetSnapshotName="out", TargetBucket="backups")
    except cache.exceptions.InvalidParameterValueException as refused:
        assert "has not been granted" in str(refused), refused
    resources = ["arn:aws:s3:::backups", "arn:aws:s3:::backups/*"]
    grant = {"Effect": "Allow", "Principal": PRINCIPAL, "Action": ACTIONS, "Resource": resources}
    s3.put_bucket_policy(Bucket="backups", Policy=json.dumps({"Version": "2012-10-17", "Statement": [grant]}))
    cache.copy_snapshot(SourceSnapshotName="manual", TargetSnapshotName="out", TargetBucket="backups")
    wait(status, "available")
    assert s3.get_object(Bucket="backups", Key="out-0001.rdb")["Body"].read(5) == b"REDIS"

    for name in ("manual", "second"):
        cache.delete_snapshot(SnapshotName=name)
        wait(lambda: status(name), "gone")
    try:
        cache.delete_snapshot(SnapshotName="manual")
        raise SystemExit("a snapshot was deleted twice")
    except cache.exceptions.SnapshotNotFoundFault:
        pass
    events = cache.describe_events(SourceType="cache-cluster")["Events"]
    assert "Snapshot succeeded" in events[0]["Message"], events

    cache.create_serverless_cache_snapshot(ServerlessCacheName="feed", ServerlessCacheSnapshotName="s")

    def serverless():
        listed = cache.describe_serverless_cache_snapshots(ServerlessCacheSnapshotName="s")
        return listed["ServerlessCacheSnapshots"][0]["Status"]

    wait(serverless, "available")
    cache.export_serverless_cache_snapshot(ServerlessCacheSnapshotName="s", S3BucketName="backups")
    wait(serverless, "available")
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket="backups")["Contents"]]
    assert keys == ["out-0001.rdb", "s-0001.rdb"], keys
    print("done")


main()
