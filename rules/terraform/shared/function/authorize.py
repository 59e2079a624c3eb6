"""Lets a caller in whose key is the current one, the pending one, or the previous within its grace.

For REST and HTTP APIs of API Gateway. Keys are read from Secrets Manager, kept for half a minute,
compared as digests in constant time, and never logged.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import time
from datetime import datetime
from typing import Any

import boto3

FRESH_SECONDS = 30
NOTE = "servegate:rotation"


class _Kept:
    """The digests of the living keys, and until when they count as fresh."""

    until = 0.0
    digests: tuple[bytes, ...] = ()


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer the gateway in the form of its kind of API."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    allowed = _is_known(headers.get("x-api-key") or "")
    if event.get("version") == "2.0":
        return {"isAuthorized": allowed}
    statement = {
        "Action": "execute-api:Invoke",
        "Effect": "Allow" if allowed else "Deny",
        "Resource": event["methodArn"],
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": "key-bearer" if allowed else "unknown", "policyDocument": policy}


def _is_known(key: str) -> bool:
    if time.monotonic() > _Kept.until:
        _Kept.digests = _digests()
        _Kept.until = time.monotonic() + FRESH_SECONDS
    presented = _digest(key)
    found = False
    for digest in _Kept.digests:
        found |= hmac.compare_digest(digest, presented)
    return found


def _digests() -> tuple[bytes, ...]:
    client = boto3.client("secretsmanager")
    current = _version(client, "AWSCURRENT")
    versions = [current, _version(client, "AWSPENDING")]
    if current and time.time() < _took_over(client, current) + float(os.environ["GRACE_SECONDS"]):
        versions.append(_version(client, "AWSPREVIOUS"))
    return tuple(_digest(one["SecretString"]) for one in versions if one)


def _took_over(client: Any, current: dict[str, Any]) -> float:
    """When the current version became it: a pending one may have been made long before.

    Known from the end of the manager's own rotation, or from the note of `servegate rotate`.
    """
    secret = client.describe_secret(SecretId=os.environ["SECRET_ARN"])
    moments = [current["CreatedDate"]]
    if secret.get("LastRotatedDate"):
        moments.append(secret["LastRotatedDate"])
    for tag in secret.get("Tags") or ():
        note = dict(word.split("=", 1) for word in tag.get("Value", "").split() if "=" in word)
        if tag.get("Key") == NOTE and note.get("current") == current["VersionId"]:
            try:
                return datetime.fromisoformat(note["promoted"]).timestamp()
            except (KeyError, ValueError):
                break
    return max(moment.timestamp() for moment in moments)


def _version(client: Any, stage: str) -> dict[str, Any] | None:
    try:
        return client.get_secret_value(SecretId=os.environ["SECRET_ARN"], VersionStage=stage)
    except client.exceptions.ResourceNotFoundException:
        return None


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
