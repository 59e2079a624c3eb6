"""API9: the specification documents an operation that the endpoint does not have."""

from __future__ import annotations

import re
import secrets

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
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/retired-operation"),
    engine="probes",
    stage=Stage.DAST,
    title="The specification documents an operation that is gone",
    severity=Severity.INFO,
    confidence=Confidence.FIRM,
    rationale=(
        "A specification that is out of date hides what is really there: reviews, gateways and "
        "tests follow it, and pass over what replaced the old operation."
    ),
    remediation=(
        "Generate the specification from the code that is deployed, and compare the two in the "
        "build; take retired operations out of it."
    ),
    cwe=("CWE-1059",),
    owasp=("API9:2023",),
    controls=("INV-1",),
    references=(
        "https://cwe.mitre.org/data/definitions/1059.html",
        "https://owasp.org/API-Security/editions/2023/en/0xa9-improper-inventory-management/",
    ),
)

_GONE = (404, 410, 501)


def converse(operation: Operation, world: World) -> Conversation:
    """Ask again, and compare with a path that nobody ever made."""
    valid = world.baselines.get(str(operation))
    if valid is None or operation.path_parameters:
        return NotApplicable("a 404 there is about an object")
    if valid.status not in _GONE:
        return Held(f"it is there ({valid.status})")
    again = yield replace(valid.call, label="the documented operation")
    word = f"sg{secrets.token_hex(6)}"
    made_up = yield replace(valid.call, label="a path that nobody made", path=f"/{word}")
    if 0 in (again.status, made_up.status):
        return Inconclusive(again.fault or made_up.fault)
    # The handler of something that is only empty says so in words of its own.
    if again.status not in _GONE or _said(again) != _said(made_up):
        return Held("its handler answers")
    return Vulnerable(
        message=f"{operation} is documented, and the endpoint does not know it",
        oracle=f"It gave {again.status} in the very words that a made-up path gets.",
        proof=(again,),
        controls=(made_up,),
    )


def _said(reply: Reply) -> tuple[int, str]:
    """Status and body, without the path that either may repeat."""
    path = reply.call.path.split("?")[0]
    text = reply.text.replace(path, "").replace(path.strip("/"), "")
    return reply.status, re.sub(r"[0-9a-f-]{16,}|\d{4,}", "", text)


PROBE = Probe(rule=RULE, converse=converse, max_requests=2, phase=Phase.READ)
