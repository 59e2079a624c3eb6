"""AWS Secrets Manager as moto plays it, and the sample endpoint beside it."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from tests.rotation.setting import AWS, SECRET_ID, Running, served


@dataclass(frozen=True)
class World:
    """The manager, the endpoint, and how to call the command on them."""

    manager: Running
    target: Running
    client: Any

    @property
    def words(self) -> tuple[str, ...]:
        named = {
            "--manager": "aws",
            "--manager-url": self.manager.url,
            "--region": "eu-central-1",
            "--secret": SECRET_ID,
            "--endpoint": self.target.url,
            "--try": "GET /v1/me",
            "--grace": "2",
            "--settle": "0.7",
            "--patience": "15",
        }
        return tuple(word for pair in named.items() for word in pair)

    def labels(self) -> dict[str, list[str]]:
        said = self.client.describe_secret(SecretId=SECRET_ID)
        return {key: sorted(value) for key, value in said["VersionIdsToStages"].items() if value}

    def bearing(self, label: str) -> list[str]:
        return [version for version, labels in self.labels().items() if label in labels]

    def current(self) -> str:
        """The current key, by its label: without one moto gives the version that was first.

        It moves a label in two steps, so that none may bear it for a moment.
        """
        for _ in range(100):
            with contextlib.suppress(ClientError):
                return str(
                    self.client.get_secret_value(SecretId=SECRET_ID, VersionStage="AWSCURRENT")[
                        "SecretString"
                    ]
                )
            time.sleep(0.01)
        raise AssertionError("no current version")


CREDENTIALS = {
    "region_name": "eu-central-1",
    "aws_access_key_id": AWS["AWS_ACCESS_KEY_ID"],
    "aws_secret_access_key": AWS["AWS_SECRET_ACCESS_KEY"],
}


@contextmanager
def moto(log: Path) -> Iterator[Running]:
    command = [sys.executable, "-m", "moto.server", "-p"]
    with served(lambda port: [*command, str(port)], log, "/moto-api/data.json") as running:
        yield running
