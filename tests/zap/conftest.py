"""A target to be looked at, a real ZAP, and a double for what the freely assembled core lacks."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from scanner.engines.zap.find import Installed, search
from scanner.engines.zap.launch import Zap, running_zap
from scanner.engines.zap.options import ZapOptions
from scanner.model.plan import DynamicTask, Identity, Role, Target
from scanner.model.protocols import ScanContext
from scanner.model.severity import Stage
from tests.zap.assemble import CannotAssemble, assembled

ROOT = Path(__file__).resolve().parents[2]
SECRET = "k-6f1d0c9b7a5e4832"
DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "items", "version": "1"},
    "paths": {
        "/health": {"get": {"responses": {"200": {"description": "ok"}}}},
        "/v1/items": {
            "get": {"responses": {"200": {"description": "ok"}}},
            "post": {"responses": {"200": {"description": "ok"}}},
        },
        "/v1/items/{item_id}": {
            "get": {"responses": {"200": {"description": "ok"}}},
            "delete": {"responses": {"204": {"description": "gone"}}},
        },
    },
}


@dataclass
class Listener:
    """A small API that remembers what it was asked."""

    origin: str
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@pytest.fixture
def listener() -> Iterator[Listener]:
    """The target."""
    yield from _listen()


@pytest.fixture
def stranger() -> Iterator[Listener]:
    """Another server on another port of the same host."""
    yield from _listen()


def _listen() -> Iterator[Listener]:
    heard = Listener("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
            body = json.dumps(DOCUMENT if self.path == "/openapi.json" else {"ok": True}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.do_GET()

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    heard.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield heard
    server.shutdown()
    server.server_close()
    thread.join()


def target_of(listener: Listener, *, with_identity: bool = True) -> Target:
    """The listener as a target with one caller."""
    identity = Identity(
        name="alice", role=Role.USER, header="X-API-Key", value_env="ALICE_KEY", secret=SECRET
    )
    return Target(
        name="items",
        url=listener.origin,
        spec="/openapi.json",
        ready="/health",
        identities=(identity,) if with_identity else (),
    )


def task_of(target: Target, root: Path) -> DynamicTask:
    """The target as a task of the engine."""
    return DynamicTask(engine="zap", stage=Stage.DAST, root=root, target=target)


@pytest.fixture
def context() -> ScanContext:
    """A context that is not interrupted."""
    return ScanContext(progress=lambda _text: None, cancelled=threading.Event())


@pytest.fixture(scope="session")
def zap_home() -> Path:
    """A real ZAP: the one that ZAP_HOME names, else the assembled core."""
    named = os.environ.get("ZAP_HOME")
    if named:
        return Path(named)
    try:
        return assembled()
    except CannotAssemble as error:
        if os.environ.get("CI"):
            pytest.fail(f"no real ZAP in CI: {error}")
        pytest.skip(
            "a real ZAP is put together with Maven from the parts in its central repository, and "
            f"driven by Java 17, which this machine lacks (.ci/run installs both): {error}"
        )


@pytest.fixture(scope="session")
def place(zap_home: Path) -> Installed:
    """The real ZAP with the Java that runs it."""
    found = search(ZapOptions(home=str(zap_home)), ROOT)
    if not isinstance(found.place, Installed):
        if os.environ.get("CI") or os.environ.get("ZAP_HOME"):
            pytest.fail(f"no real ZAP, in CI or where ZAP_HOME names one: {found.trail}")
        pytest.skip(
            "a real ZAP needs Java 17, which this machine lacks (.ci/run installs it): "
            f"{'; '.join(found.trail)}"
        )
    return found.place


@pytest.fixture(scope="module")
def real_zap(place: Installed) -> Iterator[Zap]:
    """One running real ZAP for the tests of a module that leave it as it was."""
    quiet = ScanContext(progress=lambda _text: None, cancelled=threading.Event())
    with running_zap(place, ZapOptions(memory_mb=512), {}, quiet) as zap:
        yield zap


@pytest.fixture
def double_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ZapOptions]:
    """Options that find the double in place of a ZAP: its Java is a script that runs it."""

    def made(scenario: str) -> ZapOptions:
        home = tmp_path / "double"
        (home / "jre" / "bin").mkdir(parents=True)
        (home / "plugin").mkdir()
        (home / "plugin" / "replacer-beta-1.zap").touch()
        (home / "zap-2.17.0.jar").touch()
        java = home / "jre" / "bin" / "java"
        java.write_text(
            f"#!/bin/sh\ncd {ROOT} && exec {sys.executable} -m tests.zap.double "
            f"--scenario '{scenario}' \"$@\"\n"
        )
        java.chmod(0o755)
        monkeypatch.setenv("JAVA_HOME", str(home / "jre"))
        return ZapOptions(home=str(home), start_timeout=20, call_timeout=5)

    return made
