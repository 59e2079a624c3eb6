"""Injection: text of a caller is read as a template."""

from __future__ import annotations

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
from scanner.engines.dast.probes._injection import Sum, answered_call, new_sum, text_inputs
from scanner.engines.dast.probes._inputs import Input
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/template-injection"),
    engine="probes",
    stage=Stage.DAST,
    title="Text of a caller is read as a template",
    severity=Severity.CRITICAL,
    confidence=Confidence.PROVEN,
    rationale=(
        "Template languages reach the objects around them: what begins with a sum ends with the "
        "server's environment or a command. Prompts and chat templates are a new way in."
    ),
    remediation=(
        "Give the text to a fixed template as a value; where callers must write templates, use a "
        "sandbox:\n\n"
        '    render_template("greeting.txt", name=name)\n'
        "    ImmutableSandboxedEnvironment().from_string(template)"
    ),
    cwe=("CWE-1336",),
    owasp=("LLM05:2025",),
    controls=("INJ-1",),
    references=(
        "https://cwe.mitre.org/data/definitions/1336.html",
        "https://portswigger.net/web-security/server-side-template-injection",
    ),
)

# Marks that do not disturb each other stand together, so that most places cost one request.
_MARKS = (
    (("{{", "}}"), ("${", "}"), ("#{", "}")),
    (("<%= ", " %>"), ("*{", "}"), ("@(", ")")),
)

Tested = Generator[Call, Reply, Vulnerable | None]


def converse(operation: Operation, world: World) -> Conversation:
    """Sums in the marks of several languages; then alone, twice, and without any marks."""
    valid = answered_call(operation, world)
    if isinstance(valid, NotApplicable):
        return valid
    places = text_inputs(operation, world)
    if not places:
        return NotApplicable("it takes no text")
    for place in places:
        found = yield from _place(operation, place)
        if found is not None:
            return found
    return Held("sums in the marks of templates are not worked out")


def _place(operation: Operation, place: Input) -> Tested:
    for marks in _MARKS:
        sums = [new_sum() for _ in marks]
        text = " ".join(
            f"{opening}{one.asked}{closing}"
            for (opening, closing), one in zip(marks, sums, strict=True)
        )
        reply = yield place.call("with sums in marks", f"{place.value} {text}")
        for mark, one in zip(marks, sums, strict=True):
            if one.answered(reply):
                return (yield from _alone(operation, place, mark))
    return None


def _alone(operation: Operation, place: Input, mark: tuple[str, str]) -> Tested:
    """One language's marks with other numbers; a model or a calculator needs no marks."""
    proof: list[Reply] = []
    sums: list[str] = []
    for _ in range(2):
        reply, one = yield from _asked(place, *mark)
        if not one.answered(reply):
            return None
        proof.append(reply)
        sums.append(str(one.value))
    control, plain = yield from _asked(place, "", "")
    other, spelled = yield from _asked(place, "[", "]")
    if plain.answered(control) or spelled.answered(other):
        return None
    shown = "...".join(part.strip() for part in mark)
    return Vulnerable(
        message=f"{operation} reads {place.name} as a template ({shown})",
        oracle=(
            f"Sums of random numbers within {shown} in {place.name} came back as their products, "
            "twice; within square brackets or without any marks they did not."
        ),
        proof=tuple(proof),
        controls=(control, other),
        parameter=place.name,
        marks=tuple(sums),
    )


def _asked(place: Input, opening: str, closing: str) -> Generator[Call, Reply, tuple[Reply, Sum]]:
    one = new_sum()
    what = f"a sum in {opening.strip()}{closing.strip()}" if opening else "a plain sum"
    reply = yield place.call(f"with {what}", f"{place.value} {opening}{one.asked}{closing}")
    return reply, one


PROBE = Probe(rule=RULE, converse=converse, max_requests=30, phase=Phase.WRITE)
