"""Finds the endpoint's specification: a file, a path on the endpoint, or the usual places."""

from __future__ import annotations

from collections.abc import Callable

from scanner.engines._endpoint.knock import Fetched
from scanner.engines._endpoint.spec import Api, parse_spec
from scanner.engines._endpoint.target import SPEC_PATHS, Running, paths_on
from scanner.model.errors import TargetError
from scanner.model.plan import Target

SPEC_MEDIA = "application/json, application/yaml, */*"
_MAX_SPEC_FILE = 20_000_000


def read_spec(target: Target, endpoint: Running, fetch: Callable[[str], Fetched]) -> Api:
    """The API's specification; `fetch` asks the endpoint for a path. Raises `TargetError`."""
    file = target.cwd / target.spec if target.spec else None
    if file is not None and not target.spec.startswith("/") and file.is_file():
        if file.stat().st_size > _MAX_SPEC_FILE:
            raise TargetError(f"{target.spec} is larger than any specification")
        return parse_spec(file.read_text("utf-8", "replace"), target.spec)
    named = _on_target(target.spec, endpoint)
    last = ""
    for path in (named,) if named else SPEC_PATHS:
        for place in paths_on(endpoint, path):
            answer = fetch(place)
            if 200 <= answer.status < 300:
                return parse_spec(answer.text, path, place)
            heard = f" answered {answer.status}" if answer.status else f": {answer.fault}"
            last = f"{path}{heard}"
    raise TargetError(f"no specification: {last}; give --spec")


def _on_target(spec: str, endpoint: Running) -> str:
    """The path of a specification on the endpoint. Raises `TargetError` for another host's."""
    if not spec or spec.startswith("/"):
        return spec
    if spec.startswith(f"{endpoint.origin}/"):
        return spec[len(endpoint.origin) :]
    if "://" in spec:
        raise TargetError(f"{spec} is not on {endpoint.origin}; fetch it and give the file")
    raise TargetError(f"{spec}: no such file; a path on the endpoint starts with /")
