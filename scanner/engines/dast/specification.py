"""Gets the specification of the target: a file, a path on it, or a shape that is recognised."""

from __future__ import annotations

from dataclasses import dataclass

from scanner.engines._endpoint.shapes import recognise
from scanner.engines._endpoint.spec import Api, parse_spec
from scanner.engines._endpoint.target import SPEC_PATHS, Running, paths_on
from scanner.engines.dast.client import Client
from scanner.engines.dast.conversation import Call
from scanner.model.errors import TargetError
from scanner.model.plan import Target

_MAX_FILE = 20_000_000


@dataclass(frozen=True, slots=True)
class Specification:
    """The API, and a remark where its operations do not come from a document of its own."""

    api: Api
    note: str = ""


def get_specification(target: Target, endpoint: Running, client: Client) -> Specification:
    """What there is to test. Raises `TargetError` that says what was looked for."""
    if target.spec and not target.spec.startswith("/"):
        file = target.cwd / target.spec
        if file.is_file():
            return Specification(_read(target))
    named = _on_target(target.spec, endpoint)
    last = ""
    for path in (named,) if named else SPEC_PATHS:
        for place in paths_on(endpoint, path):
            call = Call(
                label="the specification",
                method="GET",
                path=place,
                identity=_first(target),
                headers=(("Accept", "application/json, application/yaml, */*"),),
            )
            reply = client.fetch(call)
            if not reply.ok:
                said = f"answered {reply.status}" if reply.status else reply.fault
                last = f"no specification: {path} {said}; give --spec"
                continue
            try:
                return Specification(parse_spec(reply.text, path, place))
            except TargetError as error:
                # A server may answer 200 to every path; what was named must be the document.
                if named:
                    raise
                last = str(error)
    if not named:
        found = recognise(lambda path: _ask(client, endpoint, target, path))
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


def _ask(client: Client, endpoint: Running, target: Target, path: str) -> object:
    """The JSON at a path, its text where it is none, None where there is no success."""
    call = Call(
        label="what kind of server is it",
        method="GET",
        path=endpoint.prefix + path,
        identity=_first(target),
    )
    reply = client.fetch(call)
    if not reply.ok:
        return None
    value = reply.json()
    return reply.text[:200] if value is None else value


def _first(target: Target) -> str | None:
    return target.identities[0].name if target.identities else None
