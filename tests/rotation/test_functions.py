"""The functions of the Terraform templates, on moto and the bundled endpoint."""

from __future__ import annotations

import importlib.util
import time
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest

from tests.rotation.setting import AWS, FIRST_KEY, SECRET_ID
from tests.rotation.world import World

pytestmark = pytest.mark.e2e
FUNCTIONS = Path(__file__).parents[2] / "rules/terraform/shared/function"
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        f"{name}_{uuid.uuid4().hex}", FUNCTIONS / f"{name}.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def rotate(world: World, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    settings = {
        **AWS,
        "AWS_ENDPOINT_URL_SECRETS_MANAGER": world.manager.url,
        "TRIAL_URL": f"{world.target.url}/v1/me",
        "TRIAL_METHOD": "GET",
        "SECRET_ARN": SECRET_ID,
        "GRACE_SECONDS": "60",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    module = load("rotate")
    module.PAUSE_SECONDS, module.PATIENCE_SECONDS = 0.1, 5
    return module


def run(function: ModuleType, token: str, *steps: str) -> None:
    for step in steps:
        event = {"SecretId": SECRET_ID, "ClientRequestToken": token, "Step": step}
        function.handler(event, None)


def test_four_steps_each_called_twice(world: World, rotate: ModuleType) -> None:
    token = str(uuid.uuid4())
    # The service puts the version there before it calls; moto's does so only with a function.
    run(rotate, token, *(step for step in STEPS for _ in range(2)))
    assert world.labels()[token] == ["AWSCURRENT"]
    assert world.bearing("AWSPENDING") == []
    assert world.current() != FIRST_KEY
    assert world.target.status(world.current()) == 200


def test_a_key_that_the_endpoint_does_not_take_is_not_promoted(
    world: World, rotate: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = str(uuid.uuid4())
    run(rotate, token, "createSecret")
    rotate.PATIENCE_SECONDS = 0.3
    monkeypatch.setenv("TRIAL_URL", "http://127.0.0.1:9/")
    with pytest.raises(RuntimeError, match="does not refuse a made-up key"):
        run(rotate, token, "testSecret")
    monkeypatch.setenv("TRIAL_URL", f"{world.target.url}/health")
    with pytest.raises(RuntimeError, match="does not refuse a made-up key"):
        run(rotate, token, "testSecret")
    assert world.current() == FIRST_KEY


def asked(function: ModuleType, key: str | None, version: str = "2.0") -> Any:
    function._Kept.until = 0.0
    headers = {} if key is None else {"X-Api-Key": key}
    return function.handler({"version": version, "headers": headers, "methodArn": "arn:x"}, None)


def test_the_authorizer_takes_what_lives(world: World, rotate: ModuleType) -> None:
    authorize = load("authorize")
    token = str(uuid.uuid4())
    run(rotate, token, "createSecret")
    pending = world.client.get_secret_value(SecretId=SECRET_ID, VersionId=token)["SecretString"]
    for key in (FIRST_KEY, pending):
        assert asked(authorize, key) == {"isAuthorized": True}
    for key in ("", None, "made-up", FIRST_KEY[:-1], "\udcff"):
        assert asked(authorize, key) == {"isAuthorized": False}
    run(rotate, token, "finishSecret")
    assert asked(authorize, FIRST_KEY) == {"isAuthorized": True}


def test_the_authorizer_drops_the_previous_key_after_the_grace(
    world: World, rotate: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    authorize = load("authorize")
    run(rotate, str(uuid.uuid4()), "createSecret", "finishSecret")
    monkeypatch.setenv("GRACE_SECONDS", "0")
    time.sleep(1.1)
    assert asked(authorize, FIRST_KEY) == {"isAuthorized": False}
    assert asked(authorize, world.current()) == {"isAuthorized": True}


@pytest.mark.parametrize(
    "told",
    [
        {"Tags": [{"Key": "servegate:rotation", "Value": "current={id} promoted={now}"}]},
        {"LastRotatedDate": "now"},
    ],
)
def test_the_grace_begins_when_the_key_took_over_not_when_it_was_made(
    rotate: ModuleType, monkeypatch: pytest.MonkeyPatch, told: dict[str, Any]
) -> None:
    authorize = load("authorize")
    run(rotate, str(uuid.uuid4()), "createSecret", "finishSecret")
    client = boto3.client("secretsmanager")
    value, describe = client.get_secret_value, client.describe_secret
    now = datetime.now(timezone.utc)

    class Aged:
        """The manager, where every version was made an hour ago."""

        exceptions = client.exceptions

        def get_secret_value(self, **words: Any) -> Any:
            return {**value(**words), "CreatedDate": now - timedelta(hours=1)}

        def describe_secret(self, **words: Any) -> Any:
            said = describe(**words)
            (current,) = [v for v, m in said["VersionIdsToStages"].items() if "AWSCURRENT" in m]
            tags = [
                {**tag, "Value": tag["Value"].format(id=current, now=now.isoformat())}
                for tag in told.get("Tags", ())
            ]
            rotated = {"LastRotatedDate": now} if "LastRotatedDate" in told else {}
            return {**said, **rotated, "Tags": tags}

    monkeypatch.setattr(authorize.boto3, "client", lambda _name: Aged())
    assert asked(authorize, FIRST_KEY) == {"isAuthorized": True}
    told.clear()
    assert asked(authorize, FIRST_KEY) == {"isAuthorized": False}


@pytest.mark.usefixtures("rotate")
def test_the_answer_for_a_rest_api(world: World) -> None:
    authorize = load("authorize")
    for key, effect in ((world.current(), "Allow"), ("made-up", "Deny")):
        (statement,) = asked(authorize, key, "1.0")["policyDocument"]["Statement"]
        assert (statement["Effect"], statement["Resource"]) == (effect, "arn:x")
