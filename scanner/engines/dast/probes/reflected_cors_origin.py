"""API8: any web page may call the endpoint with its visitor's credentials and read the answer."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

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
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/reflected-cors-origin"),
    engine="probes",
    stage=Stage.DAST,
    title="Any origin may read answers with the visitor's credentials",
    severity=Severity.HIGH,
    confidence=Confidence.PROVEN,
    rationale=(
        "A page on any site can let its visitor's browser call the model with the visitor's "
        "cookies or client certificate, and read what comes back."
    ),
    remediation=(
        "List the origins that need it, and allow credentials only for those:\n\n"
        '    CORSMiddleware(app, allow_origins=["https://app.example.com"], allow_credentials=True)'
    ),
    cwe=("CWE-942",),
    owasp=("API8:2023",),
    controls=("CORS-1",),
    references=(
        "https://owasp.org/API-Security/editions/2023/en/0xa8-security-misconfiguration/",
        "https://fetch.spec.whatwg.org/#http-cors-protocol",
    ),
)

# What developers allow themselves, and leave in.
_USUAL = ("http://localhost:3000", "http://localhost")


def converse(operation: Operation, world: World) -> Conversation:
    """Ask from two random origins and from none; from `null`; from look-alikes of trusted ones."""
    valid = world.baseline(operation)
    name = valid.call.identity if valid else None
    plain = world.build(operation, name, "without an Origin")
    control = yield plain
    if control.status == 0:
        return Inconclusive(control.fault)
    replies: list[Reply] = []
    for _ in range(2):
        origin = f"https://{secrets.token_hex(6)}.example"
        reply = yield _from(plain, origin)
        if not _opens(reply, origin):
            break
        replies.append(reply)
    if len(replies) == 2 and control.header("access-control-allow-origin") != "*":
        return _vulnerable(operation, "every origin", replies, control)
    sandboxed = yield replace(
        plain, label="from a sandboxed page", headers=(*plain.headers, ("Origin", "null"))
    )
    if _opens(sandboxed, "null"):
        return _vulnerable(operation, "the origin null", [sandboxed], control)
    return (yield from _look_alikes(operation, plain, control))


def _look_alikes(operation: Operation, plain: Call, control: Reply) -> Conversation:
    """Where an origin is trusted: another one that begins or ends as it does."""
    host = urlsplit(control.exchange.request.url).hostname or "localhost"
    for trusted in dict.fromkeys((f"https://{host}", *_USUAL)):
        reply = yield _from(plain, trusted)
        if not _opens(reply, trusted):
            continue
        scheme, _, rest = trusted.partition("://")
        word = f"sg{secrets.token_hex(5)}"
        for what, origin in (
            ("every origin that begins with a trusted one", f"{trusted}.{word}.example"),
            ("every origin that ends with a trusted one", f"{scheme}://{word}{rest}"),
        ):
            forged = yield _from(plain, origin)
            if _opens(forged, origin):
                return _vulnerable(operation, what, [reply, forged], control)
    return Held("foreign origins are not allowed with credentials")


def _from(plain: Call, origin: str) -> Call:
    headers = (*plain.headers, ("Origin", origin))
    return replace(plain, label=f"from {origin}", headers=headers)


def _opens(reply: Reply, origin: str) -> bool:
    return (
        reply.header("access-control-allow-origin") == origin
        and (reply.header("access-control-allow-credentials") or "").lower() == "true"
    )


def _vulnerable(operation: Operation, who: str, replies: list[Reply], control: Reply) -> Vulnerable:
    return Vulnerable(
        message=f"the endpoint allows {who} with credentials (seen on {operation})",
        oracle=(
            f"Access-Control-Allow-Origin repeated {who} together with "
            "Access-Control-Allow-Credentials: true; a call without an Origin got no such header."
        ),
        proof=tuple(replies),
        controls=(control,),
    )


PROBE = Probe(rule=RULE, converse=converse, max_requests=16, phase=Phase.READ, per_target=True)
