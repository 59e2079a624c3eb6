"""API8: links in answers lead to whatever host the request named."""

from __future__ import annotations

import secrets
from collections.abc import Generator
from urllib.parse import urlsplit

from msgspec.structs import replace

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import (
    Call,
    Conversation,
    Held,
    NotApplicable,
    Phase,
    Probe,
    Reply,
    Vulnerable,
    World,
)
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/host-header-trust"),
    engine="probes",
    stage=Stage.DAST,
    title="Links lead to whatever host the request names",
    severity=Severity.LOW,
    confidence=Confidence.PROVEN,
    rationale=(
        "A link in a mail or in a cached answer then leads to the attacker's server, with the "
        "token that it carries."
    ),
    remediation=(
        "Build links from a configured address, and take only known hosts:\n\n"
        '    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["api.example.com"])'
    ),
    cwe=("CWE-644",),
    owasp=("API8:2023",),
    controls=("INPUT-1",),
    references=(
        "https://owasp.org/API-Security/editions/2023/en/0xa8-security-misconfiguration/",
        "https://cwe.mitre.org/data/definitions/644.html",
    ),
)

_HEADERS = ("Host", "X-Forwarded-Host")
_MAX_PLACES = 2

Tried = Generator[Call, Reply, "Vulnerable | None"]


def converse(_operation: Operation, world: World) -> Conversation:
    """Where answers hold links to the endpoint itself: name another host, two of them."""
    linking = [
        reply
        for operation in world.operations
        if (reply := world.baseline(operation)) is not None
        and not world.destroys(operation)
        and operation.reads_only
        and _links_to(reply, urlsplit(reply.exchange.request.url).netloc)
    ][:_MAX_PLACES]
    if not linking:
        return NotApplicable("no answer holds a link to the endpoint itself")
    for reply in linking:
        for header in _HEADERS:
            found = yield from _forged(world, reply, header)
            if found is not None:
                return found
    return Held("links do not follow the host that a request names")


def _forged(world: World, valid: Reply, header: str) -> Tried:
    proof: list[Reply] = []
    for _ in range(2):
        host = f"sg{secrets.token_hex(5)}.example"
        headers = (*valid.call.headers, (header, host))
        reply = yield replace(valid.call, label=f"{header}: {host}", headers=headers)
        if not reply.ok or not _links_to(reply, host):
            return None
        proof.append(reply)
    word = f"sg{secrets.token_hex(5)}.example"
    headers = (*valid.call.headers, ("X-Sg-Word", word))
    control = yield replace(valid.call, label="the same in another header", headers=headers)
    if word in control.text:
        return None
    where = next(one for one in world.operations if world.baselines.get(str(one)) is valid)
    return Vulnerable(
        message=f"links in answers lead to the host in {header} (seen on {where})",
        oracle=(
            f"Two random hosts in {header} each came back in an absolute link; a host in a header "
            "that means nothing did not."
        ),
        proof=tuple(proof),
        controls=(valid, control),
        operation=where,
    )


def _links_to(reply: Reply, host: str) -> bool:
    return bool(host) and f"://{host}" in f"{reply.text} {reply.header('location') or ''}"


PROBE = Probe(
    rule=RULE, converse=converse, max_requests=6 * _MAX_PLACES, phase=Phase.READ, per_target=True
)
