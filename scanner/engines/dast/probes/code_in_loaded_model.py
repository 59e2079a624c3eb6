"""LLM03: a model that a caller brings is loaded by a format that runs code."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator

from msgspec.structs import replace

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import (
    Call,
    Conversation,
    Held,
    Inconclusive,
    NotApplicable,
    Phase,
    Probe,
    Reply,
    Vulnerable,
    World,
)
from scanner.engines.dast.listener import UNPICKLED, marker_pickle
from scanner.engines.dast.probes._url_places import url_places
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage
from scanner.model.values import Value

RULE = Rule(
    id=RuleId("dast/code-in-loaded-model"),
    engine="probes",
    stage=Stage.DAST,
    title="A caller's artefact runs code where it is loaded",
    severity=Severity.CRITICAL,
    confidence=Confidence.PROVEN,
    rationale=(
        "A pickle (and with it `.pt`, `.joblib` and the like) is a program: whoever may upload or "
        "name a model runs what he likes with the server's keys, weights and network."
    ),
    remediation=(
        "Take formats without code and check them before use:\n\n"
        "    weights = safetensors.torch.load(content)\n"
        "    weights = torch.load(path, weights_only=True)"
    ),
    cwe=("CWE-502",),
    owasp=("LLM03:2025", "LLM04:2025", "API8:2023"),
    controls=("DESERIAL-1", "SUPPLY-1"),
    references=(
        "https://cwe.mitre.org/data/definitions/502.html",
        "https://docs.python.org/3/library/pickle.html",
    ),
)

_INNOCENT = b'{"weights": [0.5]}'


class _Way(Value):
    """A way to hand an artefact over: `call` makes the request for a nonce, or an innocent one."""

    name: str
    call: Callable[[str], Call]
    innocent: Call


def converse(operation: Operation, world: World) -> Conversation:
    """The artefact's one act is a request to our listener, which nothing else would make."""
    if operation.destructive or not world.listener:
        return NotApplicable("not called, since it may destroy")
    known = world.baselines.get(str(operation))
    if known is not None and known.refused:
        return NotApplicable("no identity may call it")
    handed: list[tuple[_Way, str, Reply, Reply]] = []
    for way in _ways(operation, world):
        nonce = secrets.token_hex(8)
        control = yield way.innocent
        reply = yield way.call(nonce)
        handed.append((way, nonce, control, reply))
        if world.heard(f"{UNPICKLED}{nonce}"):
            break
    # Once more for all of them: what is loaded in the background has had some time by now.
    for way, nonce, control, reply in handed:
        if world.heard(f"{UNPICKLED}{nonce}"):
            return Vulnerable(
                message=f"{operation} runs code of an artefact handed over in {way.name}",
                oracle=(
                    "Our listener was asked for a random path that stands only in the artefact, as "
                    "the argument of the one call that it makes when it is loaded; an artefact "
                    "without code caused no such request."
                ),
                proof=(reply,),
                controls=(control,),
                parameter=way.name,
            )
    if not handed:
        return NotApplicable("it takes no artefact")
    lost = [reply for *_, reply in handed if reply.status in (0, 429)]
    if lost:
        return Inconclusive(lost[-1].fault or "rate limited (429), not tested")
    return Held(f"{len(handed)} ways")


def _ways(operation: Operation, world: World) -> Iterator[_Way]:
    caller = world.caller(operation)
    base = world.build(operation, caller, "an artefact without code")
    for name, filename, _ in base.files:
        if filename:
            yield _Way(
                name,
                lambda nonce, name=name: _with_file(  # type: ignore[misc]
                    base, name, marker_pickle(world.listener, nonce)
                ),
                _with_file(base, name, _INNOCENT),
            )
    if base.media_type in ("application/octet-stream", "application/x-pickle"):
        yield _Way(
            "the body",
            lambda nonce: replace(
                base,
                label="an artefact with a marker",
                raw_body=marker_pickle(world.listener, nonce),
            ),
            replace(base, raw_body=_INNOCENT),
        )
    for place in url_places(operation, world, caller):
        yield _Way(
            place.name,
            lambda nonce, place=place: place.call(  # type: ignore[misc]
                "the address of an artefact with a marker",
                f"{world.listener}/artefact/{nonce}.pkl",
                world.resolve,
            ),
            place.call("the address of an innocent artefact", f"{world.listener}/a", world.resolve),
        )


def _with_file(base: Call, name: str, content: bytes) -> Call:
    files = tuple(
        (field, "model.pkl" if field == name else filename, content if field == name else old)
        for field, filename, old in base.files
    )
    return replace(base, label="an artefact in a file", files=files)


PROBE = Probe(rule=RULE, converse=converse, max_requests=24, phase=Phase.WRITE)
