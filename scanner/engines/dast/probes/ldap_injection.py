"""Injection: text from the request becomes part of a directory's search filter (LDAP)."""

from __future__ import annotations

import re
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
from scanner.engines.dast.probes._likeness import Usual
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/ldap-injection"),
    engine="probes",
    stage=Stage.DAST,
    title="Request text becomes part of a directory's filter",
    severity=Severity.CRITICAL,
    confidence=Confidence.PROVEN,
    rationale=(
        "Whoever writes the filter can log in as anyone, and read the directory that the whole "
        "house logs in with."
    ),
    remediation=(
        "Escape what goes into a filter, as RFC 4515 says, with the library's own function:\n\n"
        "    from ldap3.utils.conv import escape_filter_chars\n"
        '    f"(uid={escape_filter_chars(name)})"'
    ),
    cwe=("CWE-90",),
    owasp=("API8:2023",),
    controls=("INJ-1",),
    references=(
        "https://cwe.mitre.org/data/definitions/90.html",
        "https://www.rfc-editor.org/rfc/rfc4515",
    ),
)

_NAMES = re.compile(
    r"user|login|uid|^cn$|mail|name|account|group|member|query|search|^q$|filter", re.IGNORECASE
)
_ROUNDS = 3

Tested = Generator[Call, Reply, Vulnerable | None]


def converse(operation: Operation, world: World) -> Conversation:
    """Add a condition that all entries meet, and one that none meets, to a name that exists."""
    valid = answered_call(operation, world)
    if isinstance(valid, NotApplicable):
        return valid
    if not valid.ok:
        return NotApplicable("no valid call succeeded, so there is nothing to compare with")
    places = text_inputs(operation, world, _NAMES)
    if not places:
        return NotApplicable("it takes no text that a directory would be asked for")
    for place in places:
        found = yield from _place(operation, place, valid)
        if found is not None:
            return found
    return Held("conditions of a filter are not told apart")


def _place(operation: Operation, place: Input, valid: Reply) -> Tested:
    again = yield place.call("as in the valid call", place.value)
    usual = Usual(valid, again, place.value)
    if not usual.steady:
        return None
    proof: list[Reply] = []
    controls: list[Reply] = []
    for number in range(_ROUNDS):
        for claim in (True, False) if number % 2 else (False, True):
            text = _condition(place.value, met=claim)
            reply = yield place.call(f"with a condition that {_who(claim)} meets", text)
            if usual.matches(reply, text) is not claim:
                return None
            (proof if claim else controls).append(reply)
    # Of the same length and signs, but no condition: what only cuts at a bracket takes it too.
    sham = f"{place.value}((objectClass=*"
    last = yield place.call("with brackets that are no condition", sham)
    if usual.matches(last, sham):
        return None
    return Vulnerable(
        message=f"{operation} makes {place.name} part of a directory's filter",
        oracle=(
            f"With `)(objectClass=*` added, {place.name} got the usual answer {_ROUNDS} times; "
            f"with a class that does not exist it never did, nor with brackets that close nothing."
        ),
        proof=tuple(proof),
        controls=(*controls, last),
        parameter=place.name,
    )


def _condition(value: str, *, met: bool) -> str:
    return f"{value})(objectClass={'*' if met else f'sg{secrets.token_hex(4)}'}"


def _who(claim: bool) -> str:
    return "every entry" if claim else "no entry"


PROBE = Probe(rule=RULE, converse=converse, max_requests=4 * (2 * _ROUNDS + 2), phase=Phase.WRITE)
