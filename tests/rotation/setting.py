"""A secret manager, an endpoint that takes its keys from there, and clients that never pause."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests

from tests.sample.running import KEYS, free_port

ROOT = Path(__file__).parents[2]
FIRST_KEY = "first-key-of-alice-0123456789abcdef"
SECRET_ID = "test/sentiment/alice"
AWS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "eu-central-1",
}


@dataclass(frozen=True)
class Running:
    """A server of ours on loopback."""

    url: str
    log: Path

    def status(self, key: str) -> int:
        with requests.Session() as session:
            session.trust_env = False
            headers = {"X-API-Key": key}
            return session.get(f"{self.url}/v1/me", headers=headers, timeout=10).status_code


@contextmanager
def served(
    argv: Callable[[int], list[str]], log: Path, ready: str, env: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """Run a server until the block ends; `argv` is given a free port."""
    port = free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(
            argv(port), cwd=ROOT, env={**os.environ, **(env or {})}, stdout=output, stderr=output
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url + ready, process, log)
        yield Running(url, log)
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(requests.ConnectionError):
            requests.get(url, timeout=2)
            return
        time.sleep(0.05)
    raise AssertionError(f"did not start: {log.read_text()}")


@contextmanager
def sample(log: Path, secret: str, manager_url: str, **settings: str) -> Iterator[Running]:
    """The hardened sample, with alice's key in the manager (`aws:NAME`)."""
    others = {name: key for name, key in KEYS.items() if name != "SAMPLE_KEY_ALICE"}
    env = {
        **AWS,
        **others,
        "SAMPLE_KEY_ALICE_SECRET": secret,
        "SAMPLE_SECRETS_URL": manager_url,
        "SAMPLE_SECRETS_REGION": "eu-central-1",
        "SAMPLE_KEYS_REFRESH": "0.3",
        "SAMPLE_KEYS_GRACE": "60",
        **settings,
    }
    command = [sys.executable, "-m", "tests.rotation.unthrottled"]
    with served(lambda port: [*command, str(port)], log, "/health", env) as running:
        yield running


def rotate(
    *words: str, env: Mapping[str, str] | None = None, script: bool = False, cwd: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """The command, in a process of its own; with `script` the one that can be killed."""
    start = ["-m", "tests.rotation.killed"] if script else ["-m", "scanner"]
    return subprocess.run(
        [sys.executable, *start, "rotate", *words],
        cwd=cwd,
        env={**os.environ, **AWS, "PYTHONPATH": str(ROOT), **(env or {})},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@dataclass
class Clients:
    """Callers that use what the manager says is current, and look there again now and then."""

    current: Callable[[], str]
    target: Running
    number: int = 4
    seen: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    @contextmanager
    def calling(self) -> Iterator[Clients]:
        ended = threading.Event()
        threads = [
            threading.Thread(target=self._call, args=(ended, 0.1 + 0.25 * place))
            for place in range(self.number)
        ]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            ended.set()
            for thread in threads:
                thread.join()

    @property
    def requests(self) -> int:
        return self.seen.total() if hasattr(self.seen, "total") else sum(self.seen.values())

    @property
    def failed(self) -> int:
        return self.requests - self.seen[200] + len(self.faults)

    def _call(self, ended: threading.Event, every: float) -> None:
        key, looked = self.current(), time.monotonic()
        with requests.Session() as session:
            session.trust_env = False
            while not ended.is_set():
                if time.monotonic() - looked > every:
                    key, looked = self.current(), time.monotonic()
                try:
                    answer = session.get(
                        f"{self.target.url}/v1/me", headers={"X-API-Key": key}, timeout=10
                    )
                except requests.RequestException as error:
                    self.faults.append(type(error).__name__)
                else:
                    self.seen[answer.status_code] += 1
