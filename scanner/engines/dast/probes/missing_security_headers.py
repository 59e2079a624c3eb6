"""API8: answers lack the headers that keep a browser from misreading or keeping them."""

from __future__ import annotations

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import (
    Conversation,
    Held,
    Inconclusive,
    Phase,
    Probe,
    Reply,
    Vulnerable,
    World,
)
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/missing-security-headers"),
    engine="probes",
    stage=Stage.DAST,
    title="Answers lack security headers",
    severity=Severity.LOW,
    confidence=Confidence.PROVEN,
    rationale=(
        "Model output is text that others chose. Without `nosniff` a browser may take it for a "
        "page or a script; without `no-store` a shared cache may keep an answer meant for one "
        "caller."
    ),
    remediation=(
        "Set them once, in a middleware: `X-Content-Type-Options: nosniff` on every answer, "
        "`Cache-Control: no-store` on answers behind a credential, and over TLS "
        "`Strict-Transport-Security`."
    ),
    cwe=("CWE-693",),
    owasp=("API8:2023",),
    controls=("HDR-1",),
    references=(
        "https://owasp.org/API-Security/editions/2023/en/0xa8-security-misconfiguration/",
        "https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html",
    ),
)


def converse(operation: Operation, world: World) -> Conversation:
    """Look at one plain answer of the endpoint; one finding for all of it."""
    valid = world.baseline(operation)
    name = valid.call.identity if valid else None
    reply = yield world.build(operation, name, "a plain answer")
    if reply.status == 0:
        return Inconclusive(reply.fault)
    if not reply.ok:
        return Inconclusive(f"the plain answer is {reply.status}")
    personal = name is not None and operation.secured is True and operation.reads_only
    missing = _missing(reply, personal=personal)
    if not missing:
        return Held("the headers are there")
    return Vulnerable(
        message=f"answers lack {', '.join(missing)} (seen on {operation})",
        oracle=f"The answer of {operation} does not carry {', '.join(missing)}.",
        proof=(reply,),
    )


def _missing(reply: Reply, *, personal: bool) -> list[str]:
    missing = []
    # Set twice, by a middleware and a proxy, it arrives as a list; browsers heed the first word.
    sniffing = (reply.header("x-content-type-options") or "").split(",")[0]
    if sniffing.strip().lower() != "nosniff":
        missing.append("X-Content-Type-Options: nosniff")
    cache = (reply.header("cache-control") or "").lower()
    if personal and not ("no-store" in cache or "private" in cache):
        missing.append("Cache-Control: no-store")
    if reply.exchange.request.url.startswith("https:") and not reply.header(
        "strict-transport-security"
    ):
        missing.append("Strict-Transport-Security")
    return missing


PROBE = Probe(rule=RULE, converse=converse, max_requests=1, phase=Phase.READ, per_target=True)
