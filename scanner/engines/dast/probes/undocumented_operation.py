"""API9: the server answers where its specification knows nothing."""

from __future__ import annotations

import secrets
from collections.abc import Generator

from msgspec.structs import replace

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import (
    Call,
    Conversation,
    Held,
    Inconclusive,
    Phase,
    Probe,
    Reply,
    Vulnerable,
    World,
)
from scanner.engines.dast.probes._inventory import (
    Sibling,
    documented,
    siblings,
    whole_body,
    worth_trying,
)
from scanner.engines.dast.probes._management import SURFACES
from scanner.engines.dast.probes._shape import denies, emptier, nothing_there, same_kind
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/undocumented-operation"),
    engine="probes",
    stage=Stage.DAST,
    title="The server answers where its specification knows nothing",
    severity=Severity.MEDIUM,
    confidence=Confidence.PROVEN,
    rationale=(
        "What is not in the inventory is not patched, limited or guarded: an old version lives on "
        "without the checks that were added to the new one, and a debug page tells how."
    ),
    remediation=(
        "Remove old versions when their last client has moved, answer 410 in their place, and "
        "serve debug and management pages on a port of their own."
    ),
    cwe=("CWE-1059",),
    owasp=("API9:2023",),
    controls=("INV-1", "DEBUG-1"),
    references=(
        "https://owasp.org/API-Security/editions/2023/en/0xa9-improper-inventory-management/",
        "https://cwe.mitre.org/data/definitions/1059.html",
    ),
)

_MAX_SIBLINGS = 80

Found = Generator[Call, Reply, list[Vulnerable]]
Judged = Generator[Call, Reply, Vulnerable | None]


def converse(_operation: Operation, world: World) -> Conversation:
    """Learn what nothing looks like, then try management paths and other versions."""
    nothing: dict[str, tuple[Reply, ...]] = {}
    for method in ("GET", "POST"):
        first = yield Call(label="a made-up path", method=method, path=f"/{_word()}")
        second = yield Call(label="another one", method=method, path=f"/{_word()}/{_word()}")
        nothing[method] = (first, second)
    if all(one.status == 0 for replies in nothing.values() for one in replies):
        return Inconclusive(nothing["GET"][0].fault)
    found = yield from _surfaces(world, nothing)
    found += yield from _versions(world, nothing)
    if not found:
        return Held("nothing answers beside the documented operations")
    worst, *others = sorted(found, key=lambda one: -(one.severity or RULE.severity))
    return replace(worst, also=tuple(others))


def _surfaces(world: World, nothing: dict[str, tuple[Reply, ...]]) -> Found:
    found = []
    for surface in SURFACES:
        if documented(surface.method, surface.path, world):
            continue
        reply = yield Call(label="without a credential", method=surface.method, path=surface.path)
        if not reply.ok or not surface.pattern.search(reply.text):
            continue
        controls = nothing[surface.method]
        if any(surface.pattern.search(one.text) for one in controls):
            continue
        where = Operation(method=surface.method, path=surface.path)
        found.append(
            Vulnerable(
                message=f"{where} shows {surface.what} to everyone and is not documented",
                oracle=(
                    f"Without a credential {where} gave {reply.status} with what is typical of "
                    f"{surface.what}; made-up paths gave {controls[0].status}."
                ),
                proof=(reply,),
                controls=controls,
                severity=surface.severity,
                operation=where,
            )
        )
    return found


def _versions(world: World, nothing: dict[str, tuple[Reply, ...]]) -> Found:
    found: list[Vulnerable] = []
    seen: set[tuple[str, str]] = set()
    for operation in worth_trying(world):
        valid = world.baseline(operation)
        for sibling in siblings(operation, valid.call.path if valid else ""):
            key = (operation.method, sibling.template)
            known = key in seen or documented(*key, world)
            if valid is None or known or len(seen) >= _MAX_SIBLINGS:
                continue
            seen.add(key)
            one = yield from _version(operation, sibling, valid, world, nothing)
            if one is not None:
                found.append(one)
    return found


def _version(
    operation: Operation,
    sibling: Sibling,
    valid: Reply,
    world: World,
    nothing: dict[str, tuple[Reply, ...]],
) -> Judged:
    """Whether the sibling answers as the documented one does, and an invented one does not."""
    lost = nothing[operation.method]
    call = replace(valid.call, label=f"{sibling.template}, as documented", path=sibling.path)
    reply = yield call
    if reply.status in (400, 422, 500) and reply.status not in {one.status for one in lost}:
        body = whole_body(operation, world)
        if body is not None and body != call.json_body:
            call = replace(call, label=f"{sibling.template}, with every field", json_body=body)
            reply = yield call
    if denies(reply) or not same_kind(valid, reply):
        return None
    if not all(nothing_there(one, reply) for one in lost):
        return None
    invented = yield replace(call, label="a version that cannot exist", path=sibling.invented)
    if not nothing_there(invented, reply):
        return None
    nobody = yield replace(call, label=f"{sibling.template} as nobody", identity=None)
    is_open = same_kind(reply, nobody) and not denies(nobody) and not emptier(nobody, reply)
    weaker = is_open and operation.secured is True and call.identity is not None
    where = replace(operation, path=sibling.template, base="")
    return Vulnerable(
        message=(
            f"{where} answers like {operation} and is not documented"
            + (", and it needs no credential" if weaker else "")
        ),
        oracle=(
            f"{where} gave {reply.status} in the form of {operation}"
            + (", without a credential too, which the documented one asks for" if weaker else "")
            + f"; {sibling.invented} gave {invented.status} and made-up paths {lost[0].status}."
        ),
        proof=(reply, nobody) if weaker else (reply,),
        controls=(invented, *lost) if weaker else (nobody, invented, *lost),
        severity=Severity.HIGH if weaker else Severity.LOW,
        operation=where,
    )


def _word() -> str:
    return f"sg{secrets.token_hex(6)}"


PROBE = Probe(
    rule=RULE,
    converse=converse,
    max_requests=4 + len(SURFACES) + 4 * _MAX_SIBLINGS,
    phase=Phase.READ,
    per_target=True,
)
