"""Starts the endpoint or takes the one that runs, waits until it is ready, and ends it."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from msgspec.structs import replace

from scanner.engines._endpoint.knock import knock
from scanner.engines._endpoint.reach import is_loopback
from scanner.engines._process import Service
from scanner.model.errors import Cancelled, TargetError
from scanner.model.plan import Target
from scanner.model.values import Value
from scanner.redact import redact

SPEC_PATHS = (
    "/openapi.json",
    "/docs.json",
    "/swagger.json",
    "/v1/openapi.json",
    "/api/openapi.json",
)
_POLL = 0.15


class Running(Value, kw_only=True):
    """A ready endpoint: `origin` is scheme, host and port; `prefix` the path of the given URL.

    `verify` is what an HTTP client takes for TLS: a certificate file, or whether to check at all.
    """

    origin: str
    prefix: str = ""
    verify: str | bool = True
    service: Service | None = None

    def died(self, within: float = 0.0) -> str | None:
        """What to say if the started process has ended, or does so `within` these seconds.

        A process that dies closes its connections first, and is seen to have ended later.
        """
        if within and self.service:
            self.service.wait(within)
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
    if not target.command:
        endpoint = _place(target, target.url)
        progress("waiting for the endpoint")
        _await_ready(endpoint, target, cancelled)
        yield endpoint
        return
    port = _port(target)
    url = (target.url or "http://127.0.0.1:{port}").replace("{port}", str(port))
    place = _place(target, url)
    argv = [word.replace("{port}", str(port)) for word in target.command]
    environ = {**os.environ, **dict(target.env), "PORT": str(port)}
    progress("starting the endpoint")
    service = Service(argv, cwd=target.cwd, environ=environ)
    try:
        endpoint = replace(place, service=service)
        _await_ready(endpoint, target, cancelled)
        yield endpoint
    finally:
        service.stop()


def _port(target: Target) -> int:
    """The port of an endpoint that is started: a given one must be free."""
    try:
        given = target.port or (urlsplit(target.url).port if "{" not in target.url else 0)
    except ValueError as error:
        raise TargetError(f"{target.url} is not a URL: {error}") from error
    if given:
        _refuse_taken(given)
        return given
    if not any("{port}" in word for word in target.command):
        raise TargetError("the endpoint's command has no {port}: put it in, or set port")
    return _free_port()


def _place(target: Target, url: str) -> Running:
    """Where a URL leads, if it may be gone to at all. Raises `TargetError`."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise TargetError(f"{url} is not a URL: {error}") from error
    if parts.scheme not in ("http", "https") or not host:
        raise TargetError(f"{url!r} is not an http(s) URL")
    if not is_loopback(host) and host not in target.allow_hosts:
        raise TargetError(f"{host} is not this machine; --allow-host allows to attack it")
    shown = f"[{host}]" if ":" in host else host
    return Running(
        origin=f"{parts.scheme}://{shown}" + (f":{port}" if port else ""),
        prefix=parts.path.rstrip("/"),
        verify=False if target.insecure else target.ca_file or True,
    )


def paths_on(endpoint: Running, path: str) -> tuple[str, ...]:
    """What a path that the user named may mean: below the given URL, or from the root."""
    if not endpoint.prefix or f"{path}/".startswith(f"{endpoint.prefix}/"):
        return (path,)
    return (endpoint.prefix + path, path)


def _await_ready(endpoint: Running, target: Target, cancelled: threading.Event) -> None:
    """Return once it answers. Raises `TargetError` with the last thing heard of it."""
    spec_path = target.spec if target.spec.startswith("/") else ""
    named = target.ready or spec_path
    paths = [p for path in ([named] if named else SPEC_PATHS) for p in paths_on(endpoint, path)]
    if not target.ready:
        paths.append(f"{endpoint.prefix}/")
    wanted = 400 if target.ready else 500
    end = time.monotonic() + target.start_timeout
    last = "no answer"
    while True:
        for path in paths:
            if cancelled.is_set():
                raise Cancelled("the scan was interrupted")
            _refuse_dead(endpoint)
            status, fault = knock(endpoint.origin, path, 2.0, endpoint.verify)
            if 0 < status < wanted:
                _refuse_dead(endpoint)
                return
            if fault.startswith("TLS"):
                raise TargetError(
                    f"{endpoint.origin}: {fault}; name it with --ca-file, or --insecure"
                )
            last = f"last answer {status} from {path}" if status else fault
        if time.monotonic() > end:
            break
        cancelled.wait(_POLL)
    tail = redact(endpoint.service.log_tail()) if endpoint.service else ""
    message = f"endpoint not ready after {target.start_timeout:g} s: {last}"
    raise TargetError(message + _quoted(tail), tail)


def _refuse_dead(endpoint: Running) -> None:
    service = endpoint.service
    if service is None or service.exit_code() is None:
        return
    service.wait(1.0)
    tail = redact(service.log_tail())
    raise TargetError(f"the endpoint {endpoint.died()}{_quoted(tail)}", tail)


def _quoted(tail: str) -> str:
    """The last line of a log, as the end of a one-line message."""
    lines = [line.strip() for line in tail.splitlines() if any(map(str.isalnum, line))]
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
