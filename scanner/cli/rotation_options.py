"""Makes the `[rotation]` section what the rotation and its check are given."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from scanner.config import Settings
from scanner.engines._endpoint.door import Operation
from scanner.engines.rotation import RotationOptions
from scanner.engines.rotation.judge import Limits
from scanner.model.errors import ConfigError
from scanner.rotation.stores import Place, is_here, refuse_clear_text
from scanner.sections import EndpointSection, RotationSection


def rotation_options(settings: Settings, config: Path | None, root: Path) -> RotationOptions | None:
    """The rotation check's options; None where no manager is named. Raises `ConfigError`."""
    section = settings.rotation
    if section is None:
        return None
    operation, untried = None, ""
    try:
        operation = operation_of(section, settings)
    except ConfigError as error:
        untried = str(error)
    return RotationOptions(
        place=place_of(section),
        operation=operation,
        untried=untried,
        limits=Limits(
            max_age=timedelta(days=section.max_age_days),
            pending_max=timedelta(hours=section.pending_max_hours),
            grace=timedelta(seconds=section.grace_seconds),
        ),
        settle=timedelta(seconds=section.settle_seconds),
        declared=_declared(config, root),
    )


def place_of(section: RotationSection) -> Place:
    """Where the section says the key is kept."""
    return Place(
        manager=section.manager,
        secret=section.secret,
        url=section.url,
        region=section.region,
        field=section.field,
        mount=section.mount,
        ambient=section.ambient_credentials,
    )


def operation_of(section: RotationSection, settings: Settings) -> Operation:
    """The operation that keys are tried on. Raises `ConfigError`."""
    endpoint = settings.endpoint
    origin = section.endpoint.rstrip("/") or _running(endpoint)
    if not origin:
        raise ConfigError(
            'where does the endpoint run? Set `endpoint = "https://..."` in [rotation]'
        )
    if not section.try_:
        raise ConfigError('which operation needs the key? Set `try = "GET /..."` in [rotation]')
    refuse_clear_text(origin, "the endpoint")
    method, _, path = section.try_.partition(" ")
    verify: str | bool = not (endpoint and endpoint.insecure)
    return Operation(
        origin=origin,
        method=method,
        path=path,
        header=section.header,
        prefix=section.prefix,
        body=json.dumps(section.body) if section.body else "",
        verify=endpoint.ca_file if endpoint and endpoint.ca_file else verify,
    )


def _running(endpoint: EndpointSection | None) -> str:
    """The endpoint of `[endpoint]`, if it runs by itself and may be called; else nothing."""
    if endpoint is None or endpoint.command or not endpoint.url:
        return ""
    parts = urlsplit(endpoint.url)
    if not is_here(parts.hostname or "") and parts.hostname not in endpoint.allow_hosts:
        raise ConfigError(
            f"{parts.hostname} is not this machine: allow its host (endpoint.allow_hosts), or name "
            "it as `endpoint` in [rotation]"
        )
    return f"{parts.scheme}://{parts.netloc}"


def _declared(config: Path | None, root: Path) -> tuple[str, int]:
    """The configuration file and the line where `[rotation]` stands."""
    if config is None:
        return "servegate.toml", 1
    try:
        lines = config.read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    line = next((n for n, text in enumerate(lines, 1) if text.strip() == "[rotation]"), 1)
    try:
        path = config.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        path = config.name
    return path, line
