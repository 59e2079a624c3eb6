"""Rotates an endpoint's API key: the function that Secrets Manager calls, once for each step.

The endpoint takes the pending key beside the current one, so that it can be tried before any
client gets it. Each step may be called again after a failure and then does nothing twice. No key is
logged.
"""

from __future__ import annotations

import os
import time
import urllib.error
import urllib.request
from typing import Any

import boto3

Stages = dict[str, list[str]]

PATIENCE_SECONDS = 180
PAUSE_SECONDS = 5


def handler(event: dict[str, Any], _context: object) -> None:
    """Carry out the step that the event names."""
    client = boto3.client("secretsmanager")
    secret, token = event["SecretId"], event["ClientRequestToken"]
    stages = client.describe_secret(SecretId=secret)["VersionIdsToStages"]
    if "AWSCURRENT" in stages.get(token, ()):
        # Done already: only the pending mark may be left, which would stop the next rotation.
        _finish(client, secret, token, stages)
        return
    steps = {
        "createSecret": _create,
        "setSecret": lambda *_: None,  # the endpoint reads the manager by itself
        "testSecret": _test,
        "finishSecret": _finish,
    }
    steps[event["Step"]](client, secret, token, stages)


def _create(client: Any, secret: str, token: str, _stages: Stages) -> None:
    try:
        client.get_secret_value(SecretId=secret, VersionId=token, VersionStage="AWSPENDING")
    except client.exceptions.ResourceNotFoundException:
        made = client.get_random_password(PasswordLength=43, ExcludePunctuation=True)
        client.put_secret_value(
            SecretId=secret,
            ClientRequestToken=token,
            SecretString=made["RandomPassword"],
            VersionStages=["AWSPENDING"],
        )


def _test(client: Any, secret: str, token: str, _stages: Stages) -> None:
    """The endpoint must refuse a made-up key, and accept the new one for real."""
    made_up = client.get_random_password(PasswordLength=43, ExcludePunctuation=True)
    if _call(made_up["RandomPassword"]) not in (401, 403):
        raise RuntimeError("the endpoint does not refuse a made-up key; nothing was rotated")
    pending = client.get_secret_value(SecretId=secret, VersionId=token)["SecretString"]
    end = time.monotonic() + PATIENCE_SECONDS
    while not 200 <= (status := _call(pending)) < 300:
        if time.monotonic() > end:
            raise RuntimeError(f"the endpoint does not accept the new key: status {status}")
        time.sleep(PAUSE_SECONDS)


def _finish(client: Any, secret: str, token: str, stages: Stages) -> None:
    current = next((one for one, marks in stages.items() if "AWSCURRENT" in marks), None)
    if current != token:
        client.update_secret_version_stage(
            SecretId=secret,
            VersionStage="AWSCURRENT",
            MoveToVersionId=token,
            RemoveFromVersionId=current,
        )
        stages = client.describe_secret(SecretId=secret)["VersionIdsToStages"]
    if "AWSPENDING" in stages.get(token, ()):
        client.update_secret_version_stage(
            SecretId=secret, VersionStage="AWSPENDING", RemoveFromVersionId=token
        )


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_words: object) -> None:
        return  # the key goes to the endpoint alone


def _call(key: str) -> int:
    """The status that the endpoint gives to a key; 0 where no answer comes."""
    body = os.environ.get("TRIAL_BODY", "")
    request = urllib.request.Request(  # noqa: S310 - the module sets it
        os.environ["TRIAL_URL"],
        data=body.encode() or None,
        method=os.environ.get("TRIAL_METHOD", "GET"),
        headers={"X-API-Key": key, "Content-Type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)
    try:
        with opener.open(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
