"""Injection: text of a caller ends a header of the answer and begins another."""

from __future__ import annotations

import secrets
from collections.abc import Generator

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
from scanner.engines.dast.probes._injection import answered_call, text_inputs
from scanner.engines.dast.probes._inputs import Input
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/header-injection"),
    engine="probes",
    stage=Stage.DAST,
    title="Text of a caller becomes headers of the answer",
    severity=Severity.MEDIUM,
    confidence=Confidence.PROVEN,
    rationale=(
        "Who writes headers sets cookies, opens the answer to other origins, or ends it and lets a "
        "cache keep another one for everybody."
    ),
    remediation=(
        "Refuse line breaks in whatever goes into a header, and let the framework build redirects "
        "and file names rather than joining text."
    ),
    cwe=("CWE-113",),
    owasp=("API8:2023",),
    controls=("INPUT-1",),
    references=(
        "https://cwe.mitre.org/data/definitions/113.html",
        "https://www.rfc-editor.org/rfc/rfc9110#section-5.5",
    ),
)

_BREAKS = (("line ends", "\r\n"), ("a line feed", "\n"))


def converse(operation: Operation, world: World) -> Conversation:
    """Where a word of ours comes back in a header: put a line's end before the next one."""
    valid = answered_call(operation, world)
    if isinstance(valid, NotApplicable):
        return valid
    places = text_inputs(operation, world)
    if not places or operation.method not in ("GET", "POST", "HEAD"):
        return NotApplicable("it takes no text")
    for place in places:
        word = f"sg{secrets.token_hex(6)}"
        plain = yield place.call("a random word", word)
        if not any(word in value for value in plain.headers.values()):
            continue
        for what, line_end in _BREAKS:
            found = yield from _split(operation, place, plain, what, line_end)
            if found is not None:
                return found
    return Held("nothing that was sent becomes a header of its own")


def _split(
    operation: Operation, place: Input, plain: Reply, what: str, line_end: str
) -> Generator[Call, Reply, Vulnerable | None]:
    name, value = f"x-sg-{secrets.token_hex(4)}", secrets.token_hex(6)
    reply = yield place.call(f"with {what} and a header", f"sg{line_end}{name}: {value}")
    if (reply.header(name) or "").strip() != value:
        return None
    return Vulnerable(
        message=f"{operation} lets {place.name} begin a header of its answer",
        oracle=(
            f"{what.capitalize()} and {name}: {value} in {place.name} gave an answer with that "
            "very header; a word without a line's end stayed inside its header."
        ),
        proof=(reply,),
        controls=(plain,),
        parameter=place.name,
    )


PROBE = Probe(rule=RULE, converse=converse, max_requests=12, phase=Phase.WRITE)
