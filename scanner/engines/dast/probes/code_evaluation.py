"""Injection: text of a caller is run as a program."""

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
from scanner.engines.dast.probes._injection import answered_call, new_sum, text_inputs
from scanner.engines.dast.probes._inputs import Input
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/code-evaluation"),
    engine="probes",
    stage=Stage.DAST,
    title="Text of a caller is run as a program",
    severity=Severity.CRITICAL,
    confidence=Confidence.PROVEN,
    rationale=(
        "What evaluates an expression with the language's own means evaluates everything: files, "
        "keys, other processes. Removing builtins does not help; every object leads back to them."
    ),
    remediation=(
        "Read the expression with a grammar of your own that knows numbers and operators, or take "
        "a choice from a list; never `eval`, `exec`, `DataFrame.query` or `Function`."
    ),
    cwe=("CWE-95", "CWE-94"),
    owasp=("LLM05:2025",),
    controls=("INJ-1",),
    references=(
        "https://cwe.mitre.org/data/definitions/95.html",
        "https://docs.python.org/3/library/functions.html#eval",
    ),
)

_EXPRESSIVE = re.compile(
    r"expr|formula|calc|eval|code|script|transform|function|lambda|rule|condition|filter|where|"
    r"query|feature|compute|metric|program|snippet",
    re.IGNORECASE,
)
# Calls of a method on a text: no sum of a calculator's, and harmless in either language.
_PROGRAMS = (
    ("Python", "'{a}'.upper()+str({sum})"),
    ("JavaScript", "'{a}'.toUpperCase()+String({sum})"),
    ("Ruby", "'{a}'.upcase+({sum}).to_s"),
)

Tested = Generator[Call, Reply, Vulnerable | None]


def converse(operation: Operation, world: World) -> Conversation:
    """Where an expression seems to be asked for: call a method that no calculator has."""
    valid = answered_call(operation, world)
    if isinstance(valid, NotApplicable):
        return valid
    places = text_inputs(operation, world, _EXPRESSIVE)
    if not places:
        return NotApplicable("nothing in it looks like an expression")
    for place in places:
        for language, template in _PROGRAMS:
            found = yield from _program(operation, place, language, template)
            if found is not None:
                return found
    return Held("methods of a language are not called")


def _program(operation: Operation, place: Input, language: str, template: str) -> Tested:
    """The method's result, twice; written into a text it must stay a text."""
    proof: list[Reply] = []
    marks: list[str] = []
    for _ in range(2):
        word = f"sg{secrets.token_hex(3)}"
        asked = new_sum()
        program = template.format(a=word, sum=asked.asked)
        reply = yield place.call(f"a short program in {language}", program)
        if f"{word.upper()}{asked.value}" not in reply.text:
            return None
        proof.append(reply)
        marks.append(f"{word.upper()}{asked.value}")
    word = f"sg{secrets.token_hex(3)}"
    asked = new_sum()
    quoted = template.format(a=word, sum=asked.asked).replace("'", "")
    control = yield place.call("the same without its quotes", quoted)
    if f"{word.upper()}{asked.value}" in control.text:
        return None
    return Vulnerable(
        message=f"{operation} runs {place.name} as a program ({language})",
        oracle=(
            f"A method of {language} called on a random word in {place.name}, joined with a sum "
            "of random numbers, came back worked out, twice; without its quotes it did not."
        ),
        proof=tuple(proof),
        controls=(control,),
        parameter=place.name,
        marks=tuple(marks),
    )


PROBE = Probe(rule=RULE, converse=converse, max_requests=30, phase=Phase.WRITE)
