"""Injection: an operator of a document store where a text belongs."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Generator

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
from scanner.engines.dast.probes._injection import answered_call
from scanner.engines.dast.probes._likeness import form
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/nosql-injection"),
    engine="probes",
    stage=Stage.DAST,
    title="An operator of the document store is taken from a caller",
    severity=Severity.CRITICAL,
    confidence=Confidence.PROVEN,
    rationale=(
        '`{"$ne": ""}` in place of a password or an owner fits every record: it logs in without '
        "the one and lists what belongs to others."
    ),
    remediation=(
        "Demand texts where texts belong, before anything is asked of the store:\n\n"
        "    class Login(BaseModel):\n"
        "        username: StrictStr\n"
        "        password: StrictStr"
    ),
    cwe=("CWE-943",),
    owasp=("LLM05:2025",),
    controls=("INJ-1", "INPUT-1"),
    references=(
        "https://cwe.mitre.org/data/definitions/943.html",
        "https://owasp.org/www-project-web-security-testing-guide/",
    ),
)

_ASKS = re.compile(r"log-?_?in|sign-?_?in|auth|search|query|find|filter|lookup", re.IGNORECASE)
_MAX_PLACES = 4
_ROUNDS = 4

Fill = Callable[[str, str], Call]
Tested = Generator[Call, Reply, Vulnerable | None]


def converse(operation: Operation, world: World) -> Conversation:
    """`not equal to nonsense` fits all records, `equal to nonsense` none."""
    valid = answered_call(operation, world)
    if isinstance(valid, NotApplicable):
        return valid
    # A write with an operator that fits everything would change everything.
    if operation.method not in ("GET", "POST") or not (
        operation.reads_only or _ASKS.search(operation.path)
    ):
        return NotApplicable("it does not look like a question")
    places = _places(valid.call)
    if not places:
        return NotApplicable("it takes no text")
    for name, fill in places:
        found = yield from _place(operation, name, fill)
        if found is not None:
            return found
    return Held("operators are not told apart")


def _places(base: Call) -> list[tuple[str, Fill]]:
    """Members of the body and parameters of the query, with how to put an operator there."""
    body = base.json_body
    made: list[tuple[str, Fill]] = []
    for name in (
        [k for k, v in body.items() if isinstance(v, str)] if isinstance(body, dict) else []
    ):

        def fill(operator: str, word: str, name: str = name) -> Call:
            return replace(base, json_body={**base.json_body, name: {operator: word}})

        made.append((name, fill))
    for name, _ in base.query:

        def ask(operator: str, word: str, name: str = name) -> Call:
            kept = tuple(pair for pair in base.query if pair[0] != name)
            return replace(base, query=(*kept, (f"{name}[{operator}]", word)))

        made.append((name, ask))
    return made[:_MAX_PLACES]


def _place(operation: Operation, name: str, fill: Fill) -> Tested:
    proof: list[Reply] = []
    controls: list[Reply] = []
    for _ in range(_ROUNDS):
        word = f"sg{secrets.token_hex(6)}"
        unequal = yield replace(fill("$ne", word), label=f"{name} not equal to nonsense")
        if not unequal.ok:
            return None
        equal = yield replace(fill("$eq", word), label=f"{name} equal to nonsense")
        if not _differ(unequal, equal):
            return None
        proof.append(unequal)
        controls.append(equal)
    unknown = yield replace(fill("$sgx", word), label=f"{name} with an operator that there is not")
    within = yield replace(fill("$gt", ""), label=f"{name} greater than nothing")
    if not _differ(unequal, unknown) or _differ(unequal, within):
        return None
    if any(len({form(one) for one in part}) > 1 for part in (proof, controls)):
        return None
    return Vulnerable(
        message=f"{operation} takes an operator of the document store in {name}",
        oracle=(
            f"{name} unequal to a random word gave {unequal.status} {_ROUNDS} times, as did `$gt` "
            f"nothing; equal to it gave {equal.status} with another form, so did an operator that "
            f"does not exist ({unknown.status})."
        ),
        proof=(*proof, within),
        controls=(*controls, unknown),
        parameter=name,
    )


def _differ(one: Reply, other: Reply) -> bool:
    return form(one) != form(other)


PROBE = Probe(
    rule=RULE, converse=converse, max_requests=_MAX_PLACES * (2 * _ROUNDS + 2), phase=Phase.WRITE
)
