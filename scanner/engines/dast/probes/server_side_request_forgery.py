"""API7: the server fetches a URL that a caller names, from inside its own network."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from urllib.parse import urlsplit

from msgspec.structs import replace

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import (
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
from scanner.engines.dast.listener import word_of
from scanner.engines.dast.probes._url_places import Place, url_places
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/server-side-request-forgery"),
    engine="probes",
    stage=Stage.DAST,
    title="The server fetches any URL that a caller names",
    severity=Severity.HIGH,
    confidence=Confidence.PROVEN,
    rationale=(
        "From where the model runs, a caller reaches what is closed to the outside: the cloud's "
        "metadata with the workload's credentials, internal model stores, other tenants' servers."
    ),
    remediation=(
        "Take URLs only for hosts on a list, over https, look the name up once, refuse private and "
        "loopback addresses, connect to the very address that was looked at, and follow no "
        "redirect."
    ),
    cwe=("CWE-918",),
    owasp=("API7:2023",),
    controls=("SSRF-1",),
    references=(
        "https://owasp.org/API-Security/editions/2023/en/0xa7-server-side-request-forgery/",
        "https://cwe.mitre.org/data/definitions/918.html",
    ),
)


def converse(operation: Operation, world: World) -> Conversation:
    """Name our own listener in each place, then look whether it was called."""
    if operation.destructive or not world.listener:
        return NotApplicable("not called, since it may destroy")
    known = world.baselines.get(str(operation))
    if known is not None and known.refused:
        return NotApplicable("no identity may call it")
    name = world.caller(operation)
    places = url_places(operation, world, name)
    if not places:
        return NotApplicable("nothing in it looks like a URL")
    sent: list[tuple[Place, str, Reply]] = []
    for place in places:
        for shown, origin in _spellings(world.listener):
            nonce = secrets.token_hex(8)
            label = f"{place.name} = our listener{shown}"
            reply = yield place.call(label, f"{origin}/{nonce}", world.resolve)
            sent.append((place, nonce, reply))
            # Another spelling only helps against a filter, and a filter refuses.
            if world.heard(nonce) or not 400 <= reply.status < 500:
                break
        if world.heard(sent[-1][1]):
            break
    return (yield from _judge(operation, world, sent, name))


def _judge(
    operation: Operation, world: World, sent: list[tuple[Place, str, Reply]], name: str | None
) -> Conversation:
    """Send a control, which also gives a server that fetches later the time to do so."""
    unheard = secrets.token_hex(8)
    plain = world.build(operation, name, "the same URL where none belongs")
    url = f"{world.listener}/{unheard}"
    control = yield replace(plain, query=(*plain.query, ("servegate", url)))
    heard = next((one for one in sent if world.heard(one[1])), None)
    if heard is None:
        if all(reply.status == 0 for _, _, reply in sent):
            return Inconclusive(sent[-1][2].fault)
        return Held("our listener was not called")
    if world.heard(unheard):
        return Inconclusive("it fetches URLs wherever they stand")
    place, nonce, reply = heard
    read = word_of(nonce) in reply.text
    return Vulnerable(
        message=(
            f"{operation} fetches the URL in {place.name}"
            + (" and shows what it finds there" if read else "")
        ),
        oracle=(
            f"A request with the random word {nonce} came to our listener on the loopback "
            "interface of the server"
            + (", and the answer holds what only the listener's answer said" if read else "")
            + "; a URL in a parameter that takes none brought no request."
        ),
        proof=(reply,),
        controls=(control,),
        parameter=place.name,
        severity=_severity(read=read, admin=world.is_admin(name)),
        marks=(word_of(nonce),),
    )


def _severity(*, read: bool, admin: bool) -> Severity:
    """An administrator may be meant to name a source; a user is not meant to read the inside."""
    if admin:
        return Severity.MEDIUM
    return Severity.CRITICAL if read else Severity.HIGH


def _spellings(listener: str) -> Iterator[tuple[str, str]]:
    """The listener's origin, plain and in the ways that slip through filters of names."""
    yield "", listener
    parts = urlsplit(listener)
    port = f":{parts.port}" if parts.port else ""
    yield " by the name localhost", f"{parts.scheme}://localhost{port}"
    yield " as a number", f"{parts.scheme}://2130706433{port}"
    yield " in IPv6 form", f"{parts.scheme}://[::ffff:127.0.0.1]{port}"
    yield " behind another host's name", f"{parts.scheme}://example.com@{parts.hostname}{port}"


PROBE = Probe(rule=RULE, converse=converse, max_requests=32, phase=Phase.WRITE)
