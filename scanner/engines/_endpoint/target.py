"""Starts the endpoint or takes the one that runs, waits until it is ready, and ends it."""

from __future__ import annotations

import ipaddress
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from scanner.engines._endpoint.knock import knock
from scanner.engines._process import Service
from scanner.model.errors import Cancelled, TargetError
from scanner.model.plan import Target
from scanner.redact import redact

_POLL = 0.15


@dataclass(frozen=True, slots=True)
class Running:
    """A ready endpoint: `origin` is scheme, host and port; `prefix` the path of the given URL."""

    origin: str
    prefix: str
    service: Service | None

    def died(self) -> str | None:
        """What to say if the started process has ended."""
        code = self.service.exit_code() if self.service else None
        return None if code is None else _exit_text(code)


@contextmanager
def running(
    target: Target, cancelled: threading.Event, progress: Callable[[str], None]
) -> Iterator[Running]:
    """The endpoint, ready to be attacked; a started one is ended afterwards, with its children.

    Raises `TargetError` where it does not start, does not get ready, or lies on a host that the
    user did not allow.
    """
    if target.url:
        yield _given(target, cancelled, progress)
        return
    port = target.port or _free_port()
    if target.port:
        _refuse_taken(port)
    elif not any("{port}" in word for word in target.command):
        raise TargetError("the endpoint's command has no {port}: put it in, or set port")
    argv = [word.replace("{port}", str(port)) for word in target.command]
    environ = {**os.environ, **dict(target.env), "PORT": str(port)}
    progress("starting the endpoint")
    service = Service(argv, cwd=target.cwd, environ=environ)
    try:
        ready = Running(f"http://127.0.0.1:{port}", "", service)
        _await_ready(ready, target, cancelled)
        yield ready
    finally:
        service.stop()


def _given(target: Target, cancelled: threading.Event, progress: Callable[[str], None]) -> Running:
    parts = urlsplit(target.url)
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise TargetError(f"{target.url} is not a URL: {error}") from error
    if parts.scheme not in ("http", "https") or not host:
        raise TargetError(f"{target.url!r} is not an http(s) URL")
    if not _loopback(host) and host not in target.allow_hosts:
        raise TargetError(
            f"{host} is not this machine; name it in endpoint.allow_hosts if it may be attacked"
        )
    shown = f"[{host}]" if ":" in host else host
    origin = f"{parts.scheme}://{shown}" + (f":{port}" if port else "")
    progress("waiting for the endpoint")
    ready = Running(origin, parts.path.rstrip("/"), None)
    _await_ready(ready, target, cancelled)
    return ready


def _await_ready(running: Running, target: Target, cancelled: threading.Event) -> None:
    """Return once it answers. Raises `TargetError` with the last thing heard of it."""
    spec_path = target.spec if target.spec.startswith("/") else ""
    path = target.ready or spec_path or "/"
    wanted = 400 if target.ready else 500
    end = time.monotonic() + target.start_timeout
    last = "no answer"
    while True:
        if cancelled.is_set():
            raise Cancelled("the scan was interrupted")
        _refuse_dead(running)
        status, fault = knock(running.origin, running.prefix + path, timeout=2.0)
        if 0 < status < wanted:
            _refuse_dead(running)
            return
        last = f"last answer {status} from {path}" if status else fault
        if time.monotonic() > end:
            break
        cancelled.wait(_POLL)
    tail = redact(running.service.log_tail()) if running.service else ""
    message = f"endpoint not ready after {target.start_timeout:g} s: {last}"
    raise TargetError(message + _quoted(tail), tail)


def _refuse_dead(running: Running) -> None:
    service = running.service
    if service is None or service.exit_code() is None:
        return
    service.wait(1.0)
    tail = redact(service.log_tail())
    raise TargetError(f"the endpoint {running.died()}{_quoted(tail)}", tail)


def _quoted(tail: str) -> str:
    """The last line of a log, as the end of a one-line message."""
    lines = [line.strip() for line in tail.splitlines() if line.strip()]
    return f"; its log ends: {lines[-1][:200]}" if lines else ""


def _exit_text(code: int) -> str:
    if code < 0:
        return f"was killed by signal {-code}"
    return f"ended with exit code {code}"


def _refuse_taken(port: int) -> None:
    """A process that is left over would answer in the new one's place, and be attacked for it."""
    for host in ("127.0.0.1", "::1"):
        try:
            with socket.create_connection((host, port), timeout=1.0):
                taken = True
        except OSError:
            taken = False
        if taken:
            raise TargetError(
                f"address in use: something already answers on port {port}; end it, or take another"
            )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
