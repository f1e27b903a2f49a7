"""The plain boto3 script that a pass is compared with: list every cache, snapshot each. No tags, no quota, no ledger."""
import datetime

import boto3

client = boto3.client("elasticache")
stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d-%H-%M")
count = 0
for page in client.get_paginator("describe_cache_clusters").paginate(MaxRecords=100):
    for cluster in page["CacheClusters"]:
        name = cluster["CacheClusterId"]
        client.create_snapshot(CacheClusterId=name, SnapshotName=f"b-{name}-{stamp}")
        count += 1
print(count)
