"""API4: numbers that no model can work on make the server fail, or stay down."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from msgspec.structs import replace

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import (
    Call,
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
from scanner.model.values import Value

RULE = Rule(
    id=RuleId("dast/unhandled-numbers"),
    engine="probes",
    stage=Stage.DAST,
    title="Odd numbers make the model server fail",
    severity=Severity.LOW,
    confidence=Confidence.PROVEN,
    rationale=(
        "NaN, infinities, empty or ragged tensors reach the numeric code, which was not written "
        "for "
        "them: a worker that dies on one request is taken from everybody else by whoever repeats "
        "it."
    ),
    remediation=(
        "Check shape, type and range before the model sees the input, and answer 422: for instance "
        "`if not np.isfinite(x).all() or x.shape[1:] != SHAPE: raise HTTPException(422)`."
    ),
    cwe=("CWE-248", "CWE-20"),
    owasp=("API4:2023", "LLM10:2025", "LLM06:2026"),
    controls=("INPUT-1", "SIZE-1"),
    references=(
        "https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/",
        "https://cwe.mitre.org/data/definitions/248.html",
    ),
)

_TRIES_AFTER = 3
_DEEP = 200
Numbers = list[object]


class _Oddity(Value):
    """Something odd in place of a list of numbers; `made` gets the valid list."""

    what: str
    made: Callable[[Numbers], object]


def _first_is(value: object) -> Callable[[Numbers], object]:
    return lambda numbers: _with_first(numbers, value)


_ODDITIES = (
    _Oddity("NaN", _first_is(float("nan"))),
    _Oddity("infinity", _first_is(float("inf"))),
    _Oddity("1e308", _first_is(1e308)),
    _Oddity("a text", _first_is("x")),
    _Oddity("null", _first_is(None)),
    _Oddity("nothing", lambda _: []),
    _Oddity("ragged rows", lambda numbers: [numbers, [*numbers, *numbers, 0.5]]),
    _Oddity("deep nesting", lambda numbers: _nested(numbers, _DEEP)),
)


def converse(operation: Operation, world: World) -> Conversation:
    """Each oddity alone; afterwards the valid call must work as before."""
    valid = world.baseline(operation)
    body = valid.call.json_body if valid else None
    places = list(_lists_of_numbers(body))
    if valid is None or not places:
        return NotApplicable("it takes no list of numbers")
    place = places[0]
    before = yield replace(valid.call, label="a valid call")
    if not before.ok:
        return Inconclusive(f"a valid call gives {before.status or before.fault}")
    failed: list[tuple[str, Reply]] = []
    for oddity in _ODDITIES:
        reply = yield _with(valid.call, place, oddity)
        if reply.status == 429:
            return Inconclusive("rate limited (429), not tested")
        if reply.status >= 500 or reply.status == 0:
            failed.append((oddity.what, reply))
            after = yield replace(valid.call, label="a valid call afterwards")
            for _ in range(_TRIES_AFTER - 1):
                if after.ok:
                    break
                after = yield replace(valid.call, label="a valid call afterwards")
            if not after.ok:
                return _down(operation, oddity.what, reply, before, after)
    if not failed:
        return Held(f"{len(_ODDITIES)} odd inputs")
    told = ", ".join(what for what, _ in failed)
    last = failed[-1][1]
    return Vulnerable(
        message=f"{operation} fails on odd numbers ({told})",
        oracle=(
            f"With {told} in place of the numbers it gave {last.status or 'no answer'}"
            f"{'' if last.status else f' ({last.fault})'}; the valid call worked before and after."
        ),
        proof=(last,),
        controls=(before,),
        parameter=".".join(map(str, place)),
    )


def _down(operation: Operation, what: str, reply: Reply, before: Reply, after: Reply) -> Vulnerable:
    return Vulnerable(
        message=f"{operation} stays down after one request with {what} in it",
        oracle=(
            f"The valid call gave {before.status} before and {after.status or after.fault} in "
            f"{_TRIES_AFTER} attempts afterwards."
        ),
        proof=(after, reply),
        controls=(before,),
        severity=Severity.HIGH,
    )


def _lists_of_numbers(
    value: object, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[str | int, ...]]:
    """Where in a body lists of numbers stand, the outermost of nested lists first."""
    if isinstance(value, dict):
        for key, inner in value.items():
            # The shape of a tensor is no data of it.
            if key != "shape":
                yield from _lists_of_numbers(inner, (*path, key))
    elif isinstance(value, list):
        if value and all(_is_number(one) for one in value):
            yield path
        else:
            for index, inner in enumerate(value[:4]):
                yield from _lists_of_numbers(inner, (*path, index))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _with(call: Call, place: tuple[str | int, ...], oddity: _Oddity) -> Call:
    """The call with the list at `place` replaced; as raw text, since NaN is no JSON."""
    body = json.loads(json.dumps(call.json_body))
    holder = body
    for step in place[:-1]:
        holder = holder[step]
    if place:
        holder[place[-1]] = oddity.made(list(holder[place[-1]]))
    else:
        body = oddity.made(list(body))
    return replace(
        call,
        label=f"{oddity.what} in place of the numbers",
        json_body=None,
        raw_body=json.dumps(body).encode(),
        media_type="application/json",
    )


def _with_first(numbers: Numbers, value: object) -> object:
    return [value, *numbers[1:]]


def _nested(numbers: Numbers, depth: int) -> object:
    made: object = numbers
    for _ in range(depth):
        made = [made]
    return made


PROBE = Probe(rule=RULE, converse=converse, max_requests=40, phase=Phase.EXHAUST)
