"""API8: the server sends back each request as it arrived, with what was added on the way."""

from __future__ import annotations

import secrets

from msgspec.structs import replace

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import (
    Conversation,
    Held,
    Inconclusive,
    Phase,
    Probe,
    Vulnerable,
    World,
)
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/trace-method"),
    engine="probes",
    stage=Stage.DAST,
    title="TRACE sends requests back",
    severity=Severity.LOW,
    confidence=Confidence.PROVEN,
    rationale=(
        "What proxies add on the way, tokens towards the model server among it, is shown to "
        "whoever sent the request."
    ),
    remediation=(
        "Refuse TRACE with 405 in the server or in front of it: `TraceEnable off` in Apache, "
        "`if ($request_method = TRACE) { return 405; }` in nginx."
    ),
    cwe=("CWE-693",),
    owasp=("API8:2023",),
    controls=("HDR-1",),
    references=(
        "https://owasp.org/API-Security/editions/2023/en/0xa8-security-misconfiguration/",
        "https://www.rfc-editor.org/rfc/rfc9110#name-trace",
    ),
)


def converse(operation: Operation, world: World) -> Conversation:
    """TRACE with a random header; the same header with the usual method must not come back."""
    valid = world.baseline(operation)
    plain = world.build(operation, valid.call.identity if valid else None, "a plain request")
    word = secrets.token_hex(8)
    headers = (*plain.headers, ("X-Sg-Word", word))
    traced = yield replace(
        plain, label="TRACE", method="TRACE", headers=headers, json_body=None, raw_body=None
    )
    if traced.status == 0:
        return Inconclusive(traced.fault)
    if not traced.ok or word not in traced.text or not traced.text.startswith("TRACE "):
        return Held(f"TRACE gives {traced.status}")
    control = yield replace(plain, label="the same header without TRACE", headers=headers)
    if word in control.text:
        return Held("it repeats headers whatever the method")
    return Vulnerable(
        message=f"the endpoint sends requests back on TRACE (seen on {operation})",
        oracle=(
            f"TRACE gave {traced.status} with the request's own first line and the random word "
            "from its header; the usual method did not repeat it."
        ),
        proof=(traced,),
        controls=(control,),
    )


PROBE = Probe(
    rule=RULE,
    converse=converse,
    max_requests=2,
    phase=Phase.READ,
    per_target=True,
    opt_in=True,
)
