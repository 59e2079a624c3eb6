"""Finds the specification of the target: a file, a path on it, or a shape that is recognised."""

from __future__ import annotations

import json
from collections.abc import Callable

from scanner.engines._endpoint.knock import Fetched
from scanner.engines._endpoint.shapes import recognise
from scanner.engines._endpoint.spec import Api, parse_spec
from scanner.engines._endpoint.target import SPEC_PATHS, Running, paths_on
from scanner.model.errors import TargetError
from scanner.model.plan import Target
from scanner.model.values import Value

SPEC_MEDIA = "application/json, application/yaml, */*"
_MAX_FILE = 20_000_000
Fetch = Callable[[str], Fetched]


class Specification(Value):
    """The API, and a remark where its operations do not come from a document of its own."""

    api: Api
    note: str = ""


def find_specification(target: Target, endpoint: Running, fetch: Fetch) -> Specification:
    """What there is to test; `fetch` asks the endpoint for a path.

    Raises `TargetError` that says what was looked for.
    """
    if target.spec and not target.spec.startswith("/"):
        file = target.cwd / target.spec
        if file.is_file():
            return Specification(_read(target))
    named = _on_target(target.spec, endpoint)
    last = ""
    for path in (named,) if named else SPEC_PATHS:
        for place in paths_on(endpoint, path):
            answer = fetch(place)
            if not 200 <= answer.status < 300:
                said = f"answered {answer.status}" if answer.status else answer.fault
                last = f"no specification: {path} {said}; give --spec"
                continue
            try:
                return Specification(parse_spec(answer.text, path, place))
            except TargetError as error:
                # A server may answer 200 to every path; what was named must be the document.
                if named:
                    raise
                last = str(error)
    if not named:
        found = recognise(lambda path: _value(fetch(endpoint.prefix + path)))
        if found is not None:
            names, document = found
            note = f"no specification: its operations are those that {names} servers have"
            return Specification(parse_spec(document, names), note)
    raise TargetError(last)


def _read(target: Target) -> Api:
    file = target.cwd / target.spec
    if file.stat().st_size > _MAX_FILE:
        raise TargetError(f"{target.spec} is larger than any specification")
    return parse_spec(file.read_text("utf-8", "replace"), target.spec)


def _on_target(spec: str, endpoint: Running) -> str:
    """The path of a specification on the endpoint. Raises `TargetError` for another host's."""
    if not spec or spec.startswith("/"):
        return spec
    if spec.startswith(f"{endpoint.origin}/"):
        return spec[len(endpoint.origin) :]
    if "://" in spec:
        raise TargetError(f"{spec} is not on {endpoint.origin}; fetch it and give the file")
    raise TargetError(f"{spec}: no such file; a path on the endpoint starts with /")


def _value(answer: Fetched) -> object:
    """The JSON of an answer, its text where it is none, None where there is no success."""
    if not 200 <= answer.status < 300:
        return None
    try:
        value: object = json.loads(answer.text)
    except (ValueError, RecursionError):
        value = None
    return answer.text[:200] if value is None else value
