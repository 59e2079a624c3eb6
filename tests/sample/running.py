"""A posture running as its own process, for tests to call."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

KEYS = {
    "SAMPLE_KEY_ALICE": "alice-key-for-tests-only",
    "SAMPLE_KEY_BOB": "bob-key-for-tests-only-too",
    "SAMPLE_KEY_ADMIN": "admin-key-for-tests-only",
}
START_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A running posture."""

    posture: str
    url: str
    process: subprocess.Popen[bytes]

    def call(
        self,
        method: str,
        path: str,
        caller: str | None = "alice",
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> requests.Response:
        """Send one request, as a named caller or without a key, past any proxy."""
        key = {} if caller is None else {"X-API-Key": KEYS[f"SAMPLE_KEY_{caller.upper()}"]}
        with requests.Session() as session:
            session.trust_env = False
            return session.request(
                method, self.url + path, headers=key | (headers or {}), timeout=10, **options
            )


def command(posture: str, port: int, *arguments: str) -> list[str]:
    """Return the command line that starts a posture."""
    module = f"sample_endpoint.{posture}"
    return [sys.executable, "-m", module, "--port", str(port), *arguments]


def free_port() -> int:
    """Return a loopback port that nothing listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(
    posture: str, folder: Path, settings: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Endpoint]:
    """Run a posture until the block ends; its output goes to a file in `folder`."""
    port = free_port()
    log = folder / f"{posture}.log"
    environment = {**KEYS, **settings, "PATH": "", "TMPDIR": str(folder)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command(posture, port), cwd=folder, env=environment, stdout=output, stderr=output
        )
        try:
            endpoint = Endpoint(posture, f"http://127.0.0.1:{port}", process)
            _wait_until_ready(endpoint, log)
            yield endpoint
        finally:
            process.terminate()
            process.wait(timeout=10)


def _wait_until_ready(endpoint: Endpoint, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            if endpoint.call("GET", "/health", caller=None).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.05)
        if endpoint.process.poll() is not None:
            break
    raise AssertionError(f"{endpoint.posture} did not start: {log.read_text(encoding='utf-8')}")
