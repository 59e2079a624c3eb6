"""Finds the endpoint's specification: a file, a path on the endpoint, or the usual places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scanner.engines._endpoint.spec import Api, parse_spec
from scanner.model.errors import TargetError
from scanner.model.plan import Target

SPEC_MEDIA = "application/json, application/yaml, */*"
_SPEC_PATHS = (
    "/openapi.json",
    "/docs.json",
    "/swagger.json",
    "/v1/openapi.json",
    "/api/openapi.json",
)
_MAX_SPEC_FILE = 20_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came of asking for a path: the status and text, or 0 and the fault."""

    status: int
    text: str = ""
    fault: str = ""


def read_spec(target: Target, prefix: str, fetch: Callable[[str], Fetched]) -> Api:
    """The API's specification. `prefix` is the path of the endpoint's URL.

    Raises `TargetError`.
    """
    file = target.cwd / target.spec if target.spec else None
    if file is not None and not target.spec.startswith("/") and file.is_file():
        if file.stat().st_size > _MAX_SPEC_FILE:
            raise TargetError(f"{target.spec} is larger than any specification")
        return parse_spec(file.read_text("utf-8", "replace"), target.spec)
    if target.spec and not target.spec.startswith("/"):
        raise TargetError(f"{target.spec}: no such file; a path on the endpoint starts with /")
    last = ""
    for path in (target.spec,) if target.spec else _SPEC_PATHS:
        answer = fetch(prefix + path)
        if 200 <= answer.status < 300:
            return parse_spec(answer.text, path, prefix + path)
        last = f"{path} answered {answer.status}" if answer.status else f"{path}: {answer.fault}"
    raise TargetError(f"no specification: {last}; give --spec")
