"""Starts a ZAP of our own, waits until its API answers, and ends it with all that it started.

The API key and the settings go through a file that only we can read, the credential of the target
through the environment: an argument list is readable for everyone on the machine.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from scanner.engines._process import Service, run_tool, tool_environ
from scanner.engines._reaper import REAPER
from scanner.engines.zap.client import BoundedZap
from scanner.engines.zap.find import Container, Daemon, Installed, Place, container_environ
from scanner.engines.zap.options import ZapOptions
from scanner.model.errors import (
    Cancelled,
    EngineError,
    ToolCrashed,
    ToolTimeout,
    ToolUnreadable,
)
from scanner.model.protocols import ScanContext
from scanner.model.values import Value
from scanner.redact import redact

_POLL = 0.2
_GOOD_ANSWERS = 3
_GOODBYE = 8.0
_WORK = "/zap/wrk"
# Read by ZAP at its start; nothing is fetched and nobody is called.
_SETTINGS = {
    "api.reportpermerrors": "true",
    "api.incerrordetails": "true",
    "start.checkForUpdates": "false",
    "start.checkAddonUpdates": "false",
    "start.installAddonUpdates": "false",
    "telemetry.enabled": "false",
}


class Zap(Value):
    """A ZAP whose API answers.

    `url` is where it listens, `version` what it says it is. `workdir` is a folder that both of us
    can read, called `seen_workdir` on its side. `service` is None where it is not ours to end.
    """

    api: BoundedZap
    url: str
    version: str
    place: Place
    workdir: Path
    seen_workdir: str
    service: Service | None

    def died(self) -> str | None:
        """How a ZAP of our own ended, if it has."""
        code = self.service.exit_code() if self.service else None
        if code is None:
            return None
        return f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"


class _PortTaken(ToolCrashed):
    """ZAP found something else on the port that had been free."""


@contextlib.contextmanager
def running_zap(
    place: Place, options: ZapOptions, environ: Mapping[str, str], context: ScanContext
) -> Iterator[Zap]:
    """A ZAP that answers; one of our own is ended afterwards, by its API and then by signal.

    `environ` is added to what it is started with. Raises `EngineError`: not ready in time, died at
    its start, wrong key.
    """
    with (
        tempfile.TemporaryDirectory(prefix="servegate-zap-", ignore_cleanup_errors=True) as folder,
        REAPER.folder(Path(folder).resolve()),
    ):
        workdir = Path(folder)
        if isinstance(place, Daemon):
            api = BoundedZap(place.url, options.api_key, options.call_timeout)
            yield _given(place, api, workdir)
            return
        key = secrets.token_urlsafe(24)
        _write_settings(workdir / "settings", key)
        # Between the moment when a port is seen to be free and ZAP's taking it, another may.
        for last in (False, False, True):
            name = f"servegate-{secrets.token_hex(6)}"
            port = _free_port()
            url = f"http://127.0.0.1:{port}"
            api = BoundedZap(url, key, options.call_timeout)
            service = _start(place, options, workdir, port, name, environ)
            try:
                version = await_ready(api, service, options.start_timeout, context)
                seen = _WORK if isinstance(place, Container) else folder
                yield Zap(api, url, version, place, workdir, seen, service)
            except _PortTaken:
                if last:
                    raise
            else:
                return
            finally:
                _end(BoundedZap(url, key, 5.0), service)
                if isinstance(place, Container):
                    _remove(place, name)


def java_argv(place: Installed, options: ZapOptions, workdir: Path, port: int) -> list[str]:
    """The command line of an installed ZAP."""
    return [
        str(place.java),
        f"-Xmx{options.memory_mb}m",
        "-jar",
        str(place.jar),
        *_flags("127.0.0.1", port, f"{workdir}/home", f"{workdir}/settings"),
    ]


def container_argv(
    place: Container,
    options: ZapOptions,
    workdir: Path,
    port: int,
    name: str,
    *,
    host_network: bool,
) -> list[str]:
    """The command line of a ZAP in a container.

    With `host_network` it shares the host's network, so that 127.0.0.1 means the same; where that
    is not to be had, its port is published to loopback and the host is `host.docker.internal`.
    """
    return [
        str(place.tool),
        "run",
        "--rm",
        "--pull=never",
        "--name",
        name,
        *_network(port, host_network=host_network),
        # As ourselves: the folder that we share is closed to everyone else.
        "--user",
        f"{os.getuid()}:{os.getgid()}",
        *(["--userns=keep-id"] if place.tool.name == "podman" else []),
        "--memory",
        f"{options.memory_mb + 512}m",
        "--volume",
        f"{workdir}:{_WORK}:rw",
        "--env",
        "ZAP_AUTH_HEADER",
        "--env",
        "ZAP_AUTH_HEADER_VALUE",
        "--env",
        "ZAP_AUTH_HEADER_SITE",
        place.image,
        "zap.sh",
        f"-Xmx{options.memory_mb}m",
        *_flags(
            "127.0.0.1" if host_network else "0.0.0.0",  # noqa: S104 - inside the container
            port,
            f"{_WORK}/home",
            f"{_WORK}/settings",
        ),
    ]


def _network(port: int, *, host_network: bool) -> list[str]:
    if host_network:
        return ["--network", "host"]
    gateway = ["--add-host", "host.docker.internal:host-gateway"]
    return [*gateway, "--publish", f"127.0.0.1:{port}:{port}"]


def host_network_works(system: str | None = None) -> bool:
    """Whether containers can share our network: on Linux, but not from a desktop's machine."""
    return (system or os.uname().sysname) == "Linux"


def _flags(host: str, port: int, home: str, settings: str) -> list[str]:
    return [
        "-daemon",
        "-silent",
        "-host",
        host,
        "-port",
        str(port),
        "-dir",
        home,
        "-configfile",
        settings,
        *_api_addresses(host),
    ]


def _api_addresses(host: str) -> list[str]:
    """In a published container calls come from the bridge's address, which ZAP would refuse."""
    if host == "127.0.0.1":
        return []
    return ["-config", "api.addrs.addr.name=.*", "-config", "api.addrs.addr.regex=true"]


def _write_settings(path: Path, key: str) -> None:
    text = "".join(f"{name}={value}\n" for name, value in {"api.key": key, **_SETTINGS}.items())
    path.touch(mode=0o600)
    path.write_text(text, "utf-8")


def _start(
    place: Installed | Container,
    options: ZapOptions,
    workdir: Path,
    port: int,
    name: str,
    environ: Mapping[str, str],
) -> Service:
    if isinstance(place, Installed):
        argv = java_argv(place, options, workdir, port)
        return Service(argv, cwd=place.home, environ=tool_environ(environ))
    argv = container_argv(place, options, workdir, port, name, host_network=host_network_works())
    return Service(argv, cwd=workdir, environ={**container_environ(), **environ})


def _given(place: Daemon, api: BoundedZap, workdir: Path) -> Zap:
    """The running ZAP, if it answers and takes our key."""
    try:
        version = str(api.core.version)
    except ToolCrashed as error:
        raise ToolCrashed(f"no ZAP answers at {place.url} (--zap-url)") from error
    workdir.chmod(0o755)
    return Zap(api, place.url.rstrip("/"), version, place, workdir, str(workdir), None)


def await_ready(api: BoundedZap, service: Service, seconds: float, context: ScanContext) -> str:
    """Its version, once it has answered several times in a row: add-ons load while it listens."""
    end = time.monotonic() + seconds
    quick = api.patient(5.0)
    good = 0
    last = "no answer"
    while True:
        if context.cancelled.is_set():
            raise Cancelled("the scan was interrupted")
        _refuse_dead(service)
        try:
            version = str(quick.core.version)
            good += 1
        except (ToolCrashed, ToolTimeout) as error:
            good, last = 0, str(error)
        except ToolUnreadable as error:
            # Something else listens on our port, or ZAP answers before it is whole.
            good, last = 0, str(error)
        if good >= _GOOD_ANSWERS:
            _refuse_dead(service)
            return version
        if time.monotonic() > end:
            tail = redact(service.log_tail())
            raise ToolTimeout(f"ZAP was not ready after {seconds:g} s: {last}", tail)
        context.cancelled.wait(_POLL)


def _refuse_dead(service: Service) -> None:
    code = service.exit_code()
    if code is None:
        return
    service.wait(1.0)
    tail = redact(service.log_tail(40))
    if "Address already in use" in tail or "unable to start the main proxy" in tail:
        raise _PortTaken("ZAP could not start: its port is in use", tail)
    lines = [line.strip() for line in tail.splitlines() if line.strip()]
    said = f": {lines[-1][:200]}" if lines else ""
    raise ToolCrashed(f"ZAP ended at its start with exit code {code}{said}", tail)


def _end(api: BoundedZap, service: Service) -> None:
    """Ask it to shut down, give it a moment to close its database, then end its whole group."""
    if service.exit_code() is None:
        with contextlib.suppress(EngineError):
            api.core.shutdown()
            service.wait(_GOODBYE)
    service.stop()


def _remove(place: Container, name: str) -> None:
    """The client's end is not the container's: it is taken away by name."""
    with contextlib.suppress(EngineError):
        run_tool(
            [place.tool, "rm", "--force", name],
            cwd=Path("/"),
            deadline=20,
            cancelled=threading.Event(),
            environ=container_environ(),
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
