"""Starts ministack with ElastiCache answered by cachekeep's sandbox, and with IAM as strict about it as AWS is.

ministack is an emulator that nobody here wrote. What is added to it stands in this file, all of it about ElastiCache, whose
backups it does not know, and about what AWS checks of a caller that it does not:

- ElastiCache and its tags are answered by `cachekeep sandbox serve` at SANDBOX_URL, after ministack's own IAM has let the
  call through;
- every resource of an ElastiCache call is checked, with its request and resource tags (ministack looks at one at most);
  where AWS's ways are not known, the stricter reading: request tags are told for the snapshot that is made and not for its
  cache, and a copy, which inherits tags, asks for AddTagsToResource on its target (docs/elasticache.md 9, L and U);
- a tagged snapshot asks for AddTagsToResource, and an export for what AWS checks of the exporting caller on the bucket
  (docs/elasticache.md 9, S);
- `events:source` is known to PutEvents, and loopback counts as TLS, since policies deny everything without it.
"""

import asyncio
import contextvars
import json
import os
import re
import runpy
import urllib.error
import urllib.parse
import urllib.request

from ministack.core import iam_actions, iam_evaluator
from ministack.services import elasticache, tagging

SANDBOX = os.environ["SANDBOX_URL"]

# What the request that is being authorized says, for the checks that need more than its action.
_request = contextvars.ContextVar("request", default={})


def _arn(kind, name):
    return f"arn:aws:elasticache:us-east-1:123456789012:{kind}:{name}"


def _resources(action, params):
    """The resources that AWS checks for an ElastiCache action (docs/elasticache.md 9, S)."""
    named = {
        "CreateSnapshot": [("snapshot", "SnapshotName"), ("cluster", "CacheClusterId"), ("replicationgroup", "ReplicationGroupId")],
        "CreateServerlessCacheSnapshot": [
            ("serverlesscachesnapshot", "ServerlessCacheSnapshotName"), ("serverlesscache", "ServerlessCacheName")],
        "CopySnapshot": [("snapshot", "SourceSnapshotName"), ("snapshot", "TargetSnapshotName")],
        "ExportServerlessCacheSnapshot": [("serverlesscachesnapshot", "ServerlessCacheSnapshotName")],
        "DeleteSnapshot": [("snapshot", "SnapshotName")],
        "DeleteServerlessCacheSnapshot": [("serverlesscachesnapshot", "ServerlessCacheSnapshotName")],
        "DescribeReplicationGroups": [("replicationgroup", "ReplicationGroupId")],
        "DescribeCacheClusters": [("cluster", "CacheClusterId")],
        "DescribeServerlessCaches": [("serverlesscache", "ServerlessCacheName")],
        "DescribeSnapshots": [("snapshot", "SnapshotName")],
        "DescribeServerlessCacheSnapshots": [("serverlesscachesnapshot", "ServerlessCacheSnapshotName")],
    }[action]
    optional = not action.startswith("Describe")
    return [_arn(kind, params.get(name, "*")) for kind, name in named if name in params or not optional]


def _tags(params):
    """The tags of a query-protocol request."""
    keys = {name: value for name, value in params.items() if re.fullmatch(r"Tags\.Tag\.\d+\.Key", name)}
    return {value: params.get(name[: -len("Key")] + "Value", "") for name, value in keys.items()}


def _tags_of(arn):
    """The tags that the sandbox holds of a resource."""
    body = {"ResourceARNList": [arn]}
    headers = {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "ResourceGroupsTaggingAPI_20170126.GetResources",
        "authorization": _scope("tagging"),
    }
    _, _, answer = _send("POST", "/", headers, json.dumps(body).encode())
    found = json.loads(answer)["ResourceTagMappingList"]
    return {tag["Key"]: tag["Value"] for resource in found for tag in resource["Tags"]}


def _scope(service):
    """The sandbox reads the service from the signature's scope and nothing else."""
    return (f"AWS4-HMAC-SHA256 Credential=emulator/20260101/us-east-1/{service}/aws4_request, "
            "SignedHeaders=host, Signature=none")


def _send(method, path, headers, body):
    request = urllib.request.Request(SANDBOX + path, data=body, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, dict(refused.headers), refused.read()


async def _forward(method, path, headers, body, _params):
    """Hands a call to the sandbox as it is."""
    kept = {name: value for name, value in headers.items()
            if name.lower() in ("authorization", "content-type", "x-amz-target", "x-amz-date")}
    status, answer_headers, answer = await asyncio.to_thread(_send, method, path or "/", kept, body)
    content_type = answer_headers.get("content-type") or answer_headers.get("Content-Type") or "text/xml"
    return status, {"Content-Type": content_type}, answer


def _export_checks(params):
    """What AWS checks of whoever exports, beside the export itself."""
    bucket = params.get("TargetBucket") or params.get("S3BucketName")
    if not bucket:
        return []
    arn = f"arn:aws:s3:::{bucket}"
    checks = [("s3:ListAllMyBuckets", "*")]
    checks += [(f"s3:{action}", arn) for action in ("GetBucketLocation", "ListBucket", "GetBucketAcl")]
    # Of the object that the export writes, so far as its key is known.
    key = params["TargetSnapshotName"] + "-0001.rdb" if "TargetSnapshotName" in params else params["ServerlessCacheSnapshotName"] + ".rdb"
    return checks + [(f"s3:{action}", f"{arn}/{key}") for action in ("PutObject", "GetObject", "DeleteObject")]


_resource_of = iam_actions.extract_resource_arn
_enforce = iam_evaluator.enforce


def _extract_resource_arn(service, method, path, headers, body, query_params, region, account_id):
    params = {name: value[0] if isinstance(value, list) else value for name, value in (query_params or {}).items()}
    if service == "elasticache" and body:
        params.update({name: value[0] for name, value in urllib.parse.parse_qs(body.decode()).items()})
    _request.set({"service": service, "params": params, "body": body})
    return _resource_of(service, method, path, headers, body, query_params, region, account_id)


def _check_elasticache(access_key, iam_action, region):
    params = _request.get()["params"]
    action = iam_action.split(":", 1)[1]
    requested = {f"aws:RequestTag/{key}": value for key, value in _tags(params).items()}
    checks = []
    for arn in _resources(action, params):
        held = {}
        if action.startswith("Delete"):
            held = {f"aws:ResourceTag/{key}": value for key, value in _tags_of(arn).items()}
        told = requested if "snapshot:" in arn else {}
        checks.append((iam_action, "elasticache", arn, {**told, **held}))
    if requested:
        checks.append(("elasticache:AddTagsToResource", "elasticache", _resources(action, params)[0], requested))
    if "TargetSnapshotName" in params:
        target = _arn("snapshot", params["TargetSnapshotName"])
        checks.append(("elasticache:AddTagsToResource", "elasticache", target, {}))
    checks += [(wanted, "s3", arn, {}) for wanted, arn in _export_checks(params)]
    for wanted, service, arn, context in checks:
        # The bucket's own policy is not asked: what counts is what the caller may do.
        denied = _enforce(access_key, wanted, "elasticache" if service == "s3" else service, region,
                          resource_arn=arn, service_context=context)
        if denied:
            return denied
    return None


def _enforce_more(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
    if service == "elasticache":
        return _check_elasticache(access_key_id, iam_action, region)
    if iam_action == "events:PutEvents":
        entries = json.loads(_request.get().get("body") or b"{}").get("Entries", [])
        sources = sorted({entry.get("Source", "") for entry in entries})
        service_context = {**(service_context or {}), "events:source": sources[0] if len(sources) == 1 else sources}
    return _enforce(access_key_id, iam_action, service, region, resource_arn=resource_arn, service_context=service_context)


_pin_origin = iam_evaluator.pin_request_origin


def main():
    iam_actions.extract_resource_arn = _extract_resource_arn
    iam_evaluator.enforce = _enforce_more
    elasticache.handle_request = _forward
    tagging.handle_request = _forward
    import ministack.app

    for module in (iam_evaluator, ministack.app):
        if hasattr(module, "pin_request_origin"):
            module.pin_request_origin = lambda source_ip, _secure: _pin_origin(source_ip, True)
    runpy.run_module("ministack", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
