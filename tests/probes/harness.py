"""Lets probes talk to a scripted server: a function from a call to an answer.

The survey is the real one, so a probe meets the world that it meets in a scan; only the wire is
missing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from scanner.engines._endpoint.operation import Operation
from scanner.engines._endpoint.spec import parse_spec
from scanner.engines.dast.conversation import Call, Probe, ProbeVerdict, Reply, Vulnerable, World
from scanner.engines.dast.survey import Survey
from scanner.model.evidence import Exchange, Request, Response
from scanner.model.plan import Identity, Role

LISTENER = "http://127.0.0.1:9"
ALICE = Identity(name="alice", role=Role.USER, header="X-API-Key", value_env="A", secret="a" * 20)
BOB = Identity(name="bob", role=Role.USER, header="X-API-Key", value_env="B", secret="b" * 20)
ADMIN = Identity(name="root", role=Role.ADMIN, header="X-API-Key", value_env="R", secret="r" * 20)
EVERYONE = (ALICE, BOB, ADMIN)


@dataclass(frozen=True)
class Answer:
    """What the scripted server says: a dict or list is sent as JSON."""

    status: int = 200
    body: object = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.001
    fault: str = ""


Server = Callable[[Call], Answer]


@dataclass(frozen=True)
class Talk:
    """How a conversation went."""

    verdict: ProbeVerdict
    calls: tuple[Call, ...]

    @property
    def found(self) -> Vulnerable:
        """The finding; the test fails if there is none."""
        assert isinstance(self.verdict, Vulnerable), self.verdict
        assert self.verdict.proof, "a finding without proof"
        return self.verdict


class Heard:
    """The listener's memory, for servers that fetch URLs: call it with each URL fetched."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    def __call__(self, text: str) -> bool:
        return any(text in path for path in self.paths)

    def fetch(self, url: str) -> None:
        """Note a request to a URL of the listener's."""
        self.paths.append(url.removeprefix(LISTENER))


def who(call: Call) -> str | None:
    """Whose valid credential a call carries."""
    return call.identity if call.credential is None else None


def api(*operations: str, **schemas: dict[str, Any]) -> dict[str, Any]:
    """An OpenAPI document with these operations, all behind a key.

    A name in `schemas` is a request body (`body_patch_v1_me`) or an answer (`answer_get_v1_me`) of
    the operation `PATCH /v1/me`.
    """
    paths: dict[str, Any] = {}
    for one in operations:
        method, path = one.split(" ", 1)
        slug = _slug(one)
        answer: dict[str, Any] = {"description": "ok"}
        if (shape := schemas.get(f"answer_{slug}")) is not None:
            answer["content"] = {"application/json": {"schema": shape}}
        operation: dict[str, Any] = {
            "responses": {"200": answer},
            "parameters": schemas.get(f"parameters_{slug}", []),
        }
        if (body := schemas.get(f"body_{slug}")) is not None:
            operation["requestBody"] = {"content": {"application/json": {"schema": body}}}
        paths.setdefault(path, {})[method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "paths": paths,
        "security": [{"key": []}],
        "components": {
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}
        },
    }


def obj(*required: str, **properties: object) -> dict[str, Any]:
    """An object's schema: each property is a type name, or a schema of its own."""
    made = {k: {"type": v} if isinstance(v, str) else v for k, v in properties.items()}
    return {"type": "object", "properties": made, "required": list(required)}


def survey(
    document: dict[str, Any],
    server: Server,
    identities: tuple[Identity, ...] = EVERYONE,
    heard: Callable[[str], bool] = lambda _text: False,
) -> World:
    """The world that the scripted server shows."""
    parsed = parse_spec(json.dumps(document), "document")
    first_look = Survey(parsed, "", identities, lambda call: reply_to(call, server), LISTENER)
    first_look.take()
    secrets = {one.name: one.secret for one in identities}
    return replace(
        first_look.world(),
        listener=LISTENER,
        heard=heard,
        credential=lambda name: secrets.get(name, ""),
    )


def talk(
    probe: Probe,
    operation: str,
    document: dict[str, Any],
    server: Server,
    identities: tuple[Identity, ...] = EVERYONE,
    heard: Callable[[str], bool] = lambda _text: False,
) -> Talk:
    """Survey the scripted server, then let a probe speak about one operation."""
    return converse(probe, operation, survey(document, server, identities, heard), server)


def converse(probe: Probe, operation: str, world: World, server: Server) -> Talk:
    """Let a probe speak about one operation; its budget must suffice."""
    asked = next(one for one in world.operations if str(one) == operation)
    return _run(probe, asked, world, server)


def talk_everywhere(probe: Probe, world: World, server: Server) -> list[tuple[str, ProbeVerdict]]:
    """The probe's verdict on every operation."""
    return [(str(one), _run(probe, one, world, server).verdict) for one in world.operations]


def reply_to(call: Call, server: Server) -> Reply:
    """The reply as the client would build it from the server's answer."""
    answer = server(call)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    if isinstance(answer.body, bytes):
        body = answer.body
    elif isinstance(answer.body, str):
        body = answer.body.encode()
        headers.setdefault("content-type", "text/plain")
    else:
        body = json.dumps(answer.body).encode()
        headers.setdefault("content-type", "application/json")
    request = Request(method=call.method, url=f"http://127.0.0.1{call.path}")
    response = Response(status=answer.status) if answer.status else None
    return Reply(
        call=call,
        status=answer.status,
        headers=headers,
        body=body,
        fault=answer.fault,
        seconds=answer.seconds,
        exchange=Exchange(label=call.label, request=request, response=response),
    )


def _run(probe: Probe, operation: Operation, world: World, server: Server) -> Talk:
    conversation = probe.converse(operation, world)
    calls: list[Call] = []
    try:
        call = next(conversation)
        while True:
            calls.append(call)
            assert len(calls) <= probe.max_requests, "more requests than the probe says"
            call = conversation.send(reply_to(call, server))
    except StopIteration as stop:
        return Talk(stop.value, tuple(calls))


def _slug(operation: str) -> str:
    kept = "".join(c if c.isalnum() else "_" for c in operation.lower())
    return "_".join(part for part in kept.split("_") if part)
