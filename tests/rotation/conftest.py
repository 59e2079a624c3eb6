"""One manager for each test module, one secret and endpoint for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from tests.rotation.setting import FIRST_KEY, SECRET_ID, Running, sample
from tests.rotation.world import CREDENTIALS, World, moto


@pytest.fixture(scope="module")
def manager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with moto(tmp_path_factory.mktemp("moto") / "moto.log") as running:
        yield running


@pytest.fixture
def world(manager: Running, tmp_path: Path) -> Iterator[World]:
    client = boto3.client("secretsmanager", endpoint_url=manager.url, **CREDENTIALS)
    client.create_secret(Name=SECRET_ID, SecretString=FIRST_KEY)
    try:
        with sample(tmp_path / "sample.log", f"aws:{SECRET_ID}", manager.url) as target:
            yield World(manager, target, client)
    finally:
        client.delete_secret(SecretId=SECRET_ID, ForceDeleteWithoutRecovery=True)
