"""Injection: text of a caller becomes part of a command of the system."""

from __future__ import annotations

import re
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
from scanner.model.values import Value

RULE = Rule(
    id=RuleId("dast/command-injection"),
    engine="probes",
    stage=Stage.DAST,
    title="Text of a caller becomes part of a command of the system",
    severity=Severity.CRITICAL,
    confidence=Confidence.PROVEN,
    rationale=(
        "A caller runs what he likes with the rights of the server: the models, the keys in its "
        "environment and the network behind it are his."
    ),
    remediation=(
        "Start programs with a list of arguments and without a shell, and take only values from a "
        "list of known ones:\n\n"
        '    subprocess.run(["ffmpeg", "-i", path, target], check=True, timeout=30)'
    ),
    cwe=("CWE-78",),
    owasp=("LLM05:2025",),
    controls=("INJ-1",),
    references=(
        "https://cwe.mitre.org/data/definitions/78.html",
        (
            "https://cheatsheetseries.owasp.org/cheatsheets/"
            "OS_Command_Injection_Defense_Cheat_Sheet.html"
        ),
    ),
)

# Words for a model or a person seldom become a command.
_NO_SINK = re.compile(
    r"prompt|content|message|^texts?$|^inputs?(?:\[|\.|$)|instances", re.IGNORECASE
)
_SINK = re.compile(
    r"cmd|command|exec|shell|host|addr|^ip|domain|server|ping|file|path|dir|folder|format|codec|"
    r"arg|option|flag|script|tool|model|branch|repo|voice|lang",
    re.IGNORECASE,
)
_SHOWN = (
    ("between commands", "{v};echo sg$(({sum}));"),
    ("in quotes", "{v}$(echo sg$(({sum})))';echo sg$(({sum}));'"),
)
_BLIND = "{v}$(sleep {n})';sleep {n};'"
_STEPS = (2, 4, 0, 2)
_QUICK = 0.7

Tested = Generator[Call, Reply, Vulnerable | None]


class _Spot(Value):
    """An input of an operation, and the usual answer there."""

    operation: Operation
    place: Input
    valid: Reply


def converse(operation: Operation, world: World) -> Conversation:
    """Let a shell add what only it can add; where nothing is shown, let it wait."""
    valid = answered_call(operation, world)
    if isinstance(valid, NotApplicable):
        return valid
    places = [
        one for one in text_inputs(operation, world, limit=6) if not _NO_SINK.search(one.name)
    ]
    if not places:
        return NotApplicable("it takes no text that a command would be made of")
    for place in places:
        spot = _Spot(operation, place, valid)
        found = yield from _shown(spot)
        if found is None and _SINK.search(place.name) and valid.seconds < _QUICK:
            found = yield from _waited(spot)
        if found is not None:
            return found
    return Held("no sum was worked out and no wait was kept")


def _shown(spot: _Spot) -> Tested:
    """A sum that a shell works out, twice with other numbers; asked plainly it stays a text."""
    for what, template in _SHOWN:
        proof = []
        for _ in range(2):
            asked = new_sum()
            text = template.format(v=spot.place.value, sum=asked.asked)
            reply = yield spot.place.call(f"with a shell's sum {what}", text)
            if f"sg{asked.value}" not in reply.text:
                break
            proof.append(reply)
        if len(proof) < 2:
            continue
        plain = new_sum()
        control = yield spot.place.call(
            "with the sum as text", f"{spot.place.value}sg{plain.asked}"
        )
        if plain.answered(control) or f"sg{plain.value}" in control.text:
            return None
        return _vulnerable(
            spot,
            f"Two sums of random numbers, {what} in {spot.place.name}, were answered with their "
            f"products after a word of ours; the same as plain text was not.",
            proof,
            [control],
        )
    return None


def _waited(spot: _Spot) -> Tested:
    """The answer takes as long as the shell is told to sleep: two seconds, four, none, two."""
    replies: list[Reply] = []
    for seconds in _STEPS:
        text = _BLIND.format(v=spot.place.value, n=seconds)
        reply = yield spot.place.call(f"with a sleep of {seconds} s", text)
        if not seconds - 0.2 <= reply.seconds <= seconds + 1.5:
            return None
        replies.append(reply)
    times = ", ".join(f"{one.seconds:.1f}" for one in replies)
    return _vulnerable(
        spot,
        f"Told to sleep 2, 4, 0 and 2 seconds by way of {spot.place.name}, the answers took "
        f"{times} s; the valid call took {spot.valid.seconds:.1f} s.",
        replies[:2],
        [spot.valid, replies[2]],
    )


def _vulnerable(spot: _Spot, oracle: str, proof: list[Reply], controls: list[Reply]) -> Vulnerable:
    return Vulnerable(
        message=f"{spot.operation} makes {spot.place.name} part of a command of the system",
        oracle=oracle,
        proof=tuple(proof),
        controls=tuple(controls),
        parameter=spot.place.name,
    )


PROBE = Probe(rule=RULE, converse=converse, max_requests=60, phase=Phase.WRITE)
